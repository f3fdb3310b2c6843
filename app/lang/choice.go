package lang

import (
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

const (
	// maxHeader is how much of an Accept-Language is read. A browser sends a few dozen bytes.
	maxHeader = 512
	// maxRemembered is how many such headers are remembered with their answers. Most visitors of a site send one of few.
	maxRemembered = 1000
)

// Offer is the languages that a site is read in, the first of them where nobody asks for another.
type Offer struct {
	languages []string
	matcher   func() language.Matcher

	mu         sync.Mutex
	remembered map[string]string // of an Accept-Language to the best language, "" for none
}

// NewOffer offers shipped languages, all of them where none is named.
func NewOffer(languages ...string) (*Offer, error) {
	if len(languages) == 0 {
		languages = Shipped()
	}
	seen := map[string]bool{}
	for _, one := range languages {
		if !IsShipped(one) {
			return nil, fmt.Errorf("%q is no language that there are texts in; these are: %s", one, strings.Join(shipped, ", "))
		}
		if seen[one] {
			return nil, fmt.Errorf("%q is named twice", one)
		}
		seen[one] = true
	}
	o := &Offer{languages: languages, remembered: map[string]string{}}
	o.matcher = sync.OnceValue(o.newMatcher)
	return o, nil
}

func (o *Offer) newMatcher() language.Matcher {
	tags := make([]language.Tag, 0, len(o.languages))
	for _, one := range o.languages {
		tags = append(tags, language.MustParse(one)) // held by NewOffer
	}
	return language.NewMatcher(tags)
}

// Languages are those that are offered, in the operator's order.
func (o *Offer) Languages() []string { return o.languages }

// First is what is read where nobody asks for anything that is offered.
func (o *Offer) First() string { return o.languages[0] }

// Offers tells whether exactly this language is offered.
func (o *Offer) Offers(language string) bool {
	for _, one := range o.languages {
		if one == language {
			return true
		}
	}
	return false
}

// For is the offered language for who reads a locale (BCP 47, `de-AT`): "" for none, or where none is near it.
func (o *Offer) For(locale string) string {
	if locale == "" || o.Offers(locale) {
		return locale
	}
	tag, err := language.Parse(locale)
	if err != nil {
		return ""
	}
	return o.best(tag)
}

// Accepted is the best of the offered languages for an Accept-Language, by its weights: "" where it names none that is
// offered, and for one that can't be read.
func (o *Offer) Accepted(header string) string {
	if header == "" || len(header) > maxHeader {
		return ""
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if best, known := o.remembered[header]; known {
		return best
	}
	best := ""
	if tags, _, err := language.ParseAcceptLanguage(header); err == nil && len(tags) > 0 {
		best = o.best(tags...)
	}
	if len(o.remembered) >= maxRemembered {
		clear(o.remembered)
	}
	o.remembered[strings.Clone(header)] = best
	return best
}

func (o *Offer) best(tags ...language.Tag) string {
	_, i, confidence := o.matcher().Match(tags...)
	if confidence == language.No {
		return ""
	}
	return o.languages[i]
}
