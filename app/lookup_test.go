package app_test

import (
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestAnAccountIsLookedUpByWhoeverManagesAccounts(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	for _, by := range []app.Actor{owner.Actor(), admin.Actor(), app.System()} {
		got, err := w.GetUser(t.Context(), by, owner.User().ID)
		must(t, err)
		if got.Email != ada {
			t.Errorf("read %s", got.Email)
		}
		for _, typed := range []string{ada, " ADA@Example.ORG ", "ada@example.org."} {
			got, err := w.GetUserByEmail(t.Context(), by, typed)
			must(t, err)
			if got.ID != owner.User().ID {
				t.Errorf("%q is %s", typed, got.Email)
			}
		}
		for _, nobody := range []string{"", "nobody@example.org", "ada", "\x00", "ada@example.org\x00", "%"} {
			_, err := w.GetUserByEmail(t.Context(), by, nobody)
			wantCode(t, err, app.CodeNotFound)
		}
		_, err = w.GetUser(t.Context(), by, 999)
		wantCode(t, err, app.CodeNotFound)
	}
	for _, by := range []app.Actor{member.Actor(), apptest.Stranger(1)} {
		_, err := w.GetUser(t.Context(), by, 999)
		wantCode(t, err, app.CodeForbidden)
		_, err = w.GetUserByEmail(t.Context(), by, "nobody@example.org")
		wantCode(t, err, app.CodeForbidden)
		_, err = w.GetFirstUser(t.Context(), by)
		wantCode(t, err, app.CodeForbidden)
		_, err = w.GetFirstAdmin(t.Context(), by)
		wantCode(t, err, app.CodeForbidden)
	}
}

func TestTheFirstAdminIsTheFirstOwnerOrElseTheFirstAdmin(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	first := func() string {
		t.Helper()
		got, err := w.GetFirstAdmin(t.Context(), app.System())
		if err != nil {
			wantCode(t, err, app.CodeNotFound)
			return "nobody"
		}
		return got.Email
	}
	_, err := w.GetFirstUser(t.Context(), app.System())
	wantCode(t, err, app.CodeNotFound)
	if got := first(); got != "nobody" {
		t.Errorf("in an empty house it is %s", got)
	}
	w.Owner(ada)
	w.Holding(w.Newcomer(eve), app.RoleAdmin)
	w.Holding(w.Newcomer(grace), app.RoleOwner)
	if got := first(); got != ada {
		t.Errorf("with Owners it is %s, want the first of them", got)
	}
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error { return tx.DeleteUser(1) }))
	if got := first(); got != grace {
		t.Errorf("with an Owner behind an Admin it is %s, want the Owner", got)
	}
	change(t, w, grace, func(tx app.Tx, u *app.User) error {
		role, err := tx.FindRole(app.RoleOwner)
		if err != nil {
			return err
		}
		_, err = tx.RemoveRole(u.ID, role.ID)
		return err
	})
	if got := first(); got != eve {
		t.Errorf("without Owners it is %s, want the Admin", got)
	}
	got, err := w.GetFirstUser(t.Context(), app.System())
	must(t, err)
	if got.Email != eve {
		t.Errorf("the first user is %s, want the lowest id left", got.Email)
	}
}
