package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestUpdatingFieldsSplitsSchemaFromCustom(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	w.Clock.Advance(time.Second)
	wrote(t, w, func() {
		u, err := w.UpdateProfile(t.Context(), p.Actor(), changes(
			"first_name", `" Ada "`, "last_name", `"King"`, "username", `"lovelace"`, "user_timezone", `"Europe/London"`, "phone", `"555"`, "langs", ` [ "en" ] `))
		must(t, err)
		if u.FullName() != "Ada King" || u.Username != "lovelace" || u.Timezone != "Europe/London" || string(u.CustomFields["langs"]) != `["en"]` {
			t.Errorf("updated to %+v", u)
		}
		if !u.UpdatedAt.Equal(w.Clock.Now()) {
			t.Errorf("updated at %v", u.UpdatedAt)
		}
	}, "user.updated")
	if u := p.User(); u.FirstName != "Ada" { // a change holds from the next request
		t.Error("the session shows the old name")
	}
	log := entries(t, w)
	if got := fmt.Sprint(log[len(log)-1].Details["changed"]); !strings.Contains(got, "first_name:map[from: to:Ada]") || strings.Contains(got, "555") {
		t.Errorf("the entry says %s", got)
	}
	u, err := w.UpdateProfile(t.Context(), p.Actor(), changes("first_name", `null`, "last_name", `""`, "user_timezone", `null`, "phone", `null`))
	must(t, err)
	if u.FullName() != "" || u.Timezone != "" || string(u.CustomFields["phone"]) != "null" || len(u.CustomFields) != 2 {
		t.Errorf("cleared to %+v", u)
	}
}

func TestAnUnchangedProfileWritesNothing(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	same := changes("first_name", `"Ada"`, "username", `"ada"`, "note", `{"html":"<b>&</b>"}`, "phone", `"555"`)
	_, err := w.UpdateProfile(t.Context(), p.Actor(), same)
	must(t, err)
	before := p.User().UpdatedAt
	w.Clock.Advance(time.Hour)
	wrote(t, w, func() {
		for _, c := range []app.Changes{same, {}, changes("phone", ` "555" `), changes("first_name", `" Ada"`)} {
			u, err := w.UpdateProfile(t.Context(), p.Actor(), c)
			if must(t, err); !u.UpdatedAt.Equal(before) {
				t.Errorf("%s: updated at %v", c, u.UpdatedAt)
			}
		}
	})
}

func TestSchemaAndCustomFieldsChangeTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	for _, c := range []struct {
		changes app.Changes
		want    []string
	}{
		{changes("phone", `"555"`, "user_timezone", `"Nowhere"`), []string{"user_timezone unknown"}},
		{changes("first_name", `"Ada"`, "password", `"x"`, "roles", `["Owner"]`), []string{"password not_updatable", "roles not_updatable"}},
		{changes("first_name", `"Ada"`, "email", `"x@example.org"`), []string{"email not_updatable"}},
		{changes("first_name", `"Ada"`, "big", `"`+strings.Repeat("x", 65<<10)+`"`), []string{"custom_fields too_long"}},
		{changes("first_name", `"Ada"`, "deep", strings.Repeat("[", 40)+strings.Repeat("]", 40)), []string{"deep out_of_range"}},
		{changes("first_name", `"`+strings.Repeat("x", 101)+`"`, "username", `"x"`, "roles", `[]`, "deep", strings.Repeat("[", 40)+strings.Repeat("]", 40)),
			[]string{"first_name too_long", "username too_short", "roles not_updatable", "deep out_of_range"}},
		{changes("phone", `1`, "username", `null`), []string{"username required"}},
	} {
		_, err := w.UpdateProfile(t.Context(), p.Actor(), c.changes)
		wantFields(t, err, c.want...)
	}
	if u, _ := find(t, w, ada); u.FirstName != "" || len(u.CustomFields) != 0 || u.Username != "ada" {
		t.Errorf("something changed: %+v", u)
	}
	wantFields(t, w.CheckUpdate(p.Actor(), changes("roles", `[]`)), "roles not_updatable")
	must(t, w.CheckUpdate(p.Actor(), changes("first_name", `"Ada"`)))
	_, err := w.UpdateProfile(t.Context(), apptest.Stranger(1), changes("first_name", `"Ada"`))
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestWritersOfDifferentFieldsAtOnceAllStay(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	by := w.Owner(ada).Actor()
	for _, err := range together(20, func(i int) error {
		c := changes(fmt.Sprintf("field%d", i), fmt.Sprint(i))
		if i == 7 {
			c = changes("first_name", `"Ada"`)
		}
		_, err := w.UpdateProfile(t.Context(), by, c)
		return err
	}) {
		must(t, err)
	}
	if u, _ := find(t, w, ada); len(u.CustomFields) != 19 || u.FirstName != "Ada" {
		t.Errorf("%d fields and %q stayed", len(u.CustomFields), u.FirstName)
	}
}

