package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

const root, bob = "root@example.org", "bob@example.org"

// house is a world with somebody of each rank.
type house struct {
	*apptest.World
	owner, admin, member *apptest.Persona
}

func newHouse(t *testing.T) *house {
	t.Helper()
	w := apptest.New(t, apptest.WithoutLimits())
	return &house{w, w.Owner(root), w.Admin(ada), w.Member(eve)}
}

func TestAnAdminChangesFieldsOfThoseBelow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.member.User().ID
	wrote(t, h.World, func() {
		u, err := h.UpdateUser(t.Context(), h.admin.Actor(), id, changes("first_name", `" Eve "`, "username", `"support"`, "phone", `"555"`))
		must(t, err)
		if u.FirstName != "Eve" || u.Username != "support" || string(u.CustomFields["phone"]) != `"555"` {
			t.Errorf("updated to %+v", u)
		}
	}, "user.updated")
	if u := h.member.User(); u.FirstName != "Eve" { // a change holds from the next request
		t.Error("the session shows the old name")
	}
	log := entries(t, h.World)
	if e := log[len(log)-1]; e.TargetID != id || e.ActorID != h.admin.User().ID || e.Email != eve {
		t.Errorf("the entry names %d by %d", e.TargetID, e.ActorID)
	}
	_, err := h.UpdateProfile(t.Context(), h.owner.Actor(), changes("username", `"eve"`))
	wantFields(t, err, "username taken") // a name given up stays its account's
	_, err = h.UpdateUser(t.Context(), h.owner.Actor(), id, changes("username", `"eve"`))
	must(t, err)
}

func TestWhoManagesAccountsActsOnLowerRankOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	owner, admin, member := h.owner.User().ID, h.admin.User().ID, h.member.User().ID
	good := changes("first_name", `"X"`)
	for _, c := range []struct {
		name string
		by   app.Actor
		id   int64
		want app.Code
	}{
		{"a member", h.member.Actor(), member, app.CodeForbidden},
		{"a member, of nobody", h.member.Actor(), 999, app.CodeForbidden},
		{"a stranger", apptest.Stranger(1), member, app.CodeForbidden},
		{"a key below Admin", key(h.World, app.RankUser), member, app.CodeForbidden},
		{"an admin of an owner", h.admin.Actor(), owner, app.CodeRankTooLow},
		{"an admin of themselves", h.admin.Actor(), admin, app.CodeRankTooLow},
		{"an admin's key of an admin", key(h.World, app.RankAdmin), admin, app.CodeRankTooLow},
		{"an admin of nobody", h.admin.Actor(), 999, app.CodeNotFound},
		{"an admin of a member", h.admin.Actor(), member, ""},
		{"an admin's key of a member", key(h.World, app.RankAdmin), member, ""},
		{"an owner of an admin", h.owner.Actor(), admin, ""},
		{"an owner of themselves", h.owner.Actor(), owner, ""},
		{"the shell of an owner", app.Shell("root"), owner, ""},
	} {
		acts := map[string]error{}
		_, acts["fields"] = h.UpdateUser(t.Context(), c.by, c.id, good)
		_, acts["locale"] = h.SetLocale(t.Context(), c.by, app.UserOf(c.id), "en")
		_, acts["replace"] = h.ReplaceCustomFields(t.Context(), c.by, app.UserOf(c.id), nil)
		_, acts["set"] = h.SetCustomField(t.Context(), c.by, app.UserOf(c.id), "a", []byte("1"))
		acts["delete"] = h.DeleteCustomField(t.Context(), c.by, app.UserOf(c.id), "a")
		for act, err := range acts {
			if err == nil != (c.want == "") || err != nil && app.AsError(err).Code != c.want {
				t.Errorf("%s, %s: %v, want %q", c.name, act, err, c.want)
			}
		}
	}
}

