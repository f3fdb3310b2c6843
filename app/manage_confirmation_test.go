package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestConfirmingAnotherAccount(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	by := colleague(t, w, grace, app.RoleAdmin).Actor()
	p := w.Newcomer(eve)
	id := p.User().ID
	token := w.Mail(app.MailConfirmation, eve).Token
	act := func(what string, do func(context.Context, app.Actor, int64) (app.User, error), confirmed bool, events, actions []string) {
		t.Helper()
		w.Clock.Advance(time.Minute)
		before, _ := find(t, w, eve)
		var names []string
		wrote(t, w, func() {
			for _, e := range told(w, func() {
				user, err := do(t.Context(), by, id)
				must(t, err)
				changed := len(events) > 0
				if user.IsConfirmed() != confirmed || changed != user.UpdatedAt.Equal(w.Clock.Now()) || !changed && user.ConfirmedAt != before.ConfirmedAt {
					t.Errorf("%s: answered %+v", what, user)
				}
			}) {
				names = append(names, e.Name)
				if e.UserID != id || e.Actor.ID != by.ID {
					t.Errorf("%s: %+v", what, e)
				}
			}
		}, actions...)
		if !slices.Equal(names, events) {
			t.Errorf("%s told %v, want %v", what, names, events)
		}
		if got := p.User().IsConfirmed(); got != confirmed {
			t.Errorf("%s: the session knows %v", what, got)
		}
	}
	yes, no := []string{"user.confirmed"}, []string{"user.unconfirmed"}
	act("unconfirming what is not", w.UnconfirmUser, false, nil, nil)
	if err := w.RequireConfirmed(p.Actor()); app.AsError(err).Code != app.CodeAccountUnconfirmed {
		t.Errorf("an unconfirmed account may do all: %v", err)
	}
	act("confirming", w.ConfirmUser, true, yes, yes)
	must(t, w.RequireConfirmed(p.Actor()))
	act("confirming again", w.ConfirmUser, true, nil, nil)
	_, _, err := w.Confirm(t.Context(), apptest.Stranger(9), token) // there is nothing left to confirm
	wantCode(t, err, app.CodeInvalidToken)
	act("unconfirming", w.UnconfirmUser, false, no, no)
	wantCode(t, w.RequireConfirmed(p.Actor()), app.CodeAccountUnconfirmed)
	act("toggling", w.ToggleUserConfirmation, true, yes, yes)
	act("toggling back", w.ToggleUserConfirmation, false, no, no)
}

func TestUnconfirmingLeavesSessionsAndMailedLinks(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	p := w.Member(eve)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	token := w.Mail(app.MailPasswordReset, eve).Token
	_, err := w.UnconfirmUser(t.Context(), shell, p.User().ID)
	must(t, err)
	p.Actor()
	must(t, resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by reset"}))
	if u, _ := find(t, w, eve); !u.IsConfirmed() {
		t.Error("using the link proves the address, and it isn't confirmed")
	}
}

func TestWhoWasConfirmedByAnAdminIsNeverAbandoned(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	id := w.Newcomer(eve).User().ID
	_, err := w.ConfirmUser(t.Context(), shell, id)
	must(t, err)
	w.Clock.Advance(31 * 24 * time.Hour)
	_, err = w.UnconfirmUser(t.Context(), shell, id)
	must(t, err)
	must(t, w.Purge(t.Context()))
	if _, there := find(t, w, eve); !there {
		t.Error("the account was purged")
	}
}

func TestConfirmingAConcealedAccountMakesItsUsername(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, concealed())
	concealedOwner(t, w)
	_, err := register(t, w, eve, apptest.Browser(2))
	must(t, err)
	made, _ := find(t, w, eve)
	if made.Username != "" {
		t.Fatalf("the username is %q before", made.Username)
	}
	user, err := w.ConfirmUser(t.Context(), shell, made.ID)
	if must(t, err); user.Username != "eve" {
		t.Errorf("the username is %q", user.Username)
	}
}

func TestToggledByTwentyAtOnceEndsWhereItBegan(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	id := w.Newcomer(eve).User().ID
	before := len(entries(t, w))
	for _, err := range together(20, func(int) error {
		_, err := w.ToggleUserConfirmation(t.Context(), by, id)
		return err
	}) {
		must(t, err)
	}
	if u, _ := find(t, w, eve); u.IsConfirmed() || len(entries(t, w))-before != 20 {
		t.Errorf("confirmed: %v after %d entries", u.IsConfirmed(), len(entries(t, w))-before)
	}
}

func TestAnAdminMailsAConfirmationWithoutLimits(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	by := colleague(t, w, grace, app.RoleAdmin).Actor()
	id := w.Newcomer(eve).User().ID
	w.Mail(app.MailConfirmation, eve)
	for range 5 {
		must(t, w.SendUserConfirmation(t.Context(), by, id))
	}
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve)) // nor does it use up what others may ask for
	m := w.Mail(app.MailConfirmation, eve)
	if m.Device != "" || m.IP != "" || m.Locale != "" || m.Name != "" {
		t.Errorf("the mail tells of the admin: %+v", m)
	}
	_, _, err := w.Confirm(t.Context(), apptest.Stranger(9), m.Token)
	must(t, err)
	mails := queued(t, w, app.MailConfirmation)
	wantCode(t, w.SendUserConfirmation(t.Context(), by, id), app.CodeAlreadyConfirmed)
	if n := queued(t, w, app.MailConfirmation); n > mails {
		t.Error("a mail went out")
	}
}
