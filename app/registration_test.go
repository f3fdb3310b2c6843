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

func TestTheFirstOwnerNeedsTheSetupCode(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	ctx := t.Context()
	in := app.RegistrationInput{Email: ada, Password: apptest.Password}
	for _, code := range []app.Secret{"", "wrong"} {
		in.SetupCode = code
		_, err := w.Register(ctx, apptest.Stranger(1), in)
		wantCode(t, err, app.CodeSetupCodeRequired)
		wantCode(t, w.CheckRegistration(ctx, apptest.Stranger(2), in), app.CodeSetupCodeRequired)
		wantCode(t, w.MayRegister(ctx, code), app.CodeSetupCodeRequired)
	}
	code, err := w.SetupCode(ctx)
	must(t, err)
	if len(code) < 22 {
		t.Errorf("the code has %d characters, too few for 128 bits", len(code))
	}
	in.SetupCode = code
	must(t, w.MayRegister(ctx, code))
	result, err := w.Register(ctx, apptest.Stranger(1), in)
	must(t, err)
	u := result.User
	if !slices.Equal(u.Roles, []string{app.RoleOwner}) || !u.IsActive || !u.IsConfirmed() || u.Username != "ada" {
		t.Errorf("the first Owner is %+v", u)
	}
	if again, err := w.SetupCode(ctx); again != "" || err != nil {
		t.Errorf("the code outlives its use: %v", err)
	}
	if n := queued(t, w, app.MailConfirmation); n != 0 {
		t.Error("the Owner was asked to confirm")
	}
}

func TestTheSetupCodeIsIgnoredOnceThereHasBeenAnOwner(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	code, err := w.SetupCode(t.Context())
	must(t, err)
	w.Owner(ada)
	for email, c := range map[string]app.Secret{"b@example.org": code, "c@example.org": "wrong"} {
		result, err := w.Register(t.Context(), apptest.Stranger(3), app.RegistrationInput{Email: email, Password: apptest.Password, SetupCode: c})
		must(t, err)
		if !slices.Equal(result.User.Roles, []string{app.RoleUser}) || result.User.IsConfirmed() {
			t.Errorf("with a code after the first Owner: %v", result.User.Roles)
		}
	}
}

func TestNoCodeMakesAnOwnerAfterTheLastOneIsGone(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	code, err := w.SetupCode(t.Context())
	must(t, err)
	w.Owner(ada)
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		u, err := tx.FindUserByEmail(ada)
		if err != nil {
			return err
		}
		return tx.DeleteUser(u.ID)
	}))
	result, err := w.Register(t.Context(), apptest.Stranger(3), app.RegistrationInput{Email: eve, Password: apptest.Password, SetupCode: code})
	must(t, err)
	if result.User.HasRole(app.RoleOwner) {
		t.Error("the code made a second first Owner")
	}
}

func TestACodeUsedByTwentyAtOnceMakesOneOwner(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{true, false} {
		t.Run(fmt.Sprintf("registration open %v", open), func(t *testing.T) {
			t.Parallel()
			w := apptest.Paused(t, apptest.WithoutLimits(), apptest.WithPolicy(func(p *app.Policy) { p.RegistrationOpen = open }))
			code, err := w.SetupCode(t.Context())
			must(t, err)
			errs := together(20, func(i int) error {
				_, err := w.Register(t.Context(), apptest.Stranger(byte(i)), app.RegistrationInput{
					Email: fmt.Sprintf("u%d@example.org", i), Password: apptest.Password, SetupCode: code,
				})
				return err
			})
			good, _ := count(t, errs, app.CodeRegistrationClosed)
			if want := map[bool]int{true: 20, false: 1}[open]; good != want {
				t.Errorf("%d registered, want %d", good, want)
			}
			if owners := holders(t, w, app.RoleOwner); len(owners) != 1 {
				t.Errorf("owners: %v", owners)
			}
		})
	}
}

func TestTheSetupCodeWorksWhateverAccountsExistAndWithRegistrationClosed(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.RegistrationOpen, p.DefaultActive = false, false }))
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		_, err := tx.InsertUser(app.User{
			Email: eve, EmailKey: eve, Username: "eve", UsernameKey: "eve", IsActive: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		})
		return err
	}))
	_, err := register(t, w, ada, apptest.Browser(1))
	wantCode(t, err, app.CodeSetupCodeRequired)
	code, err := w.SetupCode(t.Context())
	must(t, err)
	result, err := w.Register(t.Context(), apptest.Stranger(1), app.RegistrationInput{Email: ada, Password: apptest.Password, SetupCode: code})
	must(t, err)
	if u := result.User; !u.HasRole(app.RoleOwner) || !u.IsActive || !u.IsConfirmed() {
		t.Errorf("the first Owner is %+v", u)
	}
	_, err = register(t, w, "c@example.org", apptest.Browser(1))
	wantCode(t, err, app.CodeRegistrationClosed)
}