func TestARankThatIsTakenAwayCountsInTheTransaction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	by := h.admin.Actor() // as it was when the request came
	_, err := h.DemoteToUser(t.Context(), h.owner.Actor(), h.admin.User().ID)
	must(t, err)
	_, err = h.UpdateUser(t.Context(), by, h.member.User().ID, changes("a", "1"))
	wantCode(t, err, app.CodeForbidden)
	_, err = h.UpdateUsers(t.Context(), by, []int64{h.member.User().ID}, changes("a", "1"))
	wantCode(t, err, app.CodeForbidden)
	must(t, h.Logout(t.Context(), h.admin.Actor()))
	_, err = h.UpdateUser(t.Context(), by, h.member.User().ID, changes("a", "1"))
	wantCode(t, err, app.CodeUnauthenticated)
	_, err = h.UpdateUsers(t.Context(), by, []int64{h.member.User().ID}, changes("a", "1"))
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestAnAddressThatAnAdminChangesIsNotConfirmed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.member.User()
	must(t, h.RequestPasswordReset(t.Context(), apptest.Stranger(1), eve))
	reset := h.Mail(app.MailPasswordReset, eve).Token
	must(t, h.RequestEmailChange(t.Context(), h.member.Actor(), app.EmailInput{Email: "elsewhere@example.org", Current: apptest.Password}))
	change := h.Mail(app.MailEmailChange, "elsewhere@example.org").Token
	events, stop := h.Listen(func(e app.Event) bool { return e.UserID == before.ID })
	defer stop()
	h.Clock.Advance(time.Second)
	wrote(t, h.World, func() {
		u, err := h.UpdateUser(t.Context(), h.admin.Actor(), before.ID, changes("email", `" Eve.New@Example.org "`, "first_name", `"Eve"`))
		must(t, err)
		if u.Email != "Eve.New@Example.org" || u.IsConfirmed() || u.FirstName != "Eve" || !u.UpdatedAt.Equal(h.Clock.Now()) {
			t.Errorf("updated to %+v", u)
		}
	}, "user.updated", "email.changed")
	log := entries(t, h.World)
	if got := log[len(log)-1].Details; fmt.Sprint(got) != "map[confirmed:false from:eve@example.org to:Eve.New@Example.org]" {
		t.Errorf("the entry says %v", got)
	}
	var told []string
	for range len(events) {
		told = append(told, (<-events).Name)
	}
	if slices.Sort(told); !slices.Equal(told, []string{"user.unconfirmed", "user.updated"}) {
		t.Errorf("told %v", told)
	}
	notice := h.Mail(app.MailEmailChanged, eve)
	if notice.NewEmail != "Eve.New@Example.org" || notice.IP != "" || notice.Device != "" {
		t.Errorf("the notice tells %+v; the admin's device is nobody's business", notice)
	}
	h.NoMail(t, app.MailConfirmation, "eve.new@example.org")
	wantCode(t, resetPassword(t, h.World, apptest.Stranger(1), reset, app.PasswordInput{Password: "another horse"}), app.CodeInvalidToken)
	_, err := h.ChangeEmail(t.Context(), h.member.Actor(), change)
	wantCode(t, err, app.CodeInvalidToken)
	if u := h.member.User(); u.IsConfirmed() { // the session goes on, as one of an unconfirmed account
		t.Error("the session still says confirmed")
	}
	wantCode(t, h.RequireConfirmed(h.member.Actor()), app.CodeAccountUnconfirmed)
	_, err = signIn(t, h.World, eve, apptest.Password, apptest.Browser(5))
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = signIn(t, h.World, "eve.new@example.org", apptest.Password, apptest.Browser(5))
	must(t, err)
}

func TestAnAdminsNewAddressHoldsEveryRule(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.member.User().ID
	for value, want := range map[string]string{
		`null`: "email required", `""`: "email required", `"nobody"`: "email invalid_format", `"ADA@example.org"`: "email taken", `"root@example.org"`: "email taken",
	} {
		_, err := h.UpdateUser(t.Context(), h.admin.Actor(), id, changes("email", value, "first_name", `"X"`))
		wantFields(t, err, want)
	}
	_, err := h.UpdateUser(t.Context(), h.admin.Actor(), id, changes("email", `"root@example.org"`, "username", `"ada"`, "big", `1`))
	wantFields(t, err, "email taken", "username taken")
	if u := h.member.User(); u.FirstName != "" || len(u.CustomFields) != 0 || !u.IsConfirmed() {
		t.Errorf("a refused change left %+v", u)
	}
	wrote(t, h.World, func() { // the address that it is already
		_, err := h.UpdateUser(t.Context(), h.admin.Actor(), id, changes("email", `"eve@example.org"`))
		must(t, err)
	})
	for _, c := range []app.Changes{changes("email", `"x@example.org"`), changes("email", `"root@example.org"`)} {
		_, err = h.UpdateUser(t.Context(), h.owner.Actor(), h.owner.User().ID, c)
		wantFields(t, err, "email not_updatable")
	}
	u, err := h.UpdateUser(t.Context(), app.Shell("root"), h.owner.User().ID, changes("email", `"x@example.org"`))
	if must(t, err); u.Email != "x@example.org" {
		t.Errorf("the shell left %s", u.Email)
	}
}

func TestOfTwoWhoGetOneAddressAtOnceOneHasIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ids := []int64{h.member.User().ID, h.admin.User().ID}
	good, _ := count(t, together(2, func(i int) error {
		_, err := h.UpdateUser(t.Context(), h.owner.Actor(), ids[i], changes("email", `"New@example.org"`))
		return err
	}), app.CodeValidationFailed)
	if good != 1 {
		t.Errorf("%d got it", good)
	}
}

func TestACheckIsAsStrictAsTheChange(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	half := changes("half", `"`+string(slices.Repeat([]byte("x"), 40<<10))+`"`)
	_, err := h.UpdateProfile(t.Context(), h.member.Actor(), half)
	must(t, err)
	other := changes("other", string(half["half"]))
	for _, c := range []struct {
		changes app.Changes
		want    []string
	}{
		{other, []string{"custom_fields too_long"}}, // together with what is there
		{changes("email", `"x@example.org"`, "id", `1`, "username", `"x"`), []string{"email not_updatable", "id not_updatable", "username too_short"}},
		{changes("username", `"admin"`), []string{"username taken"}}, // nobody's, and no secret
	} {
		wantFields(t, h.CheckUpdate(h.member.Actor(), c.changes), c.want...)
		_, err := h.UpdateProfile(t.Context(), h.member.Actor(), c.changes)
		wantFields(t, err, c.want...)
	}
	must(t, h.CheckUpdate(h.admin.Actor(), changes("username", `"admin"`))) // an admin is of the house
	must(t, h.CheckUpdate(h.member.Actor(), changes("username", `"ada"`)))  // whose name it is stays untold
	wantCode(t, h.CheckUpdate(apptest.Stranger(1), changes()), app.CodeUnauthenticated)
}
