// Package mail turns an app.Mail into a message and brings it to a mail server.
//
// Composing is pure: a Composer holds the site's name, colour and base URL, and makes of one app.Mail always the same
// subject, text and HTML (composer.go, letter.go; the sentences are in texts/, one folder a language, and the layout in
// templates/). Delivery is by SMTP: a Transport keeps connections for what is waiting, and tells failures that may pass
// from those that won't (transport.go). A Courier is both together and what app asks for. Nothing is queued or kept
// here: a mail that could not be sent is app's to send again.
package mail

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	netmail "net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"doorward/app"
	"doorward/app/colour"
	"doorward/app/lang"
)

const (
	maxSiteNameChars = 100
	maxLogoBytes     = 128 << 10 // it travels in every mail
	ourAccent        = "#0b6e5f"
)

// Site is what the mails of one site have in common.
type Site struct {
	Name    string   // the operator's; "" for Doorward; at most 100 characters, no control characters
	BaseURL *url.URL // what every link begins with: http or https, a host, maybe a path; never taken from a request
	From    string   // the sender, an RFC 5322 address such as `Doorward <no-reply@localhost>`
	Accent  string   // a CSS colour: #rgb, #rrggbb, rgb(…) or a name; "" for ours
	Logo    []byte   // the operator's picture file in place of our door; none for the door. See logo.
	Locales []string // the languages of mails, the first for who reads none of them; all shipped ones if there are none
}

// Composer makes messages. It is safe for use by many at once.
type Composer struct {
	name   string
	base   *url.URL
	from   *netmail.Address
	idHost string // behind the @ of a Message-ID
	accent colour.RGB
	logo   *picture
	door   bool
	book   *lang.Book
	offer  *lang.Offer
	layout *layout
}

// NewComposer checks the site. The texts of a language are read when the first mail in it is composed; tests compose
// every mail in every language.
func NewComposer(o Site) (*Composer, error) {
	c := &Composer{name: strings.TrimSpace(o.Name), logo: logo(o.Logo), door: len(o.Logo) == 0}
	if c.name == "" {
		c.name = "Doorward"
	}
	if utf8.RuneCountInString(c.name) > maxSiteNameChars || !utf8.ValidString(c.name) || strings.ContainsFunc(c.name, unicode.IsControl) {
		return nil, fmt.Errorf("site name: at most %d characters, none of them a control character", maxSiteNameChars)
	}
	var err error
	if c.base, err = checkBase(o.BaseURL); err != nil {
		return nil, err
	}
	if c.from, err = parseSender(o.From); err != nil {
		return nil, err
	}
	if c.accent, err = colour.Parse(cmp.Or(strings.TrimSpace(o.Accent), ourAccent)); err != nil {
		return nil, err
	}
	if c.layout, err = parseLayout(); err != nil {
		return nil, err
	}
	if c.book, err = newBook(); err != nil {
		return nil, err
	}
	if c.offer, err = lang.NewOffer(o.Locales...); err != nil {
		return nil, fmt.Errorf("locales: %w", err)
	}
	c.idHost = messageIDHost(c.from.Address, c.base)
	return c, nil
}

// Compose makes the message of m. An error says that m can't be a mail at all (an address that no header can hold, no
// token where the link needs one), which trying again won't change: it answers true to `Permanent() bool`. It holds no
// token.
func (c *Composer) Compose(m app.Mail) (Message, error) {
	plan, known := planOf(m.Kind)
	if !known {
		return Message{}, unsendable("unknown kind of mail")
	}
	return c.compose(m, plan)
}

// ComposeTest makes the mail that `doorward mail test` sends. The id is as an app.Mail's.
func (c *Composer) ComposeTest(to, id string, at time.Time) (Message, error) {
	return c.compose(app.Mail{ID: id, Kind: "test", To: to, At: at}, plan{})
}

func (c *Composer) compose(m app.Mail, p plan) (Message, error) {
	to, err := recipient(m.To)
	if err != nil {
		return Message{}, err
	}
	if !isName(m.ID) || m.At.IsZero() {
		return Message{}, unsendable("a mail needs an id and a time")
	}
	if p.token && !isName(m.Token.Reveal()) {
		return Message{}, unsendable("a mail with a link needs its token")
	}
	l, err := c.letter(m, p)
	if err != nil {
		return Message{}, err
	}
	text, html, err := c.layout.render(l)
	if err != nil {
		return Message{}, err
	}
	return Message{
		Subject: l.Subject, Text: text, HTML: html, Links: l.links(),
		From: envelope(c.from), To: envelope(to),
		from: c.from, to: to, id: m.ID + "@" + c.idHost, at: m.At, lang: l.Lang, logo: c.logo,
	}, nil
}

func checkBase(base *url.URL) (*url.URL, error) {
	if base == nil || base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" {
		return nil, errors.New("base URL: it needs http or https and a host")
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" || base.Opaque != "" {
		return nil, errors.New("base URL: nothing but scheme, host and path can stand in it")
	}
	return &url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path, RawPath: base.RawPath}, nil
}

// messageIDHost is the sender's domain, or the site's where the sender's means nothing outside.
func messageIDHost(from string, base *url.URL) string {
	domain := from[strings.LastIndexByte(from, '@')+1:]
	for _, host := range []string{domain, base.Hostname()} {
		if host != "localhost" && isHost(host) {
			return host
		}
	}
	// An address literal or a name in another script. What stands here must only be the same each time and nobody else's.
	sum := sha256.Sum256([]byte(base.Host))
	return hex.EncodeToString(sum[:8]) + ".localhost"
}

func isHost(s string) bool {
	return s != "" && strings.Trim(s, ".") == s && !strings.Contains(s, "..") && !strings.ContainsFunc(s, func(r rune) bool {
		return !isNameRune(r) && r != '.'
	})
}

// isName tells whether s is of the URL-safe alphabet that ids and tokens are made of, so that it can stand in a path and
// a header as it is.
func isName(s string) bool {
	return s != "" && len(s) <= 200 && strings.IndexFunc(s, func(r rune) bool { return !isNameRune(r) }) < 0
}

func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// logo takes the operator's picture if mails can carry it: PNG, JPEG or GIF (mail programs show no SVG and hardly any
// WebP), at most 128 KiB. With any other picture the site's name stands alone, without our door.
func logo(file []byte) *picture {
	media := http.DetectContentType(file)
	ending, ok := map[string]string{"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}[media]
	if !ok || len(file) > maxLogoBytes {
		return nil
	}
	return &picture{name: "logo." + ending, media: media, data: file}
}
