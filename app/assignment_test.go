package app_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

const (
	grace = "grace@example.org"
	linus = "linus@example.org"
)

// wantRoles says that a change should have worked and left just these roles, by name.
func wantRoles(t testing.TB, got []string, err error, want ...string) {
	t.Helper()
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("roles %v, want %v", got, want)
	}
}

// customRole makes a role that is not the system's.
func customRole(t testing.TB, w *apptest.World, name string) {
	t.Helper()
	_, err := w.CreateRole(t.Context(), app.System(), app.RoleInput{Name: name})
	must(t, err)
}

func TestRolesAreGivenAndTakenAndHoldFromTheNextRequest(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	id := member.User().ID
	customRole(t, w, "Editor")

	var events []app.Event
	wrote(t, w, func() {
		events = told(w, func() {
			got, err := w.AssignRole(t.Context(), owner.Actor(), id, "Editor")
			wantRoles(t, got, err, "Editor", "User")
			got, err = w.AssignRole(t.Context(), owner.Actor(), id, "Editor")
			wantRoles(t, got, err, "Editor", "User")
			got, err = w.AssignRole(t.Context(), owner.Actor(), id, app.RoleOwner)
			wantRoles(t, got, err, "Editor", "Owner", "User")
			if member.Actor().Rank != app.RankOwner {
				t.Error("the session does not know of the new role")
			}
			got, err = w.RemoveRole(t.Context(), owner.Actor(), id, app.RoleOwner)
			wantRoles(t, got, err, "Editor", "User")
			if member.Actor().Rank != app.RankUser {
				t.Error("the session does not know of the taken role")
			}
		})
	}, "role.assigned", "role.assigned", "role.removed")
	who := app.EventActor{Kind: app.ActorUser, ID: owner.User().ID, Name: "ada"}
	for i, want := range []app.Event{{Name: "role.assigned", Role: "Editor"}, {Name: "role.assigned", Role: "Owner"}, {Name: "role.removed", Role: "Owner"}} {
		want.At, want.UserID, want.Actor = w.Now(), id, who
		if i >= len(events) || events[i] != want {
			t.Fatalf("events %+v, want %+v at %d", events, want, i)
		}
	}
	log := entries(t, w)
	if e := log[len(log)-1]; e.Details["role"] != "Owner" || e.Email != eve || e.Actor != "ada" || e.TargetID != id {
		t.Errorf("the entry says %+v", e)
	}
	got, err := w.UserRoles(t.Context(), owner.Actor(), id)
	wantRoles(t, got, err, "Editor", "User")
}

