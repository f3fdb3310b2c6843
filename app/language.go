package app

import (
	_ "embed"
	"strings"

	"golang.org/x/text/language"
)

// languageList is every language of two letters that is known, and each of its countries that calls it otherwise: a tag and
// its name in itself, where there is one, a line each. x/text's tables, which it is made of, hold all names in all languages:
// two megabytes of the binary, and a fifth of a megabyte that a start writes to. See words/README.md.
//
//go:embed words/languages.txt
var languageList string

// languageLine finds a tag's own line, which lies before those of its countries.
func languageLine(tag string) (name string, listed bool) {
	_, rest, found := strings.Cut(languageList, "\n"+tag)
	name, _, _ = strings.Cut(rest, "\n")
	return strings.TrimSpace(name), found && (name == "" || name[0] == ' ')
}

// LanguageName is what a language that CheckLocale takes is called in itself: `Deutsch`, `Österreichisches Deutsch`. "" where
// nobody wrote that down.
func LanguageName(locale string) string {
	name, listed := languageLine(locale)
	if !listed {
		base, _, _ := strings.Cut(locale, "-")
		name, _ = languageLine(base)
	}
	return name
}

// CheckLocale holds the rule of a language: `ll` or `ll-CC`, and known; "" clears.
func CheckLocale(locale string) bool {
	if locale == "" {
		return true
	}
	base, country, hasCountry := strings.Cut(locale, "-")
	if len(base) != 2 || strings.ToLower(base) != base || hasCountry && len(country) != 2 {
		return false
	}
	if _, known := languageLine(base); !known {
		return false
	}
	tag, err := language.Raw.Parse(locale)
	if err != nil {
		return false
	}
	region, _ := tag.Region()
	return !hasCountry || region.String() == country && region.Canonicalize() == region && region.IsCountry()
}
