package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
	"doorward/app/mail"
)

// poisoned are the headers by which a request can claim to have come to another host.
var poisoned = []change{
	func(r *http.Request) { r.Host = "evil.example" },
	with("X-Forwarded-Host", "evil.example"), with("X-Forwarded-Server", "evil.example"), with("X-Host", "evil.example"),
	with("Forwarded", "for=203.0.113.9;host=evil.example;proto=http"), with("X-Forwarded-Proto", "http"), with("X-Forwarded-Port", "8080"),
	with("X-Forwarded-Prefix", "/evil"), with("X-Original-URL", "//evil.example/"), with("X-Rewrite-URL", "//evil.example/"), with("Referer", "https://evil.example/"),
}

// TestNoHeaderDecidesWhereAMailLeads: the composed mails of every flow link to the base URL and nowhere else.
func TestNoHeaderDecidesWhereAMailLeads(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()), under("https://accounts.example.org"))
	owner := s.Owner("ada@example.org")
	composer := must(mail.NewComposer(mail.Site{Name: "Doorward", BaseURL: mustURL("https://accounts.example.org"), From: "Doorward <no-reply@example.org>"}))
	s.do("POST", api+"/registrations", fmt.Sprintf(`{"email":%q,"password":%q}`, victim, victimPassword), poisoned...).is(201)
	for _, path := range []string{"/password-resets", "/confirmations"} {
		s.do("POST", api+path, fmt.Sprintf(`{"email":%q}`, victim), poisoned...).is(202)
	}
	s.do("POST", api+"/users", `{"email":"invited@example.org"}`, append(poisoned, as(owner))...).is(201)
	s.do("POST", api+"/me/email", fmt.Sprintf(`{"email":"new@example.org","current_password":%q}`, apptest.Password.Reveal()), append(poisoned, as(owner))...).is(202)
	s.settled()
	if n := len(s.Outbox.All()); n < 6 {
		t.Fatalf("only %d mails", n)
	}
	for _, m := range s.Outbox.All() {
		letter, err := composer.Compose(m)
		if err != nil {
			t.Fatal(err)
		}
		if whole := letter.Subject + letter.Text + letter.HTML; strings.Contains(whole, "evil") || !strings.Contains(whole, "https://accounts.example.org/") {
			t.Errorf("the %s mail leads elsewhere:\n%s", m.Kind, letter.Text)
		}
	}
}

// TestNoHeaderDecidesWhereAnAnswerLeads: pages, redirects and answers hold nothing of the host that a request claims.
func TestNoHeaderDecidesWhereAnAnswerLeads(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for _, path := range []string{"/", "/login", "/register", "/reset-password", "/account", "/account/security", "/.well-known/change-password", "/nothing", "/favicon.ico", api + "/docs", api + "/openapi.json", api + "/me", "/forward-auth"} {
		got := s.do("GET", path, nil, poisoned...)
		if strings.Contains(fmt.Sprint(got.header)+got.body, "evil") {
			t.Errorf("%s repeats the host: %v", path, got.header)
		}
	}
}

