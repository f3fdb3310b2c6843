package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

const (
	victim         = "victim@example.org"
	attacker       = "attacker@example.net"
	theirPassword  = "a horse of the attacker"
	victimPassword = "a horse of the victim"
)

// foothold is all that somebody can hold who registered another's address first.
type foothold struct {
	s       *site
	id      int64
	client  app.Client
	bearer  string
	session *http.Cookie
	device  *http.Cookie
	links   []string // paths with tokens that were mailed to them
}

// preregister registers the victim's address as somebody else, and takes everything that one can get by that.
func (s *site) preregister() *foothold {
	s.T.Helper()
	f := &foothold{s: s, client: apptest.Browser(66)}
	s.register(victim, theirPassword, f.client).isIn(201, 202)
	f.id = s.stored(victim).ID
	if login := s.logIn(victim, theirPassword, f.client); login.status == 201 {
		f.bearer = login.at("token").(string)
		f.device = login.cookie("doorward_device")
		page := s.do("POST", api+"/sessions", fmt.Sprintf(`{"email":%q,"password":%q,"cookie":true,"remember":true}`, victim, theirPassword), from(f.client)).is(201)
		f.session = page.cookie("doorward_session")
		s.do("POST", api+"/me/email", fmt.Sprintf(`{"email":%q,"current_password":%q}`, attacker, theirPassword), f.asBearer, from(f.client)).is(202)
		f.links = append(f.links, "/me/email/"+s.Mail(app.MailEmailChange, attacker).Token.Reveal())
	}
	return f
}

func (f *foothold) asBearer(r *http.Request) { r.Header.Set("Authorization", "Bearer "+f.bearer) }

// isGone checks that nothing of it opens anything.
func (f *foothold) isGone(t *testing.T) {
	t.Helper()
	s := f.s
	s.logIn(victim, theirPassword, f.client).refused(401, app.CodeInvalidCredentials)
	s.logIn(attacker, theirPassword, f.client).refused(401, app.CodeInvalidCredentials)
	if f.bearer == "" {
		return
	}
	s.do("GET", api+"/me", nil, f.asBearer, from(f.client)).refused(401, app.CodeUnauthenticated)
	s.do("GET", api+"/me", nil, cookie(f.session.Name, f.session.Value), from(f.client)).refused(401, app.CodeUnauthenticated)
	s.do("GET", "/forward-auth", nil, cookie(f.session.Name, f.session.Value), from(f.client)).refused(401, app.CodeUnauthenticated)
	for _, link := range f.links {
		s.do("POST", api+link, nil, f.asBearer, from(f.client)).refused(401, app.CodeUnauthenticated)
	}
}

var unconfirmedPolicies = []app.UnconfirmedPolicy{app.UnconfirmedLimited, app.UnconfirmedRefused, app.UnconfirmedAllowed}

// eachPolicy runs a story on a site of each policy for unconfirmed accounts, open and concealed.
func eachPolicy(t *testing.T, story func(t *testing.T, s *site)) {
	t.Parallel()
	for _, policy := range unconfirmedPolicies {
		for _, concealed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, concealed %v", policy, concealed), func(t *testing.T) {
				t.Parallel()
				s := newSite(t, apptest.New(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) {
					p.Unconfirmed, p.ConcealAccounts = policy, concealed
				})))
				s.ownSite("ada@example.org")
				story(t, s)
			})
		}
	}
}

// reset sets the victim's password by a mailed link.
func (s *site) reset(password string) {
	s.T.Helper()
	s.do("POST", api+"/password-resets", fmt.Sprintf(`{"email":%q}`, victim)).is(202)
	token := s.Mail(app.MailPasswordReset, victim).Token.Reveal()
	s.do("PUT", api+"/password-resets/"+token, fmt.Sprintf(`{"password":%q}`, password), from(apptest.Browser(3))).is(204)
}

