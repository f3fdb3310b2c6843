package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func secret(s app.Secret) *app.Secret { return &s }

func create(t testing.TB, w *apptest.World, by app.Actor, in app.NewUserInput) app.User {
	t.Helper()
	user, err := w.CreateUser(t.Context(), by, in)
	must(t, err)
	return user
}

func TestAnAccountIsMadeWithAllThatIsGiven(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	admin := colleague(t, w, grace, app.RoleAdmin)
	by := admin.Actor()
	inactive := false
	var user app.User
	wrote(t, w, func() {
		events := told(w, func() {
			user = create(t, w, by, app.NewUserInput{
				Email: " Eve@Example.org ", Password: secret("a horse for eve"), PasswordConfirmation: secret("a horse for eve"), Username: "Support",
				FirstName: " Eve ", LastName: "Online", Roles: []string{"User", "User"}, Confirmed: true, IsActive: &inactive, Timezone: "Europe/Paris",
				Locale: "en-GB", CustomFields: map[string]json.RawMessage{"phone": json.RawMessage(`"555-1234"`), "tags": json.RawMessage(`[ 1, null ]`)},
			})
		})
		if len(events) != 1 || events[0].Name != "user.created" || events[0].UserID != user.ID || events[0].Actor.ID != by.ID {
			t.Errorf("told %+v", events)
		}
	}, "user.created")
	stored, _ := find(t, w, eve)
	for _, u := range []app.User{user, stored} {
		got := fmt.Sprint(u.Email, u.Username, u.FullName(), u.Roles, u.IsConfirmed(), u.IsActive, u.Timezone, u.Locale, string(u.CustomFields["phone"]), string(u.CustomFields["tags"]))
		if want := fmt.Sprint("Eve@Example.org", "Support", "Eve Online", []string{"User"}, true, false, "Europe/Paris", "en-GB", `"555-1234"`, `[1,null]`); got != want {
			t.Errorf("made %s\nwant %s", got, want)
		}
		if u.SelfRegistered || u.Registration != (app.Origin{}) {
			t.Errorf("registered by itself: %v, from %+v", u.SelfRegistered, u.Registration)
		}
	}
	log := entries(t, w)
	if e := log[len(log)-1]; e.TargetID != user.ID || e.Email != "Eve@Example.org" || e.ActorID != by.ID || e.Details["username"] != "Support" || strings.Contains(string(e.TargetOpen), "horse") {
		t.Errorf("the entry is %s", e.TargetOpen)
	}
	if n := len(jobs(t, w, app.JobMail)); n != 1 { // grace's own
		t.Errorf("%d mails were sent", n)
	}
	_, err := w.SetUserStatus(t.Context(), by, user.ID, true)
	must(t, err)
	_, err = signIn(t, w, "support", "a horse for eve", apptest.Browser(9))
	must(t, err)
}

func TestAnAccountOfAnAddressAloneGetsTheDefaultsAndAMail(t *testing.T) {
	t.Parallel()
	for _, policy := range []struct {
		role   string
		active bool
		want   string
	}{{app.RoleUser, true, "User"}, {"nothing", false, "User"}, {app.RoleOwner, true, "User"}, {app.RoleAdmin, true, "Admin"}} {
		w := apptest.New(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) { p.DefaultRole, p.DefaultActive = policy.role, policy.active }))
		by := w.Owner(ada).Actor()
		user := create(t, w, by, app.NewUserInput{Email: eve})
		if user.Username != "eve" || user.IsConfirmed() || user.IsActive != policy.active || !slices.Equal(user.Roles, []string{policy.want}) {
			t.Errorf("%+v made %+v", policy, user)
		}
		m := w.Mail(app.MailSetPassword, eve)
		if m.Token == "" || m.Name != "" || m.Device != "" || m.IP != "" || m.Locale != "" || !m.Expires.Equal(w.Clock.Now().Add(week)) {
			t.Errorf("the mail is %+v", m)
		}
	}
}