func TestOfTwoWhoTakeOneUsernameAtOnceOneGetsIt(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	by := []app.Actor{w.Owner(ada).Actor(), w.Newcomer(eve).Actor()}
	good, _ := count(t, together(2, func(i int) error {
		_, err := w.UpdateProfile(t.Context(), by[i], changes("username", `"Lovelace"`))
		return err
	}), app.CodeValidationFailed)
	if good != 1 {
		t.Errorf("%d got it", good)
	}
}

func TestTheLanguageIsSetAndCleared(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	wrote(t, w, func() {
		for _, locale := range []string{"en-GB", "en-GB", ""} {
			u, err := w.SetLocale(t.Context(), p.Actor(), app.Own(), locale)
			if must(t, err); u.Locale != locale {
				t.Errorf("set to %q", u.Locale)
			}
		}
	}, "user.updated", "user.updated")
	for _, bad := range []string{"und", "x-private", "EN", "en_GB", "nowhere"} {
		_, err := w.SetLocale(t.Context(), p.Actor(), app.Own(), bad)
		wantFields(t, err, "preferred_locale unknown")
	}
	_, err := w.SetLocale(t.Context(), apptest.Stranger(1), app.Own(), "en")
	wantCode(t, err, app.CodeUnauthenticated)
}

// TestAWholeStoryInTheAuditLog walks one account through all that it can do, and looks at what was written down.
func TestAWholeStoryInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	before := len(entries(t, w))
	secrets := []string{apptest.Password.Reveal(), "hunter2-guess", "another horse", "a horse by reset"}
	keep := func(token app.Secret) app.Secret {
		secrets = append(secrets, token.Reveal())
		return token
	}

	p := w.Newcomer(eve)
	_, _, err := w.Confirm(t.Context(), apptest.Stranger(2), keep(w.Mail(app.MailConfirmation, eve).Token))
	must(t, err)
	_, err = signIn(t, w, eve, "hunter2-guess", apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	second := w.SignIn(eve, apptest.Browser(4))
	keep(second.Token)
	_, err = w.UpdateProfile(t.Context(), p.Actor(), changes("first_name", `"Eve"`))
	must(t, err)
	must(t, w.Logout(t.Context(), second.Actor()))
	must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eveNew, Current: apptest.Password}))
	_, err = w.ChangeEmail(t.Context(), p.Actor(), keep(w.Mail(app.MailEmailChange, eveNew).Token))
	must(t, err)
	grant, err := w.ChangePassword(t.Context(), p.Actor(), app.PasswordInput{Current: apptest.Password, Password: "another horse"})
	must(t, err)
	p.Token = keep(grant.Token)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eveNew))
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), "nobody@example.org"))
	must(t, resetPassword(t, w, apptest.Stranger(9), keep(w.Mail(app.MailPasswordReset, eveNew).Token), app.PasswordInput{Password: "a horse by reset"}))
	third, err := signIn(t, w, eveNew, "a horse by reset", apptest.Browser(2))
	must(t, err)
	p.Token = keep(third.Token)
	upload(t, w, p, picture(t, 1), long)
	must(t, w.RemoveAvatar(t.Context(), p.Actor()))
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), "a horse by reset"))

	log := entries(t, w)[before:]
	var got []string
	for _, e := range log {
		got = append(got, e.Action)
	}
	want := strings.Fields(`user.registered session.created user.confirmed login.failed session.created user.updated session.deleted
		email.change_requested email.changed password.changed session.deleted session.created password.reset_requested password.reset_requested
		password.reset session.deleted session.created avatar.updated avatar.deleted user.deleted`)
	if !slices.Equal(got, want) {
		t.Errorf("the log has\n%v\nwant\n%v", got, want)
	}
	hash := ""
	must(t, w.Store.View(t.Context(), func(tx app.Tx) error {
		u, err := tx.FindUserByEmail(ada)
		if err != nil {
			return err
		}
		stored, err := tx.PasswordHash(u.ID)
		hash = stored.Reveal()
		return err
	}))
	secrets = append(secrets, hash, "$2a$")
	for _, e := range log {
		for _, secret := range secrets {
			digest := app.DigestOf(secret)
			for _, open := range [][]byte{e.ActorOpen, e.TargetOpen} {
				if strings.Contains(string(open), secret) || strings.Contains(string(open), fmt.Sprintf("%x", digest)) {
					t.Errorf("%s tells a secret: %s", e.Action, open)
				}
			}
		}
		stranger := e.Action == "login.failed" || e.Action == "password.reset_requested"
		if (e.ActorKind == app.ActorUser) == stranger || e.At.IsZero() || e.IP == "" || !strings.Contains(string(e.ActorOpen), "Firefox") {
			t.Errorf("%s by %s %q from %q: %s", e.Action, e.ActorKind, e.Actor, e.IP, e.ActorOpen)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(w.Log.String(), secret) {
			t.Error("the log tells a secret")
		}
	}
}

func TestAnEntryIsWrittenWithItsChangeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	w.Newcomer(eve)
	wrote(t, w, func() { // refusals roll their entries back with them
		_, err := register(t, w, eve, apptest.Browser(1))
		wantCode(t, err, app.CodeValidationFailed)
		err = w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eve, Current: apptest.Password})
		wantCode(t, err, app.CodeValidationFailed)
		wantCode(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password), app.CodeLastOwnerDelete)
		_, _, err = w.Confirm(t.Context(), apptest.Stranger(1), "unknown")
		wantCode(t, err, app.CodeInvalidToken)
	})
}

func TestTheChainHoldsHoweverManyWriteAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	for _, err := range together(40, func(i int) error {
		_, err := signIn(t, w, ada, "wrong", apptest.Browser(byte(i)))
		if i%2 == 0 {
			_, err = w.Register(t.Context(), apptest.Stranger(byte(i)), app.RegistrationInput{Email: fmt.Sprintf("u%d@example.org", i), Password: apptest.Password})
		}
		return err
	}) {
		if err != nil {
			wantCode(t, err, app.CodeInvalidCredentials)
		}
	}
	if n := len(entries(t, w)); n != 62 {
		t.Errorf("%d entries, want 62", n)
	}
}

func TestAnEntrysOpenPartsAreJSON(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	odd := app.Stranger(app.Client{IP: apptest.Browser(1).IP, UserAgent: "x\xff\x00<script>\n\""})
	_, err := w.Login(t.Context(), odd, app.LoginInput{Login: ada, Password: "wrong"})
	wantCode(t, err, app.CodeInvalidCredentials)
	log := entries(t, w)
	if open := log[len(log)-1].ActorOpen; !json.Valid(open) {
		t.Errorf("not JSON: %s", open)
	}
}

// TestNobodyTakesEveryNameThereIs: a name that was given up is lost to everybody else for good, so that an account leaves
// only so many.
func TestNobodyTakesEveryNameThereIs(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p, other := w.Owner(ada), w.Member(eve)
	rename := func(p *apptest.Persona, name string) error {
		_, err := w.UpdateProfile(t.Context(), p.Actor(), app.Changes{"username": json.RawMessage(strconv.Quote(name))})
		return err
	}
	for n := range 50 {
		must(t, rename(p, fmt.Sprintf("name_%d", n)))
	}
	err := rename(p, "one_more")
	wantCode(t, err, app.CodeValidationFailed)
	if fields := app.AsError(err).Fields; len(fields) != 1 || fields[0].Field != "username" || fields[0].Rule != app.RuleOutOfRange {
		t.Errorf("refused as %+v", fields)
	}
	must(t, rename(p, "NAME_49")) // its own, in other letters
	must(t, rename(p, "name_7"))  // one that it had
	wantCode(t, rename(p, "one_more"), app.CodeValidationFailed)
	must(t, rename(other, "one_more"))
}
