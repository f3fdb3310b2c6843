package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// newKey makes a key as a persona does.
func newKey(t testing.TB, w *apptest.World, p *apptest.Persona, name, role string) (app.Key, app.Secret, error) {
	t.Helper()
	return w.CreateKey(t.Context(), p.Actor(), app.KeyInput{Name: name, Role: role, Current: apptest.Password})
}

// key is who acts by an API key of a rank. The second time it is another one.
func key(w *apptest.World, rank app.Rank) app.Actor {
	w.T.Helper()
	role := map[app.Rank]string{app.RankUser: app.RoleUser, app.RankAdmin: app.RoleAdmin, app.RankOwner: app.RoleOwner}[rank]
	have, err := w.ListKeys(w.T.Context(), app.System())
	must(w.T, err)
	return w.Program(w.Key(fmt.Sprintf("%s %d", role, len(have)+1), role))
}

func TestAnOwnerMakesAKeyWhoseSecretIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	var secret app.Secret
	wrote(t, w, func() {
		key, made, err := newKey(t, w, owner, "  Shop 1 ", app.RoleAdmin)
		must(t, err)
		want := app.Key{ID: 1, Name: "Shop 1", Role: app.RoleAdmin, CreatedAt: w.Now()}
		if key != want {
			t.Errorf("the key is %+v, want %+v", key, want)
		}
		secret = made
	}, "key.created")
	if text := secret.Reveal(); len(text) != len("dwk_")+43 || !strings.HasPrefix(text, "dwk_") {
		t.Errorf("the secret has %d characters", len(text))
	}
	list := entries(t, w)
	last := list[len(list)-1]
	if last.ActorKind != app.ActorUser || last.ActorID != owner.User().ID || last.TargetID != 0 ||
		last.Details["name"] != "Shop 1" || last.Details["role"] != app.RoleAdmin || last.Details["key"] != 1.0 {
		t.Errorf("the entry is %+v", last)
	}
	if strings.Contains(string(last.TargetOpen), secret.Reveal()) {
		t.Error("the secret is in the audit log")
	}
	_, other, err := newKey(t, w, owner, "Shop 2", app.RoleAdmin)
	must(t, err)
	if other == secret {
		t.Error("two keys have the same secret")
	}
}

func TestAKeyActsWithTheRankOfItsRole(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		_, err := tx.InsertRole(app.Role{Name: "Editor", CreatedAt: tx.Now()})
		return err
	}))
	for role, rank := range map[string]app.Rank{app.RoleOwner: app.RankOwner, app.RoleAdmin: app.RankAdmin, app.RoleUser: app.RankUser, "Editor": app.RankUser} {
		by := w.Program(w.Key("for "+role, role))
		if by.Kind != app.ActorKey || by.Name != "for "+role || by.ID == 0 || by.Rank != rank || by.User != nil || by.Session != nil {
			t.Errorf("%s: the actor is %+v", role, by)
		}
	}
}

func TestOnlyOwnersKeepKeysAndNoKeyDoes(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	for who, by := range map[string]app.Actor{
		"a stranger":     apptest.Stranger(3),
		"a member":       w.Member("grace@example.org").Actor(),
		"an Admin":       w.Admin("joan@example.org").Actor(),
		"an Owner's key": w.Program(w.Key("one", app.RoleOwner)),
	} {
		_, _, err := w.CreateKey(t.Context(), by, app.KeyInput{})
		wantCode(t, err, app.CodeForbidden)
		_, err = w.ListKeys(t.Context(), by)
		wantCode(t, err, app.CodeForbidden)
		wantCode(t, w.RevokeKey(t.Context(), by, 999), app.CodeForbidden)
		wantCode(t, w.RevokeKey(t.Context(), by, 1), app.CodeForbidden)
		if _, err := w.RevokeKeyCalled(t.Context(), by, "one"); err == nil {
			t.Errorf("%s revoked a key", who)
		}
	}
	if by := app.Shell("root"); len(must1(w.ListKeys(t.Context(), by))) != 1 {
		t.Error("the shell does not see the key")
	}
}

