package app_test

import (
	"slices"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func concealed() apptest.Option {
	return apptest.WithPolicy(func(p *app.Policy) { p.ConcealAccounts = true })
}

// concealedOwner registers the first Owner, to whom nothing is told either.
func concealedOwner(t *testing.T, w *apptest.World) {
	t.Helper()
	code, err := w.SetupCode(t.Context())
	must(t, err)
	_, err = w.Register(t.Context(), apptest.Stranger(1), app.RegistrationInput{Email: ada, Password: apptest.Password, SetupCode: code})
	must(t, err)
	if owners := holders(t, w, app.RoleOwner); !slices.Equal(owners, []string{ada}) {
		t.Fatalf("owners: %v", owners)
	}
}

func TestConcealedRegistrationTellsNothingWhateverTheAddress(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, concealed())
	concealedOwner(t, w)
	for _, email := range []string{eve, eve, ada, "ADA@EXAMPLE.ORG"} {
		result, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: email, Password: apptest.Password, SignIn: true})
		must(t, err)
		if !result.Concealed || result.User.ID != 0 || result.Grant != nil {
			t.Errorf("%s: told %+v", email, result)
		}
	}
	w.Mail(app.MailConfirmation, eve)
	if m := w.Mail(app.MailAccountExists, eve); m.Name != "" || m.Token != "" {
		t.Errorf("a mail to an unconfirmed address names %q", m.Name)
	}
	for range 2 {
		if m := w.Mail(app.MailAccountExists, ada); m.To != ada || m.Name != "ada" {
			t.Errorf("the notice is %+v", m)
		}
	}
	if users := holders(t, w, app.RoleUser); !slices.Equal(users, []string{eve}) {
		t.Errorf("accounts: %v", users)
	}
}

func TestAConcealedAccountGetsItsUsernameWhenItIsConfirmed(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, concealed())
	concealedOwner(t, w)
	_, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: eve, Password: apptest.Password, Username: "eve"})
	wantFields(t, err, "username not_updatable")
	_, err = register(t, w, "ada@example.com", apptest.Browser(9))
	must(t, err)
	if u, _ := find(t, w, "ada@example.com"); u.Username != "" {
		t.Errorf("the username before confirmation is %q", u.Username)
	}
	user, _, err := w.Confirm(t.Context(), apptest.Stranger(9), w.Mail(app.MailConfirmation, "ada@example.com").Token)
	must(t, err)
	if user.Username != "ada_1" || !user.IsConfirmed() {
		t.Errorf("confirmed as %q", user.Username)
	}
}

func TestAPasswordResetGivesAConcealedAccountItsUsernameToo(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, concealed())
	concealedOwner(t, w)
	_, err := register(t, w, eve, apptest.Browser(9))
	must(t, err)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	must(t, resetPassword(t, w, apptest.Stranger(9), w.Mail(app.MailPasswordReset, eve).Token, app.PasswordInput{Password: "another horse"}))
	if u, _ := find(t, w, eve); u.Username != "eve" || !u.IsConfirmed() {
		t.Errorf("after the reset: %q, confirmed %v", u.Username, u.IsConfirmed())
	}
}

func TestAnUnconfirmedLoginIsInvalidCredentialsWhenConcealed(t *testing.T) {
	t.Parallel()
	for _, policy := range []app.UnconfirmedPolicy{app.UnconfirmedLimited, app.UnconfirmedRefused, app.UnconfirmedAllowed} {
		for _, active := range []bool{true, false} {
			w := apptest.Paused(t, concealed(), apptest.WithPolicy(func(p *app.Policy) { p.Unconfirmed, p.DefaultActive = policy, active }))
			concealedOwner(t, w)
			_, err := register(t, w, eve, apptest.Browser(9))
			must(t, err)
			_, err = signIn(t, w, eve, apptest.Password, apptest.Browser(9))
			wantCode(t, err, app.CodeInvalidCredentials)
			_, err = signIn(t, w, ada, "wrong", apptest.Browser(9))
			wantCode(t, err, app.CodeInvalidCredentials)
		}
	}
}

func TestATakenAddressCostsAHashAndACommitWhenConcealed(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, concealed(), apptest.WithoutLimits())
	concealedOwner(t, w)
	for _, email := range []string{ada, eve} {
		before, hashed := len(jobs(t, w, app.JobMail)), w.Counts().Hashed
		updates := w.Updates(func() {
			_, err := register(t, w, email, apptest.Browser(9))
			must(t, err)
		})
		mails, hashes := len(jobs(t, w, app.JobMail))-before, w.Counts().Hashed-hashed
		if updates != 1 || mails != 1 || hashes != 1 {
			t.Errorf("%s: %d commits, %d mails and %d hashes, want one each", email, updates, mails, hashes)
		}
	}
}

func TestAskingForATakenAddressGoesNoFurtherWhenConcealed(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, concealed())
	concealedOwner(t, w)
	_, err := register(t, w, eve, apptest.Browser(9))
	must(t, err)
	p := w.SignIn(ada, apptest.Browser(1))
	before := len(jobs(t, w, app.JobMail))
	must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eve, Current: apptest.Password}))
	if n := len(jobs(t, w, app.JobMail)) - before; n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestConcealedAccountsThatNobodyConfirmedAreAbandonedAlike(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, concealed())
	concealedOwner(t, w)
	_, err := register(t, w, eve, apptest.Browser(9))
	must(t, err)
	w.Clock.Advance(31 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	if _, there := find(t, w, eve); there {
		t.Error("the account stays")
	}
}
