package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// owned is a site with an Owner, ada@example.org.
func owned(t *testing.T, options ...apptest.Option) *site {
	t.Helper()
	s := newSite(t, apptest.New(t, options...))
	s.Owner("ada@example.org")
	return s
}

func TestTheRootLeadsToTheAccountOrToTheDoor(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9)
	b.visit("/").on("/login", http.StatusOK)
	b.signIn("ada@example.org").visit("/").on("/account", http.StatusOK)
}

func TestAPersonSignsInAndOut(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).signIn("ada@example.org")
	b.visit("/login").on("/account", http.StatusOK)
	b.visit("/register").on("/account", http.StatusOK)
	b.visit("/logout").on("/logout", http.StatusOK).reads("ada@example.org")
	b.visit("/account").on("/account", http.StatusOK) // asking for the page ended nothing
	b.visit("/logout").press("Sign out").on("/login", http.StatusOK).told("status", "You signed out.")
	if _, kept := b.cookies["doorward_session"]; kept {
		t.Error("the browser keeps the session")
	}
	b.visit("/login").lacks("You signed out.")
	b.visit("/logout").on("/login", http.StatusOK)
	b.visit("/account").on("/login", http.StatusOK)
}

func TestASignInByUsernameGoesOnWhereOneWantedToGo(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).visit("/admin/users?search=a%26b").on("/login", http.StatusOK)
	b.press("Sign in", "email", "ADA", "password", "wrong horse").on("/login", http.StatusUnauthorized)
	b.press("Sign in", "email", "ADA", "password", apptest.Password.Reveal()).on("/admin/users", http.StatusOK)
	if b.at != "/admin/users?search=a%26b" {
		t.Errorf("came back to %s", b.at)
	}
}

func TestAWayBackToElsewhereIsForgotten(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for _, to := range []string{"https://evil.example/", "//evil.example", "/logout", `/\evil.example`} {
		b := s.browser(t, 9).visit("/login?return_to=" + strings.NewReplacer(`\`, "%5C", ":", "%3A").Replace(to))
		b.lacks("evil").lacks(`name="return_to"`)
		b.press("Sign in", "email", "ada@example.org", "password", apptest.Password.Reveal()).on("/account", http.StatusOK)
	}
	b := s.browser(t, 9)
	body := []byte("email=ada&password=correct+horse+battery&return_to=//evil.example")
	if r := b.request("POST", "/login", body, "application/x-www-form-urlencoded"); r.header.Get("Location") != "/account" {
		t.Errorf("a forged form leads to %q", r.header.Get("Location"))
	}
}

func TestARefusedSignInKeepsWhatWasTypedButThePassword(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).visit("/login")
	b.press("Sign in", "email", "ada@example.org", "password", "wrong horse", "remember", "true")
	b.on("/login", http.StatusUnauthorized).told("alert", "don't go together").lacks("wrong horse")
	if b.value("email") != "ada@example.org" || !strings.Contains(b.page.body, " checked") {
		t.Error("what was typed is gone")
	}
	b.press("Sign in", "email", "", "password", "x").on("/login", http.StatusUnprocessableEntity).wrong("email", "Enter your e-mail")
}

func TestTooManySignInsSayWhenToComeBack(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).visit("/login")
	for range 5 {
		b.press("Sign in", "email", "ada@example.org", "password", "wrong horse").on("/login", http.StatusUnauthorized)
	}
	b.press("Sign in", "email", "ada@example.org", "password", "wrong horse").on("/login", http.StatusTooManyRequests)
	b.told("alert", "You can try again in a minute.")
	if b.page.header.Get("Retry-After") != "60" || b.value("email") != "ada@example.org" {
		t.Errorf("Retry-After %q", b.page.header.Get("Retry-After"))
	}
}

func TestKeepMeSignedInOutlivesTheBrowser(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for remember, want := range map[string]int{"": 0, "&remember=true": 60 * 24 * 3600} {
		body := []byte("email=ada&password=correct+horse+battery" + remember)
		r := s.browser(t, 9).request("POST", "/login", body, "application/x-www-form-urlencoded").is(http.StatusSeeOther)
		if c := r.cookie("doorward_session"); c == nil || c.MaxAge != want {
			t.Errorf("with %q the cookie is %v", remember, c)
		}
	}
}

func TestASessionThatIsOverSaysSo(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).signIn("ada@example.org")
	s.Clock.Advance(61 * 24 * time.Hour)
	b.visit("/account/sessions").on("/login", http.StatusOK).told("status", "Your session has ended.")
	if !strings.Contains(b.at, "return_to=%2Faccount%2Fsessions") {
		t.Errorf("at %s", b.at)
	}
	if _, kept := b.cookies["doorward_session"]; kept {
		t.Error("the browser keeps a session that is over")
	}
	s.browser(t, 9).visit("/account/sessions").on("/login", http.StatusOK).lacks("has ended")
}

func TestASignInEndsTheSessionThatTheBrowserHeld(t *testing.T) {
	t.Parallel()
	s := owned(t)
	s.Member("bob@example.org")
	b := s.browser(t, 9).signIn("ada@example.org")
	old := b.cookies["doorward_session"]
	body := []byte("email=bob%40example.org&password=correct+horse+battery")
	b.request("POST", "/login", body, "application/x-www-form-urlencoded").is(http.StatusSeeOther)
	b.visit("/logout").reads("bob@example.org")
	b.cookies["doorward_session"] = old
	b.visit("/account").on("/login", http.StatusOK)
}

func TestAnUnconfirmedAccountThatIsRefusedIsShownTheWay(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithPolicy(func(p *app.Policy) { p.Unconfirmed = app.UnconfirmedRefused }))
	b := s.browser(t, 9).visit("/register")
	b.press("Create account", "email", "new@example.org", "password", apptest.Password.Reveal()).on("/register/sent", http.StatusOK)
	b.visit("/login").press("Sign in", "email", "new@example.org", "password", apptest.Password.Reveal())
	b.on("/login", http.StatusForbidden).told("alert", "Confirm your e-mail address first.").reads("Ask for another mail")
}

func TestAFormThatIsTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9)
	body := []byte("email=" + strings.Repeat("a", maxForm))
	b.request("POST", "/login", body, "application/x-www-form-urlencoded").is(http.StatusRequestEntityTooLarge)
	b.request("POST", "/login", []byte("email=%zz"), "application/x-www-form-urlencoded").is(http.StatusBadRequest)
}
