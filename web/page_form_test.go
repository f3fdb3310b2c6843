package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"doorward/app/apptest"
)

// TestAFormOfBrokenTextIsRefusedWhereverItIsSent sends bytes that are no UTF-8 in each field of every form: no browser
// does, and no answer to it may be a fault of ours. In a password they are a wrong one, as everywhere.
func TestAFormOfBrokenTextIsRefusedWhereverItIsSent(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	user := strconv.FormatInt(s.Member("user@example.org").User().ID, 10)
	b := s.browser(t, 9).signIn("ada@example.org")
	fields := []string{
		"email", "first_name", "last_name", "username", "user_timezone", "preferred_locale", "name", "value", "description", "role", "roles",
		"act", "id", "return", "field", "column", "page", "locale", "return_to", "password", "password_confirmation", "current_password", "\xff",
	}
	for _, rt := range s.server.pageRoutes() {
		if rt.method != http.MethodPost || rt.path == "/logout" || strings.Contains(rt.path, "/picture") || strings.HasSuffix(rt.path, "/delete") || strings.HasSuffix(rt.path, "/sessions") {
			continue // they read no text, and some would end what the next one needs
		}
		path := strings.NewReplacer("{id}", user, "{role}", "User", "{session}", "1", "{token}", "x").Replace(rt.path)
		for _, field := range fields {
			r := b.request("POST", path, []byte(url.QueryEscape(field)+"=%c3(&email=user%40example.org"), "application/x-www-form-urlencoded")
			if r.status >= 500 {
				t.Errorf("%s with a broken %q: %d", path, field, r.status)
			}
		}
	}
	for _, path := range []string{"/account", "/account?check=true", "/admin/users/" + user} {
		b.request("POST", path, []byte("first_name=%ff"), "application/x-www-form-urlencoded").is(http.StatusBadRequest)
	}
	s.browser(t, 8).request("POST", "/login", []byte("email=user%40example.org&password=%ff"), "application/x-www-form-urlencoded").is(http.StatusUnauthorized)
}