// TestAResetLeavesNothingOfWhoeverRegisteredTheAddressFirst: the victim finds the address taken, resets, and is alone.
func TestAResetLeavesNothingOfWhoeverRegisteredTheAddressFirst(t *testing.T) {
	eachPolicy(t, func(t *testing.T, s *site) {
		f := s.preregister()
		s.reset(victimPassword)
		f.isGone(t)
		s.logIn(victim, victimPassword, apptest.Browser(3)).is(201)
		if u := s.stored(victim); u.ID != f.id || !u.IsConfirmed() {
			t.Errorf("the account is %+v", u)
		}
	})
}

// TestAResetIsNotOutwaited: what was asked for before the reset and not used yet opens nothing after it.
func TestAResetIsNotOutwaited(t *testing.T) {
	eachPolicy(t, func(t *testing.T, s *site) {
		f := s.preregister()
		confirmation := s.Mail(app.MailConfirmation, victim).Token.Reveal()
		s.do("POST", api+"/password-resets", fmt.Sprintf(`{"email":%q}`, victim)).is(202)
		other := s.Mail(app.MailPasswordReset, victim).Token.Reveal()
		s.reset(victimPassword)
		mine := s.logIn(victim, victimPassword, apptest.Browser(3)).is(201).at("token").(string)
		s.do("POST", api+"/confirmations/"+confirmation, nil).refused(404, app.CodeInvalidToken)
		s.do("DELETE", api+"/confirmations/"+confirmation, nil).refused(404, app.CodeInvalidToken)
		s.do("PUT", api+"/password-resets/"+other, fmt.Sprintf(`{"password":%q}`, "yet another horse")).refused(404, app.CodeInvalidToken)
		for _, link := range f.links { // not even the victim, led to it, moves the account to the attacker's address
			s.do("POST", api+link, nil, with("Authorization", "Bearer "+mine), from(apptest.Browser(3))).refused(404, app.CodeInvalidToken)
		}
	})
}

// TestAConfirmationTellsWhoRegisteredAndCanDenyThem: the holder of the mail is told when and from where the account was
// made before anything is done, and one button ends it with all that its maker holds.
func TestAConfirmationTellsWhoRegisteredAndCanDenyThem(t *testing.T) {
	eachPolicy(t, func(t *testing.T, s *site) {
		f := s.preregister()
		m := s.Mail(app.MailConfirmation, victim)
		if m.Name != "" || m.IP != f.client.IP.String() || m.Device == "" {
			t.Errorf("the mail tells %+v", m)
		}
		b := s.browser(t, 3).visit("/confirm/" + m.Token.Reveal()).reads(f.client.IP.String()).reads("Firefox on Linux")
		b.press("This wasn't me").on("/login", 200)
		if s.stored(victim) != nil {
			t.Fatal("the account is still there")
		}
		f.isGone(t)
		s.register(victim, victimPassword, apptest.Browser(3)).isIn(201, 202)
		if u := s.stored(victim); u == nil || u.ID == f.id {
			t.Errorf("the victim got the account %+v", u)
		}
		f.isGone(t)
	})
}

// TestAfterAConfirmationAResetStillLeavesNothing: a victim who confirmed an account of another's making, by habit, does not
// know its password. The way in leads through a reset.
func TestAfterAConfirmationAResetStillLeavesNothing(t *testing.T) {
	eachPolicy(t, func(t *testing.T, s *site) {
		f := s.preregister()
		b := s.browser(t, 3).visit("/confirm/" + s.Mail(app.MailConfirmation, victim).Token.Reveal())
		b.press("Confirm address").on("/login", 200) // nobody is signed in by a mailed link
		s.logIn(victim, victimPassword, apptest.Browser(3)).refused(401, app.CodeInvalidCredentials)
		s.reset(victimPassword)
		f.isGone(t)
	})
}