// TestAnotherSitesPageChangesNothing sends every changing route what another site's page can send with a person's cookie:
// whatever form and type it has, none gets past its origin.
func TestAnotherSitesPageChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()), withCORS("https://app.example.net"))
	owner := s.Owner("ada@example.org")
	name, value := s.sessionCookie(owner)
	unchanged := s.look(owner.User().ID).String()
	origins := map[string][]change{
		"another site":        {with("Origin", "https://evil.example"), with("Sec-Fetch-Site", "cross-site")},
		"an old browser":      {with("Origin", "https://evil.example")},
		"a sandboxed frame":   {with("Origin", "null"), with("Sec-Fetch-Site", "cross-site")},
		"an old frame":        {with("Origin", "null")},
		"without an origin":   {with("Sec-Fetch-Site", "cross-site")},
		"a neighbouring host": {with("Origin", "http://app.example.org"), with("Sec-Fetch-Site", "same-site")},
		"another port":        {with("Origin", ownOrigin+":8080"), with("Sec-Fetch-Site", "same-site")},
		"the other scheme":    {with("Origin", strings.Replace(ownOrigin, "http:", "https:", 1)), with("Sec-Fetch-Site", "cross-site")},
	}
	sent := 0
	for _, table := range [][]route{s.server.apiRoutes(), s.server.pageRoutes()} {
		for _, rt := range table {
			if rt.method == http.MethodGet {
				continue
			}
			for what, origin := range origins {
				sent++
				kind := []string{"application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""}[sent%5]
				changes := append([]change{cookie(name, value), from(owner.Client)}, origin...)
				if kind != "" {
					changes = append(changes, with("Content-Type", kind))
				}
				got := s.do(rt.method, nowhere(rt.path), []byte(`{"email":"evil@example.net","password":"correct horse battery"}`), changes...)
				if got.status != 403 || rt.doc != nil && got.at("code") != string(app.CodeCrossOrigin) {
					t.Errorf("%s %s from %s as %q: status %d: %.200s", rt.method, rt.path, what, kind, got.status, got.body)
				}
				if got.header.Get("Set-Cookie") != "" || got.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s %s from %s sets %v", rt.method, rt.path, what, got.header)
				}
			}
		}
	}
	if now := s.look(owner.User().ID).String(); now != unchanged || sent < 400 {
		t.Errorf("after %d requests:\n%s\n%s", sent, unchanged, now)
	}
}

// TestNobodyIsSignedInByAnotherSite: a login or registration that another site's page sends would leave the browser with
// the attacker's account.
func TestNobodyIsSignedInByAnotherSite(t *testing.T) {
	t.Parallel()
	s := owned(t)
	login := url.Values{"email": {"ada@example.org"}, "password": {apptest.Password.Reveal()}}.Encode()
	for _, path := range []string{"/login", "/register", "/logout", "/reset-password", "/confirm"} {
		r := s.do("POST", path, []byte(login), with("Content-Type", "application/x-www-form-urlencoded"), with("Origin", "https://evil.example"), with("Sec-Fetch-Site", "cross-site"))
		if r.status != 403 || len(r.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: status %d, %v", path, r.status, r.header)
		}
		r = s.do("GET", path+"?"+login, nil)
		for _, set := range r.header.Values("Set-Cookie") {
			if strings.Contains(set, "doorward_session") {
				t.Errorf("GET %s signs in", path)
			}
		}
	}
	s.do("POST", "/login", []byte("email=ada@example.org\r\npassword="+apptest.Password.Reveal()), with("Content-Type", "text/plain")).is(422)
}

// TestNoHeaderMakesAnotherMethodOfARequest: what a form can send stays what it is, whatever it says of itself.
func TestNoHeaderMakesAnotherMethodOfARequest(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	bob := s.Member("bob@example.org")
	for _, method := range []string{"GET", "POST", "HEAD"} {
		for _, override := range []change{with("X-HTTP-Method-Override", "DELETE"), with("X-HTTP-Method", "DELETE"), with("X-Method-Override", "DELETE")} {
			s.do(method, of(bob, "")+"?_method=DELETE", nil, as(owner), override)
			s.do(method, api+"/me?_method=DELETE", nil, as(bob), override)
		}
		s.do(method, "/account?_method=DELETE", []byte("_method=DELETE"), as(bob), with("Content-Type", "application/x-www-form-urlencoded"), with("Origin", ownOrigin))
	}
	if s.stored("bob@example.org") == nil {
		t.Error("the account is gone")
	}
	for _, method := range []string{"TRACE", "CONNECT", "PROPFIND", "DELETE", "PATCH"} {
		if got := s.do(method, "/login", nil); got.status != 405 && got.status != 404 {
			t.Errorf("%s /login: status %d", method, got.status)
		}
	}
}

// TestANameThatResolvesToThisMachineGetsNothing: a page elsewhere that had its own name lead here brings no cookies, and
// its changing requests have its own name as their origin, which no Host makes ours.
func TestANameThatResolvesToThisMachineGetsNothing(t *testing.T) {
	t.Parallel()
	s := owned(t)
	rebound := func(r *http.Request) { r.Host = "rebound.evil.example:8080" }
	for _, path := range []string{"/sessions", "/registrations", "/password-resets"} {
		s.do("POST", api+path, adaLogin, rebound, with("Origin", "http://rebound.evil.example:8080")).refused(403, app.CodeCrossOrigin)
	}
	s.do("GET", api+"/me", nil, rebound).refused(401, app.CodeUnauthenticated)
	if got := s.do("GET", api+"/openapi.json", nil, rebound, with("Origin", "http://rebound.evil.example:8080")); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a foreign origin may read it")
	}
}