func TestTheSetPasswordLinkIsGoodForSevenDays(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	inactive := false
	user := create(t, w, by, app.NewUserInput{Email: eve, Confirmed: true, IsActive: &inactive}) // whatever else it is
	token := w.Mail(app.MailSetPassword, eve).Token
	_, err := signIn(t, w, eve, "", apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = w.SetUserStatus(t.Context(), by, user.ID, true)
	must(t, err)
	_, err = w.UnconfirmUser(t.Context(), by, user.ID)
	must(t, err)
	w.Clock.Advance(week - time.Microsecond)
	pending, err := w.FindPasswordReset(t.Context(), token)
	if must(t, err); pending.MaskedEmail != "e•••@example.org" {
		t.Errorf("the page tells %q", pending.MaskedEmail)
	}
	must(t, resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by eve"}))
	grant, err := signIn(t, w, eve, "a horse by eve", apptest.Browser(9))
	if must(t, err); !grant.User.IsConfirmed() {
		t.Error("the link did not prove the address")
	}

	create(t, w, by, app.NewUserInput{Email: "late@example.org"})
	token = w.Mail(app.MailSetPassword, "late@example.org").Token
	w.Clock.Advance(week)
	wantCode(t, resetPassword(t, w, apptest.Stranger(9), token, app.PasswordInput{Password: "a horse by eve"}), app.CodeInvalidToken)
}

func TestAPasswordSetMeanwhileEndsTheSetPasswordLink(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	id := create(t, w, by, app.NewUserInput{Email: eve}).ID
	token := w.Mail(app.MailSetPassword, eve).Token
	must(t, setPassword(t, w, by, id, "a horse by an admin"))
	_, err := w.FindPasswordReset(t.Context(), token)
	wantCode(t, err, app.CodeInvalidToken)
}

func TestEveryProblemOfANewAccountIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	must(t, w.DeleteUser(t.Context(), by, create(t, w, by, app.NewUserInput{Email: "gone@example.org", Username: "gone"}).ID))
	deep := json.RawMessage(strings.Repeat("[", 40) + strings.Repeat("]", 40))
	mails := len(jobs(t, w, app.JobMail))
	wrote(t, w, func() {
		for _, c := range []struct {
			in   app.NewUserInput
			want []string
		}{
			{app.NewUserInput{}, []string{"email required"}},
			{app.NewUserInput{
				Email: "nobody", Password: secret("short"), PasswordConfirmation: secret("shore"), Username: "x", FirstName: "a\nb", LastName: strings.Repeat("x", 101),
				Roles: []string{"User", "user"}, Timezone: "Mars/Olympus", Locale: "xx-ZZZ",
				CustomFields: map[string]json.RawMessage{"email": []byte(`1`), "is_active": []byte(`1`), "deep": deep, "": []byte(`1`)},
			}, []string{
				"email invalid_format", "password too_short", "password_confirmation does_not_match", "username too_short", "first_name invalid_format",
				"last_name too_long", "roles unknown", "user_timezone unknown", "preferred_locale unknown", "email not_updatable", "is_active not_updatable",
				"deep out_of_range", "custom_fields required",
			}},
			{app.NewUserInput{Email: "ADA@example.org", Username: "Ada", Password: secret("")}, []string{"email taken", "username taken", "password required"}},
			{app.NewUserInput{Email: eve, Username: "GONE", PasswordConfirmation: secret("x")}, []string{"username taken", "password required"}},
			{app.NewUserInput{Email: eve, Roles: []string{""}}, []string{"roles unknown"}},
			{app.NewUserInput{Email: "a_long_name@example.org", Password: secret("a_long_name")}, []string{"password must_differ"}}, // the name that it would get
			{app.NewUserInput{Email: eve, CustomFields: map[string]json.RawMessage{"x": []byte(`"` + strings.Repeat("x", 64<<10) + `"`)}}, []string{"custom_fields too_long"}},
		} {
			_, err := w.CreateUser(t.Context(), by, c.in)
			wantFields(t, err, c.want...)
		}
	})
	if n := len(jobs(t, w, app.JobMail)) - mails; n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestWhoGivesWhichRoleToANewAccount(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) { p.DefaultRole = app.RoleAdmin }))
	owner := w.Owner(ada).Actor()
	admin := colleague(t, w, grace, app.RoleAdmin).Actor()
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		_, err := tx.InsertRole(app.Role{Name: "Night shift", CreatedAt: tx.Now()})
		return err
	}))
	n := 0
	for _, c := range []struct {
		roles       []string
		admin, want app.Code // "" is made; want is an Owner's
	}{
		{[]string{"User", "Night shift"}, "", ""},
		{[]string{}, "", ""},
		{[]string{"Admin"}, app.CodeRankTooLow, ""},
		{[]string{"User", "Admin"}, app.CodeRankTooLow, ""},
		{[]string{"Owner"}, app.CodeOwnerRoleProtected, ""},
		{[]string{"Admin", "Owner"}, app.CodeOwnerRoleProtected, ""},
		{nil, app.CodeRankTooLow, ""}, // the default role is Admin here
		{[]string{"owner"}, app.CodeValidationFailed, app.CodeValidationFailed},
	} {
		for by, want := range map[*app.Actor]app.Code{&owner: c.want, &shell: c.want, &admin: c.admin} {
			n++
			user, err := w.CreateUser(t.Context(), *by, app.NewUserInput{Email: fmt.Sprintf("u%d@example.org", n), Roles: c.roles})
			if want != "" {
				wantCode(t, err, want)
				continue
			}
			must(t, err)
			roles := slices.Sorted(slices.Values(user.Roles))
			wanted := slices.Sorted(slices.Values(c.roles))
			if c.roles == nil {
				wanted = []string{app.RoleAdmin}
			}
			if !slices.Equal(roles, wanted) {
				t.Errorf("%v became %v", c.roles, user.Roles)
			}
		}
	}
	_, err := w.CreateUser(t.Context(), admin, app.NewUserInput{Email: "nobody", Roles: []string{"Owner"}})
	wantCode(t, err, app.CodeOwnerRoleProtected) // who may not is told so before what is wrong
}