// TestAnInvitationLeavesOnlyItsOwnersPassword: an account that an administrator made opens to whoever has the mail, and
// to nothing that was tried before.
func TestAnInvitationLeavesOnlyItsOwnersPassword(t *testing.T) {
	eachPolicy(t, func(t *testing.T, s *site) {
		owner := s.SignIn("ada@example.org", apptest.Browser(1))
		s.do("POST", api+"/users", fmt.Sprintf(`{"email":%q}`, victim), as(owner)).is(201)
		s.register(victim, theirPassword, apptest.Browser(66)).isIn(422, 202)
		for _, password := range []string{"", theirPassword, "no password fits this"} {
			s.logIn(victim, password, apptest.Browser(66)).refused(401, app.CodeInvalidCredentials)
		}
		link := s.Mail(app.MailSetPassword, victim).Token.Reveal()
		s.do("POST", api+"/password-resets", fmt.Sprintf(`{"email":%q}`, victim)).is(202) // anybody may ask
		asked := s.Mail(app.MailPasswordReset, victim).Token.Reveal()
		s.do("PUT", api+"/password-resets/"+link, fmt.Sprintf(`{"password":%q}`, victimPassword)).is(204)
		s.do("PUT", api+"/password-resets/"+asked, fmt.Sprintf(`{"password":%q}`, theirPassword)).refused(404, app.CodeInvalidToken)
		s.do("PUT", api+"/password-resets/"+link, fmt.Sprintf(`{"password":%q}`, theirPassword)).refused(404, app.CodeInvalidToken)
		s.logIn(victim, theirPassword, apptest.Browser(66)).refused(401, app.CodeInvalidCredentials)
		s.logIn(victim, victimPassword, apptest.Browser(3)).is(201)
	})
}

// TestALinkToAnotherAddressIsOfNoUseToItsReceiver: an account that asks to move to the victim's address cannot be moved
// there by the victim, nor by itself without the mail, and does not hold the address.
func TestALinkToAnotherAddressIsOfNoUseToItsReceiver(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	theirs := s.Member(attacker)
	s.do("POST", api+"/me/email", fmt.Sprintf(`{"email":%q,"current_password":%q}`, victim, apptest.Password.Reveal()), as(theirs)).is(202)
	m := s.Mail(app.MailEmailChange, victim)
	if m.Name != "" {
		t.Errorf("the mail to an unproven address names %q", m.Name)
	}
	link := api + "/me/email/" + m.Token.Reveal()
	s.do("POST", link, nil).refused(401, app.CodeUnauthenticated)
	s.browser(t, 3).visit("/account/email/"+m.Token.Reveal()).on("/login", 200)
	mine := s.Member(victim) // the address is free until it is proven
	s.do("POST", link, nil, as(mine)).refused(404, app.CodeInvalidToken)
	s.do("POST", link, nil, as(theirs)).field("email", app.RuleTaken) // even with the mail: it has an account by now
	if u := s.stored(attacker); u == nil || u.ID != theirs.User().ID {
		t.Error("the account moved")
	}
}

// TestTwoAddressChangesAtOnceProveTheirOwnAddressesOnly: each link carries the address that it proves, whatever was asked
// for after it.
func TestTwoAddressChangesAtOnceProveTheirOwnAddressesOnly(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	theirs := s.Member(attacker)
	replies := atOnce(20, func(i int) reply {
		to := victim
		if i%2 == 0 {
			to = "second@example.net"
		}
		return s.do("POST", api+"/me/email", fmt.Sprintf(`{"email":%q,"current_password":%q}`, to, apptest.Password.Reveal()), as(theirs))
	})
	if n := byAnswer(replies)[202]; n != 20 {
		t.Fatalf("%d of twenty were accepted", n)
	}
	link := api + "/me/email/" + s.Mail(app.MailEmailChange, "second@example.net").Token.Reveal()
	if got := s.do("POST", link, nil, as(theirs)).is(200); got.at("user", "email") != "second@example.net" {
		t.Errorf("moved to %v", got.at("user", "email"))
	}
	if s.stored(victim) != nil {
		t.Error("an address was taken that nobody proved")
	}
}

