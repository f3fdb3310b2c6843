package app

import (
	"strings"
	"testing"
)

func TestAddressesAreTrimmedAndTakenAsTyped(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"ada@example.org":                         "ada@example.org",
		"  Ada@Example.ORG\t\n":                   "Ada@Example.ORG",
		"a@b":                                     "a@b",
		"ada+lists@example.org":                   "ada+lists@example.org",
		"o'brien@example.org":                     "o'brien@example.org",
		"日本@例え.jp":                                "日本@例え.jp",
		"under_score@exa_mple.org":                "under_score@exa_mple.org",
		"ａｄａ@example.org":                         "ada@example.org", // what reaches nobody as it was typed
		"ﬁn@example.org":                          "fin@example.org",
		"ada@example.org.":                        "ada@example.org",
		"ada@ⓔxample。org。":                        "ada@example。org",
		"jose\u0301@Bu\u0308cher.example":         "jos\u00e9@B\u00fccher.example",
		strings.Repeat("ä", 148) + "@example.org": strings.Repeat("ä", 148) + "@example.org", // 160 characters, more bytes
	} {
		email, key, problem := CleanEmail(typed)
		if problem != nil || email != want || key == "" {
			t.Errorf("CleanEmail(%q) = %q, %q, %v; want %q", typed, email, key, problem, want)
		}
	}
}

func TestAddressesOfAnotherFormAreRefused(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]Rule{
		"":                          RuleRequired,
		"  \t ":                     RuleRequired,
		"ada":                       RuleInvalidFormat,
		"ada@":                      RuleInvalidFormat,
		"ada@.":                     RuleInvalidFormat,
		"@example.org":              RuleInvalidFormat,
		"@":                         RuleInvalidFormat,
		"ada@b@example.org":         RuleInvalidFormat,
		"ada＠example.org":           RuleInvalidFormat, // a full-width @ alone
		"eve＠bank.example@evil.org": RuleInvalidFormat, // and beside a real one
		"ada﹫x@example.org":         RuleInvalidFormat,
		"ada lovelace@example.org":  RuleInvalidFormat,
		"ada\u00a0l@example.org":    RuleInvalidFormat,
		"ada\u3000l@example.org":    RuleInvalidFormat,
		"ada\nx@example.org":        RuleInvalidFormat,
		"ada\x00@example.org":       RuleInvalidFormat,
		"ada\x7f@example.org":       RuleInvalidFormat,
		"ada\u0085x@example.org":    RuleInvalidFormat,
		"ada\u200bx@example.org":    RuleInvalidFormat,
		"ada\xff@example.org":       RuleInvalidFormat,
		"<ada@example.org":          RuleInvalidFormat,
		"ada>@example.org":          RuleInvalidFormat,
		"ada(x)@example.org":        RuleInvalidFormat,
		"ada@[127.0.0.1]":           RuleInvalidFormat,
		`ada\@example.org`:          RuleInvalidFormat,
		"ada,eve@example.org":       RuleInvalidFormat,
		"ada;eve@example.org":       RuleInvalidFormat,
		"ada:eve@example.org":       RuleInvalidFormat,
		`"ada"@example.org`:         RuleInvalidFormat,
		"ada\u037eeve@example.org":  RuleInvalidFormat, // a Greek question mark normalises to ;
		strings.Repeat("a", 149) + "@example.org": RuleTooLong,
		strings.Repeat("ﬃ", 60) + "@example.org":  RuleTooLong, // three letters each
	} {
		if email, _, problem := CleanEmail(typed); problem == nil || problem.Rule != want || problem.Field != "email" {
			t.Errorf("CleanEmail(%q) = %q, %v; want %s", typed, email, problem, want)
		}
	}
}

func TestSpellingsOfOneAddressShareAKey(t *testing.T) {
	t.Parallel()
	for _, spellings := range [][]string{
		{"ada@example.org", "ADA@EXAMPLE.ORG", "Ada@Example.Org", " ada@example.org ", "ada@example.org."},
		{"ａｄａ@example.org", "ada@example.org", "ada@ｅｘａｍｐｌｅ.org", "ada@example。org"},
		{"ada@bücher.example", "ada@BÜCHER.example", "ada@bu\u0308cher.example", "ada@xn--bcher-kva.example", "ada@XN--BCHER-KVA.example"},
		{"ada@straße.example", "ada@xn--strae-oqa.example"},
		{"josé@example.org", "jose\u0301@example.org", "JOSÉ@example.org"},
		{"straße@example.org", "STRASSE@example.org", "strasse@example.org"},
		{"ﬁn@example.org", "fin@example.org", "FIN@example.org"},
	} {
		for _, s := range spellings[1:] {
			if EmailKey(s) != EmailKey(spellings[0]) {
				t.Errorf("the key of %q is %q, of %q it is %q", s, EmailKey(s), spellings[0], EmailKey(spellings[0]))
			}
		}
	}
}

func TestDifferentAddressesHaveDifferentKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, email := range []string{
		"ada@example.org", "ada@example.com", "ada.l@example.org", "ada+x@example.org", "adа@example.org", // the last with a Cyrillic а
		"ada@strasse.example", "ada@straße.example", "ada@exa_mple.org", "ada@ex-ample.org",
	} {
		key := EmailKey(email)
		if other, there := seen[key]; there {
			t.Errorf("%q and %q share the key %q", email, other, key)
		}
		seen[key] = email
	}
}

func TestAMaskedAddressShowsOneLetterAndTheDomain(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"ada@example.org": "a•••@example.org", "é@example.org": "é•••@example.org", "nothing": "•••",
	} {
		if got := MaskEmail(email); got != want {
			t.Errorf("MaskEmail(%q) = %q, want %q", email, got, want)
		}
	}
}

func FuzzAddressesThatPassHaveAKeyWithOneAt(f *testing.F) {
	for _, seed := range []string{"ada@example.org", "a＠b@c", "ﬁ@ß.de", "x@xn--a", "a@..", "\u0345@\u0390.gr"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		email, key, problem := CleanEmail(typed)
		if problem != nil {
			return
		}
		if strings.Count(key, "@") != 1 {
			t.Errorf("the key of %q is %q", email, key)
		}
		if again, _, problem := CleanEmail(email); problem != nil || again != email {
			t.Errorf("%q is kept as %q, and that as %q", typed, email, again)
		}
		if EmailKey(typed) != key || EmailKey(email) != key || EmailKey(" "+email+" ") != key {
			t.Errorf("the key of %q changes", email)
		}
	})
}
