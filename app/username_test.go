package app

import (
	"strings"
	"testing"
)

func TestChosenUsernamesKeepTheirForm(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Rule{
		"ada": "", "Ada_Lovelace_1815": "", "A__": "", strings.Repeat("a", 30): "",
		"": RuleTooShort, "ad": RuleTooShort, strings.Repeat("a", 31): RuleTooLong,
		"1ada": RuleInvalidFormat, "_ada": RuleInvalidFormat, "ada.l": RuleInvalidFormat, "ada-l": RuleInvalidFormat,
		"ada l": RuleInvalidFormat, " ada": RuleInvalidFormat, "adä": RuleInvalidFormat, "ａｄａ": RuleInvalidFormat,
		"ada\n": RuleInvalidFormat, "ada\x00": RuleInvalidFormat, "ada@x": RuleInvalidFormat,
	} {
		problem := checkUsername(name)
		if got := ruleOf(problem); got != want {
			t.Errorf("checkUsername(%q) = %q, want %q", name, got, want)
		}
	}
}

func ruleOf(problem *FieldError) Rule {
	if problem == nil {
		return ""
	}
	return problem.Rule
}

func TestUsernamesAreMadeFromAddresses(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"ada@example.org":                  "ada",
		"Ada.Lovelace@example.org":         "ada_lovelace",
		"José.Ñandú@example.org":           "jose_nandu",
		"Łukasz@example.org":               "lukasz",
		"straße@example.org":               "strasse",
		"Ærø@example.org":                  "aero",
		"ａｄａ@example.org":                  "ada",
		"İstanbul@example.org":             "istanbul",
		"ada+news-letter@example.org":      "adanewsletter",
		"a@example.org":                    "a_1",
		"ab@example.org":                   "ab_1",
		"1815@example.org":                 "user_1815",
		"_ada@example.org":                 "user__ada",
		".ada@example.org":                 "user__ada",
		"日本@example.org":                   "user_",
		"+@example.org":                    "user_",
		strings.Repeat("a", 40) + "@x.org": strings.Repeat("a", 30),
		strings.Repeat("1", 40) + "@x.org": "user_" + strings.Repeat("1", 25),
	} {
		got := usernameFromEmail(email)
		if got != want {
			t.Errorf("usernameFromEmail(%q) = %q, want %q", email, got, want)
		}
		if problem := checkUsername(got); problem != nil {
			t.Errorf("the name made from %q, %q, would be refused: %s", email, got, problem.Rule)
		}
	}
}

func TestNumberedUsernamesStayWithin30Characters(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 30)
	for n, want := range map[int]string{1: strings.Repeat("a", 28) + "_1", 99: strings.Repeat("a", 27) + "_99", 100000: strings.Repeat("a", 23) + "_100000"} {
		if got := numbered(long, n); got != want {
			t.Errorf("numbered(%d) = %q, want %q", n, got, want)
		}
	}
	if got := numbered("ada", 7); got != "ada_7" {
		t.Errorf("numbered = %q", got)
	}
}

func TestReservedNamesAreListedInTheirKeyForm(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"admin", "root", "support", "owner", "postmaster", "doorward"} {
		if !reserved(name) {
			t.Errorf("%s is not reserved", name)
		}
	}
	for name := range strings.Lines(reservedList) {
		name = strings.TrimSpace(name)
		if usernameKey(name) != name || name == "" {
			t.Errorf("%q is not as a key is, so it reserves nothing", name)
		}
	}
	if reserved("ada") || reserved("") {
		t.Error("more is reserved than listed")
	}
}

func FuzzUsernamesMadeFromAddressesAreValid(f *testing.F) {
	for _, seed := range []string{"ada", "ﷺ", "ß", "1", "ǅ", "…", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, local string) {
		email, _, problem := CleanEmail(local + "@example.org")
		if problem != nil {
			return
		}
		if problem := checkUsername(usernameFromEmail(email)); problem != nil {
			t.Errorf("the name made from %q, %q, is not valid: %s", email, usernameFromEmail(email), problem.Rule)
		}
	})
}
