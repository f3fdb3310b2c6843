package app

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// TestTheListOfLanguagesIsThatOfTheTables makes words/languages.txt anew of x/text's tables, which the program itself goes
// without, and compares. With UPDATE=1 it writes it.
func TestTheListOfLanguagesIsThatOfTheTables(t *testing.T) {
	t.Parallel()
	var made strings.Builder
	made.WriteString("# A tag and its name in itself. Made by a test: see README.md.\n")
	for _, base := range pairs('a') {
		tag, err := language.Raw.Parse(base)
		if err != nil || display.English.Languages().Name(tag) == "" {
			continue
		}
		if known, _ := tag.Base(); known.String() != base {
			continue // an old code of another
		}
		name := selfName(t, base)
		made.WriteString(strings.TrimSpace(base+" "+name) + "\n")
		for _, country := range pairs('A') {
			locale := base + "-" + country
			if !CheckLocale(locale) {
				continue
			}
			other := selfName(t, locale)
			if other != name {
				made.WriteString(strings.TrimSpace(locale+" "+other) + "\n")
			}
			if said := LanguageName(locale); said != other {
				t.Errorf("%s is called %q, want %q", locale, said, other)
			}
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("words/languages.txt", []byte(made.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if made.String() != languageList {
		t.Error("words/languages.txt differs from x/text's tables: run this test with UPDATE=1")
	}
}

// pairs lists all texts of two letters, from the one given.
func pairs(from byte) (all []string) {
	for i := range byte(26) {
		for j := range byte(26) {
			all = append(all, string([]byte{from + i, from + j}))
		}
	}
	return all
}

func selfName(t *testing.T, locale string) string {
	t.Helper()
	tag, err := language.Parse(locale)
	if err != nil {
		t.Fatal(err)
	}
	return display.Self.Name(tag)
}
