package app_test

import (
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func roleNames(t testing.TB, w *apptest.World) []string {
	t.Helper()
	roles, err := w.ListRoles(t.Context(), app.System())
	must(t, err)
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return names
}

func TestRolesAreListedTheSystemsFirst(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	for _, name := range []string{"zebra", "Apple"} {
		customRole(t, w, name)
	}
	w.Holding(member, "zebra")
	roles, err := w.ListRoles(t.Context(), owner.Actor())
	must(t, err)
	want := []app.Role{{Name: "Owner", UserCount: 1, IsSystem: true}, {Name: "Admin", IsSystem: true}, {Name: "User", UserCount: 1, IsSystem: true}, {Name: "Apple"}, {Name: "zebra", UserCount: 1}}
	for i, r := range roles {
		if r.Name != want[i].Name || r.UserCount != want[i].UserCount || r.IsSystem != want[i].IsSystem {
			t.Errorf("role %d is %+v, want %+v", i, r, want[i])
		}
	}
	_, err = w.ListRoles(t.Context(), member.Actor())
	wantCode(t, err, app.CodeForbidden)
}

func TestARoleIsMadeByItsRules(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	create := func(by *apptest.Persona, name, description string) (app.Role, error) {
		return w.CreateRole(t.Context(), by.Actor(), app.RoleInput{Name: name, Description: description})
	}
	wrote(t, w, func() {
		got, err := create(admin, "  Content editor-2_b.c ", " Edits\n\twhat others wrote ")
		must(t, err)
		want := app.Role{ID: got.ID, Name: "Content editor-2_b.c", Description: "Edits\n\twhat others wrote", CreatedAt: w.Now()}
		if got != want {
			t.Errorf("made %+v, want %+v", got, want)
		}
	}, "role.created")
	log := entries(t, w)
	if e := log[len(log)-1]; e.Details["role"] != "Content editor-2_b.c" || e.Actor != "grace" || e.TargetID != 0 {
		t.Errorf("the entry says %+v", e)
	}
	for _, name := range []string{"x", strings.Repeat("x", 50), "0", "...", "-"} {
		_, err := create(owner, name, strings.Repeat("é", 500))
		must(t, err)
	}
	for name, rule := range map[string]string{
		"": "required", " \t": "required", strings.Repeat("y", 51): "too_long", "é": "invalid_format", "a,b": "invalid_format",
		"a/b": "invalid_format", "a\nb": "invalid_format", "a\x00": "invalid_format", "\xff": "invalid_format", ".": "invalid_format",
		" .. ": "invalid_format", "owner": "taken", "CONTENT EDITOR-2_B.C": "taken", "X": "taken", "Owner": "taken",
	} {
		_, err := create(owner, name, "")
		wantFields(t, err, "name "+rule)
	}
	_, err := create(owner, "", strings.Repeat("x", 501))
	wantFields(t, err, "name required", "description too_long")
	_, err = create(owner, "fine", "a\x00b")
	wantFields(t, err, "description invalid_format")
	_, err = create(owner, "fine", "\xff")
	wantFields(t, err, "description invalid_format")
	_, err = create(member, "", "")
	wantCode(t, err, app.CodeForbidden)
}

func TestARenamedRoleIsHeldByItsNewNameFromTheNextRequest(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	customRole(t, w, "Editor")
	customRole(t, w, "Other")
	w.Holding(member, "Editor")
	if !member.User().HasRole("Editor") {
		t.Fatal("the session does not show the role")
	}
	update := func(name, to string) (app.Role, error) {
		return w.UpdateRole(t.Context(), owner.Actor(), name, app.RoleChanges{Name: &to})
	}
	wrote(t, w, func() {
		got, err := update("Editor", " EDITOR ")
		if must(t, err); got.Name != "EDITOR" || got.UserCount != 1 {
			t.Errorf("renamed to %+v", got)
		}
	}, "role.updated")
	if roles := member.User().Roles; !slices.Equal(roles, []string{"User", "EDITOR"}) {
		t.Errorf("the session shows %v", roles)
	}
	_, err := update("Editor", "Anything")
	wantCode(t, err, app.CodeRoleNotFound)
	_, err = update("EDITOR", "other")
	wantFields(t, err, "name taken")
	_, err = update("EDITOR", "a/b")
	wantFields(t, err, "name invalid_format")
	_, err = w.UpdateRole(t.Context(), member.Actor(), "Missing", app.RoleChanges{})
	wantCode(t, err, app.CodeForbidden)
	wrote(t, w, func() { // nothing to change
		_, err := update("EDITOR", "EDITOR")
		must(t, err)
		_, err = w.UpdateRole(t.Context(), owner.Actor(), "EDITOR", app.RoleChanges{})
		must(t, err)
	})
}

func TestADescriptionIsChangedOfEveryRole(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	customRole(t, w, "Editor")
	for _, name := range []string{"Editor", app.RoleOwner} {
		for _, text := range []string{"Does much", ""} {
			got, err := w.UpdateRole(t.Context(), owner.Actor(), name, app.RoleChanges{Name: &name, Description: &text})
			if must(t, err); got.Description != text || got.Name != name {
				t.Errorf("changed to %+v, want %q", got, text)
			}
		}
	}
	log := entries(t, w)
	if e := log[len(log)-1]; e.Details["role"] != "Owner" || len(e.Details["changed"].(map[string]any)) != 1 {
		t.Errorf("the entry says %+v", e)
	}
}

func TestSystemRolesKeepTheirNamesAndStay(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	wrote(t, w, func() {
		for _, name := range []string{app.RoleOwner, app.RoleAdmin, app.RoleUser} {
			for _, to := range []string{"Boss", strings.ToLower(name)} {
				_, err := w.UpdateRole(t.Context(), owner.Actor(), name, app.RoleChanges{Name: &to})
				wantCode(t, err, app.CodeForbidden)
			}
			wantCode(t, w.DeleteRole(t.Context(), owner.Actor(), name), app.CodeForbidden)
		}
	})
	if got := roleNames(t, w); !slices.Equal(got, []string{"Owner", "Admin", "User"}) {
		t.Errorf("roles %v", got)
	}
}

func TestOnlyARoleThatNobodyHoldsIsDeleted(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	customRole(t, w, "Editor")
	w.Holding(member, "Editor")
	remove := func() error { return w.DeleteRole(t.Context(), owner.Actor(), "Editor") }
	wantCode(t, remove(), app.CodeRoleInUse)
	change(t, w, eve, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	wantCode(t, remove(), app.CodeRoleInUse) // also by somebody inactive
	eveUser, _ := find(t, w, eve)
	_, err := w.RemoveRole(t.Context(), owner.Actor(), eveUser.ID, "Editor")
	must(t, err)
	wantCode(t, w.DeleteRole(t.Context(), owner.Actor(), "editor"), app.CodeRoleNotFound)
	wrote(t, w, func() { must(t, remove()) }, "role.deleted")
	wantCode(t, remove(), app.CodeRoleNotFound)
	wantCode(t, w.DeleteRole(t.Context(), app.Actor{}, "Editor"), app.CodeForbidden)
	customRole(t, w, "EDITOR") // the name is free again
}

func TestTheRoleOfAKeyThatWorksIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	customRole(t, w, "Editor")
	made, secret, err := newKey(t, w, owner, "Shop", "Editor")
	must(t, err)
	renamed := "Chief editor"
	_, err = w.UpdateRole(t.Context(), owner.Actor(), "Editor", app.RoleChanges{Name: &renamed})
	must(t, err)
	if _, err := w.CheckKey(t.Context(), secret, app.Client{}); err != nil {
		t.Errorf("after the renaming the key answers %v", err)
	}
	remove := func() error { return w.DeleteRole(t.Context(), owner.Actor(), renamed) }
	wantCode(t, remove(), app.CodeRoleInUse)
	must(t, w.RevokeKey(t.Context(), owner.Actor(), made.ID))
	must(t, remove())
	_, err = w.CheckKey(t.Context(), secret, app.Client{})
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestADeletedRoleIsNeverHeld(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada).Actor(), w.Newcomer(eve)
	id := member.User().ID
	for range 10 {
		customRole(t, w, "Editor")
		errs := together(20, func(i int) error {
			if i%2 == 0 {
				return w.DeleteRole(t.Context(), owner, "Editor")
			}
			_, err := w.AssignRole(t.Context(), owner, id, "Editor")
			return err
		})
		for _, err := range errs {
			if code := app.AsError(err).Code; err != nil && code != app.CodeRoleInUse && code != app.CodeRoleNotFound {
				t.Errorf("got %v", err)
			}
		}
		there := slices.Contains(roleNames(t, w), "Editor")
		if held := member.User().HasRole("Editor"); held != there {
			t.Fatalf("held: %v, there: %v", held, there)
		}
		if there {
			_, err := w.RemoveRole(t.Context(), owner, id, "Editor")
			must(t, err)
			must(t, w.DeleteRole(t.Context(), owner, "Editor"))
		}
	}
}

func TestANameIsMadeOnceHoweverManyMakeIt(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada).Actor()
	good, refused := count(t, together(20, func(i int) error {
		name := "Editor"
		if i%2 == 0 {
			name = "EDITOR"
		}
		_, err := w.CreateRole(t.Context(), owner, app.RoleInput{Name: name})
		return err
	}), app.CodeValidationFailed)
	if good != 1 || refused != 19 {
		t.Errorf("%d made it, %d were refused", good, refused)
	}
}

func TestADeletedDefaultRoleFallsBackToUser(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.DefaultRole = "Reader" }))
	w.Owner(ada)
	customRole(t, w, "Reader")
	first := w.Newcomer(eve)
	if roles := first.User().Roles; !slices.Equal(roles, []string{"Reader"}) {
		t.Fatalf("roles %v", roles)
	}
	_, err := w.RemoveRole(t.Context(), app.System(), first.User().ID, "Reader")
	must(t, err)
	must(t, w.DeleteRole(t.Context(), app.System(), "Reader"))
	if roles := w.Newcomer(grace).User().Roles; !slices.Equal(roles, []string{"User"}) {
		t.Errorf("roles %v", roles)
	}
}
