package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// sessionCookie is a persona's session as the cookie that a browser would hold.
func (s *site) sessionCookie(p *apptest.Persona) (name, value string) {
	s.T.Helper()
	sealed, err := s.server.cookies.seal(s.server.cookies.sessionName, p.Token.Reveal())
	if err != nil {
		s.T.Fatal(err)
	}
	return s.server.cookies.sessionName, sealed
}

const adaLogin = `{"email":"ada@example.org","password":"correct horse battery"}`

func TestLoginWithACookieSetsItAsPromised(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, body, prefix string
		secure             bool
		maxAge             int
	}{
		"http, for the browser's session":  {"http://accounts.example.org", `"remember":false`, "", false, 0},
		"http, remembered":                 {"http://accounts.example.org", `"remember":true`, "", false, 60 * 24 * 3600},
		"https, for the browser's session": {"https://accounts.example.org", `"remember":false`, "__Host-", true, 0},
		"https under a path, remembered":   {"https://accounts.example.org/door", `"remember":true`, "__Host-", true, 60 * 24 * 3600},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, apptest.New(t), under(c.base))
			owner := s.Owner("ada@example.org")
			got := s.do("POST", s.server.prefix+api+"/sessions", strings.TrimSuffix(adaLogin, "}")+`,"cookie":true,`+c.body+`}`, from(owner.Client)).is(201)
			for suffix, maxAge := range map[string]int{"doorward_session": c.maxAge, "doorward_device": 365 * 24 * 3600} {
				k := got.cookie(c.prefix + suffix)
				if k == nil {
					t.Fatalf("no %s%s in %v", c.prefix, suffix, got.header["Set-Cookie"])
				}
				if !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Secure != c.secure || k.Path != "/" || k.Domain != "" || k.MaxAge != maxAge {
					t.Errorf("cookie %s", k)
				}
			}
			if _, there := got.at().(map[string]any)["token"]; there {
				t.Error("the token stands in the body too")
			}
			k := got.cookie(c.prefix + "doorward_session")
			s.do("GET", s.server.prefix+api+"/session", nil, cookie(k.Name, k.Value), from(owner.Client)).is(200)
		})
	}
}

func TestSessionCookiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("https://accounts.example.org"))
	owner := s.Owner("ada@example.org")
	name, value := s.sessionCookie(owner)
	ask := func(changes ...change) reply {
		return s.do("GET", api+"/session", nil, append(changes, from(owner.Client))...)
	}
	ask(cookie(name, value)).is(200)
	ask(cookie("theme", "dark; "+name+"="+value+"; other=1")).is(200)
	for what, changes := range map[string][]change{
		"the name without __Host-":          {cookie("doorward_session", value)},
		"two in one line":                   {cookie(name, value+"; "+name+"="+value)},
		"two in two lines":                  {cookie(name, value), cookie(name, value)},
		"two, the second being empty":       {cookie(name, value+"; "+name+"=")},
		"a changed byte":                    {cookie(name, "A"+value[1:])},
		"cut short":                         {cookie(name, value[:len(value)-1])},
		"the bare token":                    {cookie(name, owner.Token.Reveal())},
		"empty":                             {cookie(name, "")},
		"endless":                           {cookie(name, strings.Repeat("a", 8000))},
		"the cookie as a bearer token":      {with("Authorization", "Bearer "+value)},
		"a bad bearer beside a good cookie": {with("Authorization", "Bearer nonsense"), cookie(name, value)},
		"another name's seal":               {cookie(name, must(s.server.cookies.seal(s.server.cookies.deviceName, owner.Token.Reveal())))},
	} {
		t.Run(what, func(t *testing.T) {
			ask(changes...).refused(401, app.CodeUnauthenticated)
		})
	}
	ask(with("Authorization", "Basic dXNlcjpwYXNz"), cookie(name, value)).is(200) // a proxy's own
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestBearerTokensAreReadStrictly(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	token := owner.Token.Reveal()
	s.do("GET", api+"/session", nil, with("Authorization", "bearer  "+token), from(owner.Client)).is(200)
	for _, value := range []string{"Bearer", "Bearer ", "Bearer " + token[:len(token)-1], "Bearer " + token + "x", "Bearer dwk_" + token, "Bearer " + strings.Repeat("a", 5000), token} {
		s.do("GET", api+"/session", nil, with("Authorization", value), from(owner.Client)).refused(401, app.CodeUnauthenticated)
	}
	twice := s.do("GET", api+"/session", nil, with("Authorization", "Bearer "+token), with("Authorization", "Bearer "+token), from(owner.Client))
	twice.refused(401, app.CodeUnauthenticated)
	if twice.header.Get("Www-Authenticate") != "Bearer" {
		t.Error("a 401 does not say how")
	}
}

