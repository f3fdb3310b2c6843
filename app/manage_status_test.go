package app_test

import (
	"slices"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

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

func TestTheLastActiveOwnerStaysWhoeverActs(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	id := owner.User().ID
	idle := colleague(t, w, grace, app.RoleOwner)
	change(t, w, grace, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	for _, by := range []app.Actor{shell, key(w, app.RankOwner), app.System()} {
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
		program := key(w, app.RankOwner)
		for _, err := range together(20, func(i int) error {
			if i%2 == 0 {
				_, err := w.SetUserStatus(t.Context(), shell, ids[i%3], false)
				return err
			}
			return w.DeleteUser(t.Context(), program, ids[i%3])
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
