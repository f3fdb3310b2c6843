package app_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// colleague is a confirmed account of a role, signed in.
func colleague(t testing.TB, w *apptest.World, email, role string) *apptest.Persona {
	t.Helper()
	p := w.Newcomer(email)
	change(t, w, email, func(tx app.Tx, u *app.User) error { u.ConfirmedAt = tx.Now(); return nil })
	return w.Holding(p, role)
}

// acts are all acts on another account that is there.
var acts = map[string]func(testing.TB, *apptest.World, app.Actor, int64) error{
	"password": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		return w.SetUserPassword(t.Context(), by, id, app.PasswordInput{Password: "a horse by an admin"})
	},
	"confirm": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		_, err := w.ConfirmUser(t.Context(), by, id)
		return err
	},
	"unconfirm": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		_, err := w.UnconfirmUser(t.Context(), by, id)
		return err
	},
	"toggle": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		_, err := w.ToggleUserConfirmation(t.Context(), by, id)
		return err
	},
	"confirmation mail": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		return w.SendUserConfirmation(t.Context(), by, id)
	},
	"activate": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		_, err := w.SetUserStatus(t.Context(), by, id, true)
		return err
	},
	"deactivate": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		_, err := w.SetUserStatus(t.Context(), by, id, false)
		return err
	},
	"avatar": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		_, err := w.UploadUserAvatar(t.Context(), by, id, bytes.NewReader(picture(t, 1)), 0)
		return err
	},
	"no avatar": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		return w.RemoveUserAvatar(t.Context(), by, id)
	},
	"end sessions": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		return w.EndUserSessions(t.Context(), by, id)
	},
	"end a session": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		return w.EndUserSession(t.Context(), by, id, "unknown")
	},
	"delete": func(t testing.TB, w *apptest.World, by app.Actor, id int64) error {
		return w.DeleteUser(t.Context(), by, id)
	},
}

// refusedAll says that every act of by on an account should be refused with a code and leave no trace.
func refusedAll(t testing.TB, w *apptest.World, by app.Actor, id int64, code app.Code, names ...string) {
	t.Helper()
	mails := len(jobs(t, w, app.JobMail))
	wrote(t, w, func() {
		for name, act := range acts {
			if len(names) > 0 && !slices.Contains(names, name) {
				continue
			}
			if err := act(t, w, by, id); err == nil || app.AsError(err).Code != code {
				t.Errorf("%s of %d by %s %d: %v, want %s", name, id, by.Kind, by.ID, err, code)
			}
		}
	})
	if n := len(jobs(t, w, app.JobMail)) - mails; n != 0 || len(folders(t, w)) != 0 {
		t.Errorf("%d mails and %v were left", n, folders(t, w))
	}
}

func TestWhoManagesNobodyIsToldSoBeforeWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada).User().ID
	member := w.Newcomer(eve)
	for _, by := range []app.Actor{member.Actor(), apptest.Stranger(1), key(w, app.RankUser)} {
		for _, id := range []int64{owner, member.User().ID, 4711, 0, -1} {
			refusedAll(t, w, by, id, app.CodeForbidden)
			_, err := w.ListUserSessions(t.Context(), by, id)
			wantCode(t, err, app.CodeForbidden)
		}
		_, err := w.CreateUser(t.Context(), by, app.NewUserInput{Email: "nobody"})
		wantCode(t, err, app.CodeForbidden)
	}
}

func TestAnActOnNobodyIsNotFound(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	admin := colleague(t, w, eve, app.RoleAdmin)
	for _, by := range []app.Actor{owner.Actor(), admin.Actor(), key(w, app.RankAdmin), shell} {
		for _, id := range []int64{4711, 0, -1, 1<<63 - 1, -1 << 63} {
			refusedAll(t, w, by, id, app.CodeNotFound)
			_, err := w.ListUserSessions(t.Context(), by, id)
			wantCode(t, err, app.CodeNotFound)
		}
	}
}

func TestAnAdminActsOnLowerRankOnly(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	admin := colleague(t, w, eve, app.RoleAdmin)
	other := colleague(t, w, grace, app.RoleAdmin)
	for _, by := range []app.Actor{admin.Actor(), key(w, app.RankAdmin)} {
		for _, p := range []*apptest.Persona{owner, other} {
			refusedAll(t, w, by, p.User().ID, app.CodeRankTooLow)
			list, err := w.ListUserSessions(t.Context(), by, p.User().ID) // looking is no act
			if must(t, err); len(list) != 1 {
				t.Errorf("%d sessions", len(list))
			}
			p.Actor()
		}
	}
}