// must1 is a value whose error can't be.
func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestAnOwnerWhoIsNoneAnyMoreMakesNoKey(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	by := owner.Actor() // as of before
	change(t, w, ada, func(tx app.Tx, u *app.User) error {
		role, err := tx.FindRole(app.RoleOwner)
		if err == nil {
			_, err = tx.RemoveRole(u.ID, role.ID)
		}
		return err
	})
	_, _, err := w.CreateKey(t.Context(), by, app.KeyInput{Name: "shop", Role: app.RoleUser, Current: apptest.Password})
	wantCode(t, err, app.CodeForbidden)
	w.Key("other", app.RoleUser)
	wantCode(t, w.RevokeKey(t.Context(), by, 1), app.CodeForbidden)
	change(t, w, ada, makeOwner)
	must(t, w.Logout(t.Context(), by))
	_, _, err = w.CreateKey(t.Context(), by, app.KeyInput{Name: "shop", Role: app.RoleUser, Current: apptest.Password})
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestEverythingWrongWithAKeyIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	w.Key("Taken", app.RoleUser)
	for _, c := range []struct {
		name, role string
		want       []string
	}{
		{"", "", []string{"name required", "role required"}},
		{" \t ", "Nobody", []string{"name required", "role unknown"}},
		{"shop", "admin", []string{"role unknown"}},
		{"shop", " Admin", []string{"role unknown"}},
		{"tAKEN", app.RoleUser, []string{"name taken"}},
		{"taken", "Nobody", []string{"name taken", "role unknown"}},
		{"42", app.RoleUser, []string{"name invalid_format"}},
		{"büro", app.RoleUser, []string{"name invalid_format"}},
		{"a\x00b", app.RoleUser, []string{"name invalid_format"}},
		{"a/b", app.RoleUser, []string{"name invalid_format"}},
		{strings.Repeat("k", 51), app.RoleUser, []string{"name too_long"}},
		{strings.Repeat("é", 51), "", []string{"name too_long", "role required"}},
	} {
		_, _, err := newKey(t, w, owner, c.name, c.role)
		wantFields(t, err, c.want...)
	}
	for _, name := range []string{"a", "4 2", "-1", strings.Repeat("k", 50), "Shop 1._-"} {
		_, _, err := newKey(t, w, owner, name, app.RoleUser)
		must(t, err)
	}
}

func TestMakingAKeyAsksForThePassword(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	by := w.Owner(ada).Actor()
	in := app.KeyInput{Name: "shop", Role: app.RoleUser}
	for i, wrong := range []app.Secret{"", "wrong", "a\x00b", app.Secret(strings.Repeat("x", 100)), "5", "6", "7", "8", "9", "10"} {
		in.Current = wrong
		if _, _, err := w.CreateKey(t.Context(), by, in); i < 10 {
			wantFields(t, err, "current_password not_valid")
		}
	}
	in.Current = apptest.Password
	_, _, err := w.CreateKey(t.Context(), by, in)
	wantCode(t, err, app.CodeRateLimitExceeded)
	w.Advance(time.Minute)
	for i := range 12 { // a right one is not counted
		_, _, err := w.CreateKey(t.Context(), by, app.KeyInput{Name: "shop " + string(rune('a'+i)), Role: app.RoleUser, Current: apptest.Password})
		must(t, err)
	}
}

func TestTheShellMakesAKeyWithoutAPassword(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	_, _, err := w.CreateKey(t.Context(), app.Shell("root"), app.KeyInput{Name: "shop", Role: app.RoleOwner})
	must(t, err)
	list := entries(t, w)
	if last := list[len(list)-1]; last.ActorKind != app.ActorShell || last.Actor != "root" || last.Action != "key.created" {
		t.Errorf("the entry is %+v", last)
	}
}

func TestARevokedKeyIsRefusedAtItsNextRequest(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	kept, gone := w.Key("kept", app.RoleUser), w.Key("gone", app.RoleUser)
	id := w.Program(gone).ID
	w.Program(kept)
	wrote(t, w, func() { must(t, w.RevokeKey(t.Context(), owner.Actor(), id)) }, "key.revoked")
	_, err := w.CheckKey(t.Context(), gone, apptest.Browser(100))
	wantCode(t, err, app.CodeUnauthenticated)
	w.Program(kept)
	wrote(t, w, func() { wantCode(t, w.RevokeKey(t.Context(), owner.Actor(), id), app.CodeNotFound) })

	again := w.Program(w.Key("gone", app.RoleUser)) // the name is free, the id is not
	if again.ID <= id {
		t.Errorf("the new key's id is %d, the old one's was %d", again.ID, id)
	}
	_, err = w.CheckKey(t.Context(), gone, apptest.Browser(100))
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	secret := w.Key("shop", app.RoleOwner)
	for _, wrong := range []app.Secret{"", "dwk_", secret + "x", secret[:len(secret)-1], secret[4:], owner.Token, "dwk_" + owner.Token} {
		_, err := w.CheckKey(t.Context(), wrong, apptest.Browser(100))
		wantCode(t, err, app.CodeUnauthenticated)
	}
}

func TestTheShellNamesAKeyByNumberOrName(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	by := app.Shell("root")
	w.Key("one", app.RoleUser)
	w.Key("Two", app.RoleUser)
	w.Key("three", app.RoleUser)
	for called, want := range map[string]string{"1": "one", " tWO ": "Two", "three": "three"} {
		key, err := w.RevokeKeyCalled(t.Context(), by, called)
		must(t, err)
		if key.Name != want {
			t.Errorf("%q named %s", called, key.Name)
		}
	}
	for _, called := range []string{"1", "one", "", "4", "0", "-1", "99999999999999999999"} {
		_, err := w.RevokeKeyCalled(t.Context(), by, called)
		wantCode(t, err, app.CodeNotFound)
	}
}