func TestRankDecidesWhoGivesAndTakesWhichRole(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	customRole(t, w, "Editor")
	owner := w.Owner(ada)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	otherAdmin := w.Holding(w.Newcomer(linus), app.RoleAdmin, "Editor")
	otherOwner := w.Holding(w.Newcomer("olga@example.org"), app.RoleOwner, "Editor")
	member := w.Newcomer(eve)
	give, take := w.AssignRole, w.RemoveRole
	promote := func(id int64) error {
		_, err := w.PromoteToAdmin(t.Context(), admin.Actor(), id)
		return err
	}
	demote := func(id int64) error {
		_, err := w.DemoteToUser(t.Context(), admin.Actor(), id)
		return err
	}
	try := func(change func(_ context.Context, by app.Actor, id int64, role string) ([]string, error), by, whose *apptest.Persona, role string) error {
		_, err := change(t.Context(), by.Actor(), whose.User().ID, role)
		return err
	}
	for what, c := range map[string]struct {
		err  error
		want app.Code // "" for none
	}{
		"a User gives a role":                 {try(give, member, admin, "Editor"), app.CodeForbidden},
		"a User takes a role":                 {try(take, member, otherAdmin, "Editor"), app.CodeForbidden},
		"an Admin gives a User a role":        {try(give, admin, member, "Editor"), ""},
		"an Admin takes a User's role":        {try(take, admin, member, "Editor"), ""},
		"an Admin gives Owner":                {try(give, admin, member, app.RoleOwner), app.CodeOwnerRoleProtected},
		"an Admin gives Admin":                {try(give, admin, member, app.RoleAdmin), app.CodeRankTooLow},
		"an Admin gives Admin to an Admin":    {try(give, admin, otherAdmin, app.RoleAdmin), app.CodeRankTooLow},
		"an Admin gives an Admin a role":      {try(give, admin, otherAdmin, app.RoleUser), app.CodeRankTooLow},
		"an Admin takes an Admin's role":      {try(take, admin, otherAdmin, "Editor"), app.CodeRankTooLow},
		"an Admin takes an Owner's role":      {try(take, admin, otherOwner, "Editor"), app.CodeRankTooLow},
		"an Admin takes Admin":                {try(take, admin, otherAdmin, app.RoleAdmin), app.CodeRankTooLow},
		"an Admin takes Owner":                {try(take, admin, otherOwner, app.RoleOwner), app.CodeRankTooLow},
		"an Admin promotes":                   {promote(member.User().ID), app.CodeRankTooLow},
		"an Admin demotes an Admin":           {demote(otherAdmin.User().ID), app.CodeRankTooLow},
		"an Admin demotes an Owner":           {demote(otherOwner.User().ID), app.CodeRankTooLow},
		"an Admin demotes a User":             {demote(member.User().ID), app.CodeRankTooLow},
		"an Owner takes an Owner's other one": {try(take, owner, otherOwner, "Editor"), ""},
		"an Owner takes Owner":                {try(take, owner, otherOwner, app.RoleOwner), ""},
		"an Owner takes Admin":                {try(take, owner, otherAdmin, app.RoleAdmin), ""},
		"an Owner gives Admin":                {try(give, owner, member, app.RoleAdmin), ""},
	} {
		if c.want == "" {
			if c.err != nil {
				t.Errorf("%s: %v", what, c.err)
			}
		} else if app.AsError(c.err).Code != c.want {
			t.Errorf("%s: got %v, want %s", what, c.err, c.want)
		}
	}
}

func TestNobodyChangesTheirOwnRoles(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	customRole(t, w, "Editor")
	wrote(t, w, func() {
		for _, p := range []*apptest.Persona{owner, admin} {
			by, own := p.Actor(), p.User().ID
			for _, role := range []string{app.RoleAdmin, app.RoleUser, "Editor", "Missing"} {
				_, err := w.AssignRole(t.Context(), by, own, role)
				wantCode(t, err, app.CodeForbidden)
				_, err = w.RemoveRole(t.Context(), by, own, role)
				wantCode(t, err, app.CodeForbidden)
			}
			_, err := w.RemoveRole(t.Context(), by, own, app.RoleOwner)
			wantCode(t, err, app.CodeForbidden)
			_, err = w.PromoteToAdmin(t.Context(), by, own)
			wantCode(t, err, app.CodeForbidden)
			_, err = w.DemoteToUser(t.Context(), by, own)
			wantCode(t, err, app.CodeForbidden)
		}
		_, err := w.AssignRole(t.Context(), owner.Actor(), owner.User().ID, app.RoleOwner)
		wantCode(t, err, app.CodeForbidden)
		_, err = w.AssignRole(t.Context(), admin.Actor(), admin.User().ID, app.RoleOwner)
		wantCode(t, err, app.CodeOwnerRoleProtected)
	})
}

func TestWhoMayNotIsToldSoBeforeWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	const nobody = 999
	change := func(by *apptest.Persona, fn func(_ context.Context, by app.Actor, id int64, role string) ([]string, error), role string) error {
		_, err := fn(t.Context(), by.Actor(), nobody, role)
		return err
	}
	wantCode(t, change(member, w.AssignRole, "Missing"), app.CodeForbidden)
	wantCode(t, change(member, w.RemoveRole, "Missing"), app.CodeForbidden)
	wantCode(t, change(admin, w.AssignRole, app.RoleOwner), app.CodeOwnerRoleProtected)
	wantCode(t, change(admin, w.AssignRole, app.RoleAdmin), app.CodeRankTooLow)
	wantCode(t, change(admin, w.RemoveRole, app.RoleOwner), app.CodeRankTooLow)
	wantCode(t, change(admin, w.AssignRole, app.RoleUser), app.CodeNotFound)
	wantCode(t, change(owner, w.AssignRole, app.RoleOwner), app.CodeNotFound)
	wantCode(t, change(owner, w.RemoveRole, "Missing"), app.CodeNotFound)
	for _, act := range []func(_ context.Context, by app.Actor, id int64) ([]string, error){w.PromoteToAdmin, w.DemoteToUser, w.UserRoles} {
		_, err := act(t.Context(), member.Actor(), nobody)
		wantCode(t, err, app.CodeForbidden)
		_, err = act(t.Context(), owner.Actor(), nobody)
		wantCode(t, err, app.CodeNotFound)
	}
	_, err := w.AssignRole(t.Context(), admin.Actor(), owner.User().ID, "Missing")
	wantCode(t, err, app.CodeRankTooLow)
}

