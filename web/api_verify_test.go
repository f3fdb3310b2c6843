package web

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// verify is the body of a verification; client is JSON, "" for none.
func verify(token app.Secret, client string) string {
	if client == "" {
		return fmt.Sprintf(`{"token":%q}`, token.Reveal())
	}
	return fmt.Sprintf(`{"token":%q,"client":%s}`, token.Reveal(), client)
}

// named is a browser as a key's request names it.
func named(c app.Client) string { return fmt.Sprintf(`{"ip":%q,"user_agent":%q}`, c.IP, c.UserAgent) }

const verifyPath = api + "/sessions/verify"

func TestAKeyVerifiesASession(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	member := s.Member("grace@example.org")
	key := s.Key("shop", app.RoleAdmin)

	own := s.do("GET", api+"/session", nil, as(member)).is(200)
	got := s.do("POST", verifyPath, verify(member.Token, named(member.Client)), by(key)).is(200)
	if got.body != own.body {
		t.Errorf("the key is told\n%s\nand the session itself\n%s", got.body, own.body)
	}
	bare := s.do("POST", verifyPath, verify(member.Token, ""), by(key)).is(200)
	if want := strings.Replace(own.body, `"fingerprint":"ok"`, `"fingerprint":null`, 1); bare.body != want {
		t.Errorf("without a client:\n%s\nwant\n%s", bare.body, want)
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", got.header.Get("Cache-Control"))
	}
	again := s.do("GET", api+"/session", nil, as(member)).is(200)
	if again.body != own.body {
		t.Errorf("the session's own answer became %s", again.body)
	}
	if strings.Contains(s.Log.String(), "level=INFO msg=request method=POST route="+verifyPath) {
		t.Error("every verification is in the log")
	}
}

// TestAKeyBelowAdminIsNotToldWhereAndWhenAPersonWasSeen: registration and last_seen_at are the account's own and admins'
// to see, and such a key is neither.
func TestAKeyBelowAdminIsNotToldWhereAndWhenAPersonWasSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	member := s.Member("grace@example.org")
	s.Clock.Advance(2 * time.Minute)
	low, high := s.Key("shop", app.RoleUser), s.Key("office", app.RoleAdmin)
	for range 2 { // the second time from the cache
		for key, sees := range map[app.Secret]bool{low: false, high: true} {
			got := s.do("POST", verifyPath, verify(member.Token, named(member.Client)), by(key)).is(200)
			hasExactly(t, got.at("user"), userKeys...)
			if (got.at("user", "registration") != nil) != sees || (got.at("user", "last_seen_at") != nil) != sees {
				t.Errorf("an Admin's key: %t: %s", sees, got.body)
			}
		}
	}
}

func TestVerifyingComparesTheClientThatIsNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleUser)
	for client, want := range map[string]any{
		named(owner.Client): "ok",
		named(app.Client{IP: apptest.Browser(9).IP, UserAgent: owner.Client.UserAgent}): "ip_mismatch",
		named(app.Client{IP: owner.Client.IP, UserAgent: "curl/8"}):                     "user_agent_mismatch",
		named(app.Client{IP: apptest.Browser(9).IP, UserAgent: "curl/8"}):               "fingerprint_mismatch",
		`{"ip":"203.0.113.1"}`:                                       "user_agent_mismatch",
		`{"ip":"203.0.113.9","user_agent":null}`:                     "fingerprint_mismatch",
		strings.Replace(named(owner.Client), "203", "::ffff:203", 1): "ok",
		"":     nil,
		"null": nil,
	} {
		for range 2 { // the second time from the cache
			if got := s.do("POST", verifyPath, verify(owner.Token, client), by(key)).is(200).at("session", "fingerprint"); got != want {
				t.Errorf("%s: fingerprint %v, want %v", client, got, want)
			}
		}
	}
	if log := s.Log.String(); !strings.Contains(log, "session comes from elsewhere") {
		t.Error("a mismatch is not in the log")
	}
}

func TestAVerifiedStrictMismatchEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.Fingerprint = app.FingerprintStrict })))
	owner := s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleUser)
	s.do("POST", verifyPath, verify(owner.Token, ""), by(key)).is(200)
	s.do("POST", verifyPath, verify(owner.Token, named(owner.Client)), by(key)).is(200)
	s.do("POST", verifyPath, verify(owner.Token, named(apptest.Browser(9))), by(key)).refused(404, app.CodeInvalidToken)
	s.do("POST", verifyPath, verify(owner.Token, ""), by(key)).refused(404, app.CodeInvalidToken)
	s.do("GET", api+"/session", nil, as(owner)).refused(401, app.CodeUnauthenticated)
}