func TestAnAccountIsMadeWhereNobodyRegisters(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, concealed(), apptest.WithPolicy(func(p *app.Policy) { p.RegistrationOpen = false }))
	concealedOwner(t, w)
	if user := create(t, w, shell, app.NewUserInput{Email: eve, Username: "root"}); user.Username != "root" { // reserved, and concealed
		t.Errorf("the username is %q", user.Username)
	}
	if user := create(t, w, shell, app.NewUserInput{Email: "eve@example.net"}); user.Username != "eve" {
		t.Errorf("the username is %q", user.Username)
	}
	w.Clock.Advance(100 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	if _, there := find(t, w, eve); !there {
		t.Error("an account that an admin made was purged as abandoned")
	}
}

func TestTheFirstOwnerFromTheShellIsConfirmedAndActive(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) { p.DefaultActive = false }))
	if user := create(t, w, shell, app.NewUserInput{Email: "x@example.org", Password: secret("a horse for x")}); user.IsConfirmed() || user.IsActive {
		t.Errorf("made %+v", user)
	}
	code, err := w.SetupCode(t.Context())
	if must(t, err); code == "" {
		t.Fatal("an account that is no Owner's ended the set-up")
	}
	first := create(t, w, shell, app.NewUserInput{Email: ada, Password: secret("a horse for ada"), Roles: []string{app.RoleOwner}})
	if !first.IsConfirmed() || !first.IsActive || !first.HasRole(app.RoleOwner) {
		t.Errorf("the first Owner is %+v", first)
	}
	if code, err := w.SetupCode(t.Context()); err != nil || code != "" {
		t.Errorf("the set-up code goes on: %v", err)
	}
	if second := create(t, w, shell, app.NewUserInput{Email: eve, Roles: []string{app.RoleOwner}}); second.IsConfirmed() || second.IsActive {
		t.Errorf("the second Owner is %+v", second)
	}
}

func TestTwentyAccountsMadeAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := w.Owner(ada).Actor()
	good, refused := count(t, together(20, func(int) error {
		_, err := w.CreateUser(t.Context(), by, app.NewUserInput{Email: eve, Password: secret("a horse for eve")})
		return err
	}), app.CodeValidationFailed)
	if good != 1 || refused != 19 {
		t.Errorf("%d accounts of one address", good)
	}
	for _, err := range together(20, func(i int) error {
		_, err := w.CreateUser(t.Context(), by, app.NewUserInput{Email: fmt.Sprintf("mail@%d.example.org", i)})
		return err
	}) {
		must(t, err)
	}
	if n := queued(t, w, app.MailSetPassword); n != 20 {
		t.Errorf("%d mails", n)
	}
	good, _ = count(t, together(20, func(i int) error {
		_, err := w.CreateUser(t.Context(), by, app.NewUserInput{Email: fmt.Sprintf("x%d@example.org", i), Username: "The_One", Password: secret("a horse for one")})
		return err
	}), app.CodeValidationFailed)
	if good != 1 {
		t.Errorf("%d accounts of one name", good)
	}
}