func TestRegistering(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	result, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{
		Email: " Grace.Hopper@Example.org ", Password: apptest.Password, FirstName: " Grace ", LastName: "Hopper", SignIn: true,
	})
	must(t, err)
	u := result.User
	if u.Email != "Grace.Hopper@Example.org" || u.Username != "grace_hopper" || u.FullName() != "Grace Hopper" {
		t.Errorf("registered as %q, %q, %q", u.Email, u.Username, u.FullName())
	}
	if u.IsConfirmed() || !u.IsActive || !u.SelfRegistered || !slices.Equal(u.Roles, []string{app.RoleUser}) {
		t.Errorf("registered with %+v", u)
	}
	if u.Registration.IP != apptest.Browser(9).IP || u.CreatedAt != w.Clock.Now() {
		t.Errorf("registered from %v at %v", u.Registration.IP, u.CreatedAt)
	}
	if result.Grant == nil || result.Concealed {
		t.Fatal("no session was opened")
	}
	m := w.Mail(app.MailConfirmation, u.Email)
	if m.Token == "" || m.Name != "" || !m.Expires.Equal(w.Clock.Now().Add(7*24*time.Hour)) || m.Locale != "en" {
		t.Errorf("the mail is %+v", m)
	}
}

func TestEveryProblemOfARegistrationIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	no := app.Secret("no")
	in := app.RegistrationInput{
		Email: "nobody", Password: "short", PasswordConfirmation: &no, Username: "1", FirstName: strings.Repeat("a", 101), LastName: "a\nb",
	}
	want := []string{
		"email invalid_format", "password too_short", "password_confirmation does_not_match", "username too_short",
		"first_name too_long", "last_name invalid_format",
	}
	_, err := w.Register(t.Context(), apptest.Stranger(9), in)
	wantFields(t, err, want...)
	wantFields(t, w.CheckRegistration(t.Context(), apptest.Stranger(2), in), want...)

	in = app.RegistrationInput{Email: ada, Password: apptest.Password, Username: "ADA"}
	must(t, w.CheckRegistration(t.Context(), apptest.Stranger(2), in)) // reveals nothing
	_, err = w.Register(t.Context(), apptest.Stranger(9), in)
	wantFields(t, err, "email taken", "username taken")
}

func TestAPasswordIsNeitherTheAddressNorTheNameThatWillBeMade(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	for email, password := range map[string]app.Secret{
		"lovelace.a@example.org": "Lovelace.A@example.org", "babbage.charles@example.org": "Babbage_Charles", "somebody@example.org": "SOMEBODY",
	} {
		_, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: email, Password: password})
		wantFields(t, err, "password must_differ")
	}
	_, err := register(t, w, "lovelace@example.org", apptest.Browser(9))
	must(t, err)
	_, err = w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: "lovelace@example.com", Password: "lovelace_1"})
	wantFields(t, err, "password must_differ")
}

func TestTakenAddressesInAnySpelling(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner("bücher@bücher.example")
	for _, email := range []string{"BÜCHER@BÜCHER.example", "bu\u0308cher@bu\u0308cher.example", "bücher@xn--bcher-kva.example", "ｂücher@bücher。example"} {
		_, err := register(t, w, email, apptest.Browser(9))
		wantFields(t, err, "email taken")
	}
	_, err := register(t, w, "bücher＠bücher.example", apptest.Browser(9))
	wantFields(t, err, "email invalid_format")
}

func TestUsernamesAreUniqueWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	for name, rule := range map[string]string{"ADA": "taken", "ada": "taken", "Admin": "taken", "support": "taken", "root": "taken", "a.da": "invalid_format"} {
		_, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: eve, Password: apptest.Password, Username: name})
		wantFields(t, err, "username "+rule)
	}
}

