package app_test

import (
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestTheShellsResetTokenSetsAPasswordOnceWithinItsHour(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	id := owner.User().ID
	var token app.Secret
	wrote(t, w, func() {
		var err error
		token, err = w.IssuePasswordReset(t.Context(), shell, id)
		must(t, err)
	}, "password.reset_requested")
	late, err := w.IssuePasswordReset(t.Context(), shell, id)
	must(t, err)
	if mails := w.Outbox.All(); len(mails) > 0 {
		t.Errorf("it is mailed too: %v", mails)
	}
	in := app.PasswordInput{Password: "another long password"}
	must(t, resetPassword(t, w, apptest.Stranger(3), token, in))
	in.Password = "a third long password"
	wantCode(t, resetPassword(t, w, apptest.Stranger(3), token, in), app.CodeInvalidToken)
	wantCode(t, resetPassword(t, w, apptest.Stranger(3), late, in), app.CodeInvalidToken) // it ended with the first one's use
	over, err := w.IssuePasswordReset(t.Context(), shell, id)
	must(t, err)
	w.Advance(time.Hour)
	wantCode(t, resetPassword(t, w, apptest.Stranger(3), over, in), app.CodeInvalidToken)
}

func TestNobodyButTheShellIsGivenAResetToken(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	for _, by := range []app.Actor{owner.Actor(), apptest.Stranger(3), app.System()} {
		_, err := w.IssuePasswordReset(t.Context(), by, owner.User().ID)
		wantCode(t, err, app.CodeForbidden)
	}
	_, err := w.IssuePasswordReset(t.Context(), shell, 999)
	wantCode(t, err, app.CodeNotFound)
}