func TestAnOwnerActsOnEverybodyElse(t *testing.T) {
	t.Parallel()
	for name, act := range acts {
		w := apptest.Paused(t, apptest.WithoutLimits())
		owner := w.Owner(ada)
		for email, role := range map[string]string{eve: app.RoleAdmin, grace: app.RoleOwner} {
			p := colleague(t, w, email, role)
			err := act(t, w, owner.Actor(), p.User().ID)
			switch name {
			case "end a session":
				wantCode(t, err, app.CodeNotFound)
			case "confirmation mail":
				wantCode(t, err, app.CodeAlreadyConfirmed)
			default:
				must(t, err)
			}
		}
	}
}

func TestNobodyActsOnThemselvesWhereTheirPasswordOrAnotherIsAsked(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	second := colleague(t, w, grace, app.RoleOwner)
	admin := colleague(t, w, eve, app.RoleAdmin)
	for _, p := range []*apptest.Persona{owner, second, admin} {
		refusedAll(t, w, p.Actor(), p.User().ID, app.CodeForbidden, "password", "confirm", "unconfirm", "toggle", "activate", "deactivate", "delete")
	}
	for name, way := range map[string]string{"password": "PUT /me/password", "delete": "DELETE /me", "deactivate": "another administrator"} {
		if err := acts[name](t, w, owner.Actor(), owner.User().ID); !strings.Contains(app.AsError(err).Message, way) {
			t.Errorf("%s: %q leads nowhere", name, app.AsError(err).Message)
		}
	}
}

func TestAnActAsksForTheRankOfThisMoment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(tx app.Tx, u *app.User) error
		want      app.Code
	}{
		"demoted": {func(tx app.Tx, u *app.User) error {
			r, err := tx.FindRole(app.RoleAdmin)
			if err == nil {
				_, err = tx.RemoveRole(u.ID, r.ID)
			}
			return err
		}, app.CodeForbidden},
		"signed out":  {func(tx app.Tx, u *app.User) error { _, err := tx.DeleteSessions(u.ID, ""); return err }, app.CodeUnauthenticated},
		"deactivated": {func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil }, app.CodeUnauthenticated},
	} {
		w := apptest.Paused(t, apptest.WithoutLimits())
		w.Owner(ada)
		id := w.Newcomer(grace).User().ID
		by := colleague(t, w, eve, app.RoleAdmin).Actor() // as a request had it that is under way
		change(t, w, eve, c.meanwhile)
		refusedAll(t, w, by, id, c.want)
		if _, err := w.CreateUser(t.Context(), by, app.NewUserInput{Email: "new@example.org"}); err == nil || app.AsError(err).Code != c.want {
			t.Errorf("%s: made an account: %v", name, err)
		}
	}
}

// TestARankThatWasTakenDoesNothingMore demotes an Owner while twenty of their acts are being hashed: what is done after
// the demotion must be refused.
func TestARankThatWasTakenDoesNothingMore(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	id := colleague(t, w, grace, app.RoleAdmin).User().ID
	by := colleague(t, w, eve, app.RoleOwner).Actor()
	var taken int64
	good, refused := count(t, together(21, func(i int) error {
		switch {
		case i == 10:
			return w.Store.Update(t.Context(), func(tx app.Tx) error {
				last, err := tx.LastAudit()
				taken = last.ID
				owner, missing := tx.FindRole(app.RoleOwner)
				admin, absent := tx.FindRole(app.RoleAdmin)
				_, failed := tx.RemoveRole(by.ID, owner.ID)
				_, refused := tx.AssignRole(by.ID, admin.ID)
				return errors.Join(err, missing, absent, failed, refused)
			})
		case i%2 == 0:
			return setPassword(t, w, by, id, app.Secret("a horse by eve "+string(rune('a'+i))))
		}
		_, err := w.CreateUser(t.Context(), by, app.NewUserInput{
			Email: string(rune('a'+i)) + "@example.org", Password: secret("a horse for one"), Roles: []string{app.RoleAdmin},
		})
		return err
	}), app.CodeRankTooLow)
	if good+refused != 21 {
		t.Errorf("%d done, %d refused", good, refused)
	}
	for _, e := range entries(t, w) {
		if e.ID > taken && e.ActorID == by.ID {
			t.Errorf("entry %d, %s, came after the rank was taken at %d", e.ID, e.Action, taken)
		}
	}
}
