package web

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// site is a whole server over real parts, reached over HTTP.
type site struct {
	*apptest.World
	server *Server
	http   *httptest.Server
}

type siteOption func(*Options)

func under(base string) siteOption {
	return func(o *Options) { o.BaseURL = mustURL(base) }
}

func withCORS(origins ...string) siteOption {
	return func(o *Options) { o.CORSOrigins = origins }
}

const ownOrigin = "http://accounts.example.org"

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

func newSite(t testing.TB, world *apptest.World, options ...siteOption) *site {
	t.Helper()
	o := Options{
		Accounts: world.Accounts, BaseURL: mustURL(ownOrigin), Log: newLog(world.Log),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		CookieHashKey:  [32]byte{1}, CookieBlockKey: [32]byte{2},
	}
	for _, option := range options {
		option(&o)
	}
	server, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{World: world, server: server, http: httptest.NewServer(server)}
	t.Cleanup(s.http.Close)
	return s
}

// reply is an answer that was read to its end.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

type change func(*http.Request)

func with(name, value string) change {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// as makes the request one of a persona: its token, from its own browser.
func as(p *apptest.Persona) change {
	return func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+p.Token.Reveal())
		from(p.Client)(r)
	}
}

// from makes the request come from a browser elsewhere.
func from(c app.Client) change {
	return func(r *http.Request) {
		r.Header.Set("User-Agent", c.UserAgent)
		r.Header.Set("X-Forwarded-For", c.IP.String())
	}
}

func cookie(name, value string) change {
	return func(r *http.Request) { r.Header.Add("Cookie", name+"="+value) }
}

// do sends a request; a string is a JSON body, nil none.
func (s *site) do(method, path string, body any, changes ...change) reply {
	s.T.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	case io.Reader:
		reader = b
	}
	r, err := http.NewRequestWithContext(s.T.Context(), method, s.http.URL+path, reader)
	if err != nil {
		s.T.Fatal(err)
	}
	if _, isJSON := body.(string); isJSON {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, change := range changes {
		change(r)
	}
	client := *s.http.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(r)
	if err != nil {
		s.T.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.T.Fatal(err)
	}
	got := reply{s.T, response.StatusCode, response.Header, string(text)}
	s.agrees(r, got)
	return got
}

// is checks the status.
func (r reply) is(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d; body: %s", r.status, status, r.body)
	}
	return r
}

// refused checks that the answer is a problem with this status and code, in its whole shape.
func (r reply) refused(status int, code app.Code) problem {
	r.t.Helper()
	r.is(status)
	if kind := r.header.Get("Content-Type"); kind != "application/problem+json" {
		r.t.Fatalf("Content-Type %q, want a problem; body: %s", kind, r.body)
	}
	var p problem
	r.decode(&p)
	var keys map[string]any
	r.decode(&keys)
	for _, key := range []string{"type", "title", "status", "detail", "code", "errors", "request_id"} {
		if keys[key] == nil {
			r.t.Errorf("the problem has no %q: %s", key, r.body)
		}
	}
	if p.Code != string(code) || p.Status != status || p.Type != "about:blank" || p.Title != http.StatusText(status) {
		r.t.Errorf("problem %s, want code %s", r.body, code)
	}
	if p.RequestID != r.header.Get("X-Request-Id") {
		r.t.Errorf("request_id %q is not the header's %q", p.RequestID, r.header.Get("X-Request-Id"))
	}
	if r.header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("an error may be stored: %q", r.header.Get("Cache-Control"))
	}
	return p
}

// field checks that the answer is a validation error of one field.
func (r reply) field(name string, rule app.Rule) {
	r.t.Helper()
	p := r.refused(http.StatusUnprocessableEntity, app.CodeValidationFailed)
	for _, e := range p.Errors {
		if e.Field == name && e.Code == string(rule) && e.Message != "" {
			return
		}
	}
	r.t.Errorf("errors %v hold no %s %s", p.Errors, name, rule)
}

func (r reply) decode(into any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		r.t.Fatalf("decode %q: %v", r.body, err)
	}
}

// at reads a value by its path of keys, and of places in lists.
func (r reply) at(path ...string) any {
	r.t.Helper()
	var value any
	r.decode(&value)
	for _, key := range path {
		if list, ok := value.([]any); ok {
			place, err := strconv.Atoi(key)
			if err != nil || place >= len(list) {
				r.t.Fatalf("no %v in %s", path, r.body)
			}
			value = list[place]
			continue
		}
		object, ok := value.(map[string]any)
		if !ok {
			r.t.Fatalf("no %v in %s", path, r.body)
		}
		value, ok = object[key]
		if !ok {
			r.t.Fatalf("no %v in %s", path, r.body)
		}
	}
	return value
}

// cookie finds a cookie that the answer sets; nil for none.
func (r reply) cookie(name string) *http.Cookie {
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func newLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
