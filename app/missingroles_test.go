package app_test

import (
	"fmt"
	"slices"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// withoutRoles makes active accounts that hold no role, as an import or another program may.
func withoutRoles(t testing.TB, w *apptest.World, emails ...string) {
	t.Helper()
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		for _, email := range emails {
			_, err := tx.InsertUser(app.User{
				Email: email, EmailKey: app.EmailKey(email), IsActive: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestMissingRolesMakeTheOldestOwnerAndTheOthersUsers(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	withoutRoles(t, w, "inactive@example.org", eve, grace, linus)
	change(t, w, "inactive@example.org", func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	var events []app.Event
	wrote(t, w, func() {
		events = told(w, func() {
			got, err := w.AssignMissingRoles(t.Context(), app.Shell("root"), true)
			must(t, err)
			if want := (app.MissingRoles{AssignedOwner: 1, AssignedUsers: 2, TotalProcessed: 3}); got != want {
				t.Errorf("answered %+v, want %+v", got, want)
			}
		})
	}, "role.assigned", "role.assigned", "role.assigned")
	if len(events) != 3 || events[0].Role != app.RoleOwner || events[0].Actor.Kind != app.ActorShell {
		t.Errorf("events %+v", events)
	}
	if got := holders(t, w, app.RoleOwner); !slices.Equal(got, []string{eve}) {
		t.Errorf("Owners %v", got)
	}
	if code, err := w.SetupCode(t.Context()); err != nil || code != "" {
		t.Errorf("the set-up code is still good (%v)", err)
	}
	if user, _ := find(t, w, "inactive@example.org"); len(user.Roles) != 0 {
		t.Errorf("an inactive account got %v", user.Roles)
	}
	wrote(t, w, func() {
		got, err := w.AssignMissingRoles(t.Context(), app.Shell("root"), true)
		if must(t, err); got != (app.MissingRoles{}) {
			t.Errorf("a second time answered %+v", got)
		}
	})
}

func TestMissingRolesMakeNoOwnerWhereThatIsNotToBe(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		by         string // the role of the key that asks
		firstOwner bool
		owner      bool // there is an active one
	}{
		"told not to":    {by: app.RoleOwner},
		"there is one":   {by: app.RoleOwner, firstOwner: true, owner: true},
		"an Admin's key": {by: app.RoleAdmin, firstOwner: true},
		"both":           {by: app.RoleAdmin, firstOwner: true, owner: true},
	} {
		w := apptest.Paused(t)
		by := w.Program(w.Key("Shop", c.by))
		var owners []string
		if c.owner {
			w.Owner(ada)
			owners = []string{ada}
		}
		withoutRoles(t, w, eve, grace)
		got, err := w.AssignMissingRoles(t.Context(), by, c.firstOwner)
		must(t, err)
		if want := (app.MissingRoles{AssignedUsers: 2, TotalProcessed: 2}); got != want {
			t.Errorf("%s: answered %+v, want %+v", what, got, want)
		}
		if got := holders(t, w, app.RoleOwner); !slices.Equal(got, owners) {
			t.Errorf("%s: Owners %v", what, got)
		}
	}
}

func TestAnOwnerWhoIsInactiveIsNoneForMissingRoles(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	change(t, w, ada, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	withoutRoles(t, w, eve)
	got, err := w.AssignMissingRoles(t.Context(), w.Program(w.Key("Shop", app.RoleOwner)), true)
	must(t, err)
	if want := (app.MissingRoles{AssignedOwner: 1, TotalProcessed: 1}); got != want {
		t.Errorf("answered %+v, want %+v", got, want)
	}
}

func TestMissingRolesAreGivenInBatches(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	var emails []string
	for i := range 120 {
		emails = append(emails, fmt.Sprintf("user%03d@example.org", i))
	}
	withoutRoles(t, w, emails...)
	change(t, w, emails[60], func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	var got app.MissingRoles
	transactions := w.Updates(func() {
		var err error
		got, err = w.AssignMissingRoles(t.Context(), app.Shell("root"), true)
		must(t, err)
	})
	if want := (app.MissingRoles{AssignedOwner: 1, AssignedUsers: 118, TotalProcessed: 119}); got != want || transactions != 3 {
		t.Errorf("answered %+v in %d transactions, want %+v in 3", got, transactions, want)
	}
	if n := len(holders(t, w, app.RoleUser)); n != 118 {
		t.Errorf("%d hold User", n)
	}
}

func TestMissingRolesAreGivenOnceHoweverManyGiveThem(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	var emails []string
	for i := range 130 {
		emails = append(emails, fmt.Sprintf("user%03d@example.org", i))
	}
	withoutRoles(t, w, emails...)
	results := make([]app.MissingRoles, 20)
	for _, err := range together(20, func(i int) (err error) {
		results[i], err = w.AssignMissingRoles(t.Context(), app.Shell("root"), true)
		return err
	}) {
		must(t, err)
	}
	var sum app.MissingRoles
	for _, r := range results {
		sum.AssignedOwner += r.AssignedOwner
		sum.AssignedUsers += r.AssignedUsers
		sum.TotalProcessed += r.TotalProcessed
	}
	if want := (app.MissingRoles{AssignedOwner: 1, AssignedUsers: 129, TotalProcessed: 130}); sum != want {
		t.Errorf("all together answered %+v, want %+v", sum, want)
	}
	_, err := w.AssignMissingRoles(t.Context(), app.Actor{}, true)
	wantCode(t, err, app.CodeForbidden)
}
