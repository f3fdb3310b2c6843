package app_test

import (
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func setPassword(t testing.TB, w *apptest.World, by app.Actor, id int64, password app.Secret) error {
	t.Helper()
	return w.SetUserPassword(t.Context(), by, id, app.PasswordInput{Password: password})
}

func TestAPasswordThatAnAdminSetsEndsSessionsAndLinksAndTells(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	admin := colleague(t, w, grace, app.RoleAdmin)
	p := w.Newcomer(eve)
	id := p.User().ID
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	confirmation, reset := w.Mail(app.MailConfirmation, eve).Token, w.Mail(app.MailPasswordReset, eve).Token
	by := admin.Actor()
	wrote(t, w, func() {
		events := told(w, func() { must(t, setPassword(t, w, by, id, "a horse by an admin")) })
		if len(events) != 1 || events[0].Name != "session.deleted" || events[0].Actor.ID != by.ID {
			t.Errorf("told %+v", events)
		}
	}, "password.set", "session.deleted")
	over(t, p)
	_, _, err := w.Confirm(t.Context(), apptest.Stranger(9), confirmation)
	wantCode(t, err, app.CodeInvalidToken)
	wantCode(t, resetPassword(t, w, apptest.Stranger(9), reset, app.PasswordInput{Password: "another horse"}), app.CodeInvalidToken)
	if m := w.Mail(app.MailPasswordChanged, eve); m.Device != "" || m.IP != "" || m.Token != "" || m.Locale != "" {
		t.Errorf("the mail tells of the admin: %+v", m)
	}
	_, err = signIn(t, w, eve, apptest.Password, apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = signIn(t, w, eve, "a horse by an admin", apptest.Browser(9))
	must(t, err)
	if u, _ := find(t, w, eve); u.IsConfirmed() {
		t.Error("an admin's password confirmed the address")
	}
	admin.Actor() // the sessions of the one that acts go on
}

func TestAPasswordThatAnAdminSetsFollowsTheRulesOfEveryOther(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	p := w.Newcomer(eve)
	id := p.User().ID
	no := app.Secret("no")
	mails := len(jobs(t, w, app.JobMail))
	wrote(t, w, func() {
		for _, c := range []struct {
			in   app.PasswordInput
			want []string
		}{
			{app.PasswordInput{}, []string{"password required"}},
			{app.PasswordInput{Password: "short", Confirmation: &no}, []string{"password too_short", "password_confirmation does_not_match"}},
			{app.PasswordInput{Password: app.Secret(strings.Repeat("x", 73))}, []string{"password too_long"}},
			{app.PasswordInput{Password: "a horse\x00battery"}, []string{"password invalid_format"}},
			{app.PasswordInput{Password: "EVE@example.org"}, []string{"password must_differ"}},
			{app.PasswordInput{Password: "12345678"}, []string{"password too_common"}},
			{app.PasswordInput{Password: apptest.Password}, []string{"password must_differ"}},
		} {
			wantFields(t, w.SetUserPassword(t.Context(), by, id, c.in), c.want...)
		}
	})
	if n := len(jobs(t, w, app.JobMail)) - mails; n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	p.Actor()
}

func TestANewPasswordFromAnAdminOpensALockedAccount(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	id := w.Newcomer(eve).User().ID
	for range 100 {
		_, err := signIn(t, w, eve, "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	_, err := signIn(t, w, eve, apptest.Password, apptest.Browser(10))
	wantCode(t, err, app.CodeInvalidCredentials)
	must(t, setPassword(t, w, shell, id, "a horse by an admin"))
	_, err = signIn(t, w, eve, "a horse by an admin", apptest.Browser(10))
	must(t, err)
}

func TestNoSessionByTheOldPasswordOutlivesANewOne(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	p := w.Newcomer(eve)
	id := p.User().ID
	var grants [20]app.Grant
	for i, err := range together(20, func(i int) (err error) {
		if i%10 == 7 {
			return setPassword(t, w, by, id, app.Secret("a horse by an admin "+string(rune('a'+i))))
		}
		grants[i], err = signIn(t, w, eve, apptest.Password, apptest.Browser(9))
		return err
	}) {
		if err != nil && i%10 != 7 {
			wantCode(t, err, app.CodeInvalidCredentials)
		} else if err != nil {
			t.Error(err)
		}
	}
	for _, grant := range grants {
		if grant.Token != "" {
			p.Token = grant.Token
			over(t, p)
		}
	}
	if rest := left(t, w, id); !slices.Equal(rest, []string{"the row"}) {
		t.Errorf("left: %v", rest)
	}
}