func TestMadeUsernamesAreNumberedUntilOneIsFree(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	name := func(email string) string {
		result, err := register(t, w, email, apptest.Browser(9))
		must(t, err)
		return result.User.Username
	}
	for i := 1; i <= 60; i++ {
		if got, want := name(fmt.Sprintf("ada@%d.example", i)), fmt.Sprintf("ada_%d", i); got != want {
			t.Fatalf("the name is %s, want %s", got, want)
		}
	}
	for i, want := range []string{"info_1", "info_2", "info_3"} { // info itself is reserved
		if got := name(fmt.Sprintf("info@%d.example", i)); got != want {
			t.Errorf("the name is %s, want %s", got, want)
		}
	}
	long := strings.Repeat("x", 40)
	for i, want := range []string{long[:30], long[:28] + "_1", long[:28] + "_2"} {
		if got := name(fmt.Sprintf("%s@%d.example", long, i)); got != want {
			t.Errorf("the name is %s, want %s", got, want)
		}
	}
}

func TestManyAccountsOfOneNameCostNoWalkThroughAll(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		for i := 1; i <= 1500; i++ {
			name, email := fmt.Sprintf("ada_%d", i), fmt.Sprintf("x%d@example.org", i)
			if _, err := tx.InsertUser(app.User{Email: email, EmailKey: email, Username: name, UsernameKey: name, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}); err != nil {
				return err
			}
		}
		return nil
	}))
	result, err := register(t, w, "ada@example.com", apptest.Browser(9))
	must(t, err)
	if result.User.Username != "ada_1501" {
		t.Errorf("the name is %s, want ada_1501", result.User.Username)
	}
}

func TestANameGivenUpStaysTakenForEverybodyElse(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	member := w.Member("grace@example.org")
	rename := func(to string) error {
		_, err := w.UpdateProfile(t.Context(), member.Actor(), changes("username", `"`+to+`"`))
		return err
	}
	taken := func(name string) {
		t.Helper()
		_, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: eve, Password: apptest.Password, Username: name})
		wantFields(t, err, "username taken")
	}
	must(t, rename("hopper"))
	taken("grace")
	taken("GRACE")
	must(t, rename("amazing"))
	must(t, rename("Grace")) // but its holder may take it back
	must(t, rename("hopper"))
	taken("grace")
	taken("amazing")
	must(t, w.DeleteOwnAccount(t.Context(), member.Actor(), apptest.Password))
	for _, name := range []string{"grace", "amazing", "Hopper"} {
		taken(name)
	}
	result, err := register(t, w, "hopper@example.org", apptest.Browser(9))
	must(t, err)
	if result.User.Username != "hopper_1" {
		t.Errorf("a made name is %s, want hopper_1", result.User.Username)
	}
}

func TestTwentyRegistrationsOfOneNameMakeOneAccount(t *testing.T) {
	t.Parallel()
	for field, input := range map[string]func(i int) app.RegistrationInput{
		"email": func(i int) app.RegistrationInput {
			return app.RegistrationInput{Email: eve, Username: fmt.Sprintf("name%d", i)}
		},
		"username": func(i int) app.RegistrationInput {
			return app.RegistrationInput{Email: fmt.Sprintf("u%d@example.org", i), Username: "Eve"}
		},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			w := apptest.Paused(t, apptest.WithoutLimits())
			w.Owner(ada)
			errs := together(20, func(i int) error {
				in := input(i)
				in.Password = apptest.Password
				_, err := w.Register(t.Context(), apptest.Stranger(byte(i)), in)
				return err
			})
			if good, _ := count(t, errs, app.CodeValidationFailed); good != 1 {
				t.Errorf("%d registered", good)
			}
			for _, err := range errs {
				if err != nil {
					wantFields(t, err, field+" taken")
				}
			}
			if n := len(holders(t, w, app.RoleUser)); n != 1 {
				t.Errorf("%d accounts were made", n)
			}
		})
	}
}

func TestTwentyRegistrationsWhoseNamesAreMadeGetTwentyNames(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	errs := together(20, func(i int) error {
		_, err := register(t, w, fmt.Sprintf("ada@%d.example", i), apptest.Browser(byte(i)))
		return err
	})
	if good, _ := count(t, errs, app.CodeInternal); good != 20 {
		t.Errorf("%d of 20 registered", good)
	}
}

