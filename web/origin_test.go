package web

import (
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestChangingRequestsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), withCORS("https://app.example.net"))
	const body = `{"email":"nobody@example.org","password":"wrong password"}`
	for name, c := range map[string]struct {
		changes []change
		allowed bool
	}{
		"a program":                               {nil, true},
		"our own page":                            {[]change{with("Origin", ownOrigin), with("Sec-Fetch-Site", "same-origin")}, true},
		"our own page in an old browser":          {[]change{with("Origin", ownOrigin)}, true},
		"our own page by another of its names":    {[]change{with("Origin", "http://127.0.0.1"), with("Sec-Fetch-Site", "same-origin")}, true},
		"typed into the address bar":              {[]change{with("Sec-Fetch-Site", "none")}, true},
		"another site":                            {[]change{with("Origin", "https://evil.example"), with("Sec-Fetch-Site", "cross-site")}, false},
		"another site in an old browser":          {[]change{with("Origin", "https://evil.example")}, false},
		"a neighbouring host":                     {[]change{with("Origin", "http://other.example.org"), with("Sec-Fetch-Site", "same-site")}, false},
		"the same host by another scheme":         {[]change{with("Origin", "https://accounts.example.org")}, false},
		"the same host on another port":           {[]change{with("Origin", ownOrigin+":8080")}, false},
		"a host that the request itself named":    {[]change{with("Origin", "{server}")}, false},
		"cross-site without an origin":            {[]change{with("Sec-Fetch-Site", "cross-site")}, false},
		"the null origin":                         {[]change{with("Origin", "null")}, false},
		"the null origin, cross-site":             {[]change{with("Origin", "null"), with("Sec-Fetch-Site", "cross-site")}, false},
		"the null origin, typed":                  {[]change{with("Origin", "null"), with("Sec-Fetch-Site", "none")}, false},
		"the null origin of our own form":         {[]change{with("Origin", "null"), with("Sec-Fetch-Site", "same-origin")}, true},
		"two origins":                             {[]change{with("Origin", ownOrigin), with("Origin", "https://evil.example")}, false},
		"two fetch sites":                         {[]change{with("Sec-Fetch-Site", "same-origin"), with("Sec-Fetch-Site", "cross-site")}, false},
		"a listed origin":                         {[]change{with("Origin", "https://app.example.net"), with("Sec-Fetch-Site", "cross-site")}, true},
		"an origin that begins like a listed one": {[]change{with("Origin", "https://app.example.net.evil.example")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, change := range c.changes {
				if name == "a host that the request itself named" {
					c.changes[i] = with("Origin", s.http.URL)
				} else {
					c.changes[i] = change
				}
			}
			for _, path := range []string{"/sessions", "/registrations", "/password-resets"} {
				got := s.do("POST", api+path, body, c.changes...)
				if refused := got.status == 403 && got.at("code") == string(app.CodeCrossOrigin); refused == c.allowed {
					t.Errorf("%s: status %d: %s", path, got.status, got.body)
				}
			}
		})
	}
}

func TestReadingIsNotHeldToAnOrigin(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	got := s.do("GET", api+"/openapi.json", nil, with("Origin", "https://evil.example"), with("Sec-Fetch-Site", "cross-site")).is(200)
	if got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a stranger's script may read it")
	}
}

func TestListedOriginsCallWithABearerTokenOnly(t *testing.T) {
	t.Parallel()
	const app1 = "https://app.example.net"
	s := newSite(t, apptest.New(t), withCORS(app1))
	owner := s.Owner("ada@example.org")
	origin := with("Origin", app1)

	t.Run("a preflight says what is allowed", func(t *testing.T) {
		got := s.do("OPTIONS", api+"/me", nil, origin, with("Access-Control-Request-Method", "PATCH"), with("Access-Control-Request-Headers", "authorization")).is(204)
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": app1, "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept-Language, Prefer",
			"Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE", "Access-Control-Allow-Credentials": "", "Vary": "Origin",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
			}
		}
	})
	t.Run("a preflight of another origin is refused", func(t *testing.T) {
		got := s.do("OPTIONS", api+"/me", nil, with("Origin", "https://evil.example"), with("Access-Control-Request-Method", "PATCH")).is(405)
		if got.header.Get("Access-Control-Allow-Origin") != "" || got.header.Get("Vary") != "Origin" {
			t.Errorf("headers %v", got.header)
		}
	})
	t.Run("a bearer token is read and answered readably", func(t *testing.T) {
		got := s.do("PATCH", api+"/me", `{"first_name":"Ada"}`, origin, as(owner)).is(200)
		if got.header.Get("Access-Control-Allow-Origin") != app1 || got.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("headers %v", got.header)
		}
	})
	t.Run("a refusal is readable too", func(t *testing.T) {
		got := s.do("GET", api+"/me", nil, origin)
		got.refused(401, app.CodeUnauthenticated)
		if got.header.Get("Access-Control-Allow-Origin") != app1 {
			t.Error("the script can't read why")
		}
	})
	t.Run("a login gives a token and no cookie", func(t *testing.T) {
		got := s.do("POST", api+"/sessions", `{"email":"ada@example.org","password":"correct horse battery"}`, origin).is(201)
		if got.at("token") == "" || len(got.header["Set-Cookie"]) > 0 {
			t.Errorf("answer %s with cookies %v", got.body, got.header["Set-Cookie"])
		}
	})
	t.Run("a login for a cookie is refused", func(t *testing.T) {
		s.do("POST", api+"/sessions", `{"email":"ada@example.org","password":"correct horse battery","cookie":true}`, origin).refused(403, app.CodeCrossOrigin)
	})
	t.Run("a session cookie is refused", func(t *testing.T) {
		name, value := s.sessionCookie(owner)
		s.do("GET", api+"/me", nil, origin, cookie(name, value), from(owner.Client)).refused(403, app.CodeCrossOrigin)
		s.do("DELETE", api+"/session", nil, origin, cookie(name, value), from(owner.Client)).refused(403, app.CodeCrossOrigin)
		s.do("GET", api+"/me", nil, cookie(name, value), from(owner.Client)).is(200)
	})
	t.Run("pages stay closed to it", func(t *testing.T) {
		if got := s.do("POST", "/login", nil, origin); got.status != 403 {
			t.Errorf("status %d", got.status)
		}
	})
}

func TestOriginsAreComparedAsBrowsersSendThem(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://Accounts.Example.org:443/x": "https://accounts.example.org",
		"http://example.org:80":              "http://example.org",
		"http://example.org:8080":            "http://example.org:8080",
		"https://bücher.example":             "https://xn--bcher-kva.example",
		"http://[2001:DB8::1]:8080":          "http://[2001:db8::1]:8080",
		"http://my_host:8080":                "http://my_host:8080",
	} {
		if got, err := originOf(mustURL(address)); err != nil || got != want {
			t.Errorf("origin of %s is %q (%v), want %q", address, got, err, want)
		}
	}
}

func TestUnusableOriginsAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"*", "https://*.example.org", "example.org", "https://example.org/path", "ftp://example.org", "https://", "null"} {
		if _, err := newOrigins(mustURL(ownOrigin), []string{origin}); err == nil {
			t.Errorf("%q was taken", origin)
		}
	}
}
