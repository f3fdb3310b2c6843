package web

import (
	"bytes"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestAProfileIsSaved(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).signIn("ada@example.org")
	b.press("Save profile", "first_name", "Ada", "last_name", "Lovelace", "username", "countess", "user_timezone", "Europe/London")
	b.on("/account", http.StatusOK).told("status", "Your profile was saved.").reads("Ada Lovelace")
	b.press("Save language", "preferred_locale", "en-GB").on("/account", http.StatusOK).told("status", "Your language was saved.")
	user := s.SignIn("countess", apptest.Browser(7)).User()
	if user.FullName() != "Ada Lovelace" || user.Timezone != "Europe/London" || user.Locale != "en-GB" {
		t.Errorf("the account is %+v", user)
	}
	b.press("Save profile", "first_name", strings.Repeat("a", 101), "username", "2").on("/account", http.StatusUnprocessableEntity)
	b.wrong("first_name", "at most 100").wrong("username", "")
	if b.value("username") != "2" || b.value("last_name") != "Lovelace" {
		t.Error("what was typed is gone")
	}
	b.visit("/account").press("Save language", "preferred_locale", "xx").on("/account/language", http.StatusUnprocessableEntity)
	b.wrong("preferred_locale", "Choose a language")
}

func TestAPictureIsUploadedShownAndRemoved(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).signIn("ada@example.org").lacks("/avatars/")
	b.upload("Upload picture", pngOf(40, 30)).on("/account", http.StatusOK).told("status", "Your picture")
	_, after, found := strings.Cut(b.page.body, `src="/avatars/`)
	src, _, _ := strings.Cut(after, `"`)
	if !found {
		t.Fatalf("the page shows no picture: %s", textOf(b.doc))
	}
	b.request("GET", "/avatars/"+src, nil, "").is(http.StatusOK)
	b.press("Remove picture").on("/account", http.StatusOK).told("status", "Your picture was removed.").lacks("/avatars/")
}

func TestWhatIsNoPictureIsRefusedBesideItsField(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithPolicy(func(p *app.Policy) { p.AvatarMaxBytes = 10_000 }))
	b := s.browser(t, 9).signIn("ada@example.org")
	b.upload("Upload picture", []byte("hello")).on("/account/picture", http.StatusUnsupportedMediaType).wrong("file", "")
	b.upload("Upload picture", bytes.Repeat([]byte("x"), 20_000)).on("/account/picture", http.StatusRequestEntityTooLarge).wrong("file", "")
	b.upload("Upload picture", nil).on("/account/picture", http.StatusUnprocessableEntity).wrong("file", "Choose a picture")
	b.upload("Upload picture", pngOf(40, 30)[:60]).wrong("file", "")
	b.visit("/account/picture").on("/account", http.StatusOK)
}

func TestAPictureThatTakesLongerIsAwaited(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.Paused(t)) // nobody makes pictures
	s.Owner("ada@example.org")
	b := s.browser(t, 9).signIn("ada@example.org")
	b.upload("Upload picture", pngOf(40, 30)).on("/account", http.StatusOK).told("status", "Your picture was received.")
	if !strings.Contains(b.page.body, "data-awaited") || !strings.Contains(b.page.body, `http-equiv="refresh"`) {
		t.Error("the page doesn't look again")
	}
}

func TestAPasswordIsChangedAndTheBrowserStaysSignedIn(t *testing.T) {
	t.Parallel()
	s := owned(t)
	other := s.browser(t, 8).signIn("ada@example.org")
	b := s.browser(t, 9).signIn("ada@example.org").visit("/account/security")
	b.press("Change password", "current_password", "wrong horse", "password", "a better horse battery")
	b.on("/account/security/password", http.StatusUnprocessableEntity).wrong("password-current", "not your current password")
	b.press("Change password", "current_password", apptest.Password.Reveal(), "password", "short").wrong("new-password", "at least 8")
	b.press("Change password", "current_password", apptest.Password.Reveal(), "password", "a better horse battery")
	b.on("/account/security", http.StatusOK).told("status", "Your password was changed")
	b.visit("/account").on("/account", http.StatusOK)
	other.visit("/account").on("/login", http.StatusOK)
	b.visit("/account/security/password").on("/account/security", http.StatusOK)
}

func TestAnAddressIsChangedByTheLinkThatWasMailedToIt(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).signIn("ada@example.org").visit("/account/security")
	b.press("Change e-mail", "email", "ada@example.org", "current_password", "x").wrong("email", "your address already")
	b.press("Change e-mail", "email", "new@example.org", "current_password", "x").wrong("email-current", "not your current password")
	if b.value("email") != "new@example.org" {
		t.Error("the new address is gone")
	}
	b.press("Change e-mail", "current_password", apptest.Password.Reveal()).on("/account/security", http.StatusOK)
	b.told("status", "A mail was sent to the new address.").reads("ada@example.org")
	link := "/account/email/" + s.Mail(app.MailEmailChange, "new@example.org").Token.Reveal()

	fresh := s.browser(t, 8).visit(link).on("/login", http.StatusOK)
	fresh.press("Sign in", "email", "ada@example.org", "password", apptest.Password.Reveal()).on(link, http.StatusOK)
	fresh.reads("new@example.org").press("Change address").on("/account/security", http.StatusOK)
	fresh.told("status", "Your address was changed").reads("new@example.org")
	b.visit(link).on(link, http.StatusNotFound).reads("This link is no longer good")
}

