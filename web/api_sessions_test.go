package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	path := api + "/sessions"

	got := s.do("POST", path, adaLogin, from(owner.Client)).is(201)
	hasExactly(t, got.at(), "token", "session", "user")
	hasExactly(t, got.at("user"), userKeys...)
	hasExactly(t, got.at("session"), "id", "current", "created_at", "last_seen_at", "expires_at", "ip", "device", "remember", "fingerprint")
	for key, want := range map[string]any{
		"current": true, "ip": "203.0.113.1", "device": "Firefox on Linux", "remember": false, "fingerprint": "ok",
		"created_at": "2026-01-31T12:00:00Z", "expires_at": "2026-04-01T12:00:00Z",
	} {
		if got.at("session", key) != want {
			t.Errorf("session.%s is %v, want %v", key, got.at("session", key), want)
		}
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Error("a token may be stored")
	}
	s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+fmt.Sprint(got.at("token"))), from(owner.Client)).is(200)
	s.do("POST", path, `{"username":"ADA","password":"correct horse battery"}`).is(201)

	for name, body := range map[string]string{
		"a wrong password":       `{"email":"ada@example.org","password":"wrong horse battery"}`,
		"an empty one":           `{"email":"ada@example.org","password":""}`,
		"one with NUL behind it": `{"email":"ada@example.org","password":"correct horse battery\u0000x"}`,
		"one of 73 bytes":        `{"email":"ada@example.org","password":"` + strings.Repeat("a", 73) + `"}`,
		"a short one":            `{"email":"ada@example.org","password":"x"}`,
		"an unknown address":     `{"email":"nobody@example.org","password":"correct horse battery"}`,
		"an unknown username":    `{"username":"nobody","password":"correct horse battery"}`,
		"a broken address":       `{"email":"@@","password":"correct horse battery"}`,
	} {
		t.Run(name, func(t *testing.T) {
			s.do("POST", path, body).refused(401, app.CodeInvalidCredentials)
		})
	}
	for name, body := range map[string]string{
		"no password":              `{"email":"ada@example.org"}`,
		"a password of null":       `{"email":"ada@example.org","password":null}`,
		"a number for a password":  `{"email":"ada@example.org","password":1}`,
		"both names":               `{"email":"ada@example.org","username":"ada","password":"x"}`,
		"a text for a truth value": `{"email":"ada@example.org","password":"x","remember":"false"}`,
	} {
		t.Run(name, func(t *testing.T) {
			s.do("POST", path, body).refused(400, app.CodeMalformed)
		})
	}
	s.do("POST", path, `{"password":"correct horse battery"}`).field("email", app.RuleRequired)
	s.do("POST", path, `{"email":" ","password":"correct horse battery"}`).field("email", app.RuleRequired)
}

func TestAPasswordOf72BytesIsNotCut(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	long := strings.Repeat("abcdefgh ", 8)
	s.do("POST", api+"/registrations", `{"email":"grace@example.org","password":"`+long+`"}`).is(201)
	s.do("POST", api+"/sessions", `{"email":"grace@example.org","password":"`+long+`"}`).is(201)
	s.do("POST", api+"/sessions", `{"email":"grace@example.org","password":"`+long+`x"}`).refused(401, app.CodeInvalidCredentials)
}

func TestLoginIsLimitedBeforeHashing(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	for range 5 {
		s.do("POST", api+"/sessions", `{"email":"ada@example.org","password":"wrong"}`).refused(401, app.CodeInvalidCredentials)
	}
	got := s.do("POST", api+"/sessions", adaLogin)
	got.refused(429, app.CodeRateLimitExceeded)
	if got.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	s.Clock.Advance(59*time.Second + 500*time.Millisecond)
	if got = s.do("POST", api+"/sessions", adaLogin); got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q half a second before the end", got.header.Get("Retry-After"))
	}
	s.Clock.Advance(500 * time.Millisecond)
	s.do("POST", api+"/sessions", adaLogin).is(201)
}

