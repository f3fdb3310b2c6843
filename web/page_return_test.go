package web

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"doorward/app/apptest"
)

func TestASignInLeadsOnlyToPathsOfThisSite(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.Paused(t)).server
	for raw, want := range map[string]string{
		"":                               "",
		"/":                              "/",
		"/account":                       "/account",
		"/account/sessions?a=1&b=%2F":    "/account/sessions?a=1&b=%2F",
		"/account#part":                  "/account#part",
		"/app/":                          "/app/",
		"/?next=//evil.example":          "/?next=//evil.example",
		"account":                        "",
		"//evil.example":                 "",
		"///evil.example":                "",
		"/\\evil.example":                "",
		"/%5cevil.example":               "",
		"/\t/evil.example":               "",
		"/%09/evil.example":              "",
		"/\r\nSet-Cookie: a=b":           "",
		"/\x00":                          "",
		"/.//evil.example":               "",
		"/a/..//evil.example":            "",
		"/%2e%2e//evil.example":          "",
		"/a//b":                          "",
		"https://evil.example/":          "",
		"http://accounts.example.org/":   "",
		"javascript:alert(1)":            "",
		"/logout":                        "",
		"/logout/":                       "",
		"/logout?x=1":                    "",
		"/logout#x":                      "",
		"/log%6fut":                      "",
		"/a/../logout":                   "",
		"/./logout":                      "",
		"/logouts":                       "/logouts",
		"/ü":                             "",
		"/" + strings.Repeat("a", 3_000): "",
	} {
		if got := s.returnPath(raw); got != want {
			t.Errorf("%.60q leads to %q, want %q", raw, got, want)
		}
	}
}

func TestUnderAPrefixItsOwnWayOutIsNoWayBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.Paused(t), under("https://example.org/auth")).server
	for raw, want := range map[string]string{"/auth/logout": "", "/logout": "/logout", "/auth/account": "/auth/account", "/app": "/app"} {
		if got := s.returnPath(raw); got != want {
			t.Errorf("%q leads to %q, want %q", raw, got, want)
		}
	}
}

func FuzzReturnPath(f *testing.F) {
	for _, seed := range []string{"/account", "//x", "/\\x", "/%2e%2e/logout", "/a?b#c", "/logout/..", "/%2flogout", "/;@x", "/.%2e/x"} {
		f.Add(seed)
	}
	s := newSite(f, apptest.Paused(f)).server
	base := mustURL(ownOrigin + "/login")
	f.Fuzz(func(t *testing.T, raw string) {
		to := s.returnPath(raw)
		if to == "" {
			return
		}
		if strings.ContainsAny(to, "\r\n\\\x00\t ") {
			t.Fatalf("%q is no header's", to)
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatalf("%q leads nowhere: %v", to, err)
		}
		end := base.ResolveReference(u)
		if end.Scheme+"://"+end.Host != ownOrigin || end.User != nil {
			t.Fatalf("%q leads to %s", to, end)
		}
		if path.Clean(end.Path) == "/logout" || strings.HasPrefix(end.Path, "//") {
			t.Fatalf("%q leads to %s", to, end.Path)
		}
	})
}