// TestAnUnprovenAddressVouchesForNothing: where unconfirmed accounts may do all, nobody is told their address as a proven one.
func TestAnUnprovenAddressVouchesForNothing(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) { p.Unconfirmed = app.UnconfirmedAllowed }))
	f := s.preregister()
	r := s.do("GET", "/forward-auth", nil, f.asBearer, from(f.client)).is(200)
	if values := r.header.Values("Remote-Email"); !slices.Equal(values, []string{""}) {
		t.Errorf("Remote-Email is %q", values)
	}
	shown := s.do("POST", api+"/sessions/verify", fmt.Sprintf(`{"token":%q}`, f.bearer), by(s.Key("shop", app.RoleUser))).is(200)
	if shown.at("user", "confirmed_at") != nil {
		t.Errorf("an app is told %s", shown.body)
	}
	s.do("PATCH", api+"/me", `{"first_name":"Your bank, call 555-1234"}`, f.asBearer, from(f.client)).is(200)
	s.do("POST", api+"/password-resets", fmt.Sprintf(`{"email":%q}`, victim)).is(202)
	s.do("POST", api+"/me/confirmation", nil, f.asBearer, from(f.client)).is(202)
	s.settled()
	for _, m := range s.Outbox.All() {
		if m.To == victim && (m.Name != "" || strings.Contains(m.Device+m.NewEmail, "bank")) {
			t.Errorf("a %s mail carries what a stranger wrote: %+v", m.Kind, m)
		}
	}
}

// TestABrowserIsKnownByThePasswordItCameInBy: the cookie of a known browser lets its guesses count on their own and past
// the lock after a hundred. Whoever registered an address first, or knew a password once, keeps no such cookie.
func TestABrowserIsKnownByThePasswordItCameInBy(t *testing.T) {
	t.Parallel()
	limited := apptest.WithPolicy(func(p *app.Policy) {
		p.Limits = app.Limits{Login: app.Limit{N: 5, Window: app.DefaultLimits().Login.Window}}
	})
	s := owned(t, limited)
	f := s.preregister()
	s.reset(victimPassword)
	theirs := cookie(f.device.Name, f.device.Value)
	for i := range 5 {
		s.logIn(victim, "a guess", apptest.Browser(byte(100+i))).refused(401, app.CodeInvalidCredentials)
	}
	s.logIn(victim, "a guess", apptest.Browser(110), theirs).refused(429, app.CodeRateLimitExceeded)

	open := owned(t, apptest.WithoutLimits())
	f = open.preregister()
	open.reset(victimPassword)
	for range 100 {
		open.logIn(victim, "a guess", f.client).refused(401, app.CodeInvalidCredentials)
	}
	open.logIn(victim, victimPassword, f.client, cookie(f.device.Name, f.device.Value)).refused(401, app.CodeInvalidCredentials)
}

// TestWhoProvesTheAddressIsLetInThoughStrangersGuess: a new password makes earlier browsers unknown, so the one that set
// it is a known one from then on.
func TestWhoProvesTheAddressIsLetInThoughStrangersGuess(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(t *testing.T, s *site) string{
		"over the API": func(t *testing.T, s *site) string {
			s.do("POST", api+"/password-resets", fmt.Sprintf(`{"email":%q}`, victim)).is(202)
			token := s.Mail(app.MailPasswordReset, victim).Token.Reveal()
			return s.do("PUT", api+"/password-resets/"+token, fmt.Sprintf(`{"password":%q}`, victimPassword)).is(204).cookie("doorward_device").Value
		},
		"on the page": func(t *testing.T, s *site) string {
			b := s.browser(t, 3).visit("/reset-password").press("Send the mail", "email", victim)
			b.visit("/reset-password/"+s.Mail(app.MailPasswordReset, victim).Token.Reveal()).press("Set password", "password", victimPassword)
			return b.cookies["doorward_device"]
		},
		"by the one in use": func(t *testing.T, s *site) string {
			p := s.SignIn(victim, apptest.Browser(3))
			name, value := s.sessionCookie(p)
			body := fmt.Sprintf(`{"current_password":%q,"password":%q}`, apptest.Password.Reveal(), victimPassword)
			return s.do("PUT", api+"/me/password", body, cookie(name, value), from(p.Client)).is(200).cookie("doorward_device").Value
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := owned(t)
			s.Member(victim)
			device := set(t, s)
			for i := range 6 {
				s.logIn(victim, "a guess", apptest.Browser(byte(100+i)))
			}
			s.logIn(victim, victimPassword, apptest.Browser(3)).refused(429, app.CodeRateLimitExceeded)
			s.logIn(victim, victimPassword, apptest.Browser(3), cookie("doorward_device", device)).is(201)
		})
	}
}
