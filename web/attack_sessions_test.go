package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// mailedLink is one kind of mailed token over HTTP.
type mailedLink struct {
	ask  func(s *site, p *apptest.Persona) string // answers a fresh token
	use  func(s *site, p *apptest.Persona, token string) reply
	life time.Duration
	of   app.TokenPurpose
}

var mailedLinks = map[string]mailedLink{
	"confirmation": {
		func(s *site, p *apptest.Persona) string {
			s.do("POST", api+"/me/confirmation", nil, as(p)).is(202)
			return s.Mail(app.MailConfirmation, victim).Token.Reveal()
		},
		func(s *site, _ *apptest.Persona, token string) reply {
			return s.do("POST", api+"/confirmations/"+token, nil)
		}, 7 * 24 * time.Hour, app.TokenConfirmation,
	},
	"denial": {
		func(s *site, p *apptest.Persona) string {
			s.do("POST", api+"/me/confirmation", nil, as(p)).is(202)
			return s.Mail(app.MailConfirmation, victim).Token.Reveal()
		},
		func(s *site, _ *apptest.Persona, token string) reply {
			return s.do("DELETE", api+"/confirmations/"+token, nil)
		}, 7 * 24 * time.Hour, app.TokenConfirmation,
	},
	"reset": {
		func(s *site, _ *apptest.Persona) string {
			s.ask("/password-resets", victim, 9).is(202)
			return s.Mail(app.MailPasswordReset, victim).Token.Reveal()
		},
		func(s *site, _ *apptest.Persona, token string) reply {
			return s.do("PUT", api+"/password-resets/"+token, fmt.Sprintf(`{"password":%q}`, victimPassword))
		}, time.Hour, app.TokenPasswordReset,
	},
	"address change": {
		func(s *site, p *apptest.Persona) string {
			s.do("POST", api+"/me/email", fmt.Sprintf(`{"email":"new@example.org","current_password":%q}`, apptest.Password.Reveal()), as(p)).is(202)
			return s.Mail(app.MailEmailChange, "new@example.org").Token.Reveal()
		},
		func(s *site, p *apptest.Persona, token string) reply {
			return s.do("POST", api+"/me/email/"+token, nil, as(p))
		}, 7 * 24 * time.Hour, app.TokenEmailChange,
	},
}

// eachLink runs a story for each kind of mailed link, on a site where nothing is purged in the background.
func eachLink(t *testing.T, story func(t *testing.T, s *site, p *apptest.Persona, l mailedLink)) {
	t.Parallel()
	for name, l := range mailedLinks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := owned(t, apptest.WithoutLimits())
			p := s.Newcomer(victim)
			s.Mail(app.MailConfirmation, victim)
			story(t, s, p, l)
		})
	}
}

func TestAMailedTokenWorksOnceHoweverManyUseIt(t *testing.T) {
	eachLink(t, func(t *testing.T, s *site, p *apptest.Persona, l mailedLink) {
		token := l.ask(s, p)
		worked := 0
		for _, r := range atOnce(20, func(int) reply { return l.use(s, p, token) }) {
			if r.status < 300 {
				worked++
			} else if r.status != 404 && r.status != 401 { // the first use may have ended the session that asks
				t.Errorf("status %d: %s", r.status, r.body)
			}
		}
		if worked != 1 {
			t.Errorf("%d of twenty uses worked", worked)
		}
	})
}

// TestAMailedTokenServesItsPurposeWholeAndInTime: another purpose, a part of it, more than it, an empty one or one that is
// over opens nothing, whether or not the purge came by.
func TestAMailedTokenServesItsPurposeWholeAndInTime(t *testing.T) {
	eachLink(t, func(t *testing.T, s *site, p *apptest.Persona, l mailedLink) {
		token := l.ask(s, p)
		for name, other := range mailedLinks {
			if other.of == l.of {
				continue
			}
			if got := other.use(s, p, token); got.status != 404 {
				t.Errorf("used as %s: status %d: %s", name, got.status, got.body)
			}
		}
		for _, wrong := range []string{token[:len(token)-1], token[:len(token)/2], token + "A", strings.ToLower(token), strings.ToUpper(token), "%00", token + "%00", "%20" + token, "null", "0", "undefined"} {
			if wrong == token {
				continue
			}
			if got := l.use(s, p, wrong); got.status != 404 {
				t.Errorf("%q: status %d: %s", wrong, got.status, got.body)
			}
		}
		for _, path := range []string{"/confirmations/", "/password-resets/", "/me/email/"} { // without any
			for _, method := range []string{"POST", "PUT", "DELETE"} {
				if got := s.do(method, api+path, nil, as(p)); got.status < 400 {
					t.Errorf("%s %s: status %d", method, path, got.status)
				}
			}
		}
		s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+token), from(p.Client)).refused(401, app.CodeUnauthenticated)
		s.Clock.Advance(l.life)
		if got := l.use(s, p, token); got.status != 404 {
			t.Errorf("after its time: status %d: %s", got.status, got.body)
		}
	})
}