func TestAnAccountIsDeletedWithItsPassword(t *testing.T) {
	t.Parallel()
	s := owned(t)
	owner := s.browser(t, 8).signIn("ada@example.org").visit("/account/security").reads("You are the last active Owner").lacks("Delete account")
	owner.request("POST", "/account/security/delete", []byte("current_password="+url.QueryEscape(apptest.Password.Reveal())), "application/x-www-form-urlencoded").is(http.StatusConflict)
	s.Member("bob@example.org")
	b := s.browser(t, 9).signIn("bob@example.org").visit("/account/security").reads("Nobody else ever gets the username bob")
	b.press("Delete account", "current_password", "wrong").wrong("delete-current", "not your current password")
	b.press("Delete account", "current_password", apptest.Password.Reveal()).on("/login", http.StatusOK)
	b.told("status", "Your account was deleted")
	b.press("Sign in", "email", "bob@example.org", "password", apptest.Password.Reveal()).on("/login", http.StatusUnauthorized)
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	s := owned(t)
	one, two := s.browser(t, 7).signIn("ada@example.org"), s.browser(t, 8).signIn("ada@example.org")
	b := s.browser(t, 9).signIn("ada@example.org").visit("/account/sessions").reads("This session").reads("203.0.113.7")
	b.press("End session: Firefox on Linux, 203.0.113.7").on("/account/sessions", http.StatusOK).told("status", "The session was ended.")
	one.visit("/account").on("/login", http.StatusOK)
	two.visit("/account").on("/account", http.StatusOK)
	b.press("End all other sessions").on("/account/sessions", http.StatusOK).told("status", "Every other session was ended.")
	two.visit("/account").on("/login", http.StatusOK)
	b.reads("You are signed in nowhere else")
	b.request("POST", "/account/sessions/"+strings.Repeat("x", 22), nil, "").is(http.StatusNotFound)
}

// paris puts everybody into one place.
type paris struct{}

func (paris) Locate(netip.Addr) (app.Place, error) {
	return app.Place{City: "Paris", Region: "Île-de-France", Country: "France"}, nil
}

func TestSessionsTellWhereTheyAre(t *testing.T) {
	t.Parallel()
	s := owned(t, func(o *app.Options) { o.Locator = paris{} })
	b := s.browser(t, 9).signIn("ada@example.org")
	for _, path := range []string{"/account/sessions", "/admin/sessions", "/admin/users/1"} {
		b.visit(path).reads("Paris, Île-de-France, France · 203.0.113.9")
	}
}

func TestAllThatIsKeptIsDownloadedByItsPersonAlone(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).signIn("ada@example.org").visit("/account/security").links("Download my data", "/account/export")
	got := b.request("GET", "/account/export", nil, "").is(http.StatusOK)
	if got.header.Get("Content-Disposition") != `attachment; filename="account-1.json"` || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the file comes with %v", got.header)
	}
	if got.at("user", "email") != "ada@example.org" || strings.Contains(got.body, "$2a$") {
		t.Errorf("the file holds %s", got.body)
	}
	s.browser(t, 8).visit("/account/export").on("/login", http.StatusOK)
}

func TestAPasswordIsResetByAMailedLink(t *testing.T) {
	t.Parallel()
	s := owned(t)
	held := s.browser(t, 8).signIn("ada@example.org")
	b := s.browser(t, 9).visit("/login").visit("/reset-password")
	b.press("Send the mail", "email", "").on("/reset-password", http.StatusUnprocessableEntity).wrong("email", "Enter an e-mail")
	b.press("Send the mail", "email", "nobody@example.org").on("/reset-password/sent", http.StatusOK)
	b.visit("/reset-password").press("Send the mail", "email", "ada@example.org").on("/reset-password/sent", http.StatusOK)
	link := "/reset-password/" + s.Mail(app.MailPasswordReset, "ada@example.org").Token.Reveal()
	b.visit(link).on(link, http.StatusOK).reads("a•••@example.org").lacks("ada@example.org")
	held.visit(link)
	if held.value("username") != "ada@example.org" {
		t.Error("a browser of the account doesn't tell its password store the address")
	}
	b.press("Set password", "password", "short").on(link, http.StatusUnprocessableEntity).wrong("password", "at least 8")
	b.press("Set password", "password", "a better horse battery").on("/login", http.StatusOK).told("status", "Your new password was set")
	held.visit("/account").on("/login", http.StatusOK)
	b.visit(link).on(link, http.StatusNotFound).reads("Ask for a new link")
	b.request("POST", link, []byte("password=a+better+horse+battery"), "application/x-www-form-urlencoded").is(http.StatusNotFound)
}
