package web

import (
	"fmt"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// register asks for an account with a password of its own, from a browser.
func (s *site) register(email, password string, c app.Client) reply {
	s.T.Helper()
	return s.do("POST", api+"/registrations", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), from(c))
}

// logIn tries a login for a bearer token, from a browser.
func (s *site) logIn(login, password string, c app.Client, changes ...change) reply {
	s.T.Helper()
	return s.do("POST", api+"/sessions", fmt.Sprintf(`{"email":%q,"password":%q}`, login, password), append([]change{from(c)}, changes...)...)
}

// TestMailGoesToTheStoredAddressHoweverItIsTyped: what is typed finds an account by its key; where the mail goes is what
// the account has.
func TestMailGoesToTheStoredAddressHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	for stored, typed := range map[string][]string{
		"jessica@example.org":   {"jeßica@example.org", "JESSICA@example.org", "ｊessica@example.org", "jeſſica@example.org"},
		"Mike@bücher.example":   {"mike@xn--bcher-kva.example", "mi\u212ae@BÜCHER.example", "mike@bu\u0308cher.example", "mike@bücher.example."},
		"fin.office@example.de": {"ﬁn.oﬃce@example.de", "fin.office@ｅxample.de", "fin.office@example。de"},
	} {
		for _, policy := range []bool{false, true} {
			s := newSite(t, apptest.New(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) { p.ConcealAccounts = policy })))
			s.ownSite("ada@example.org")
			s.register(stored, "a horse of one's own", apptest.Browser(2)).isIn(201, 202)
			for _, address := range append(typed, stored) {
				for _, path := range []string{"/password-resets", "/confirmations"} {
					s.do("POST", api+path, fmt.Sprintf(`{"email":%q}`, address)).is(202)
				}
				s.register(address, "a horse of the attacker", apptest.Browser(66)).isIn(422, 202)
			}
			s.settled()
			for _, m := range s.Outbox.All() {
				if m.To != stored && m.To != "ada@example.org" {
					t.Errorf("a %s mail for %s went to %s", m.Kind, stored, m.To)
				}
			}
		}
	}
}

// TestASpellingThatReachesNobodySquatsNoAddress: an address that shares its key with another's but takes no mail could
// never be confirmed, denied or reset, and its true owner could never register.
func TestASpellingThatReachesNobodySquatsNoAddress(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{
		"ｖｉｃｔｉｍ@example.org", "victim@example.org.", "victim@example.org。", "victim@ⓔxample.org", "ⓥictim@example.org", "victim@example.org..",
	} {
		s := owned(t, apptest.WithoutLimits())
		got := s.register(spelling, "a horse of the attacker", apptest.Browser(66))
		if got.status == 422 {
			continue
		}
		got.is(201)
		if kept := got.at("user", "email"); kept != "victim@example.org" {
			t.Errorf("%q is kept as %q, which reaches nobody", spelling, kept)
			continue
		}
		s.do("POST", api+"/password-resets", `{"email":"victim@example.org"}`).is(202)
		m := s.Mail(app.MailPasswordReset, "victim@example.org")
		s.do("PUT", api+"/password-resets/"+m.Token.Reveal(), `{"password":"a horse of the victim"}`).is(204)
		s.logIn("victim@example.org", "a horse of the victim", apptest.Browser(3)).is(201)
		s.logIn(spelling, "a horse of the attacker", apptest.Browser(66)).refused(401, app.CodeInvalidCredentials)
	}
}