// TestAMailedTokenDoesNotOutliveWhatItWasMadeFor: a new password, another address or the end of the account end it.
func TestAMailedTokenDoesNotOutliveWhatItWasMadeFor(t *testing.T) {
	eachLink(t, func(t *testing.T, s *site, p *apptest.Persona, l mailedLink) {
		owner := s.SignIn("ada@example.org", apptest.Browser(1))
		id := p.User().ID
		fresh := func() *apptest.Persona {
			grant, err := s.Login(t.Context(), app.Stranger(p.Client), app.LoginInput{Login: s.look(id).user.Email, Password: "a horse set by ada"})
			if err != nil {
				t.Fatal(err)
			}
			q := *p
			q.Token = grant.Token
			return &q
		}
		token := l.ask(s, p)
		s.do("PUT", fmt.Sprintf("%s/users/%d/password", api, id), `{"password":"a horse set by ada"}`, as(owner)).is(204)
		p = fresh()
		if got := l.use(s, p, token); got.status != 404 {
			t.Errorf("after a new password: status %d: %s", got.status, got.body)
		}
		s.do("PUT", fmt.Sprintf("%s/users/%d/password", api, id), fmt.Sprintf(`{"password":%q}`, apptest.Password.Reveal()), as(owner)).is(204)
		p = s.SignIn(victim, p.Client)
		token = l.ask(s, p)
		s.do("PATCH", fmt.Sprintf("%s/users/%d", api, id), `{"email":"moved@example.org"}`, as(owner)).is(200)
		if got := l.use(s, p, token); got.status != 404 {
			t.Errorf("after another address: status %d: %s", got.status, got.body)
		}
		s.do("PATCH", fmt.Sprintf("%s/users/%d", api, id), fmt.Sprintf(`{"email":%q}`, victim), as(owner)).is(200)
		token = l.ask(s, p)
		s.do("DELETE", fmt.Sprintf("%s/users/%d", api, id), nil, as(owner)).is(204)
		if got := l.use(s, p, token); got.status != 404 && got.status != 401 {
			t.Errorf("after the account's end: status %d: %s", got.status, got.body)
		}
		again := s.Newcomer(victim) // who has the address next is not who had it
		if got := l.use(s, again, token); got.status != 404 {
			t.Errorf("for the next account of the address: status %d: %s", got.status, got.body)
		}
	})
}

// TestAResetBringsNoDeactivatedAccountBack: the password changes, the door stays shut.
func TestAResetBringsNoDeactivatedAccountBack(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	p := s.Member(victim)
	s.do("PUT", of(p, "/status"), `{"is_active":false}`, as(owner)).is(200)
	s.do("GET", api+"/me", nil, as(p)).refused(401, app.CodeUnauthenticated)
	s.reset(victimPassword)
	s.logIn(victim, victimPassword, apptest.Browser(3)).refused(403, app.CodeAccountInactive)
	if u := s.stored(victim); u.IsActive {
		t.Error("the reset activated the account")
	}
}

// TestAMailScannerChangesNothing: fetching what mails link to, by GET or HEAD, as often as it likes, uses nothing up.
func TestAMailScannerChangesNothing(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	p := s.Newcomer(victim)
	confirmation := s.Mail(app.MailConfirmation, victim).Token.Reveal()
	reset := mailedLinks["reset"].ask(s, p)
	unchanged := s.look(p.User().ID).String()
	for _, path := range []string{"/confirm/" + confirmation, "/reset-password/" + reset, api + "/password-resets/" + reset, "/account/email/x", "/logout", api + "/confirmations/" + confirmation} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "GET"} {
			s.do(method, path+"?deny=true&password=x", nil)
		}
	}
	if now := s.look(p.User().ID).String(); now != unchanged {
		t.Errorf("the account changed:\n%s\n%s", unchanged, now)
	}
	s.do("POST", api+"/confirmations/"+confirmation, nil).is(200)
	mailedLinks["reset"].use(s, p, reset).is(204)
}