func TestKeysAreListedNewestFirstWithTheirLastUse(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	by := app.Shell("root")
	first := w.Key("first", app.RoleUser)
	w.Key("second", app.RoleAdmin)
	list := func() []app.Key { return must1(w.ListKeys(t.Context(), by)) }
	if all := list(); len(all) != 2 || all[0].Name != "second" || all[1].Name != "first" || !all[1].LastUsedAt.IsZero() {
		t.Errorf("the list is %+v", all)
	}
	w.Clock.Advance(time.Hour)
	used := w.Now()
	if n := w.Updates(func() {
		for range 5 {
			w.Program(first)
		}
	}); n != 0 {
		t.Errorf("five requests made %d transactions", n)
	}
	if all := list(); !all[1].LastUsedAt.Equal(used) || !all[0].LastUsedAt.IsZero() {
		t.Errorf("after a use: %+v", all)
	}
	w.FlushSeen(t.Context())
	again := w.Again(t) // as after a restart
	if all := must1(again.ListKeys(t.Context(), by)); !all[1].LastUsedAt.Equal(used) {
		t.Errorf("written: %+v, want %v", all, used)
	}
	w.Clock.Advance(time.Minute) // no older than that
	w.Program(first)
	if all := list(); !all[1].LastUsedAt.Equal(used.Add(time.Minute)) {
		t.Errorf("a minute later: %+v", all)
	}
}

func TestARevokedKeyCountsForNothingInsideATransaction(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	member := w.Member(eve)
	by := w.Program(w.Key("shop", app.RoleAdmin))
	_, err := w.UpdateUser(t.Context(), by, member.User().ID, changes("first_name", `"Eve"`))
	must(t, err)
	must(t, w.RevokeKey(t.Context(), app.Shell("root"), by.ID))
	_, err = w.UpdateUser(t.Context(), by, member.User().ID, changes("first_name", `"Mallory"`))
	wantCode(t, err, app.CodeUnauthenticated)
	if user, _ := find(t, w, eve); user.FirstName != "Eve" {
		t.Errorf("the name is %s", user.FirstName)
	}
	list := entries(t, w)
	last := list[slices.IndexFunc(list, func(e entry) bool { return e.Action == "user.updated" })]
	if last.ActorKind != app.ActorKey || last.ActorID != by.ID || last.Actor != "shop" || last.Details["by_key"] != nil {
		t.Errorf("the entry is %+v", last)
	}
}

func TestAKeyActsOnlyOnThoseBelowItsRank(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner, admin, member := w.Owner(ada), w.Admin("joan@example.org"), w.Member(eve)
	try := func(role string, p *apptest.Persona) error {
		_, err := w.UpdateUser(t.Context(), w.Program(w.Key(role+" on "+strings.Split(p.Email, "@")[0], role)), p.User().ID, changes("first_name", `"X"`))
		return err
	}
	must(t, try(app.RoleAdmin, member))
	must(t, try(app.RoleOwner, admin))
	must(t, try(app.RoleOwner, owner))
	wantCode(t, try(app.RoleAdmin, admin), app.CodeRankTooLow)
	wantCode(t, try(app.RoleAdmin, owner), app.CodeRankTooLow)
	wantCode(t, try(app.RoleUser, member), app.CodeForbidden)
}

func TestWhatAKeySaysForAPersonIsNotedAsTheirs(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	by := w.Program(w.Key("shop", app.RoleUser))
	person := &app.SpokenFor{IP: "203.0.113.9", UserAgent: "curl/8"}
	before := len(entries(t, w))
	_, err := w.Login(t.Context(), by, app.LoginInput{Login: ada, Password: "wrong", For: person})
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = w.Login(t.Context(), by, app.LoginInput{Login: ada, Password: apptest.Password, For: person})
	must(t, err)
	_, err = w.Register(t.Context(), by, app.RegistrationInput{Email: eve, Password: apptest.Password, For: person})
	must(t, err)
	_, err = w.Login(t.Context(), apptest.Stranger(4), app.LoginInput{Login: ada, Password: apptest.Password})
	must(t, err)
	var noted []string
	for _, e := range entries(t, w)[before:] {
		spoken := e.Details["by_key"] == float64(by.ID)
		if spoken != (e.IP == "203.0.113.9") || e.ActorKind == app.ActorKey {
			t.Errorf("%s: by_key %v, from %s, by %s", e.Action, e.Details["by_key"], e.IP, e.ActorKind)
		}
		if spoken {
			noted = append(noted, e.Action)
		}
	}
	if want := []string{"login.failed", "session.created", "user.registered"}; !slices.Equal(noted, want) {
		t.Errorf("the key is noted with %v, want %v", noted, want)
	}
}
