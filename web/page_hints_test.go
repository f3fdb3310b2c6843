package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// looksAt sends a form to be looked at alone, and answers what is said of each field.
func (b *browser) looksAt(path string, fields url.Values) map[string]string {
	b.t.Helper()
	r := b.request("POST", path+"?check=true", []byte(fields.Encode()), "application/x-www-form-urlencoded")
	said := map[string]string{}
	var answer struct {
		Errors []hintView `json:"errors"`
	}
	r.is(http.StatusOK).decode(&answer)
	for _, one := range answer.Errors {
		said[one.Field] = one.Code + ": " + one.Message
	}
	return said
}

func TestAFormIsLookedAtWhileItIsFilledIn(t *testing.T) {
	t.Parallel()
	s := owned(t)
	bob := s.Member("bob@example.org")
	stranger := s.browser(t, 9).visit("/register")
	if said := stranger.looksAt("/register", url.Values{"email": {"nobody"}, "password": {"short"}}); !strings.HasPrefix(said["email"], "invalid_format: That doesn't look like") || said["password"] != "too_short: A password has at least 8 characters." {
		t.Errorf("a registration reads %v", said)
	}
	stranger.accepts = "de"
	if said := stranger.looksAt("/register", url.Values{"email": {"new@example.org"}, "password": {"password"}}); len(said) != 1 || !strings.Contains(said["password"], "Passwort") {
		t.Errorf("in German it reads %v", said)
	}
	person := s.browser(t, 8).signIn("bob@example.org")
	if said := person.looksAt("/account", url.Values{"username": {"b"}, "first_name": {strings.Repeat("b", 101)}, "last_name": {"Bee"}}); len(said) != 2 || !strings.HasPrefix(said["username"], "too_short") {
		t.Errorf("a profile reads %v", said)
	}
	if said := person.looksAt("/account/security/password", url.Values{"password": {"bob@example.org"}}); said["password"] != "must_differ: The password can't be the e-mail address." {
		t.Errorf("a password reads %v", said)
	}
	if said := person.looksAt("/account/security/email", url.Values{"email": {"bob@example.org"}}); !strings.HasPrefix(said["email"], "did_not_change") {
		t.Errorf("an address reads %v", said)
	}
	person.request("POST", "/account?check=perhaps", nil, "application/x-www-form-urlencoded").is(http.StatusUnprocessableEntity)
	s.browser(t, 7).request("POST", "/account?check=true", nil, "application/x-www-form-urlencoded").is(http.StatusSeeOther)
	if user := bob.User(); user.LastName != "" {
		t.Errorf("looking at a profile changed it: %v", user)
	}
}

func TestLookingAtAFormTellsNotWhoHasAnAccountAndDoesNothing(t *testing.T) {
	t.Parallel()
	s := owned(t)
	s.Member("bob@example.org")
	stranger, person := s.browser(t, 9), s.browser(t, 8).signIn("bob@example.org")
	good := apptest.Password.Reveal()
	for _, email := range []string{"ada@example.org", "free@example.org"} {
		if said := stranger.looksAt("/register", url.Values{"email": {email}, "password": {good}, "username": {"ada"}}); len(said) != 0 {
			t.Errorf("%s reads %v", email, said)
		}
		if said := person.looksAt("/account/security/email", url.Values{"email": {email}}); len(said) != 0 {
			t.Errorf("a change to %s reads %v", email, said)
		}
	}
	if said := person.looksAt("/account", url.Values{"username": {"ada"}}); len(said) != 0 {
		t.Errorf("a taken username reads %v", said)
	}
	person.looksAt("/account/security/password", url.Values{"password": {"another good horse"}})
	s.SignIn("bob@example.org", apptest.Browser(7)) // by the old password
	if _, err := s.GetUserByEmail(t.Context(), app.Shell(""), "free@example.org"); app.AsError(err).Code != app.CodeNotFound {
		t.Errorf("looking at a registration made an account: %v", err)
	}
}