// TestASignInLeadsNowhereElseHoweverItIsWritten: what browsers make of an address counts, not how it begins.
func TestASignInLeadsNowhereElseHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()), under("https://accounts.example.org"), covering("example.org"))
	s.Owner("ada@example.org")
	session, _ := s.passOf(t, "ada@example.org")
	for _, to := range []string{
		"//evil.example", "///evil.example", `/\evil.example`, `\/evil.example`, `\\evil.example`, "/\t/evil.example", "/\n/evil.example", "/%0a/evil.example", "/%5cevil.example", "/%2f/evil.example",
		"/.//evil.example", "/..//evil.example", "/a/..//evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example", "http://app.example.org/", "//app.example.org@evil.example",
		"https://accounts.example.org@evil.example/", "https://app.example.org@evil.example/", "https://app.example.org:x@evil.example/", "https://evil.example/.example.org", "https://evil.example?.example.org",
		"https://evil.example#.example.org", `https://evil.example\.example.org`, "https://evil.example%2f.example.org", "https://evil.example%5c.example.org/", "https://evilexample.org/", "https://app.example.org.evil.example/",
		"https://evil.example%EF%BC%8F.example.org/", "https://evil.example%E3%80%82x.example.org/", "https://evil.example%C2%A0.example.org/", "https://evil.example／.example.org/", "https://a;b.example.org/", "https://a'b.example.org/", "https://[::1].example.org/",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "javascript://app.example.org/%0aalert(1)", "blob:https://app.example.org/x", "/logout", "/logout/", "/logout?x=1", "/\x00", " //evil.example", "/login\r\nSet-Cookie: x=1",
	} {
		q := "?return_to=" + url.QueryEscape(to)
		r := s.do("GET", "/login"+q, nil, cookie(session.Name, session.Value), from(apptest.Browser(1))).is(303)
		if got := r.header.Get("Location"); got != "/account" {
			t.Errorf("%q leads to %q", to, got)
		}
		if r.header.Get("X-Injected") != "" || len(r.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%q sets %v", to, r.header)
		}
		form := url.Values{"email": {"ada"}, "password": {apptest.Password.Reveal()}, "return_to": {to}}.Encode()
		r = s.do("POST", "/login", []byte(form), with("Content-Type", "application/x-www-form-urlencoded"), with("Origin", "https://accounts.example.org"), from(apptest.Browser(1))).is(303)
		if got := r.header.Get("Location"); got != "/account" {
			t.Errorf("a sign-in with %q leads to %q", to, got)
		}
		if page := s.do("GET", "/login"+q, nil).is(200); strings.Contains(page.body, "evil.example") {
			t.Errorf("the page keeps %q", to)
		}
	}
	r := s.do("GET", "/login?return_to="+url.QueryEscape("https://app.example.org:8443/x?y=1"), nil, cookie(session.Name, session.Value), from(apptest.Browser(1))).is(303)
	if got := r.header.Get("Location"); got != "https://app.example.org:8443/x?y=1" {
		t.Errorf("a listed place leads to %q", got)
	}
}