func TestLoginOfRefusedAccounts(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.Unconfirmed = app.UnconfirmedRefused; p.DefaultActive = true })))
	s.Owner("ada@example.org")
	s.do("POST", api+"/registrations", `{"email":"grace@example.org","password":"correct horse battery"}`).is(201)
	s.do("POST", api+"/sessions", `{"email":"grace@example.org","password":"correct horse battery"}`).refused(403, app.CodeAccountUnconfirmed)

	off := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.DefaultActive = false })))
	off.Owner("ada@example.org")
	off.do("POST", api+"/registrations", `{"email":"grace@example.org","password":"correct horse battery"}`).is(201)
	off.do("POST", api+"/sessions", `{"email":"grace@example.org","password":"correct horse battery"}`).refused(403, app.CodeAccountInactive)
	off.do("POST", api+"/sessions", `{"email":"grace@example.org","password":"wrong"}`).refused(401, app.CodeInvalidCredentials)
}

func TestALoginEndsTheSessionThatTheCookieNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	other := s.SignIn("ada@example.org", apptest.Browser(3))
	name, value := s.sessionCookie(owner)
	s.do("POST", api+"/sessions", adaLogin, cookie(name, value), from(owner.Client)).is(201)
	s.do("GET", api+"/me", nil, as(owner)).refused(401, app.CodeUnauthenticated)
	s.do("GET", api+"/me", nil, as(other)).is(200)
	s.do("POST", api+"/sessions", adaLogin, as(other)).is(201)
	s.do("GET", api+"/me", nil, as(other)).is(200) // a bearer token is no cookie
}

func TestSessionCheck(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	got := s.do("GET", api+"/session", nil, as(owner)).is(200)
	hasExactly(t, got.at(), "session", "user")
	hasExactly(t, got.at("user"), userKeys...)
	if again := s.do("GET", api+"/session", nil, as(owner)); again.body != got.body || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("answers differ or may be stored:\n%s\n%s", got.body, again.body)
	}
	if me := s.do("GET", api+"/me", nil, as(owner)).is(200); fmt.Sprint(me.at("user")) != fmt.Sprint(got.at("user")) {
		t.Errorf("GET /me is %s, GET /session %s", me.body, got.body)
	}
	for want, client := range map[string]app.Client{
		"ip_mismatch":          {IP: apptest.Browser(7).IP, UserAgent: owner.Client.UserAgent},
		"user_agent_mismatch":  {IP: owner.Client.IP, UserAgent: "curl/8"},
		"fingerprint_mismatch": {IP: apptest.Browser(7).IP, UserAgent: "curl/8"},
		"ok":                   owner.Client,
	} {
		elsewhere := s.do("GET", api+"/session", nil, as(owner), from(client)).is(200)
		if elsewhere.at("session", "fingerprint") != want {
			t.Errorf("fingerprint is %v, want %s", elsewhere.at("session", "fingerprint"), want)
		}
	}
	s.do("GET", api+"/session", nil).refused(401, app.CodeUnauthenticated)

	s.Clock.Advance(2 * time.Minute)
	later := s.do("GET", api+"/session", nil, as(owner)).is(200)
	if later.at("session", "last_seen_at") != "2026-01-31T12:02:00Z" || later.at("user", "last_seen_at") != "2026-01-31T12:02:00Z" {
		t.Errorf("last seen is not told: %s", later.body)
	}
	s.Clock.Advance(60 * 24 * time.Hour)
	s.do("GET", api+"/session", nil, as(owner)).refused(401, app.CodeUnauthenticated)
}

func TestAStrictFingerprintEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.Fingerprint = app.FingerprintStrict })))
	owner := s.Owner("ada@example.org")
	s.do("GET", api+"/session", nil, as(owner)).is(200)
	s.do("GET", api+"/session", nil, as(owner), from(apptest.Browser(9))).refused(401, app.CodeFingerprintMismatch)
	s.do("GET", api+"/session", nil, as(owner)).refused(401, app.CodeUnauthenticated)
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	other := s.SignIn("ada@example.org", apptest.Browser(3))
	name, value := s.sessionCookie(other)
	s.do("DELETE", api+"/session", nil).refused(401, app.CodeUnauthenticated)
	if got := s.do("DELETE", api+"/session", nil, as(owner)).is(204); got.body != "" || got.cookie(name) != nil {
		t.Errorf("answer %q, cookies %v", got.body, got.header["Set-Cookie"])
	}
	s.do("GET", api+"/session", nil, as(owner)).refused(401, app.CodeUnauthenticated)
	got := s.do("DELETE", api+"/session", nil, cookie(name, value), from(other.Client)).is(204)
	if k := got.cookie(name); k == nil || k.MaxAge >= 0 || k.Value != "" {
		t.Errorf("the cookie stays: %v", k)
	}
	s.do("GET", api+"/session", nil, cookie(name, value), from(other.Client)).refused(401, app.CodeUnauthenticated)
}

func TestOwnSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	s.Clock.Advance(time.Second)
	second := s.SignIn("ada@example.org", apptest.Browser(3))
	s.Clock.Advance(time.Second)
	third := s.SignIn("ada@example.org", apptest.Browser(4))
	stranger := s.Member("grace@example.org")

	list := s.do("GET", api+"/me/sessions", nil, as(second)).is(200)
	sessions := list.at("sessions").([]any)
	if len(sessions) != 3 {
		t.Fatalf("%d sessions, want 3: %s", len(sessions), list.body)
	}
	for i, want := range []struct {
		ip, fingerprint string
		current         bool
	}{{"203.0.113.4", "ip_mismatch", false}, {"203.0.113.3", "ok", true}, {"203.0.113.1", "ip_mismatch", false}} {
		one := sessions[i].(map[string]any)
		hasExactly(t, one, "id", "current", "created_at", "last_seen_at", "expires_at", "ip", "device", "remember", "fingerprint")
		if one["ip"] != want.ip || one["current"] != want.current || one["fingerprint"] != want.fingerprint {
			t.Errorf("session %d is %v, want %v", i, one, want)
		}
	}
	oldest := sessions[2].(map[string]any)["id"].(string)
	s.do("DELETE", api+"/me/sessions/"+oldest, nil, as(stranger)).refused(404, app.CodeNotFound)
	s.do("DELETE", api+"/me/sessions/nonsense", nil, as(second)).refused(404, app.CodeNotFound)
	s.do("DELETE", api+"/me/sessions/"+oldest, nil, as(second)).is(204)
	s.do("GET", api+"/me", nil, as(owner)).refused(401, app.CodeUnauthenticated)
	s.do("DELETE", api+"/me/sessions", nil, as(second)).is(204)
	s.do("GET", api+"/me", nil, as(third)).refused(401, app.CodeUnauthenticated)
	s.do("GET", api+"/me", nil, as(second)).is(200)
}

func TestUnconfirmedAccountsMayOnlyConfirmCorrectOrLeave(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	s.Owner("ada@example.org")
	newcomer := s.Newcomer("grace@example.org")
	for _, rt := range s.server.apiRoutes() {
		if rt.access == anyone {
			continue
		}
		path := strings.NewReplacer("{token}", "nonsense", "{id}", "nonsense").Replace(rt.path)
		body := any("{}")
		if rt.doc.takes == nil {
			body = nil
		}
		if rt.method == "DELETE" && path == api+"/session" {
			continue // would end the session that the others need
		}
		got := s.do(rt.method, path, body, as(newcomer))
		if limited := got.status == 403 && got.at("code") == string(app.CodeAccountUnconfirmed); limited == rt.open {
			t.Errorf("%s %s: %d %s", rt.method, rt.path, got.status, got.body)
		}
	}
	s.do("DELETE", api+"/session", nil, as(newcomer)).is(204)

	allowed := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.Unconfirmed = app.UnconfirmedAllowed })))
	allowed.Owner("ada@example.org")
	allowed.do("GET", api+"/me/sessions", nil, as(allowed.Newcomer("grace@example.org"))).is(200)
}

func TestEveryRouteButThoseOfAnyoneNeedsASession(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	member := s.Member("grace@example.org")
	for _, rt := range s.server.apiRoutes() {
		path := strings.NewReplacer("{token}", "nonsense", "{id}", "nonsense", "{variant}", "large").Replace(rt.path)
		got := s.do(rt.method, path, nil)
		if refused := got.status == 401; refused != (rt.access != anyone) {
			t.Errorf("%s %s: %d for a stranger", rt.method, rt.path, got.status)
		}
		if rt.access >= admin {
			s.do(rt.method, path, nil, as(member)).refused(403, app.CodeForbidden)
		}
	}
}
