package web

import (
	"net/http"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestTheFirstOwnerComesByTheSetUpLink(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutCourier()))
	b := s.browser(t, 9)
	b.visit("/register").on("/register", http.StatusForbidden).reads("This site isn't set up yet").reads("when it started")
	b.visit("/register?setup=wrong").on("/register", http.StatusForbidden)
	code, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.visit("/register?setup="+code.Reveal()).on("/register", http.StatusOK).reads("You will own this site")
	b.press("Create account", "email", "ada@example.org", "password", "short").on("/register", http.StatusUnprocessableEntity)
	b.wrong("password", "at least 8 characters").lacks(`"short"`).reads("You will own this site")
	b.press("Create account", "password", apptest.Password.Reveal()).on("/admin/welcome", http.StatusOK)
	b.told("status", "you own this site").reads("ada@example.org").reads("the mailbox")
	b.visit("/admin/welcome").on("/admin/welcome", http.StatusOK).lacks("you own this site")
	s.browser(t, 8).visit("/register?setup="+code.Reveal()).on("/register", http.StatusOK).lacks(code.Reveal()).reads("Create account")
}

func TestANewcomerIsSignedInAndToldToConfirm(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).visit("/register")
	b.press("Create account", "email", "new@example.org", "password", apptest.Password.Reveal()).on("/account", http.StatusOK)
	b.told("status", "a mail with a link to confirm your address is on its way").reads("Confirm your address").reads("new@example.org")

	for _, path := range []string{"/account/sessions", "/admin/users"} {
		b.visit(path).on("/account", http.StatusOK).reads("Confirm your address")
	}
	b.visit("/account/security").on("/account/security", http.StatusOK).lacks("/account/sessions")
	b.visit("/confirm").on("/account", http.StatusOK)
	b.press("Send another mail").on("/account", http.StatusOK).told("status", "A new mail was sent")
	b.press("Send another mail").press("Send another mail").press("Send another mail").on("/account/confirmation", http.StatusTooManyRequests)
	b.told("alert", "too often").reads("Confirm your address")
	b.visit("/account/confirmation").on("/account", http.StatusOK)

	m := s.Mail(app.MailConfirmation, "new@example.org")
	b.visit("/confirm/"+m.Token.Reveal()).on("/confirm/"+m.Token.Reveal(), http.StatusOK)
	b.reads("Firefox on Linux").reads("203.0.113.9").reads("31 January 2026, 12:00 UTC").lacks("new@example.org")
	b.press("Confirm address").on("/account", http.StatusOK).told("status", "Your address was confirmed.").reads("Profile")
	b.visit("/account/sessions").on("/account/sessions", http.StatusOK)
}

func TestRegistrationTellsWhatIsWrongBesideEachField(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).visit("/register")
	b.press("Create account", "email", "no address", "password", "password").on("/register", http.StatusUnprocessableEntity)
	b.wrong("email", "doesn't look like").wrong("password", "common")
	if b.value("email") != "no address" || b.value("password") != "" {
		t.Error("the address is gone, or the password is not")
	}
	b.press("Create account", "email", "ada@example.org", "password", apptest.Password.Reveal())
	b.on("/register", http.StatusUnprocessableEntity).wrong("email", "has an account already")
	body := []byte("email=new%40example.org&password=correct+horse+battery&username=admin")
	b.follow(b.request("POST", "/register", body, "application/x-www-form-urlencoded"), "/register")
	b.on("/register", http.StatusUnprocessableEntity).told("alert", "That username is taken.")
}

func TestAClosedSiteSaysWhomToAsk(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithPolicy(func(p *app.Policy) { p.RegistrationOpen = false }))
	b := s.browser(t, 9).visit("/login").lacks("/register")
	b.visit("/register").on("/register", http.StatusForbidden).reads("Registration is closed").reads("Ask whoever runs this site")
	body := []byte("email=new%40example.org&password=correct+horse+battery")
	b.request("POST", "/register", body, "application/x-www-form-urlencoded").is(http.StatusForbidden)
}

func TestConcealedRegistrationReadsTheSameForEverybody(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.ConcealAccounts = true })))
	code, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Register(t.Context(), apptest.Stranger(1), app.RegistrationInput{Email: "ada@example.org", Password: apptest.Password, SetupCode: code}); err != nil {
		t.Fatal(err)
	}
	taken := s.browser(t, 9).visit("/register").press("Create account", "email", "ada@example.org", "password", apptest.Password.Reveal())
	free := s.browser(t, 9).visit("/register").press("Create account", "email", "new@example.org", "password", apptest.Password.Reveal())
	taken.on("/register/sent", http.StatusOK).reads("Look into your mail")
	free.on("/register/sent", http.StatusOK)
	if taken.page.body != free.page.body || len(taken.cookies) != len(free.cookies) {
		t.Error("a taken address can be told from a free one")
	}
}

func TestANewcomerWhoWaitsForAnAdministratorIsToldSo(t *testing.T) {
	t.Parallel()
	b := owned(t, apptest.WithPolicy(func(p *app.Policy) { p.DefaultActive = false })).browser(t, 9).visit("/register")
	b.press("Create account", "email", "new@example.org", "password", apptest.Password.Reveal())
	b.on("/login", http.StatusOK).told("status", "once an administrator has activated it")
}

func TestThisWasntMeDeletesTheAccount(t *testing.T) {
	t.Parallel()
	s := owned(t)
	thief := s.browser(t, 9).visit("/register").press("Create account", "email", "victim@example.org", "password", apptest.Password.Reveal())
	token := s.Mail(app.MailConfirmation, "victim@example.org").Token.Reveal()
	b := s.browser(t, 8).visit("/confirm/"+token).press("This wasn't me").on("/login", http.StatusOK)
	b.told("status", "That account was deleted.")
	thief.visit("/account").on("/login", http.StatusOK)
	b.visit("/confirm/"+token).on("/confirm/"+token, http.StatusNotFound).reads("This link is no longer good").reads("ask for a new link")
}

func TestAConfirmationIsAskedForWithoutLearningWhoIsThere(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).visit("/confirm")
	b.press("Send the mail", "email", "nobody").on("/confirm", http.StatusUnprocessableEntity).wrong("email", "doesn't look like")
	b.press("Send the mail", "email", "nobody@example.org").on("/confirm/sent", http.StatusOK).reads("If an account with that address waits")
	b.visit("/confirm").press("Send the mail", "email", "ada@example.org").on("/confirm/sent", http.StatusOK)
}