func TestDeviceCookieIsForOneAccountAndAYear(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	login := s.do("POST", api+"/sessions", adaLogin, from(owner.Client)).is(201)
	device := login.cookie("doorward_device")
	if device == nil {
		t.Fatal("a good login sets no device cookie")
	}
	read := func(value string) app.KnownDevice {
		r := must(http.NewRequest("POST", "/", nil))
		r.Header.Set("Cookie", "doorward_device="+value)
		return (&call{s: s.server, r: r}).device()
	}
	known := read(device.Value)
	if known.UserID != owner.User().ID || known.ID == "" {
		t.Fatalf("device %+v", known)
	}
	again := s.do("POST", api+"/sessions", adaLogin, cookie("doorward_device", device.Value)).is(201).cookie("doorward_device")
	if read(again.Value) != known {
		t.Error("a known browser became another device")
	}
	if read("A"+device.Value[1:]) != (app.KnownDevice{}) {
		t.Error("a changed device cookie is believed")
	}
	s.Clock.Advance(365*24*time.Hour + time.Second)
	if read(device.Value) != (app.KnownDevice{}) {
		t.Error("a device is known for more than a year")
	}
}

func TestAKnownDeviceComesInWhenStrangersUsedUpTheGuesses(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	device := s.do("POST", api+"/sessions", adaLogin, from(owner.Client)).is(201).cookie("doorward_device")
	for i := range 6 {
		s.do("POST", api+"/sessions", `{"email":"ada@example.org","password":"a wrong guess"}`, from(apptest.Browser(byte(50+i))))
	}
	s.do("POST", api+"/sessions", adaLogin, from(owner.Client)).refused(429, app.CodeRateLimitExceeded)
	s.do("POST", api+"/sessions", adaLogin, from(owner.Client), cookie("doorward_device", device.Value)).is(201)
}

// FuzzWhatABrowserShowsIsNobodys shows made-up tokens and cookies of every kind: none is a session, a key or a known browser,
// and none is more than refused. The seeds are pieces of what is good.
func FuzzWhatABrowserShowsIsNobodys(f *testing.F) {
	w := apptest.Paused(f)
	s := newSite(f, w, under("https://accounts.example.org"))
	owner := w.Owner("ada@example.org")
	name, sealed := s.sessionCookie(owner)
	token := owner.Token.Reveal()
	for _, seed := range [][2]string{
		{"", ""}, {"Bearer ", name + "="}, {"Bearer " + token[:len(token)-1], name + "=" + sealed[:len(sealed)-1]}, {"bearer dwk_" + token, name + "=" + token},
		{"Basic " + token, "__Host-doorward_device=" + sealed}, {"Bearer " + sealed, "doorward_session=" + sealed}, {"Bearer \x00", name + `="` + sealed + `"`},
		{"Bearer " + token + " " + token, name + "=" + sealed + "; " + name + "=" + sealed}, {"Bearer\t" + token, ";;=;" + name},
	} {
		f.Add(seed[0], seed[1])
	}
	good := func(text string) bool {
		return strings.Contains(text, token) || strings.Contains(text, sealed)
	}
	f.Fuzz(func(t *testing.T, authorization, cookies string) {
		r := httptest.NewRequest("GET", "https://accounts.example.org/api/v1/session", nil)
		r.Header["Authorization"], r.Header["Cookie"] = []string{authorization}, []string{cookies}
		if authorization == "" {
			delete(r.Header, "Authorization")
		}
		c := newCall(s.server, httptest.NewRecorder(), r)
		if err := c.identify(); err == nil && !good(authorization) && !good(cookies) {
			t.Fatalf("%q, %q is somebody: %+v", authorization, cookies, c.actor)
		} else if err != nil && app.AsError(err).Kind == app.KindInternal {
			t.Fatalf("%q, %q: %v", authorization, cookies, err)
		}
		if d := c.device(); d != (app.KnownDevice{}) {
			t.Fatalf("%q is a known browser: %+v", cookies, d)
		}
		if got, found := c.cookie(name); found && (strings.ContainsAny(got, ";") || got != strings.TrimRight(got, " \t")) {
			t.Fatalf("%q holds the cookie %q", cookies, got)
		}
	})
}

// FuzzOpeningASealedCookie: whatever is opened was sealed by us, under that name.
func FuzzOpeningASealedCookie(f *testing.F) {
	k := newCookies([32]byte{1}, [32]byte{2}, true, "")
	sealed, err := k.seal(k.sessionName, "a token")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "=", sealed, sealed[1:], sealed + "A", strings.ToLower(sealed), "MTIzNHxh"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if opened, err := k.open(k.sessionName, value); err == nil && string(opened) != "a token" {
			t.Fatalf("%q opens to %q", value, opened)
		}
		if opened, err := k.open(k.deviceName, value); err == nil {
			t.Fatalf("%q opens under another name, to %q", value, opened)
		}
	})
}
