package lang

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheBestOfferedLanguageIsChosenByItsWeight(t *testing.T) {
	t.Parallel()
	all, err := NewOffer()
	must(t, err)
	few, err := NewOffer("de", "ja")
	must(t, err)
	cases := []struct {
		offer  *Offer
		header string
		want   string
	}{
		{all, "fr", "fr"},
		{all, "de-AT,de;q=0.9,en;q=0.5", "de"},
		{all, "en;q=0.3, uk;q=0.8, de;q=0.7", "uk"},
		{all, "nl, ja;q=0.4", "ja"},
		{all, "en;q=0, es", "es"},
		{all, "ar-EG", "ar"},
		{all, "DE", "de"},
		{all, "ko", ""},
		{all, "*", ""},
		{all, "", ""},
		{all, ";;;q=", ""},
		{all, "de;q=zwei", ""},
		{all, strings.Repeat("de,", 1000), ""},
		{few, "fr, en;q=0.9", ""},
		{few, "fr, ja;q=0.1", "ja"},
	}
	for range 2 { // the second time from memory
		for _, c := range cases {
			if got := c.offer.Accepted(c.header); got != c.want {
				t.Errorf("%q is answered with %q, want %q", c.header, got, c.want)
			}
		}
	}
}

func TestALocaleIsReadInTheNearestLanguage(t *testing.T) {
	t.Parallel()
	offer, err := NewOffer("fr", "en")
	must(t, err)
	for locale, want := range map[string]string{"en": "en", "en-GB": "en", "fr-CA": "fr", "pl": "", "": "", "no such": ""} {
		if got := offer.For(locale); got != want {
			t.Errorf("%q is read in %q, want %q", locale, got, want)
		}
	}
	if offer.First() != "fr" {
		t.Errorf("the first language is %q", offer.First())
	}
}

func TestOnlyLanguagesWithTextsCanBeOffered(t *testing.T) {
	t.Parallel()
	for _, languages := range [][]string{{"tlh"}, {"en", "pt"}, {"en-GB"}, {""}, {"en", "en"}} {
		if _, err := NewOffer(languages...); err == nil {
			t.Errorf("%q is offered", languages)
		}
	}
	_, err := NewOffer("xx")
	if err == nil || !strings.Contains(err.Error(), `"xx"`) || !strings.Contains(err.Error(), "en, de, fr, es, uk, ja, ar") {
		t.Errorf("the error reads %v", err)
	}
}

func TestHeadersAreRememberedWithinBounds(t *testing.T) {
	t.Parallel()
	offer, err := NewOffer()
	must(t, err)
	var all sync.WaitGroup
	for worker := range 20 {
		all.Go(func() {
			for i := range 200 {
				if got := offer.Accepted("xx-" + strings.Repeat("a", 1+worker%5) + ", de;q=0." + strings.Repeat("1", 1+i%9)); got != "de" && got != "" {
					t.Errorf("answered %q", got)
				}
			}
		})
	}
	all.Wait()
	for i := range 3 * maxRemembered {
		offer.Accepted("de;q=0." + strings.Repeat("1", i%3+1) + ", en;q=0.0" + time.Duration(i).String())
	}
	if len(offer.remembered) > maxRemembered {
		t.Errorf("%d headers are remembered", len(offer.remembered))
	}
}

func book() *Book {
	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	return NewBook(fstest.MapFS{
		"en/page.toml": file("hello = \"Hello {name}\"\nfound.one = \"{n} account\"\nfound.other = \"{n} accounts\"\n[deep.er]\nlink = \"or {link}sign in{/link}\"\n"),
		"uk/page.toml": file("found.one = \"{n} запис\"\nfound.few = \"{n} записи\"\nfound.many = \"{n} записів\"\nfound.other = \"{n} запису\"\n"),
		"ar/page.toml": file("hello = \"مرحبًا {name}\"\n"),
		"de/page.toml": file("broken = \"{not closed\"\n"),
		"fr/page.toml": file("asked = \"Prêt ? « {name} » : oui\"\n"),
	})
}

