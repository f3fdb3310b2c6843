package app_test

import (
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func codeOf(refused *app.Error) app.Code {
	if refused == nil {
		return ""
	}
	return refused.Code
}

func inspect(t testing.TB, w *apptest.World, by app.Actor, id int64) app.Inspection {
	t.Helper()
	in, err := w.InspectUser(t.Context(), by, id)
	must(t, err)
	return in
}

// ofRole is what an inspection says of a role.
func ofRole(t testing.TB, in app.Inspection, name string) app.RoleStanding {
	t.Helper()
	for _, r := range in.Roles {
		if r.Role.Name == name {
			return r
		}
	}
	t.Fatalf("no role %s among %+v", name, in.Roles)
	return app.RoleStanding{}
}

// foretold are acts in an order in which each of them changes something, with what an inspection says of each.
func foretold(t testing.TB, w *apptest.World) []foretelling {
	role := func(name string) func(app.Inspection) *app.Error {
		return func(in app.Inspection) *app.Error { return ofRole(t, in, name).Refused }
	}
	toggle := func(name string) func(app.Actor, int64) error {
		return func(by app.Actor, id int64) (err error) {
			if user, _ := w.InspectUser(t.Context(), shell, id); user.User.HasRole(name) {
				_, err = w.RemoveRole(t.Context(), by, id, name)
			} else {
				_, err = w.AssignRole(t.Context(), by, id, name)
			}
			return err
		}
	}
	act := func(name string) func(app.Actor, int64) error {
		return func(by app.Actor, id int64) error { return acts[name](t, w, by, id) }
	}
	update := func(pairs ...string) func(app.Actor, int64) error {
		return func(by app.Actor, id int64) error {
			_, err := w.UpdateUser(t.Context(), by, id, changes(pairs...))
			return err
		}
	}
	return []foretelling{
		{"change", func(in app.Inspection) *app.Error { return in.Refused.Change }, update("first_name", `"Ann"`, "team", `"blue"`)},
		{"picture", func(in app.Inspection) *app.Error { return in.Refused.Change }, act("avatar")},
		{"address", func(in app.Inspection) *app.Error { return in.Refused.Email }, update("email", `"moved@example.org"`)},
		{"confirm", func(in app.Inspection) *app.Error { return in.Refused.Confirmation }, act("confirm")},
		{"unconfirm", func(in app.Inspection) *app.Error { return in.Refused.Confirmation }, act("unconfirm")},
		{"password", func(in app.Inspection) *app.Error { return in.Refused.Password }, act("password")},
		{"give Editor", role("Editor"), toggle("Editor")},
		{"take Editor", role("Editor"), toggle("Editor")},
		{"give or take Admin", role(app.RoleAdmin), toggle(app.RoleAdmin)},
		{"give or take Owner", role(app.RoleOwner), toggle(app.RoleOwner)},
		{"deactivate", func(in app.Inspection) *app.Error { return in.Refused.Status }, act("deactivate")},
		{"delete", func(in app.Inspection) *app.Error { return in.Refused.Delete }, act("delete")},
	}
}

type foretelling struct {
	name string
	said func(app.Inspection) *app.Error
	do   func(app.Actor, int64) error
}

func TestAnInspectionForetellsWhatEveryActAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ by, target string }{
		{ada, eve}, {ada, bob}, {ada, root}, {ada, ada}, {root, eve}, {root, bob}, {root, grace}, {root, root}, {"", eve}, {"", root}, {"", grace},
	} {
		t.Run(c.by+" on "+c.target, func(t *testing.T) {
			t.Parallel()
			w := apptest.Paused(t, apptest.WithoutLimits())
			people := map[string]*apptest.Persona{root: w.Owner(root)}
			for email, role := range map[string]string{ada: app.RoleAdmin, bob: app.RoleAdmin, grace: app.RoleOwner, eve: app.RoleUser} {
				if email != grace || c.target == grace { // else the first Owner is the last one
					people[email] = colleague(t, w, email, role)
				}
			}
			_, err := w.CreateRole(t.Context(), shell, app.RoleInput{Name: "Editor"})
			must(t, err)
			by, id := shell, people[c.target].User().ID
			if c.by != "" {
				by = people[c.by].Actor()
			}
			for _, f := range foretold(t, w) {
				want := codeOf(f.said(inspect(t, w, by, id)))
				got := app.Code("")
				if err := f.do(by, id); err != nil {
					got = app.AsError(err).Code
				}
				if got != want {
					t.Errorf("%s: foretold %q, answered %q", f.name, want, got)
				}
			}
		})
	}
}

func TestAnInspectionTellsAllAboutAnAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, by := h.member.User().ID, h.admin.Actor()
	h.SignIn(eve, apptest.Browser(7))
	for range 20 {
		_, err := signIn(t, h.World, eve, "wrong horse", apptest.Browser(8))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	in := inspect(t, h.World, by, id)
	if in.User.Email != eve || !in.HasPassword || len(in.Sessions) != 2 || len(in.Trail) != 20 || !in.TrailIsLong || in.Trail[0].Action != "login.failed" {
		t.Errorf("it tells %+v", in)
	}
	if user := ofRole(t, in, app.RoleUser); !user.Held || user.Refused != nil || ofRole(t, in, app.RoleAdmin).Held {
		t.Errorf("roles %+v", in.Roles)
	}
	invited, err := h.CreateUser(t.Context(), by, app.NewUserInput{Email: bob})
	must(t, err)
	if in := inspect(t, h.World, by, invited.ID); in.HasPassword || len(in.Sessions) != 0 || len(in.Trail) != 1 || in.TrailIsLong {
		t.Errorf("of who was invited it tells %+v", in)
	}
	if in := inspect(t, h.World, by, h.owner.User().ID); codeOf(in.Refused.Change) != app.CodeRankTooLow || len(in.Sessions) != 1 {
		t.Errorf("of a higher rank it tells %+v", in)
	}
}

func TestAnAccountIsInspectedByWhoManagesAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.InspectUser(t.Context(), h.member.Actor(), 999)
	wantCode(t, err, app.CodeForbidden)
	_, err = h.InspectUser(t.Context(), h.admin.Actor(), 999)
	wantCode(t, err, app.CodeNotFound)
	by := h.admin.Actor()
	change(t, h.World, ada, func(tx app.Tx, u *app.User) error { _, err := tx.DeleteSessions(u.ID, ""); return err })
	_, err = h.InspectUser(t.Context(), by, h.member.User().ID)
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestAnActOnManyAccountsIsDoneOnEachByItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.Newcomer(bob).User().ID
	owner, admin, member := h.owner.User().ID, h.admin.User().ID, h.member.User().ID
	ids := []int64{member, 999, owner, member, other, admin, -1}
	for _, c := range []struct {
		act  app.BulkAct
		want []string // of the member and the other
		log  []string
	}{
		{app.BulkDeactivate, []string{"ok", "ok"}, []string{"user.deactivated", "session.deleted", "user.deactivated", "session.deleted"}},
		{app.BulkDeactivate, []string{"ok", "ok"}, nil},
		{app.BulkActivate, []string{"ok", "ok"}, []string{"user.activated", "user.activated"}},
		{app.BulkConfirm, []string{"ok", "ok"}, []string{"user.confirmed"}},
	} {
		asked, err := h.AskUsers(t.Context(), h.admin.Actor(), ids, c.act)
		must(t, err)
		var results []app.BulkResult
		wrote(t, h.World, func() {
			results, err = h.ActOnUsers(t.Context(), h.admin.Actor(), ids, c.act)
			must(t, err)
		}, c.log...)
		got := outcomes(results)
		if !slices.Equal(outcomes(asked), got) {
			t.Errorf("%s was foretold as %q and became %q", c.act, outcomes(asked), got)
		}
		if len(got) != 6 || results[0].ID != member || results[0].Err != nil || results[3].ID != other || results[3].Err != nil {
			t.Errorf("%s: %q", c.act, got)
		}
		for i, code := range map[int]app.Code{1: app.CodeNotFound, 2: app.CodeRankTooLow, 4: app.CodeForbidden, 5: app.CodeNotFound} {
			if results[i].Err == nil || results[i].Err.Code != code {
				t.Errorf("%s: %q, want %s at %d", c.act, got, code, i)
			}
		}
		if results[2].User.Email != root || results[1].User.ID != 0 {
			t.Errorf("%s names %+v", c.act, results[:3])
		}
	}
}