func TestWhatOpensNoSessionIsAnInvalidToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleOwner)
	p := s.Member("grace@example.org")
	_, sealed := s.sessionCookie(p)
	for _, token := range []app.Secret{"", "nonsense", p.Token + "x", app.Secret(sealed), key, app.Secret(strings.Repeat("x", 10_000))} {
		s.do("POST", verifyPath, verify(token, ""), by(key)).refused(404, app.CodeInvalidToken)
	}
	gone := s.SignIn(p.Email, apptest.Browser(4))
	s.do("POST", verifyPath, verify(gone.Token, ""), by(key)).is(200)
	if err := s.Logout(t.Context(), gone.Actor()); err != nil {
		t.Fatal(err)
	}
	s.do("POST", verifyPath, verify(gone.Token, ""), by(key)).refused(404, app.CodeInvalidToken)

	s.do("POST", verifyPath, verify(p.Token, ""), by(key)).is(200)
	s.Clock.Advance(60 * 24 * time.Hour)
	s.do("POST", verifyPath, verify(p.Token, ""), by(key)).refused(404, app.CodeInvalidToken)
}

func TestAnInactiveAccountsSessionIsNotVerified(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	p := s.Member("grace@example.org")
	key := s.Key("shop", app.RoleUser)
	err := s.Store.Update(t.Context(), func(tx app.Tx) error { // as a session that was left behind
		user, err := tx.FindUserByEmail(p.Email)
		user.IsActive = false
		if err != nil {
			return err
		}
		return tx.UpdateUser(user)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.do("POST", verifyPath, verify(p.Token, ""), by(key)).refused(404, app.CodeInvalidToken)
}

func TestVerifyingLeavesUnconfirmedToTheApp(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	newcomer := s.Newcomer("grace@example.org")
	got := s.do("POST", verifyPath, verify(newcomer.Token, ""), by(s.Key("shop", app.RoleUser))).is(200)
	if got.at("user", "confirmed_at") != nil || got.at("user", "email") != "grace@example.org" {
		t.Errorf("the user is %s", got.body)
	}
}

func TestOnlyKeysVerify(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	newcomer := s.Newcomer("grace@example.org")
	s.do("POST", verifyPath, verify(owner.Token, "")).refused(401, app.CodeUnauthenticated)
	s.do("POST", verifyPath, verify(owner.Token, ""), as(owner)).refused(403, app.CodeForbidden)
	s.do("POST", verifyPath, verify(owner.Token, ""), as(newcomer)).refused(403, app.CodeForbidden)
	key := s.Key("shop", app.RoleUser)
	s.do("POST", verifyPath, verify(owner.Token, ""), by(key)).is(200)
	for _, body := range []string{``, `{}`, `{"token":null}`, `{"token":1}`, `{"token":"a","token":"b"}`, `{"token":"a","user":1}`, `{"token":"a","client":"203.0.113.9"}`, `{"token":"a","client":{"ip":1}}`} {
		s.do("POST", verifyPath, body, by(key)).refused(400, app.CodeMalformed)
	}
	if err := s.RevokeKey(t.Context(), app.Shell("root"), s.Program(key).ID); err != nil {
		t.Fatal(err)
	}
	s.do("POST", verifyPath, verify(owner.Token, ""), by(key)).refused(401, app.CodeUnauthenticated)
}

func TestAVerifiedSessionIsInUse(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = time.Hour })))
	owner := s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleUser)
	for range 5 {
		s.Clock.Advance(40 * time.Minute)
		s.do("POST", verifyPath, verify(owner.Token, ""), by(key)).is(200)
	}
	got := s.do("GET", api+"/session", nil, as(owner)).is(200)
	if got.at("session", "last_seen_at") != "2026-01-31T15:20:00Z" {
		t.Errorf("last seen: %s", got.body)
	}
}

func TestAChangeOfTheAccountShowsAtTheNextVerification(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleUser)
	s.do("POST", verifyPath, verify(owner.Token, ""), by(key)).is(200)
	s.do("PATCH", api+"/me", `{"first_name":"Augusta"}`, as(owner)).is(200)
	if got := s.do("POST", verifyPath, verify(owner.Token, ""), by(key)).is(200).at("user", "first_name"); got != "Augusta" {
		t.Errorf("the first name is %v", got)
	}
}

func TestAKeySpeaksForAPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	s.Owner("ada@example.org")
	key, person := s.Key("shop", app.RoleUser), named(apptest.Browser(9))
	login := func(client string) string { return strings.Replace(adaLogin, "{", `{"client":`+client+`,`, 1) }

	got := s.do("POST", api+"/sessions", login(person), by(key)).is(201)
	if got.at("session", "ip") != "203.0.113.9" || got.at("session", "device") != "Firefox on Linux" || got.at("session", "fingerprint") != "ok" {
		t.Errorf("the session is %s", got.body)
	}
	grant := app.Secret(got.at("token").(string))
	s.do("GET", api+"/session", nil, with("Authorization", "Bearer "+grant.Reveal()), from(apptest.Browser(9))).is(200)

	made := s.do("POST", api+"/registrations", `{"email":"grace@example.org","password":"correct horse battery","client":`+person+`}`, by(key)).is(201)
	if made.at("user", "registration", "ip") != "203.0.113.9" || fmt.Sprint(made.at("user", "roles")) != "[User]" {
		t.Errorf("the account is %s", made.body)
	}
	if m := s.Mail(app.MailConfirmation, "grace@example.org"); m.IP != "203.0.113.9" || m.Device != "Firefox on Linux" {
		t.Errorf("the mail tells of %s, %s", m.IP, m.Device)
	}
	s.do("POST", api+"/registrations/validate", `{"email":"joan@example.org","password":"correct horse battery","client":`+person+`}`, by(key)).is(204)

	own := s.do("POST", api+"/sessions", adaLogin, by(key)).is(201) // without a person it speaks for itself
	if own.at("session", "ip") != "203.0.113.100" {
		t.Errorf("the session is %s", own.body)
	}
}