// TestNothingIsFramedStoredOrGuessed holds the headers of every GET route there is, as a stranger and as an Owner.
func TestNothingIsFramedStoredOrGuessed(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits(), apptest.WithoutCourier()), under("https://accounts.example.org"))
	owner := s.Owner("ada@example.org")
	name, value := s.sessionCookie(owner)
	looked := 0
	for _, table := range [][]route{s.server.apiRoutes(), s.server.pageRoutes()} {
		for _, rt := range table {
			if rt.method != http.MethodGet || strings.HasSuffix(rt.path, "/events") {
				continue
			}
			for _, shown := range [][]change{nil, {cookie(name, value), from(owner.Client)}} {
				looked++
				path := strings.NewReplacer("{id}", "1", "{$}", "").Replace(rt.path)
				r := s.do("GET", nowhere(path), nil, shown...)
				if rt.path == forwardPath && r.status == http.StatusOK {
					if r.body != "" || r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Cache-Control") != "no-store" {
						t.Errorf("%s: %v %q", rt.path, r.header, r.body)
					}
					continue // a proxy's alone to see, and nothing to frame or to run
				}
				policy := r.header.Get("Content-Security-Policy")
				if !strings.Contains(policy, "frame-ancestors 'none'") && !strings.Contains(policy, "frame-ancestors 'self'") && !strings.Contains(policy, "sandbox") {
					t.Errorf("%s may be framed: %q", rt.path, policy)
				}
				if strings.Contains(policy, "unsafe-inline") && !strings.Contains(policy, "sandbox") || strings.Contains(policy, "unsafe-eval") || !strings.Contains(policy, "default-src") {
					t.Errorf("%s has the policy %q", rt.path, policy)
				}
				if r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Strict-Transport-Security") == "" {
					t.Errorf("%s lacks headers: %v", rt.path, r.header)
				}
				cache := r.header.Get("Cache-Control")
				public := rt.path == "/static/{name}" || strings.HasSuffix(rt.path, "/openapi.json") || strings.HasPrefix(rt.path, "/avatars/")
				if cache != "no-store" && !public {
					t.Errorf("%s may be stored: %q", rt.path, cache)
				}
				if kind := r.header.Get("Content-Type"); r.body != "" && (kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "charset=utf-8")) {
					t.Errorf("%s is of type %q", rt.path, kind)
				}
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d answers were looked at", looked)
	}
}

// TestNoPathLeadsOutOfWhereItBegins: pictures are found by a row and static files in a table, never by a path.
func TestNoPathLeadsOutOfWhereItBegins(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	p := s.Member("bob@example.org")
	avatar := s.do("PUT", api+"/me/avatar", pngOf(2, 2), as(p), with("Prefer", "wait=20")).is(200).at("avatar", "id").(string)
	s.do("GET", "/avatars/"+avatar+"/original", nil).is(200)
	for _, path := range []string{
		"/avatars/" + avatar + "/upload", "/avatars/" + avatar + "/..%2foriginal", "/avatars/" + avatar + "/original%00", "/avatars/" + avatar + "/ORIGINAL", "/avatars/" + avatar + "%00/original",
		"/avatars/..%2f..%2fdoorward.db/original", "/avatars/..%2f" + avatar + "/original", "/avatars/%2e%2e/doorward.db", "/avatars/../doorward.db", "/avatars/..;/doorward.db", `/avatars/..%5c..%5cdoorward.db/original`,
		"/avatars/%2fetc%2fpasswd/original", "/avatars/./" + avatar + "/original", "/static/..%2fview.go", "/static/%2e%2e%2fview.go", "/static/../view/view.go", "/static/..%5cview.go", "/static/app.css%00", "/static/%2fetc%2fpasswd",
		"/static/texts/en/login.toml", "/static/", "/static", "/avatars/", "/avatars", "/.env", "/.git/config", "/doorward.db", "/keys", "/..%2f..%2fetc%2fpasswd",
	} {
		got := s.line(t).send("GET "+path+" HTTP/1.1", "Host: accounts.example.org", "Connection: close", "")
		if status, _, body := got.answer(); status != 404 && status != 307 && status != 405 && status != 400 || strings.Contains(body, "SQLite") || strings.Contains(body, "package view") {
			t.Errorf("%s: status %d: %.100s", path, status, body)
		}
	}
	for _, zone := range []string{"../../../etc/passwd", "America/../../etc/passwd", "/etc/localtime", "Etc/../UTC", "posix/UTC", "Local", `..\UTC`, "UTC\x00"} {
		s.do("PATCH", api+"/me", jsonText(fmt.Sprintf(`{"user_timezone":%q}`, zone)), as(p)).field("user_timezone", app.RuleUnknown)
	}
	for _, locale := range []string{"../en", "en/../fr", "en\x00", "../../texts/en"} {
		s.do("PUT", api+"/me/locale", jsonText(fmt.Sprintf(`{"preferred_locale":%q}`, locale)), as(p)).field("preferred_locale", app.RuleUnknown)
	}
}