func TestOfAllOwnersDeactivatedAtOnceTheLastStays(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	ids := []int64{w.Owner(ada).User().ID, colleague(t, w, eve, app.RoleOwner).User().ID, colleague(t, w, grace, app.RoleOwner).User().ID}
	kept := 0
	for _, err := range together(20, func(int) error {
		results, err := w.ActOnUsers(t.Context(), shell, ids, app.BulkDeactivate)
		if err == nil && results[2].Err != nil {
			err = results[2].Err
		}
		return err
	}) {
		wantCode(t, err, app.CodeLastOwnerDeactivate)
		kept++
	}
	if user, _ := find(t, w, grace); kept != 20 || !user.IsActive {
		t.Errorf("refused %d times, the last one is %+v", kept, user)
	}
}

func TestAnActOnManyAccountsIsAskedForInForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	by, one := h.admin.Actor(), []int64{h.member.User().ID}
	many := make([]int64, 1001)
	for i := range many {
		many[i] = int64(i + 1)
	}
	wrote(t, h.World, func() {
		for name, c := range map[string]struct {
			by   app.Actor
			ids  []int64
			act  app.BulkAct
			want string
		}{
			"no account":           {by, nil, app.BulkConfirm, "ids required"},
			"very many":            {by, many, app.BulkConfirm, "ids too_long"},
			"an unknown act":       {by, one, "promote", "act unknown"},
			"who manages nobody":   {h.member.Actor(), nil, "promote", ""},
			"what needs a value":   {by, one, app.BulkUpdate, "act unknown"},
			"nothing, but by whom": {by, nil, "", "act unknown"},
		} {
			_, err := h.ActOnUsers(t.Context(), c.by, c.ids, c.act)
			_, asked := h.AskUsers(t.Context(), c.by, c.ids, c.act)
			switch {
			case c.want == "":
				wantCode(t, err, app.CodeForbidden)
				wantCode(t, asked, app.CodeForbidden)
				continue
			case c.act == app.BulkUpdate: // it can be asked for
				must(t, asked)
			default:
				wantFields(t, asked, c.want)
			}
			if wantFields(t, err, c.want); t.Failed() {
				t.Fatal(name)
			}
		}
	})
}

func TestACustomFieldOfManyAccountsIsNeverTakenForTheAccountsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	by := h.admin.Actor()
	ids := []int64{h.member.User().ID, h.owner.User().ID, h.Member(bob).User().ID}
	wrote(t, h.World, func() {
		results, err := h.SetUsersCustomField(t.Context(), by, ids, "plan", []byte(` "pro"`))
		must(t, err)
		if got := outcomes(results); len(got) != 3 || results[0].Err != nil || codeOf(results[1].Err) != app.CodeRankTooLow || string(results[2].User.CustomFields["plan"]) != `"pro"` {
			t.Errorf("got %q, %+v", got, results[2].User)
		}
	}, "user.updated", "user.updated")
	wrote(t, h.World, func() {
		for key, want := range map[string]string{"email": "email not_updatable", "roles": "roles not_updatable", "": "key required"} {
			_, err := h.SetUsersCustomField(t.Context(), by, ids, key, []byte(`"x"`))
			wantFields(t, err, want)
		}
		_, err := h.SetUsersCustomField(t.Context(), by, nil, "plan", []byte(`"x"`))
		wantFields(t, err, "ids required")
		_, err = h.SetUsersCustomField(t.Context(), h.member.Actor(), ids, "", nil)
		wantCode(t, err, app.CodeForbidden)
	})
}

func TestWhoMakesAnAccountChoosesFromWhatTheyMayGive(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) { p.DefaultRole = app.RoleOwner }))
	owner := w.Owner(root)
	admin := colleague(t, w, ada, app.RoleAdmin)
	_, err := w.CreateRole(t.Context(), shell, app.RoleInput{Name: "Editor"})
	must(t, err)
	for by, want := range map[*apptest.Persona]string{owner: "Owner Admin User Editor", admin: "User Editor"} {
		choices, err := w.NewUserChoices(t.Context(), by.Actor())
		must(t, err)
		var names []string
		for _, r := range choices.Roles {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != want || choices.Role != app.RoleUser || !choices.Active {
			t.Errorf("%s chooses from %s: %+v", by.Email, got, choices)
		}
	}
	_, err = w.NewUserChoices(t.Context(), w.Newcomer(eve).Actor())
	wantCode(t, err, app.CodeForbidden)
}
