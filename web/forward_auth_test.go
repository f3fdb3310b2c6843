package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func covering(domain string) siteOption {
	return func(o *Options) { o.CookieDomain = domain }
}

// passOf signs an account in with a cookie and answers the two that it got.
func (s *site) passOf(t testing.TB, email string) (session, pass *http.Cookie) {
	t.Helper()
	r := s.do("POST", api+"/sessions", `{"email":"`+email+`","password":"`+apptest.Password.Reveal()+`","cookie":true}`, from(apptest.Browser(1))).is(201)
	if session, pass = r.cookie(s.server.cookies.sessionName), r.cookie(passName); session == nil {
		t.Fatalf("no session cookie: %v", r.header)
	}
	return session, pass
}

// asked is what a proxy at a trusted address says of a browser's request.
func asked(uri string) change {
	return func(r *http.Request) {
		from(apptest.Browser(1))(r)
		for name, value := range map[string]string{
			"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example.org", "X-Forwarded-Uri": uri,
			"Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
		} {
			r.Header.Set(name, value)
		}
	}
}

func TestForwardAuthTellsWhoItIs(t *testing.T) {
	t.Parallel()
	s := owned(t)
	p := s.SignIn("ada@example.org", apptest.Browser(1))
	name, value := s.sessionCookie(p)
	for what, shown := range map[string]change{"cookie": cookie(name, value), "bearer": with("Authorization", "Bearer "+p.Token.Reveal())} {
		r := s.do("GET", forwardPath, nil, shown, from(p.Client), with("Remote-User", "root")).is(200)
		for header, want := range map[string]string{
			"Remote-Id": "1", "Remote-User": "ada", "Remote-Email": "ada@example.org", "Remote-Name": "ada", "Remote-Groups": "Owner", "Cache-Control": "no-store",
		} {
			if got := r.header.Values(header); len(got) != 1 || got[0] != want {
				t.Errorf("by %s: %s is %q, want %q", what, header, got, want)
			}
		}
	}
	s.do("GET", forwardPath+"?role=Admin", nil, cookie(name, value), from(p.Client)).is(200) // an Owner passes for one
	s.do("GET", forwardPath+"?role=Owner", nil, cookie(name, value), from(p.Client)).is(200)
	for _, role := range []string{"User", "admin", "", "Nobody", "Owner&role=User"} {
		s.do("GET", forwardPath+"?role="+role, nil, cookie(name, value), from(p.Client)).refused(403, app.CodeForbidden)
	}
}

func TestForwardAuthRefusesWhoMayNotPass(t *testing.T) {
	t.Parallel()
	s := owned(t)
	member, newcomer := s.Member("bob@example.org"), s.Newcomer("new@example.org")
	bearer := func(token string) change { return with("Authorization", "Bearer "+token) }
	s.do("GET", forwardPath, nil).refused(401, app.CodeUnauthenticated)
	s.do("GET", forwardPath, nil, bearer("nonsense")).refused(401, app.CodeUnauthenticated)
	s.do("GET", forwardPath, nil, as(newcomer)).refused(403, app.CodeAccountUnconfirmed)
	s.do("GET", forwardPath+"?role=Admin", nil, as(member)).refused(403, app.CodeForbidden)
	name, value := s.sessionCookie(member)
	s.do("GET", forwardPath, nil, cookie(name, value), bearer("dwk_nothing"), from(member.Client)).refused(401, app.CodeUnauthenticated)
	s.do("GET", forwardPath, nil, cookie(name, value), bearer("the-app's-own"), from(member.Client)).is(200)
	s.do("GET", forwardPath, nil, cookie(name, value), cookie(name, value), from(member.Client)).refused(401, app.CodeUnauthenticated)
	s.do("POST", forwardPath, nil, as(member)).is(405)
	s.do("DELETE", api+"/session", nil, as(member)).is(204)
	s.do("GET", forwardPath, nil, cookie(name, value), from(member.Client)).refused(401, app.CodeUnauthenticated)
}

// TestForwardAuthPassesNobodyByAQuestionItCannotRead: a question that was meant to ask for a role, and is passed over, would
// let everybody pass.
func TestForwardAuthPassesNobodyByAQuestionItCannotRead(t *testing.T) {
	t.Parallel()
	s := owned(t)
	member := s.Member("user@example.org")
	for _, query := range []string{"role=Admin;x", "role=Admin;role=User", "role=%zz", "a=b&role=%", "%72ole=Admin;"} {
		s.do("GET", forwardPath+"?"+query, nil, as(member)).refused(400, app.CodeMalformed)
	}
	for _, query := range []string{"a=1&b", "%zz", "x;y=1", "roles=Admin"} { // of the page that was asked for
		s.do("GET", forwardPath+"?"+query, nil, as(member)).is(200)
	}
	for _, query := range []string{"role=User&role=Admin", "%72ole=Admin", "role", "%zz&role=Admin", "a;b&role=Admin"} {
		s.do("GET", forwardPath+"?"+query, nil, as(member)).refused(403, app.CodeForbidden)
	}
	s.do("GET", forwardPath+"?", nil, as(member)).is(200)
	s.do("GET", forwardPath+"?role=%55ser", nil, as(member)).is(200)
}

func TestForwardAuthLeadsABrowserToTheSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("https://accounts.example.org/auth"), covering("example.org"))
	path := "/auth" + forwardPath
	r := s.do("GET", path, nil, asked("/a b?x=1&y=ü")).is(302)
	want := "https://accounts.example.org/auth/login?return_to=" + url.QueryEscape("https://app.example.org/a b?x=1&y=ü")
	if got := r.header.Get("Location"); got != want {
		t.Errorf("led to %s, want %s", got, want)
	}
	without := func(name string) change { return func(r *http.Request) { r.Header.Del(name) } }
	for what, changed := range map[string]change{
		"no method": without("X-Forwarded-Method"), "no address": without("X-Forwarded-Uri"), "no host": without("X-Forwarded-Host"),
		"another method": func(r *http.Request) { r.Header.Set("X-Forwarded-Method", "POST") },
		"a script":       func(r *http.Request) { r.Header.Set("Accept", "application/json") },
		"another scheme": func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "javascript") },
	} {
		got := s.do("GET", path, nil, asked("/"), changed)
		if got.status != 401 || (got.header.Get("Location") != "") != (what == "no method") {
			t.Errorf("%s: status %d, %v", what, got.status, got.header)
		}
	}
	if got := s.do("GET", path, nil, asked("/a b?x=1&y=ü"), without("X-Forwarded-Method")).is(401).header.Get("Location"); got != want {
		t.Errorf("nginx, which can't pass a redirect on, is told %s, want %s", got, want)
	}
	stranger := newSite(t, apptest.New(t), func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	for _, changed := range []change{asked("/"), without("X-Forwarded-Method")} {
		r := stranger.do("GET", forwardPath, nil, asked("/"), changed)
		if r.refused(401, app.CodeUnauthenticated); r.header.Get("Location") != "" {
			t.Errorf("a proxy that is not trusted is told %v", r.header)
		}
	}
}

func TestAPassOpensForwardAuthAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("https://accounts.example.org"), covering("example.org"))
	owner := s.Owner("ada@example.org")
	session, pass := s.passOf(t, "ada@example.org")
	if pass == nil || pass.Domain != "example.org" || !pass.Secure || !pass.HttpOnly || pass.SameSite != http.SameSiteLaxMode || pass.Path != "/" {
		t.Fatalf("the pass is %+v", pass)
	}
	via := func(name, value string) reply {
		return s.do("GET", forwardPath, nil, cookie(name, value), from(owner.Client))
	}
	if r := via(passName, pass.Value).is(200); r.header.Get("Remote-User") != "ada" {
		t.Errorf("the pass says %v", r.header)
	}
	via(session.Name, session.Value).is(200)
	via(session.Name, pass.Value).refused(401, app.CodeUnauthenticated)
	via(passName, session.Value).refused(401, app.CodeUnauthenticated)
	for _, shown := range []change{
		cookie(passName, pass.Value), cookie(session.Name, pass.Value), cookie("doorward_session", pass.Value), with("Authorization", "Bearer "+pass.Value),
	} {
		s.do("GET", api+"/session", nil, shown, from(owner.Client)).refused(401, app.CodeUnauthenticated)
		s.do("GET", api+"/me", nil, shown, from(owner.Client)).refused(401, app.CodeUnauthenticated)
	}
	out := s.do("DELETE", api+"/session", nil, cookie(session.Name, session.Value), from(owner.Client)).is(204)
	if gone := out.cookie(passName); gone == nil || gone.MaxAge >= 0 || gone.Domain != "example.org" {
		t.Errorf("signing out leaves the pass: %v", out.header)
	}
	via(passName, pass.Value).refused(401, app.CodeUnauthenticated)
}

func TestAPassEndsWithItsSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()), under("https://accounts.example.org"), covering("example.org"))
	owner := s.Owner("ada@example.org")
	works := func(pass *http.Cookie) bool {
		return s.do("GET", forwardPath, nil, cookie(passName, pass.Value), from(owner.Client)).status == 200
	}
	_, first := s.passOf(t, "ada@example.org")
	session, second := s.passOf(t, "ada@example.org")
	if !works(first) || !works(second) {
		t.Fatal("a fresh pass does not work")
	}
	body := `{"current_password":"` + apptest.Password.Reveal() + `","password":"another long password"}`
	changed := s.do("PUT", api+"/me/password", body, cookie(session.Name, session.Value), from(owner.Client)).is(200)
	third := changed.cookie(passName)
	if works(first) || works(second) || third == nil || !works(third) {
		t.Error("a new password leaves old passes, or gives no new one")
	}
	s.Clock.Advance(61 * 24 * time.Hour)
	if works(third) {
		t.Error("a pass outlives its session")
	}
}

func TestABrowserWithoutItsPassGetsItOnTheWay(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("https://accounts.example.org"), covering("example.org"))
	s.Owner("ada@example.org")
	session, _ := s.passOf(t, "ada@example.org")
	r := s.do("GET", "/login?return_to="+url.QueryEscape("https://app.example.org/x"), nil, cookie(session.Name, session.Value), from(apptest.Browser(1))).is(303)
	pass := r.cookie(passName)
	if r.header.Get("Location") != "https://app.example.org/x" || pass == nil {
		t.Fatalf("answered %v", r.header)
	}
	s.do("GET", forwardPath, nil, cookie(passName, pass.Value), from(apptest.Browser(1))).is(200)
}

func TestWithoutACookieDomainThereIsNoPass(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("https://accounts.example.org"))
	s.Owner("ada@example.org")
	if _, pass := s.passOf(t, "ada@example.org"); pass != nil {
		t.Errorf("a pass was set: %v", pass)
	}
}

func TestTheCookieDomainIsOneThatCanBeShared(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"": "", "example.org": "example.org", ".example.org": "example.org", "Example.ORG": "example.org",
		"accounts.example.org": "accounts.example.org",
	} {
		if got, err := CheckCookieDomain(domain, mustURL("https://accounts.example.org")); err != nil || got != want {
			t.Errorf("%q: %q, %v", domain, got, err)
		}
	}
	for domain, base := range map[string]string{
		"org": "https://accounts.example.org", "co.uk": "https://accounts.co.uk", "other.org": "https://accounts.example.org",
		"example.org": "http://accounts.example.org", "ample.org": "https://accounts.example.org", "192.0.2.1": "https://192.0.2.1",
		"github.io": "https://me.github.io", "exa mple.org": "https://exa mple.org", "example.org/": "https://example.org", "*.example.org": "https://a.example.org",
	} {
		u, err := url.Parse(base)
		if err != nil {
			u = nil
		}
		if got, err := CheckCookieDomain(domain, u); err == nil {
			t.Errorf("%q is taken as %q", domain, got)
		}
	}
}

func TestASignInLeadsOutOnlyToListedPlaces(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.Paused(t), under("https://accounts.example.org"), covering("example.org"), withCORS("http://dev.example.net:3000"))
	for raw, want := range map[string]string{
		"https://app.example.org/x?y=1#z":          "https://app.example.org/x?y=1#z",
		"https://example.org":                      "https://example.org",
		"https://app.example.org:8443/":            "https://app.example.org:8443/",
		"http://dev.example.net:3000/x":            "http://dev.example.net:3000/x",
		"https://accounts.example.org/account":     "/account",
		"https://accounts.example.org":             "/",
		"https://accounts.example.org/logout":      "",
		"https://accounts.example.org//evil.net":   "",
		"http://app.example.org/":                  "",
		"http://dev.example.net/":                  "",
		"https://dev.example.net:3000/":            "",
		"https://evilexample.org/":                 "",
		"https://app.example.org.evil.net/":        "",
		"https://app.example.org@evil.net/":        "",
		"https://evil.net/https://app.example.org": "",
		"https://evil.net\\.example.org/":          "",
		"https:app.example.org":                    "",
		"https://evil.net%EF%BC%8F.example.org/":   "", // a full-width slash, which ends the host for a browser
		"https://evil.net%2F.example.org/":         "",
		"https://app.EXAMPLE.org/x":                "https://app.EXAMPLE.org/x",
		"https:/app.example.org":                   "",
		"https:///app.example.org":                 "",
		"//app.example.org":                        "",
		"javascript://app.example.org/%0aalert(1)": "",
		"data:text/html,x":                         "",
	} {
		if got := s.server.returnPath(raw); got != want {
			t.Errorf("%s leads to %q, want %q", raw, got, want)
		}
	}
	policy := s.do("GET", "/login", nil).is(200).header.Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "form-action 'self' https://example.org:* https://*.example.org:* http://dev.example.net:3000") {
		t.Errorf("the sign-in's form is held to %q", policy)
	}
}