// TestALoginTakesNoSessionOverFromTheBrowser: whatever session a browser was given before, its login makes another and
// ends that one, so that nobody shares the new one.
func TestALoginTakesNoSessionOverFromTheBrowser(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	theirs := s.Member("attacker@example.org")
	name, planted := s.sessionCookie(theirs)
	b := s.browser(t, 3)
	b.cookies[name] = planted
	s.Member("bob@example.org")
	body := fmt.Sprintf(`{"email":"bob@example.org","password":%q,"cookie":true}`, apptest.Password.Reveal())
	got := s.do("POST", api+"/sessions", body, cookie(name, planted), from(apptest.Browser(3))).is(201)
	fresh := got.cookie(name)
	if fresh == nil || fresh.Value == planted {
		t.Fatalf("the browser keeps the session it was given: %v", got.header)
	}
	s.do("GET", api+"/me", nil, as(theirs)).refused(401, app.CodeUnauthenticated)
	if me := s.do("GET", api+"/me", nil, cookie(name, fresh.Value), from(apptest.Browser(3))).is(200); me.at("user", "email") != "bob@example.org" {
		t.Errorf("the session is %s", me.body)
	}
	for _, invented := range []string{"chosen-by-the-attacker", strings.Repeat("A", 200)} { // a value of their own makes none
		got := s.do("POST", api+"/sessions", body, cookie(name, invented), from(apptest.Browser(3))).is(201)
		if got.cookie(name).Value == invented {
			t.Error("a session has the value that the browser brought")
		}
	}
}

// TestACookieFromANeighbouringHostSignsNobodyIn: under https only the name that browsers keep to this very host is read,
// and two of a name are none.
func TestACookieFromANeighbouringHostSignsNobodyIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()), under("https://accounts.example.org"))
	s.Owner("ada@example.org")
	mine, theirs := s.Member("mine@example.org"), s.Member("attacker@example.org")
	name, good := s.sessionCookie(mine)
	_, bad := s.sessionCookie(theirs)
	ask := func(changes ...change) reply {
		return s.do("GET", api+"/me", nil, append(changes, from(mine.Client))...)
	}
	if !strings.HasPrefix(name, "__Host-") {
		t.Fatalf("the cookie is called %s", name)
	}
	ask(cookie("doorward_session", bad)).refused(401, app.CodeUnauthenticated)
	ask(cookie("__Secure-doorward_session", bad)).refused(401, app.CodeUnauthenticated)
	ask(cookie(strings.ToLower(name), bad)).refused(401, app.CodeUnauthenticated)
	for _, both := range [][]change{{cookie(name, good), cookie(name, bad)}, {cookie(name, bad), cookie(name, good)}, {cookie(name, good+"; "+name+"="+bad)}} {
		ask(both...).refused(401, app.CodeUnauthenticated)
	}
	if got := ask(cookie(name, good), cookie("doorward_session", bad)).is(200); got.at("user", "email") != "mine@example.org" {
		t.Errorf("signed in as %s", got.body)
	}
}

// TestASessionThatIsOverIsOverInEveryCache: it is used until it is in every cache there is, then ended in each way.
func TestASessionThatIsOverIsOverInEveryCache(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *site, p, owner *apptest.Persona){
		"logout": func(s *site, p, _ *apptest.Persona) { s.do("DELETE", api+"/session", nil, as(p)).is(204) },
		"by its owner": func(s *site, p, _ *apptest.Persona) {
			s.do("DELETE", api+"/me/sessions", nil, as(s.SignIn(p.Email, apptest.Browser(4)))).is(204)
		},
		"by an admin": func(s *site, p, owner *apptest.Persona) { s.do("DELETE", of(p, "/sessions"), nil, as(owner)).is(204) },
		"deactivation": func(s *site, p, owner *apptest.Persona) {
			s.do("PUT", of(p, "/status"), `{"is_active":false}`, as(owner)).is(200)
		},
		"deletion": func(s *site, p, owner *apptest.Persona) { s.do("DELETE", of(p, ""), nil, as(owner)).is(204) },
		"a set password": func(s *site, p, owner *apptest.Persona) {
			s.do("PUT", of(p, "/password"), `{"password":"a better horse"}`, as(owner)).is(204)
		},
		"a reset": func(s *site, p, _ *apptest.Persona) { s.reset(victimPassword) },
		"age":     func(s *site, _, _ *apptest.Persona) { s.Clock.Advance(61 * 24 * time.Hour) },
		"another password": func(s *site, p, _ *apptest.Persona) {
			q := s.SignIn(p.Email, apptest.Browser(4))
			s.do("PUT", api+"/me/password", fmt.Sprintf(`{"current_password":%q,"password":%q}`, apptest.Password.Reveal(), victimPassword), as(q)).is(200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, apptest.New(t, apptest.WithoutLimits()), under("https://accounts.example.org"), covering("example.org"))
			s.Owner("ada@example.org")
			owner := s.SignIn("ada@example.org", apptest.Browser(1))
			p := s.Member(victim)
			cookieName, value := s.sessionCookie(p)
			pass := must(s.server.cookies.seal(passName, p.Token.Reveal()))
			shop := s.Key("shop", app.RoleUser)
			verify := fmt.Sprintf(`{"token":%q}`, p.Token.Reveal())
			ask := func() []int {
				return []int{
					s.do("GET", api+"/session", nil, as(p)).status,
					s.do("GET", api+"/me", nil, cookie(cookieName, value), from(p.Client)).status,
					s.do("GET", forwardPath, nil, cookie(passName, pass), from(p.Client)).status,
					s.do("POST", api+"/sessions/verify", verify, by(shop)).status,
				}
			}
			for range 2 {
				if got := fmt.Sprint(ask()); got != "[200 200 200 200]" {
					t.Fatalf("before: %s", got)
				}
			}
			end(s, p, owner)
			if got := fmt.Sprint(ask()); got != "[401 401 401 404]" {
				t.Errorf("after: %s", got)
			}
		})
	}
}