func TestWhomAKeySpeaksForMustBeReadable(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleUser)
	for client, field := range map[string]string{
		`{}`:                                "ip required",
		`{"user_agent":"curl/8"}`:           "ip required",
		`{"ip":""}`:                         "ip required",
		`{"ip":"localhost"}`:                "ip invalid_format",
		`{"ip":"203.0.113.9:80"}`:           "ip invalid_format",
		`{"ip":"203.0.113.9, 203.0.113.8"}`: "ip invalid_format",
		`{"ip":"203.0.113.0/24"}`:           "ip invalid_format",
		`{"ip":"fe80::1%eth0"}`:             "ip invalid_format",
		`{"ip":"203.0.113.9","user_agent":"a\u0000b"}`:      "user_agent invalid_format",
		`{"ip":"203.0.113.9","user_agent":"a\r\nSubject:"}`: "user_agent invalid_format",
	} {
		name, rule, _ := strings.Cut(field, " ")
		for path, body := range map[string]string{
			"/sessions":               strings.Replace(adaLogin, "{", `{"client":`+client+`,`, 1),
			"/sessions/verify":        verify(owner.Token, client),
			"/registrations":          `{"email":"grace@example.org","password":"correct horse battery","client":` + client + `}`,
			"/registrations/validate": `{"email":"grace@example.org","password":"correct horse battery","client":` + client + `}`,
		} {
			s.do("POST", api+path, body, by(key)).field("client."+name, app.Rule(rule))
		}
	}
	for _, client := range []string{`"203.0.113.9"`, `{"ip":9}`, `{"ip":"203.0.113.9","locale":"en"}`, `[]`} {
		s.do("POST", api+"/sessions", strings.Replace(adaLogin, "{", `{"client":`+client+`,`, 1), by(key)).refused(400, app.CodeMalformed)
	}
}

func TestOnlyAKeyNamesWhomItSpeaksFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	person := `{"client":` + named(apptest.Browser(9)) + `,`
	for path, body := range map[string]string{
		"/sessions":               strings.Replace(adaLogin, "{", person, 1),
		"/registrations":          strings.Replace(`{"email":"grace@example.org","password":"correct horse battery"}`, "{", person, 1),
		"/registrations/validate": strings.Replace(`{"email":"grace@example.org","password":"correct horse battery"}`, "{", person, 1),
	} {
		s.do("POST", api+path, body).refused(403, app.CodeForbidden)
		s.do("POST", api+path, body, as(owner)).refused(403, app.CodeForbidden)
		s.do("POST", api+path, body, with("Authorization", "Bearer dwk_nonsense")).refused(401, app.CodeUnauthenticated)
	}
}

func TestLimitsCountThePersonThatAKeySpeaksFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleUser)
	try := func(n, ip int) reply {
		body := fmt.Sprintf(`{"email":"nobody%d@example.org","password":"wrong password","client":{"ip":"203.0.113.%d"}}`, n, ip)
		return s.do("POST", api+"/sessions", body, by(key))
	}
	for n := range 15 {
		try(n, 9).refused(401, app.CodeInvalidCredentials)
	}
	try(15, 9).refused(429, app.CodeRateLimitExceeded)
	try(15, 10).refused(401, app.CodeInvalidCredentials) // another person, through the same server
	s.do("POST", api+"/sessions", adaLogin, by(key)).is(201)
	s.do("POST", api+"/sessions", adaLogin, from(apptest.Browser(9))).refused(429, app.CodeRateLimitExceeded)

	register := func(n, ip int) reply {
		body := fmt.Sprintf(`{"email":"new%d@example.org","password":"correct horse battery","client":{"ip":"203.0.113.%d"}}`, n, ip)
		return s.do("POST", api+"/registrations", body, by(key))
	}
	for n := range 10 {
		register(n, 20).is(201)
	}
	register(10, 20).refused(429, app.CodeRateLimitExceeded)
	register(10, 21).is(201)
}

// BenchmarkVerify is the handler alone, without a connection, as BenchmarkSessionCheckHandler is.
func BenchmarkVerify(b *testing.B) {
	world := apptest.New(b)
	s := newSite(b, world, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(io.Discard, nil)) })
	owner := world.Owner("ada@example.org")
	key := world.Key("shop", app.RoleUser)
	body := verify(owner.Token, named(owner.Client))
	w := &discard{}
	b.ReportAllocs()
	for b.Loop() {
		w.header = map[string][]string{}
		r := httptest.NewRequestWithContext(b.Context(), "POST", verifyPath, strings.NewReader(body))
		by(key)(r)
		s.server.ServeHTTP(w, r)
	}
	if w.wrote == 0 {
		b.Fatal("nothing was answered")
	}
}