func TestNewAccountsGetTheDefaultRoleAndStatus(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]string{"User": "User", "Admin": "Admin", "Owner": "User", "owner": "User", "Nobody": "User", "": "User"} {
		for _, active := range []bool{true, false} {
			w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.DefaultRole, p.DefaultActive = role, active }))
			w.Owner(ada)
			result, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: eve, Password: apptest.Password, SignIn: true})
			must(t, err)
			if !slices.Equal(result.User.Roles, []string{want}) || result.User.IsActive != active {
				t.Errorf("%q, %v: roles %v, active %v", role, active, result.User.Roles, result.User.IsActive)
			}
			if (result.Grant != nil) != active {
				t.Errorf("active %v: a session was opened: %v", active, result.Grant != nil)
			}
		}
	}
}

func TestRegistrationLimits(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	w.Clock.Advance(time.Hour)
	invalid := func() {
		t.Helper()
		_, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: ada, Password: "short"})
		wantFields(t, err, "password too_short")
	}
	for range 20 {
		invalid() // what fails another rule than `taken` counts for nothing
	}
	for range 3 {
		_, err := register(t, w, " ADA@example.org", apptest.Browser(9))
		wantFields(t, err, "email taken")
	}
	_, err := register(t, w, ada, apptest.Browser(10))
	wantCode(t, err, app.CodeRateLimitExceeded)
	if retry := app.AsError(err).RetryAfter; retry != time.Hour {
		t.Errorf("come back in %v", retry)
	}
	for i := range 7 { // ten from one IP in all
		_, err := register(t, w, fmt.Sprintf("u%d@example.org", i), apptest.Browser(9))
		must(t, err)
	}
	_, err = register(t, w, "u8@example.org", apptest.Browser(9))
	wantCode(t, err, app.CodeRateLimitExceeded)
	_, err = register(t, w, "u8@example.org", apptest.Browser(10))
	must(t, err)
	w.Clock.Advance(time.Hour - time.Microsecond)
	_, err = register(t, w, ada, apptest.Browser(11))
	wantCode(t, err, app.CodeRateLimitExceeded)
	w.Clock.Advance(time.Microsecond)
	_, err = register(t, w, ada, apptest.Browser(11))
	wantFields(t, err, "email taken")
}

func TestARegistrationReplacesTheSessionOfItsBrowser(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	_, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{
		Email: eve, Password: apptest.Password, SignIn: true, Replaces: owner.Actor().Session.ID,
	})
	must(t, err)
	_, _, err = owner.Check()
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestAbandonedAccountsGoAfterTheirTime(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Newcomer("gone@example.org")
	w.Member("confirmed@example.org")
	w.Newcomer("back@example.org")
	w.Clock.Advance(24 * time.Hour)
	w.SignIn("back@example.org", apptest.Browser(7))
	w.Clock.Advance(29*24*time.Hour - time.Second)
	must(t, w.Purge(t.Context()))
	if _, there := find(t, w, "gone@example.org"); !there {
		t.Error("an account went before its time")
	}
	w.Clock.Advance(2 * time.Second)
	wrote(t, w, func() { must(t, w.Purge(t.Context())) }, "user.deleted")
	for email, want := range map[string]bool{"gone@example.org": false, "confirmed@example.org": true, "back@example.org": true, ada: true} {
		if _, there := find(t, w, email); there != want {
			t.Errorf("%s is there: %v", email, there)
		}
	}
}

func TestAnAccountThatWasConfirmedOnceIsNeverAbandoned(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Member(eve)
	w.Clock.Advance(31 * 24 * time.Hour)
	for _, email := range []string{ada, eve} { // as an e-mail change by an admin does
		change(t, w, email, func(_ app.Tx, u *app.User) error { u.ConfirmedAt = time.Time{}; return nil })
	}
	must(t, w.Purge(t.Context()))
	for _, email := range []string{ada, eve} {
		if _, there := find(t, w, email); !there {
			t.Errorf("%s was deleted", email)
		}
	}
}

func TestAbandonedAccountsStayWhereTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.UnconfirmedKeep = 0 }))
	w.Owner(ada)
	w.Newcomer(eve)
	w.Clock.Advance(10 * 365 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	if _, there := find(t, w, eve); !there {
		t.Error("the account went")
	}
}

func TestWhoManagesOthersIsNotPurged(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Newcomer(eve)
	w.Newcomer("gone@example.org")
	change(t, w, eve, makeOwner)
	change(t, w, ada, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	w.Clock.Advance(31 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	if _, there := find(t, w, eve); !there {
		t.Error("the only active Owner was deleted")
	}
	if _, there := find(t, w, "gone@example.org"); there {
		t.Error("the purge stopped at the Owner")
	}
}