func TestRolesAreNamedExactly(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, id := w.Owner(ada).Actor(), w.Newcomer(eve).User().ID
	for _, name := range []string{"user", "USER", " User", "User ", "", "Us", "Missing", "admin", "OWNER", "User\x00"} {
		_, err := w.AssignRole(t.Context(), owner, id, name)
		wantCode(t, err, app.CodeRoleNotFound)
		_, err = w.RemoveRole(t.Context(), owner, id, name)
		wantCode(t, err, app.CodeAssignmentNotFound)
	}
	_, err := w.RemoveRole(t.Context(), owner, id, app.RoleAdmin) // there is one, but not with this account
	wantCode(t, err, app.CodeAssignmentNotFound)
}

func TestTheLastRoleMayGo(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	got, err := w.RemoveRole(t.Context(), owner.Actor(), member.User().ID, app.RoleUser)
	wantRoles(t, got, err)
	if got == nil {
		t.Error("no roles should be an empty list")
	}
	if by := member.Actor(); by.Rank != app.RankUser {
		t.Errorf("an account without roles has rank %v", by.Rank)
	}
}

func TestPromotionAddsAdminAndDemotionLeavesUser(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	id := w.Newcomer(eve).User().ID
	promote := func() ([]string, error) { return w.PromoteToAdmin(t.Context(), owner.Actor(), id) }
	demote := func() ([]string, error) { return w.DemoteToUser(t.Context(), owner.Actor(), id) }

	wrote(t, w, func() {
		got, err := promote()
		wantRoles(t, got, err, "Admin", "User")
		got, err = promote()
		wantRoles(t, got, err, "Admin", "User")
	}, "role.assigned")
	wrote(t, w, func() {
		got, err := demote()
		wantRoles(t, got, err, "User")
		_, err = demote()
		wantCode(t, err, app.CodeNoRoleToDemote)
	}, "role.removed")

	_, err := w.AssignRole(t.Context(), owner.Actor(), id, app.RoleOwner)
	must(t, err)
	_, err = w.RemoveRole(t.Context(), owner.Actor(), id, app.RoleUser)
	must(t, err)
	_, err = promote()
	must(t, err)
	wrote(t, w, func() {
		got, err := demote() // Owner goes before Admin
		wantRoles(t, got, err, "Admin", "User")
	}, "role.removed", "role.assigned")
	got, err := demote()
	wantRoles(t, got, err, "User")
}

