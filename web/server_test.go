package web

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.do("GET", api+"/nothing", nil).refused(404, app.CodeNotFound)
	s.do("GET", api+"/", nil).refused(404, app.CodeNotFound)
	s.do("POST", "/avatars/x", "{}").refused(404, app.CodeNotFound)

	got := s.do("DELETE", api+"/registrations", nil)
	got.refused(405, app.CodeMalformed)
	if got.header.Get("Allow") != "POST" {
		t.Errorf("Allow is %q", got.header.Get("Allow"))
	}
	got = s.do("POST", api+"/me", "{}")
	got.refused(405, app.CodeMalformed)
	if got.header.Get("Allow") != "GET, HEAD, PATCH, DELETE" {
		t.Errorf("Allow is %q", got.header.Get("Allow"))
	}
	page := s.do("GET", "/nothing", nil).is(404)
	if !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
		t.Errorf("an unknown page is %q", page.header.Get("Content-Type"))
	}
}

// TestAPathWithStepsLeadsNowhereElse: a mux answers such paths with a redirect that keeps the method, and a client that
// follows it would act on what it did not name.
func TestAPathWithStepsLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	for _, path := range []string{of(grace, "/custom-fields/.."), of(grace, "/x/.."), of(grace, "/."), of(grace, "//"), "/" + of(grace, ""), "/x/.." + of(grace, "")} {
		s.do("DELETE", path, nil, as(owner)).is(404)
	}
	s.do("GET", of(grace, "/roles/.."), nil, as(owner)).refused(404, app.CodeNotFound)
	s.do("GET", of(grace, ""), nil, as(owner)).is(200)
	s.do("GET", "//login", nil).is(307) // a person is led to the page that they meant
	s.do("POST", "//login", []byte("email=x")).is(404)
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	for _, path := range []string{api + "/me", api + "/session", "/healthz", "/readyz"} {
		get, head := s.do("GET", path, nil, as(owner)).is(200), s.do("HEAD", path, nil, as(owner)).is(200)
		if head.body != "" || head.header.Get("Content-Type") != get.header.Get("Content-Type") {
			t.Errorf("HEAD %s: %q, %v", path, head.body, head.header)
		}
	}
}

func TestEverythingIsServedUnderTheBaseURLsPath(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("http://example.org/accounts/"))
	s.do("GET", "/accounts"+api+"/openapi.json", nil).is(200)
	s.do("GET", "/accounts"+api+"/nothing", nil).refused(404, app.CodeNotFound)
	s.do("GET", api+"/openapi.json", nil).is(404)
	s.do("GET", "/healthz", nil).is(200)
	s.do("GET", "/accounts/healthz", nil).is(200)
	owner := s.Owner("ada@example.org")
	original := s.do("PUT", "/accounts"+api+"/me/avatar", pngOf(3, 3), as(owner)).is(202).at("avatar", "variants", "original")
	if !strings.HasPrefix(fmt.Sprint(original), "/accounts/avatars/") {
		t.Errorf("the picture's path is %v", original)
	}
	if servers := fmt.Sprint(s.do("GET", "/accounts"+api+"/openapi.json", nil).at("servers")); !strings.Contains(servers, "/accounts/") {
		t.Errorf("OpenAPI's server is %s", servers)
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("https://accounts.example.org"))
	for path, want := range map[string]map[string]string{
		api + "/nothing": {
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		},
		"/nothing": {
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000",
			"Content-Security-Policy": pagePolicy, "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
		},
	} {
		got := s.do("GET", path, nil)
		for name, value := range want {
			if got.header.Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got.header.Get(name), value)
			}
		}
	}
	plain := newSite(t, apptest.New(t))
	if plain.do("GET", "/healthz", nil).header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without https")
	}
}

func TestAPanicIsAnInternalErrorWhoseCauseIsInTheLogAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.server.mux.Handle("GET "+api+"/broken", route{path: api + "/broken", handle: func(*call) error { panic("the secret cause") }})
	s.server.mux.Handle("GET "+api+"/failing", route{path: api + "/failing", handle: func(*call) error { return errors.New("the secret cause") }})
	for _, path := range []string{"/broken", "/failing"} {
		got := s.do("GET", api+path, nil)
		p := got.refused(500, app.CodeInternal)
		if strings.Contains(got.body, "secret") {
			t.Errorf("the answer tells the cause: %s", got.body)
		}
		if !logged(s.Log.String(), "request_id="+p.RequestID, "the secret cause") {
			t.Errorf("the log does not tell the cause under %s:\n%s", p.RequestID, s.Log)
		}
	}
}

func TestAnAnswerThatFailsHalfwayIsCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.server.mux.Handle("GET "+api+"/half", route{path: api + "/half", handle: func(c *call) error {
		c.w.Header().Set("Content-Length", "1000")
		_, _ = c.w.Write([]byte("half"))
		return errors.New("the disk went away")
	}})
	response, err := s.http.Client().Get(s.http.URL + api + "/half")
	if err == nil {
		defer response.Body.Close()
		if _, err = response.Body.Read(make([]byte, 10)); err == nil {
			_, err = response.Body.Read(make([]byte, 10))
		}
	}
	if err == nil {
		t.Error("half an answer looks like a whole one")
	}
}

// logged tells whether one line of a log holds all of parts.
func logged(log string, parts ...string) bool {
	for line := range strings.Lines(log) {
		all := true
		for _, part := range parts {
			all = all && strings.Contains(line, part)
		}
		if all {
			return true
		}
	}
	return false
}

func TestTheLogTellsRoutesAndNoSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	name, value := s.sessionCookie(owner)
	const token = "a-token-of-the-path"
	s.do("POST", api+"/confirmations/"+token, nil)
	s.do("GET", api+"/password-resets/"+token, nil)
	s.do("GET", api+"/session", nil, cookie(name, value), from(owner.Client)).is(200)
	s.do("DELETE", api+"/me", `{"current_password":"not my password"}`, as(owner))
	log := s.Log.String()
	for _, secret := range []string{token, value, owner.Token.Reveal(), "not my password"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	if !logged(log, "level=INFO", "method=POST", "route=/api/v1/confirmations/{token}", "status=404", "ip=127.0.0.1") {
		t.Errorf("no line for the confirmation:\n%s", log)
	}
	if !logged(log, "level=DEBUG", "route=/api/v1/session", "status=200", "ip=203.0.113.1") {
		t.Errorf("no line for the session check:\n%s", log)
	}
}

func TestReadinessFailsWithItsReason(t *testing.T) {
	t.Parallel()
	world := apptest.Paused(t)
	s := newSite(t, world)
	s.do("GET", "/readyz", nil).is(200)
	if err := world.Store.Close(); err != nil {
		t.Fatal(err)
	}
	got := s.do("GET", "/readyz", nil)
	p := got.refused(503, app.CodeOverloaded)
	if p.Detail == "" || got.header.Get("Retry-After") != "5" {
		t.Errorf("answer %s with %v", got.body, got.header)
	}
	s.do("GET", "/healthz", nil).is(200)
}

func TestAClosedStoreIsNeverASuccess(t *testing.T) {
	t.Parallel()
	world := apptest.Paused(t)
	s := newSite(t, world)
	owner := world.Owner("ada@example.org")
	s.do("GET", api+"/session", nil, as(owner)).is(200)
	if err := world.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, got := range []reply{
		s.do("GET", api+"/me/sessions", nil, as(owner)),
		s.do("POST", api+"/sessions", adaLogin),
		s.do("PATCH", api+"/me", `{"first_name":"A"}`, as(owner)),
	} {
		if got.status < 500 || strings.Contains(got.body, "sql") {
			t.Errorf("status %d: %s", got.status, got.body)
		}
	}
}

func TestBodiesAreBoundInSizeTypeAndShape(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	path := api + "/sessions"
	big := `{"email":"` + strings.Repeat("a", 129<<10) + `"}`
	s.do("POST", path, big).refused(413, app.CodeTooLarge)
	s.do("POST", path, struct{ *strings.Reader }{strings.NewReader(big)}, func(r *http.Request) { r.ContentLength = -1 }).refused(413, app.CodeTooLarge)
	s.do("POST", path, `{"email":"a`+strings.Repeat(" ", 1000)+`","password":"x"}`+strings.Repeat(" ", 127<<10-20)).is(401)
	s.do("POST", path, nil).refused(400, app.CodeMalformed)
	s.do("POST", path, []byte(adaLogin)).is(201) // without a Content-Type
	s.do("POST", path, []byte(adaLogin), with("Content-Type", "application/json; charset=utf-8")).is(201)
	s.do("POST", path, []byte(adaLogin), with("Content-Type", "application/vnd.doorward+json")).is(201)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "nonsense"} {
		s.do("POST", path, []byte(adaLogin), with("Content-Type", kind)).refused(415, app.CodeUnsupportedMediaType)
	}
}

func TestAForgedHostOrForwardedHostChangesNoLink(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	got := s.do("PUT", api+"/me/avatar", pngOf(2, 2), as(owner), with("X-Forwarded-Host", "evil.example"), func(r *http.Request) { r.Host = "evil.example" }).is(202)
	if strings.Contains(got.body, "evil") {
		t.Errorf("answer %s", got.body)
	}
}

func TestABodyThatNeverComesIsNotWaitedForAfterTheClientWent(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "POST %s/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"email\":", api)
	_ = conn.(*net.TCPConn).CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, " 400 ") {
		t.Errorf("answer %q, %v", line, err)
	}
}

func TestNewRefusesWhatItCannotWorkWith(t *testing.T) {
	t.Parallel()
	world := apptest.Paused(t)
	good := func() Options {
		return Options{
			Accounts: world.Accounts, BaseURL: mustURL(ownOrigin), Log: newLog(os.Stderr),
			CookieHashKey: [32]byte{1}, CookieBlockKey: [32]byte{2},
		}
	}
	if _, err := New(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"no accounts":        func(o *Options) { o.Accounts = nil },
		"no cookie keys":     func(o *Options) { o.CookieBlockKey = [32]byte{} },
		"another scheme":     func(o *Options) { o.BaseURL = mustURL("ftp://example.org") },
		"no host":            func(o *Options) { o.BaseURL = mustURL("http:///x") },
		"a query":            func(o *Options) { o.BaseURL = mustURL("http://example.org/?a=b") },
		"a password":         func(o *Options) { o.BaseURL = mustURL("http://u:p@example.org/") },
		"braces in its path": func(o *Options) { o.BaseURL = mustURL("http://example.org/{x}") },
		"a star for origins": func(o *Options) { o.CORSOrigins = []string{"*"} },
	} {
		o := good()
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestIdentityComesThroughATrustedProxyOnly(t *testing.T) {
	t.Parallel()
	world := apptest.New(t)
	s := newSite(t, world, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	s.do("POST", api+"/registrations", `{}`, with("X-Forwarded-For", "203.0.113.77"))
	if !logged(world.Log.String(), "route=/api/v1/registrations", "ip=127.0.0.1") || !logged(world.Log.String(), "level=WARN", "trusted-proxies") {
		t.Errorf("log:\n%s", world.Log)
	}
}
