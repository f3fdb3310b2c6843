package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// mounted is a program of its own, with a Server under /auth: `/who` tells who is signed in, `/mine` is for them alone.
func mounted(t *testing.T, world *apptest.World) *site {
	t.Helper()
	s := newSite(t, world, under("http://app.example.org/auth"), withCORS("https://elsewhere.example"))
	s.http.Close()
	mux := http.NewServeMux()
	mux.Handle("/auth/", s.server)
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		user, signedIn := s.server.Session(r)
		fmt.Fprint(w, signedIn, " ", user.Email)
		if user.Avatar != nil || user.CustomFields != nil { // whatever the program does to its copy
			clear(user.CustomFields)
			user.Roles[0] = app.RoleOwner
		}
	})
	mux.Handle("/mine", s.server.SignedIn(func(w http.ResponseWriter, _ *http.Request, user app.User) {
		fmt.Fprint(w, "of ", user.Email)
	}))
	s.http = httptest.NewServer(mux)
	t.Cleanup(s.http.Close)
	return s
}

func TestAProgramLearnsWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	s := mounted(t, apptest.New(t))
	s.Owner("ada@example.org")
	p := s.Member("eve@example.org")
	name, value := s.sessionCookie(p)
	for what, shown := range map[string]change{"cookie": cookie(name, value), "bearer": with("Authorization", "Bearer "+p.Token.Reveal())} {
		if got := s.do("GET", "/who", nil, shown, from(p.Client)).is(200); got.body != "true eve@example.org" {
			t.Errorf("by %s: %s", what, got.body)
		}
		got := s.do("GET", "/mine", nil, shown, from(p.Client)).is(200)
		if got.body != "of eve@example.org" {
			t.Errorf("by %s: %s", what, got.body)
		}
		for _, header := range []string{"Content-Security-Policy", "Cache-Control", "X-Request-Id"} {
			if got.header.Get(header) != "" {
				t.Errorf("the program's answer got our %s", header)
			}
		}
	}
	own := with("Origin", "http://app.example.org")
	if got := s.do("POST", "/who", nil, cookie(name, value), from(p.Client), own); got.body != "true eve@example.org" {
		t.Errorf("by the program's own form: %s", got.body)
	}
	s.do("DELETE", "/auth"+api+"/session", nil, as(p)).is(204)
	if got := s.do("GET", "/who", nil, cookie(name, value), from(p.Client)); got.body != "false " {
		t.Errorf("after signing out: %s", got.body)
	}
}

func TestAProgramIsToldOfNobodyWhereOurOwnRoutesWouldRefuse(t *testing.T) {
	t.Parallel()
	s := mounted(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.Fingerprint = app.FingerprintStrict })))
	p := s.Owner("ada@example.org")
	name, value := s.sessionCookie(p)
	shown := cookie(name, value)
	for what, changes := range map[string][]change{
		"nothing shown":         {},
		"a forged cookie":       {cookie(name, "x"+value)},
		"two cookies":           {shown, shown},
		"a wrong bearer token":  {with("Authorization", "Bearer nothing"), shown},
		"another site's form":   {shown, with("Origin", "https://evil.example")},
		"a listed origin's":     {shown, with("Origin", "https://elsewhere.example")},
		"a cross-site sender's": {shown, with("Sec-Fetch-Site", "cross-site")},
	} {
		changes = append(changes, from(p.Client))
		if got := s.do("POST", "/who", nil, changes...); got.body != "false " {
			t.Errorf("%s: %s", what, got.body)
		}
		if got := s.do("POST", "/mine", nil, changes...); got.status != 401 && got.status != 403 {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	s.do("GET", "/mine", nil, shown, from(apptest.Browser(99))).refused(401, app.CodeFingerprintMismatch)
	s.do("GET", "/mine", nil, shown, from(p.Client)).refused(401, app.CodeUnauthenticated) // that ended it
}

func TestAProgramsPagesLeadToTheSignInAndBack(t *testing.T) {
	t.Parallel()
	s := mounted(t, apptest.New(t))
	s.Owner("ada@example.org")
	html := with("Accept", "text/html,*/*;q=0.8")
	got := s.do("GET", "/mine?x=1", nil, html).is(303)
	if to := got.header.Get("Location"); to != "/auth/login?return_to=%2Fmine%3Fx%3D1" {
		t.Errorf("led to %s", to)
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Error("the way to the sign-in may be kept")
	}
	b := s.browser(t, 1)
	b.visit("/auth/login?return_to=%2Fmine%3Fx%3D1").press("Sign in", "email", "ada@example.org", "password", apptest.Password.Reveal()).on("/mine", 200)
	if b.at != "/mine?x=1" {
		t.Errorf("back at %s", b.at)
	}
	s.do("POST", "/mine", nil).refused(401, app.CodeUnauthenticated)
	newcomer := s.Newcomer("new@example.org")
	s.do("GET", "/mine", nil, as(newcomer)).refused(403, app.CodeAccountUnconfirmed)
	if to := s.do("GET", "/mine", nil, as(newcomer), html).is(303).header.Get("Location"); to != "/auth/account" {
		t.Errorf("an unconfirmed account is led to %s", to)
	}
	if got := s.do("GET", "/who", nil, as(newcomer)); got.body != "true new@example.org" {
		t.Errorf("an unconfirmed account: %s", got.body)
	}
}

func TestAProgramMayDoWhatItLikesToItsCopyOfAUser(t *testing.T) {
	t.Parallel()
	s := mounted(t, apptest.New(t))
	s.Owner("ada@example.org")
	p := s.Member("eve@example.org")
	s.do("PATCH", "/auth"+api+"/me", `{"phone": "555-1234"}`, as(p)).is(200)
	for range 2 {
		s.do("GET", "/who", nil, as(p)).is(200)
	}
	got := s.do("GET", "/auth"+api+"/session", nil, as(p)).is(200)
	if fmt.Sprint(got.at("user", "roles")) != "[User]" || fmt.Sprint(got.at("user", "custom_fields")) != "map[phone:555-1234]" {
		t.Errorf("the account became %s", got.body)
	}
}