// TestTheBytesThatBcryptOverlooksAreLookedAt: a password is compared as a whole or not at all, wherever one is asked for.
func TestTheBytesThatBcryptOverlooksAreLookedAt(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	long := strings.Repeat("correct horse ", 6)[:72]
	s.register(victim, long, apptest.Browser(3)).is(201)
	s.register("toolong@example.org", long+"x", apptest.Browser(3)).field("password", app.RuleTooLong)
	s.register("wide@example.org", strings.Repeat("é", 37), apptest.Browser(3)).field("password", app.RuleTooLong)
	s.do("POST", api+"/registrations", `{"email":"nul@example.org","password":"correct horse\u0000battery"}`).field("password", app.RuleInvalidFormat)
	token := s.logIn(victim, long, apptest.Browser(3)).is(201).at("token").(string)
	mine := []change{with("Authorization", "Bearer "+token), from(apptest.Browser(3))}
	for _, wrong := range []string{long + "x", long + "\x00", long[:71], long[:71] + "\x00", "", "\x00", long + strings.Repeat("x", 1000)} {
		text := jsonText(fmt.Sprintf("%q", wrong))
		s.do("POST", api+"/sessions", fmt.Sprintf(`{"email":%q,"password":%s}`, victim, text)).refused(401, app.CodeInvalidCredentials)
		s.post("/login", "email", victim, "password", wrong).is(401)
		for _, r := range []reply{
			s.do("PUT", api+"/me/password", `{"current_password":`+text+`,"password":"a better horse"}`, mine...),
			s.do("POST", api+"/me/email", `{"current_password":`+text+`,"email":"new@example.org"}`, mine...),
			s.do("DELETE", api+"/me", `{"current_password":`+text+`}`, mine...),
		} {
			r.field("current_password", app.RuleNotValid)
		}
	}
	s.logIn(victim, long, apptest.Browser(3)).is(201)
}

// TestStolenPiecesOpenNothing: a token that is cut, lengthened or shown as another thing is none, and a cookie is one whole.
func TestStolenPiecesOpenNothing(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	p := s.Member(victim)
	token, key := p.Token.Reveal(), s.Key("shop", app.RoleAdmin).Reveal()
	for _, wrong := range []string{token[:len(token)-1], token[:20], token + "A", strings.ToLower(token), key[:len(key)-1], key + "A", strings.TrimPrefix(key, app.KeyPrefix), strings.ToUpper(key), app.KeyPrefix, app.KeyPrefix + token} {
		s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+wrong), from(p.Client)).refused(401, app.CodeUnauthenticated)
		s.do("GET", api+"/users", nil, with("Authorization", "Bearer "+wrong), from(p.Client)).refused(401, app.CodeUnauthenticated)
	}
	for _, elsewhere := range []string{"?access_token=", "?token=", "?api_key=", "?key="} {
		s.do("GET", api+"/me"+elsewhere+token, nil, from(p.Client)).refused(401, app.CodeUnauthenticated)
		s.do("GET", api+"/users"+elsewhere+key, nil).refused(401, app.CodeUnauthenticated)
	}
	for _, header := range []string{"X-Api-Key", "X-Auth-Token", "Token", "Proxy-Authorization"} {
		s.do("GET", api+"/users", nil, with(header, key)).refused(401, app.CodeUnauthenticated)
	}
	name, value := s.sessionCookie(p)
	for at := 0; at < len(value); at += 7 { // every seventh character changed
		spoilt := []byte(value)
		spoilt[at] ^= 1
		s.do("GET", api+"/me", nil, cookie(name, string(spoilt)), from(p.Client)).refused(401, app.CodeUnauthenticated)
	}
}
