package view

import (
	_ "embed"
	"slices"
	"unicode"
	"unicode/utf8"

	"doorward/app"
	"doorward/app/lang"
)

// zoneNames are the names of the IANA time zone database that stand for a place (its zone.tab), one a line, sorted.
//
//go:embed zones.txt
var zoneNames string

// Language is one language to choose.
type Language struct {
	Tag    string // what is stored: en-GB
	Label  string // in itself: British English
	Chosen bool
}

// offered are the languages that the list holds. Any other that is known can be stored by the API, and is added then.
var offered = []string{
	"ar", "bg", "bn", "ca", "cs", "da", "de", "de-AT", "de-CH", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-US", "es", "es-MX",
	"et", "fa", "fi", "fr", "fr-BE", "fr-CA", "fr-CH", "ga", "he", "hi", "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "ms",
	"nb", "nl", "nl-BE", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sr", "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi", "zh", "zh-TW",
}

func languagesWith(chosen string) []Language {
	tags := offered
	if chosen != "" && !slices.Contains(tags, chosen) {
		tags = append([]string{chosen}, tags...)
	}
	list := make([]Language, 0, len(tags))
	for _, tag := range tags {
		list = append(list, Language{tag, languageName(tag), tag == chosen})
	}
	return list
}

// Dir is how the language runs.
func (l Language) Dir() string { return lang.Direction(l.Tag) }

// languageName is a language's name in itself, with a capital, or its tag where none is known.
func languageName(tag string) string {
	name := app.LanguageName(tag)
	if name == "" {
		return tag
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}
