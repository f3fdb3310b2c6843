package app_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestDeletingAnAccount(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	p := w.Member(eve)
	id := p.User().ID
	upload(t, w, p, picture(t, 1), long)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	token := w.Mail(app.MailPasswordReset, eve).Token
	by := owner.Actor()
	wrote(t, w, func() {
		events := told(w, func() { must(t, w.DeleteUser(t.Context(), by, id)) })
		names := []string{}
		for _, e := range events {
			if names = append(names, e.Name); e.UserID != id || e.Actor.Name != "ada" {
				t.Errorf("told %+v", e)
			}
		}
		if !slices.Equal(names, []string{"session.deleted", "user.deleted"}) {
			t.Errorf("told %v", names)
		}
	}, "user.deleted")
	over(t, p)
	awaitFolders(t, w)
	if _, there := find(t, w, eve); there {
		t.Error("the account is there")
	}
	wantCode(t, resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by reset"}), app.CodeInvalidToken)
	wantCode(t, w.DeleteUser(t.Context(), by, id), app.CodeNotFound)
	log := entries(t, w)
	if e := log[len(log)-1]; e.TargetID != id || e.Email != eve || e.ActorID != by.ID || e.Actor != "ada" {
		t.Errorf("the entry is %+v", e)
	}
	again := w.Newcomer(eve).User()
	if again.ID <= id || again.Username != "eve_1" {
		t.Errorf("the next account is %d, %s", again.ID, again.Username)
	}
}

func TestOfTwentyDeletionsAtOnceOneWorks(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	id := w.Newcomer(eve).User().ID
	wrote(t, w, func() {
		if good, _ := count(t, together(20, func(int) error { return w.DeleteUser(t.Context(), by, id) }), app.CodeNotFound); good != 1 {
			t.Errorf("%d deletions worked", good)
		}
	}, "user.deleted")
}

// left lists what belongs to an account id: its row, sessions and pictures.
func left(t testing.TB, w *apptest.World, id int64) []string {
	t.Helper()
	var list []string
	must(t, w.Store.View(t.Context(), func(tx app.Tx) error {
		if _, err := tx.FindUser(id); !errors.Is(err, app.ErrNoRow) {
			list = append(list, "the row")
		}
		sessions, err := tx.ListSessions(id, w.Clock.Now(), w.Clock.Now().AddDate(-9, 0, 0))
		for range sessions {
			list = append(list, "a session")
		}
		avatars, failed := tx.AvatarsOf(id)
		for range avatars {
			list = append(list, "a picture")
		}
		return errors.Join(err, failed)
	}))
	return list
}

// TestNothingOutlivesADeletionThatRunsBesideEverythingElse deletes an account while it logs in, resets its password, is
// given pictures and is acted on.
func TestNothingOutlivesADeletionThatRunsBesideEverythingElse(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	for range 5 {
		p := w.Newcomer(eve)
		id := p.User().ID
		must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
		token := w.Mail(app.MailPasswordReset, eve).Token
		others := slices.Sorted(maps.Keys(acts))
		allowed := []app.Code{app.CodeNotFound, app.CodeInvalidToken, app.CodeInvalidCredentials, app.CodeAccountInactive, app.CodeAlreadyConfirmed, app.CodeValidationFailed}
		for _, err := range together(24, func(i int) error {
			switch i % 4 {
			case 0:
				return w.DeleteUser(t.Context(), by, id)
			case 1:
				return resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by reset"})
			case 2:
				_, err := signIn(t, w, eve, apptest.Password, apptest.Browser(9))
				return err
			}
			return acts[others[(i/4+int(id))%len(others)]](t, w, by, id)
		}) {
			if err != nil && !slices.Contains(allowed, app.AsError(err).Code) {
				t.Error(err)
			}
		}
		if rest := left(t, w, id); len(rest) > 0 {
			t.Errorf("left: %v", rest)
		}
		over(t, p)
	}
	awaitFolders(t, w)
	entries(t, w)
}