func TestTextsAreSaidWithTheirValues(t *testing.T) {
	t.Parallel()
	b := book()
	say := func(language, key string, values ...any) string {
		said, err := b.In(language).Say(key, values...)
		if err != nil {
			t.Errorf("%s in %s: %v", key, language, err)
		}
		return said
	}
	for got, want := range map[string]string{
		say("en", "page.hello", "name", "Ada"):     "Hello Ada",
		say("en", "page.hello", "name", "ليلى"):    "Hello \u2068ليلى\u2069",
		say("ar", "page.hello", "name", "user_"):   "مرحبًا \u2068user_\u2069",
		say("ar", "page.hello", "name", "ليلى"):    "مرحبًا ليلى",
		say("en", "page.found", "n", 1):            "1 account",
		say("en", "page.found", "n", 0):            "0 accounts",
		say("en", "page.found", "n", int64(12345)): "12,345 accounts",
		say("uk", "page.found", "n", 1):            "1 запис",
		say("uk", "page.found", "n", 22):           "22 записи",
		say("uk", "page.found", "n", 11):           "11 записів",
		say("fr", "page.asked", "name", "Ada"):     "Prêt\u202f? «\u00a0Ada\u00a0»\u00a0: oui",
		say("xx", "page.hello", "name", "{name}"):  "Hello {name}",
	} {
		if got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

func TestWhatCannotBeSaidIsAnError(t *testing.T) {
	t.Parallel()
	b := book()
	for name, say := range map[string]func() (string, error){
		"no such part":        func() (string, error) { return b.In("en").Say("nowhere.hello") },
		"no such text":        func() (string, error) { return b.In("en").Say("page.bye") },
		"a table":             func() (string, error) { return b.In("en").Say("page.deep") },
		"no value":            func() (string, error) { return b.In("en").Say("page.hello", "nam", "Ada") },
		"a name alone":        func() (string, error) { return b.In("en").Say("page.hello", "name") },
		"no number":           func() (string, error) { return b.In("en").Say("page.found", "n", "three") },
		"a value of no words": func() (string, error) { return b.In("en").Say("page.hello", "name", struct{}{}) },
		"a broken place":      func() (string, error) { return b.In("de").Say("page.broken") },
		"no text": func() (string, error) {
			return NewBook(fstest.MapFS{"fr/page.toml": {Data: []byte("x = 7")}}).In("fr").Say("page.x")
		},
	} {
		if said, err := say(); err == nil {
			t.Errorf("%s is said as %q", name, said)
		}
	}
}

func TestAPairEnclosesWords(t *testing.T) {
	t.Parallel()
	pieces, err := book().In("en").Pieces("page.deep.er.link", "link", 'x')
	must(t, err)
	if len(pieces) != 4 || pieces[1].Name != "link" || pieces[1].Ends || pieces[1].Value != 'x' || pieces[2].Words != "sign in" || !pieces[3].Ends {
		t.Errorf("the pieces are %+v", pieces)
	}
}

func TestEachLanguageWritesNumbersAndDatesItsWay(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)
	for language, want := range map[string][5]string{
		"en": {"1234", "1,234", "1 March 2026, 09:05", "1 March", "a, b"},
		"de": {"1234", "1.234", "1. März 2026, 09:05", "1. März", "a, b"},
		"fr": {"1234", "1\u202f234", "1er mars 2026 à 09:05", "1er mars", "a, b"},
		"es": {"1234", "1234", "1 de marzo de 2026, 09:05", "1 de marzo", "a, b"},
		"uk": {"1234", "1\u00a0234", "1 березня 2026\u00a0р., 09:05", "1 березня", "a, b"},
		"ja": {"1234", "1,234", "2026年3月1日 09:05", "3月1日", "a、b"},
		"ar": {"1234", "1,234", "1 مارس 2026، 09:05", "1 مارس", "\u2068a\u2069، \u2068b\u2069"},
	} {
		texts := book().In(language)
		got := [5]string{want[0], texts.Number(1234), texts.DateTime(at), texts.MonthDay(at), texts.List([]string{"a", "b"})}
		if got != want {
			t.Errorf("%s writes %q, want %q", language, got, want)
		}
	}
	texts := book().In("de")
	for n, want := range map[int64]string{0: "0", 999: "999", -7: "\u22127", 1000000: "1.000.000", -12345: "\u221212.345"} {
		if got := texts.Number(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
	if got := book().In("es").Number(12345); got != "12.345" {
		t.Errorf("Spanish writes %q", got)
	}
}

func TestEveryShippedLanguageIsWritten(t *testing.T) {
	t.Parallel()
	for _, language := range Shipped() {
		w, known := writings[language]
		if !known || w.date == "" || w.list == "" || w.glue == "" {
			t.Errorf("%s has no numbers and dates", language)
		}
		for i, month := range w.months {
			if month == "" {
				t.Errorf("%s lacks month %d", language, i+1)
			}
		}
	}
	if Direction("ar") != "rtl" || Direction("ja") != "ltr" {
		t.Error("a language runs the wrong way")
	}
}

func TestLanguagesCountAsTheUnicodeTablesSay(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{
		"en": "other one other other", "fr": "one one other other", "ja": "other other other other",
		"uk": "many one few many", "ar": "zero one two many",
	} {
		var got []string
		for _, n := range []int64{0, 1, 2, 11} {
			got = append(got, FormOf(language, n))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s counts %q, want %q", language, got, want)
		}
	}
	if FormOf("uk", 5_000_021) != "one" || FormOf("ar", -2) != "two" {
		t.Error("large or negative numbers are counted wrong")
	}
}
