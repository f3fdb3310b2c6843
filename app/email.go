package app

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxEmailChars is the contract's limit; RFC 5321 would allow more.
const maxEmailChars = 160

// domainKey maps a domain as a look-up would (UTS #46, non-transitional), without the rules that real mail domains break
// (underscores, doubled hyphens).
var domainKey = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.VerifyDNSLength(false))

// CleanEmail trims an address and checks its form. It answers the address to store, and the key that makes it unique.
// What is stored is as it was typed, but for what no mail would find its way by (deliverable).
func CleanEmail(typed string) (email, key string, problem *FieldError) {
	typed = strings.TrimSpace(typed)
	email = deliverable(typed)
	fail := func(rule Rule, message string) (string, string, *FieldError) {
		return "", "", &FieldError{Field: "email", Rule: rule, Message: message}
	}
	switch {
	case typed == "":
		return fail(RuleRequired, "Enter an e-mail address.")
	case utf8.RuneCountInString(typed) > maxEmailChars || utf8.RuneCountInString(email) > maxEmailChars:
		email, key, problem = fail(RuleTooLong, "An e-mail address has at most 160 characters.")
		problem.Limit = maxEmailChars
		return email, key, problem
	case !emailForm(typed) || !emailForm(email):
		return fail(RuleInvalidFormat, "That doesn't look like an e-mail address: it needs one @ with something on both sides, and no spaces.")
	}
	return email, EmailKey(email), nil
}

// deliverable takes from an address what shares its key with another spelling and reaches nobody: full-width letters,
// ligatures, a dot at its end. Kept as typed it would hold the address for an account that its true owner could neither
// confirm nor reset.
func deliverable(email string) string {
	return strings.TrimRight(norm.NFKC.String(email), ".\u3002")
}

// emailForm holds the contract's form. It is asked of the normalised text too: a full-width @ becomes a second one there.
func emailForm(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	local, domain, found := strings.Cut(s, "@")
	if !found || local == "" || domain == "" || strings.Contains(domain, "@") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>()[]\,;:"`, r)
	}) < 0
}

// EmailKey is what makes an address unique: NFKC, folded case, the domain as IDNA ASCII. It takes any text, so that
// limits can count what was typed; "" only for an empty text.
func EmailKey(email string) string {
	text := norm.NFKC.String(strings.TrimSpace(email))
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return foldCase(text)
	}
	// The domain is mapped as it was typed: folding first would make ß of straße.example to ss, another domain than xn--strae-oqa.
	// A dot at its end goes first: whether it is there may decide whether it can be mapped.
	typed := strings.TrimRight(text[at+1:], ".\u3002")
	domain := foldCase(typed)
	if ascii, err := domainKey.ToASCII(typed); err == nil && ascii != "" {
		domain = ascii
	}
	return foldCase(text[:at]) + "@" + strings.TrimRight(domain, ".")
}

func foldCase(s string) string { return norm.NFKC.String(cases.Fold().String(s)) }

// MaskEmail shows whose address it is to its owner and to nobody else: `a•••@example.org`.
func MaskEmail(email string) string {
	local, domain, found := strings.Cut(email, "@")
	if !found {
		return "•••"
	}
	first, _ := utf8.DecodeRuneInString(local)
	return string(first) + "•••@" + domain
}