func TestTheLastActiveOwnerKeepsTheRole(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, other := w.Owner(ada), w.Newcomer(eve)
	w.Holding(other, app.RoleOwner)
	change(t, w, eve, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	shell, id := app.Shell("root"), owner.User().ID

	wrote(t, w, func() {
		_, err := w.DemoteToUser(t.Context(), shell, id)
		wantCode(t, err, app.CodeLastOwnerDemote)
		_, err = w.RemoveRole(t.Context(), shell, id, app.RoleOwner)
		wantCode(t, err, app.CodeLastOwnerRemove)
	})
	eveUser, _ := find(t, w, eve)
	got, err := w.DemoteToUser(t.Context(), shell, eveUser.ID) // an inactive Owner is not one that counts
	wantRoles(t, got, err, "User")
	w.Holding(w.Newcomer(linus), app.RoleOwner)
	got, err = w.DemoteToUser(t.Context(), shell, id)
	wantRoles(t, got, err, "User")
}

func TestAKeyGivesAndTakesRolesByItsRank(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	customRole(t, w, "Editor")
	admins, owners := w.Program(w.Key("Shop", app.RoleAdmin)), w.Program(w.Key("Base", app.RoleOwner))
	id := member.User().ID

	got, err := w.AssignRole(t.Context(), admins, id, "Editor")
	wantRoles(t, got, err, "Editor", "User")
	_, err = w.AssignRole(t.Context(), admins, id, app.RoleOwner)
	wantCode(t, err, app.CodeOwnerRoleProtected)
	_, err = w.PromoteToAdmin(t.Context(), admins, id)
	wantCode(t, err, app.CodeRankTooLow)
	got, err = w.PromoteToAdmin(t.Context(), owners, id)
	wantRoles(t, got, err, "Admin", "Editor", "User")
	_, err = w.RemoveRole(t.Context(), admins, id, "Editor")
	wantCode(t, err, app.CodeRankTooLow)
	_, err = w.DemoteToUser(t.Context(), owners, owner.User().ID)
	wantCode(t, err, app.CodeLastOwnerDemote)
	_, err = w.RemoveRole(t.Context(), owners, owner.User().ID, app.RoleOwner)
	wantCode(t, err, app.CodeLastOwnerRemove)
	_, err = w.AssignRole(t.Context(), w.Program(w.Key("Door", app.RoleUser)), id, "Editor")
	wantCode(t, err, app.CodeForbidden)
}

func TestARankThatWasTakenAMomentAgoCounts(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	customRole(t, w, "Editor")
	was := w.Holding(w.Newcomer(grace), app.RoleOwner).Actor()
	id := w.Newcomer(eve).User().ID
	tries := map[string]func() error{
		"give":   func() error { _, err := w.AssignRole(t.Context(), was, id, "Editor"); return err },
		"take":   func() error { _, err := w.RemoveRole(t.Context(), was, id, app.RoleUser); return err },
		"create": func() error { _, err := w.CreateRole(t.Context(), was, app.RoleInput{Name: "Late"}); return err },
		"rename": func() error {
			_, err := w.UpdateRole(t.Context(), was, "Editor", app.RoleChanges{Name: &was.Name})
			return err
		},
		"delete":  func() error { return w.DeleteRole(t.Context(), was, "Editor") },
		"missing": func() error { _, err := w.AssignMissingRoles(t.Context(), was, true); return err },
	}
	_, err := w.DemoteToUser(t.Context(), app.System(), was.ID)
	must(t, err)
	wrote(t, w, func() {
		for name, try := range tries {
			if err := try(); app.AsError(err).Code != app.CodeForbidden {
				t.Errorf("%s: got %v, want forbidden", name, err)
			}
		}
		_, err := w.AssignRole(t.Context(), was, id, app.RoleOwner)
		wantCode(t, err, app.CodeOwnerRoleProtected)
	})
	must(t, w.Logout(t.Context(), was))
	for name, try := range tries {
		if err := try(); app.AsError(err).Code != app.CodeUnauthenticated {
			t.Errorf("%s without a session: got %v, want unauthenticated", name, err)
		}
	}
}

func TestGivingOwnerEndsTheSetUpForGood(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	var id int64
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) (err error) {
		id, err = tx.InsertUser(app.User{Email: eve, EmailKey: eve, IsActive: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now()})
		return err
	}))
	if code, err := w.SetupCode(t.Context()); err != nil || code == "" {
		t.Fatalf("no set-up code (%v)", err)
	}
	_, err := w.AssignRole(t.Context(), app.Shell("root"), id, app.RoleOwner)
	must(t, err)
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error { return tx.DeleteUser(id) }))
	if code, err := w.SetupCode(t.Context()); err != nil || code != "" {
		t.Errorf("the set-up code is still good (%v)", err)
	}
}

func TestOneAssignmentIsToldOnceHoweverManyGiveIt(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, id := w.Owner(ada).Actor(), w.Newcomer(eve).User().ID
	wrote(t, w, func() {
		for _, err := range together(20, func(int) error {
			_, err := w.AssignRole(t.Context(), owner, id, app.RoleAdmin)
			return err
		}) {
			must(t, err)
		}
	}, "role.assigned")
	good, refused := count(t, together(20, func(int) error {
		_, err := w.RemoveRole(t.Context(), owner, id, app.RoleAdmin)
		return err
	}), app.CodeAssignmentNotFound)
	if fmt.Sprint(good, refused) != "1 19" {
		t.Errorf("%d took it, %d found nothing to take", good, refused)
	}
}
