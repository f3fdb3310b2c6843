package app_test

import (
	"fmt"
	"slices"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestStatsCountAccountsAndSystemRoles(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	w.Holding(member, app.RoleAdmin)
	w.Newcomer(grace)
	change(t, w, grace, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	got, err := w.RoleStats(t.Context(), owner.Actor())
	must(t, err)
	if want := (app.RoleStats{TotalUsers: 3, OwnerCount: 1, AdminCount: 1, UserCount: 2}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	must(t, w.DeleteOwnAccount(t.Context(), member.Actor(), apptest.Password))
	got, err = w.RoleStats(t.Context(), owner.Actor())
	must(t, err)
	if want := (app.RoleStats{TotalUsers: 2, OwnerCount: 1, UserCount: 1}); got != want {
		t.Errorf("after a deletion: stats %+v, want %+v", got, want)
	}
	_, err = w.RoleStats(t.Context(), app.Stranger(app.Client{}))
	wantCode(t, err, app.CodeForbidden)
}

func TestWhoHoldsARoleIsListedByEmail(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	var all []string
	for i := range 12 {
		email := fmt.Sprintf("USER%02d@example.org", (i*5)%12)
		w.Newcomer(email)
		all = append(all, email)
	}
	slices.Sort(all)
	w.Holding(w.SignIn(all[3], apptest.Browser(3)), app.RoleAdmin)
	change(t, w, all[3], func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	ask := func(role string, page, size int) ([]string, error) {
		users, err := w.UsersWithRole(t.Context(), owner.Actor(), app.RoleQuery{Role: role, Page: page, PageSize: size})
		if err == nil && users == nil {
			t.Errorf("%s: no list", role)
		}
		list := []string{}
		for _, u := range users {
			list = append(list, u.Email)
		}
		return list, err
	}
	for _, c := range []struct {
		role       string
		page, size int
		want       []string
	}{
		{app.RoleUser, 1, 100, all}, {app.RoleUser, 2, 5, all[5:10]}, {app.RoleUser, 3, 5, all[10:]}, {app.RoleUser, 1_000_000_000, 100, nil},
		{app.RoleAdmin, 1, 10, all[3:4]}, {app.RoleAdmin, 2, 10, nil}, {app.RoleOwner, 1, 1, []string{ada}},
		{"Missing", 1, 10, nil}, {"user", 1, 10, nil}, {"", 1, 10, nil},
	} {
		if got, err := ask(c.role, c.page, c.size); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s, page %d of %d: %v, %v, want %v", c.role, c.page, c.size, got, err, c.want)
		}
	}
	_, err := ask(app.RoleUser, 0, 101)
	wantFields(t, err, "page out_of_range", "page_size out_of_range")
	_, err = ask("Missing", -1, 0)
	wantFields(t, err, "page out_of_range", "page_size out_of_range")
	_, err = w.UsersWithRole(t.Context(), app.Actor{}, app.RoleQuery{})
	wantCode(t, err, app.CodeForbidden)
}

func TestARoleIsGivenToWhomeverAnAddressBelongs(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner, member := w.Owner(ada), w.Newcomer(eve)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	customRole(t, w, "Editor")
	user, err := w.AssignRoleByEmail(t.Context(), admin.Actor(), " EVE@example.org", "Editor")
	must(t, err)
	if user.ID != member.User().ID || !user.HasRole("Editor") {
		t.Errorf("given to %+v", user)
	}
	for _, c := range []struct {
		by          app.Actor
		email, role string
		want        app.Code
	}{
		{admin.Actor(), eve, app.RoleOwner, app.CodeOwnerRoleProtected},
		{admin.Actor(), eve, app.RoleAdmin, app.CodeRankTooLow},
		{admin.Actor(), ada, "Editor", app.CodeRankTooLow},
		{admin.Actor(), grace, "Editor", app.CodeForbidden},
		{owner.Actor(), eve, "Nobody", app.CodeRoleNotFound},
		{member.Actor(), "nobody@example.org", "Editor", app.CodeForbidden},
	} {
		_, err := w.AssignRoleByEmail(t.Context(), c.by, c.email, c.role)
		wantCode(t, err, c.want)
	}
	for email, want := range map[string]string{"": "email required", "eve": "email invalid_format", "nobody@example.org": "email unknown"} {
		_, err := w.AssignRoleByEmail(t.Context(), owner.Actor(), email, "Editor")
		wantFields(t, err, want)
	}
	if _, err := w.AssignRoleByEmail(t.Context(), owner.Actor(), eve, app.RoleOwner); err != nil {
		t.Errorf("an Owner makes another: %v", err)
	}
}