func TestNamesThatOnlyLookLikeOthersAreRefused(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	member := s.Member("bob@example.org")
	for _, username := range []string{"аda", "ada\u200b", "ad\u0430", "ɑda", "ada\u202e", "ａda", "a\u0301da", "ada ", "ada\x00", "ada\r\n", "ada@example.org", "-ada", "a.da"} {
		body := fmt.Sprintf(`{"username":%q,"email":"x@example.org","password":"correct horse battery"}`, username)
		s.do("POST", api+"/registrations", jsonText(body)).field("username", app.RuleInvalidFormat)
		s.do("POST", api+"/users", jsonText(body), as(owner)).field("username", app.RuleInvalidFormat)
		s.do("PATCH", api+"/me", jsonText(fmt.Sprintf(`{"username":%q}`, username)), as(member)).field("username", app.RuleInvalidFormat)
		s.do("PATCH", of(member, ""), jsonText(fmt.Sprintf(`{"username":%q}`, username)), as(owner)).field("username", app.RuleInvalidFormat)
	}
	for _, username := range []string{"ADA", "admin", "Support", "ROOT"} { // another's, and the house's own
		s.do("PATCH", api+"/me", fmt.Sprintf(`{"username":%q}`, username), as(member)).field("username", app.RuleTaken)
		s.do("POST", api+"/registrations", fmt.Sprintf(`{"username":%q,"email":"x@example.org","password":"correct horse battery"}`, username)).field("username", app.RuleTaken)
	}
	s.do("PATCH", api+"/me", `{"username":"bob_the_second"}`, as(member)).is(200)
	s.do("POST", api+"/registrations", `{"username":"Bob","email":"x@example.org","password":"correct horse battery"}`).field("username", app.RuleTaken)

	for _, email := range []string{
		"ada\u200b@example.org", "ada@example\u200d.org", "\u202eada@example.org", "ada\u2066@example.org", "ada\u00ad@example.org", "ada\ufeff@example.org", "a\u2028da@example.org", "ada＠example.org",
	} {
		s.do("POST", api+"/registrations", jsonText(fmt.Sprintf(`{"email":%q,"password":"correct horse battery"}`, email))).field("email", app.RuleInvalidFormat)
		s.do("POST", api+"/me/email", jsonText(fmt.Sprintf(`{"email":%q,"current_password":"correct horse battery"}`, email)), as(member)).field("email", app.RuleInvalidFormat)
		s.do("PATCH", of(member, ""), jsonText(fmt.Sprintf(`{"email":%q}`, email)), as(owner)).field("email", app.RuleInvalidFormat)
	}
}

// TestNamesTurnNoTextAround: what turns the order of letters around or breaks a line would change what an administrator
// reads beside the name.
func TestNamesTurnNoTextAround(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	member := s.Member("bob@example.org")
	for _, bad := range []string{"\u202e", "\u202a", "\u202d", "\u2066", "\u2067", "\u2069", "\u2028", "\u2029", "\u0085", "\r\nBcc: x@example.org", "\x00", "\x1b[31m", "\u009b31m"} {
		for _, field := range []string{"first_name", "last_name"} {
			body := fmt.Sprintf(`{%q:%q,"email":"x@example.org","password":"correct horse battery"}`, field, "Ad"+bad+"a")
			s.do("POST", api+"/registrations", jsonText(body)).field(field, app.RuleInvalidFormat)
			s.do("POST", api+"/users", jsonText(body), as(owner)).field(field, app.RuleInvalidFormat)
			body = fmt.Sprintf(`{%q:%q}`, field, "Ad"+bad+"a")
			s.do("PATCH", api+"/me", jsonText(body), as(member)).field(field, app.RuleInvalidFormat)
			s.do("PATCH", of(member, ""), jsonText(body), as(owner)).field(field, app.RuleInvalidFormat)
		}
	}
	for _, good := range []string{"Zoë", "محمد", "می\u200cخواهم", "👩\u200d🚀", "O'Brien", "田中", "<b>", "שָׁלוֹם\u200f"} {
		s.do("PATCH", api+"/me", jsonText(fmt.Sprintf(`{"first_name":%q}`, good)), as(member)).is(200)
	}
}

// TestAnAddressThatOnlyLooksLikeAnothersIsAnother: letters of other scripts are letters of other addresses, with accounts
// of their own that open nothing of the one they look like.
func TestAnAddressThatOnlyLooksLikeAnothersIsAnother(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	const twin = "аda@example.org" // the first letter is Cyrillic
	made := s.register(twin, "a horse of the attacker", apptest.Browser(66)).is(201)
	if made.at("user", "id") == float64(1) || made.at("user", "username") == "ada" {
		t.Errorf("the twin is %s", made.body)
	}
	s.logIn("ada@example.org", "a horse of the attacker", apptest.Browser(66)).refused(401, app.CodeInvalidCredentials)
	s.do("POST", api+"/password-resets", `{"email":"`+twin+`"}`).is(202)
	token := s.Mail(app.MailPasswordReset, twin).Token.Reveal()
	s.do("PUT", api+"/password-resets/"+token, `{"password":"another horse of theirs"}`).is(204)
	s.logIn("ada@example.org", apptest.Password.Reveal(), apptest.Browser(1)).is(201)
}

// jsonText is a JSON body made of Go's quoting, which knows escapes that JSON has not.
func jsonText(body string) string {
	for _, r := range []struct{ from, to string }{{`\x00`, `\u0000`}, {`\x1b`, `\u001b`}} {
		body = strings.ReplaceAll(body, r.from, r.to)
	}
	return body
}
