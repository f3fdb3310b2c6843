package app_test

import (
	"bytes"
	"errors"
	"maps"
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
	for _, by := range []app.Actor{member.Actor(), apptest.Stranger(1), key(app.RankUser)} {
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
	for _, by := range []app.Actor{owner.Actor(), admin.Actor(), key(app.RankAdmin), shell} {
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
	for _, by := range []app.Actor{admin.Actor(), key(app.RankAdmin)} {
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

func TestTheStatusIsSetAndSetAgainWithoutEffect(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	admin := w.Owner(ada)
	p := w.Newcomer(eve)
	second := w.SignIn(eve, apptest.Browser(5))
	p.Actor()
	id := p.User().ID
	by := admin.Actor()
	set := func(active bool, events []string, want ...string) {
		t.Helper()
		var names []string
		wrote(t, w, func() {
			for _, e := range told(w, func() {
				user, err := w.SetUserStatus(t.Context(), by, id, active)
				if must(t, err); user.IsActive != active || user.Email != eve || !user.HasRole(app.RoleUser) {
					t.Errorf("answered %+v", user)
				}
			}) {
				names = append(names, e.Name)
				if e.UserID != id || e.Actor.ID != by.ID {
					t.Errorf("%+v", e)
				}
			}
		}, want...)
		if !slices.Equal(names, events) {
			t.Errorf("told %v, want %v", names, events)
		}
	}
	set(true, nil)
	set(false, []string{"user.updated", "session.deleted", "session.deleted"}, "user.deactivated", "session.deleted")
	over(t, p)
	over(t, second)
	_, err := signIn(t, w, eve, apptest.Password, apptest.Browser(5))
	wantCode(t, err, app.CodeAccountInactive)
	set(false, nil)
	set(true, []string{"user.updated"}, "user.activated")
	over(t, p) // no session comes back
	over(t, second)
	if list, err := w.ListUserSessions(t.Context(), by, id); err != nil || len(list) != 0 {
		t.Errorf("sessions %v, %v", list, err)
	}
	w.SignIn(eve, apptest.Browser(5)).Actor()
	log := entries(t, w)
	i := slices.IndexFunc(log, func(e entry) bool { return e.Action == "user.deactivated" })
	if e := log[i]; e.TargetID != id || e.Email != eve || e.ActorID != by.ID || e.ActorKind != app.ActorUser || e.IP != admin.Client.IP.String() {
		t.Errorf("the entry is %+v", e)
	}
}

func TestDeactivationLeavesMailedLinks(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	p := w.Newcomer(eve)
	token := w.Mail(app.MailConfirmation, eve).Token
	_, err := w.SetUserStatus(t.Context(), shell, p.User().ID, false)
	must(t, err)
	_, _, err = w.Confirm(t.Context(), apptest.Stranger(9), token)
	must(t, err)
}

func TestTheLastActiveOwnerStaysWhoeverActs(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	id := owner.User().ID
	idle := colleague(t, w, grace, app.RoleOwner)
	change(t, w, grace, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	for _, by := range []app.Actor{shell, key(app.RankOwner), app.System()} {
		refusedAll(t, w, by, id, app.CodeLastOwnerDeactivate, "deactivate")
		refusedAll(t, w, by, id, app.CodeLastOwnerDelete, "delete")
	}
	refusedAll(t, w, owner.Actor(), id, app.CodeLastOwnerDelete, "delete") // what no other way would change is said first
	refusedAll(t, w, owner.Actor(), id, app.CodeForbidden, "deactivate")
	owner.Actor()
	inactive, _ := find(t, w, grace)
	must(t, w.DeleteUser(t.Context(), shell, inactive.ID)) // an inactive Owner is none who stays
	over(t, idle)
}

func TestOfTwentyActsOnTheOwnersAtOnceOneOwnerStays(t *testing.T) {
	t.Parallel()
	for range 3 {
		w := apptest.Paused(t, apptest.WithoutLimits())
		ids := []int64{w.Owner(ada).User().ID, colleague(t, w, eve, app.RoleOwner).User().ID, colleague(t, w, grace, app.RoleOwner).User().ID}
		for _, err := range together(20, func(i int) error {
			if i%2 == 0 {
				_, err := w.SetUserStatus(t.Context(), shell, ids[i%3], false)
				return err
			}
			return w.DeleteUser(t.Context(), key(app.RankOwner), ids[i%3])
		}) {
			if err != nil && !slices.Contains([]app.Code{app.CodeLastOwnerDeactivate, app.CodeLastOwnerDelete, app.CodeNotFound}, app.AsError(err).Code) {
				t.Error(err)
			}
		}
		active := 0
		for _, email := range holders(t, w, app.RoleOwner) {
			if u, _ := find(t, w, email); u.IsActive {
				active++
			}
		}
		if active != 1 {
			t.Errorf("%d active Owners", active)
		}
	}
}

func TestOfTwoOwnersWhoEndEachOtherAtOnceOneStays(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]string{"one deactivates": "deactivate", "one deletes": "delete"} {
		w := apptest.Paused(t, apptest.WithoutLimits())
		a, b := w.Owner(ada), colleague(t, w, eve, app.RoleOwner)
		by := []app.Actor{a.Actor(), b.Actor()}
		other := []int64{b.User().ID, a.User().ID}
		errs := together(2, func(i int) error {
			if i == 0 {
				return acts[act](t, w, by[0], other[0])
			}
			return acts["deactivate"](t, w, by[1], other[1])
		})
		if good, refused := count(t, errs, app.CodeUnauthenticated); good != 1 || refused != 1 {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

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
	wantCode(t, w.ResetPassword(t.Context(), apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by reset"}), app.CodeInvalidToken)
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
				return w.ResetPassword(t.Context(), apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by reset"})
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

func TestNoSessionSurvivesADeactivationThatRunsBesideLogins(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	p := w.Newcomer(eve)
	id := p.User().ID
	for range 5 {
		var grants [20]app.Grant
		for _, err := range together(20, func(i int) (err error) {
			if i == 7 {
				_, err = w.SetUserStatus(t.Context(), by, id, false)
				return err
			}
			grants[i], err = signIn(t, w, eve, apptest.Password, apptest.Browser(9))
			return err
		}) {
			if err != nil {
				wantCode(t, err, app.CodeAccountInactive)
			}
		}
		for _, grant := range grants {
			if grant.Token != "" {
				p.Token = grant.Token
				over(t, p)
			}
		}
		_, err := w.SetUserStatus(t.Context(), by, id, true)
		must(t, err)
		if rest := left(t, w, id); !slices.Equal(rest, []string{"the row"}) {
			t.Errorf("left: %v", rest)
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
