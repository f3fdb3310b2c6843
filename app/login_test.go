package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"doorward/app"
	"doorward/app/apptest"
)

func TestLoggingInByAddressInAnyCaseOrByUsername(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner("Ada@Example.org")
	for _, login := range []string{"Ada@Example.org", "ada@example.org", " ADA@EXAMPLE.ORG ", "ada", "ADA", " Ada "} {
		grant, err := signIn(t, w, login, apptest.Password, apptest.Browser(3))
		must(t, err)
		if grant.User.Email != "Ada@Example.org" || grant.Device.UserID != grant.User.ID || grant.Device.ID == "" || grant.Token == "" {
			t.Errorf("%q: granted %+v", login, grant)
		}
		if !grant.Session.ExpiresAt.Equal(w.Clock.Now().Add(60 * 24 * time.Hour)) {
			t.Errorf("the session ends at %v", grant.Session.ExpiresAt)
		}
	}
	_, err := signIn(t, w, " ", apptest.Password, apptest.Browser(3))
	wantCode(t, err, app.CodeValidationFailed)
}

func TestWhatIsNoRightPasswordIsInvalidCredentials(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Member("long@example.org")
	long := strings.Repeat("kf8-fj2q", 9)
	must(t, changePassword(t, w, w.SignIn("long@example.org", apptest.Browser(2)), app.Secret(long)))
	for name, c := range map[string]struct {
		login    string
		password app.Secret
	}{
		"wrong password":           {ada, "wrong"},
		"empty password":           {ada, ""},
		"73 bytes":                 {"long@example.org", app.Secret(long + "x")},
		"NUL behind the right one": {ada, apptest.Password + "\x00"},
		"invalid UTF-8":            {ada, "\xff"},
		"unknown address":          {"nobody@example.org", apptest.Password},
		"unknown username":         {"nobody", apptest.Password},
		"not an address":           {"@", apptest.Password},
		"NUL in the login":         {"ada\x00", apptest.Password},
	} {
		wrote(t, w, func() {
			_, err := signIn(t, w, c.login, c.password, apptest.Browser(3))
			if err == nil || app.AsError(err).Code != app.CodeInvalidCredentials {
				t.Errorf("%s: %v", name, err)
			}
		}, "login.failed")
	}
	_, err := signIn(t, w, "long@example.org", app.Secret(long), apptest.Browser(3))
	must(t, err)
}

func changePassword(t testing.TB, w *apptest.World, p *apptest.Persona, to app.Secret) error {
	t.Helper()
	_, err := w.ChangePassword(t.Context(), p.Actor(), app.PasswordInput{Current: apptest.Password, Password: to})
	return err
}

func TestOnlyTheRightPasswordLearnsThatAnAccountIsInactive(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Member(eve)
	change(t, w, eve, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	wrote(t, w, func() {
		_, err := signIn(t, w, eve, "wrong", apptest.Browser(3))
		wantCode(t, err, app.CodeInvalidCredentials)
		_, err = signIn(t, w, eve, apptest.Password, apptest.Browser(3))
		wantCode(t, err, app.CodeAccountInactive)
	}, "login.failed", "login.failed")
}

func TestUnconfirmedLoginsByPolicy(t *testing.T) {
	t.Parallel()
	for policy, want := range map[app.UnconfirmedPolicy]app.Code{
		app.UnconfirmedLimited: "", app.UnconfirmedAllowed: "", app.UnconfirmedRefused: app.CodeAccountUnconfirmed,
	} {
		w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.Unconfirmed = policy }))
		w.Owner(ada)
		result, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{Email: eve, Password: apptest.Password, SignIn: true})
		must(t, err)
		if (result.Grant == nil) != (want != "") {
			t.Errorf("%s: registering opened a session: %v", policy, result.Grant != nil)
		}
		grant, err := signIn(t, w, eve, apptest.Password, apptest.Browser(9))
		if want != "" {
			wantCode(t, err, want)
			_, err = signIn(t, w, eve, "wrong", apptest.Browser(9))
			wantCode(t, err, app.CodeInvalidCredentials)
			continue
		}
		must(t, err)
		by := app.Actor{Kind: app.ActorUser, ID: grant.User.ID, User: &grant.User, Session: &grant.Session}
		if got := w.RequireConfirmed(by) != nil; got != (policy == app.UnconfirmedLimited) || w.IsLimited(&grant.User) != got {
			t.Errorf("%s: limited is %v", policy, got)
		}
	}
}

func TestLoginLimitsHoldForAnyWindow(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	wrong := func(login string, n byte) error {
		_, err := signIn(t, w, login, "wrong", apptest.Browser(n))
		return err
	}
	for i, login := range []string{ada, "ada", "ADA@example.org", " Ada ", "Ada@EXAMPLE.org"} { // all one account
		wantCode(t, wrong(login, byte(10+i)), app.CodeInvalidCredentials)
		w.Clock.Advance(10 * time.Second)
	}
	_, err := signIn(t, w, ada, apptest.Password, apptest.Browser(20))
	wantCode(t, err, app.CodeRateLimitExceeded)
	if retry := app.AsError(err).RetryAfter; retry != 10*time.Second {
		t.Errorf("come back in %v, want 10s", retry)
	}
	w.Clock.Advance(10*time.Second - time.Nanosecond)
	wantCode(t, wrong("ada", 20), app.CodeRateLimitExceeded)
	w.Clock.Advance(time.Nanosecond)
	wantCode(t, wrong(ada, 20), app.CodeInvalidCredentials)
	wantCode(t, wrong(ada, 20), app.CodeRateLimitExceeded)
}

func TestUnknownAddressesAreLimitedAndCountedAlike(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	for _, login := range []string{ada, "nobody@example.org"} {
		for range 5 {
			_, err := signIn(t, w, login, "wrong", apptest.Browser(10))
			wantCode(t, err, app.CodeInvalidCredentials)
		}
		_, err := signIn(t, w, login, "wrong", apptest.Browser(11))
		wantCode(t, err, app.CodeRateLimitExceeded)
	}
	log := entries(t, w)
	known, unknown := log[len(log)-6], log[len(log)-1]
	if known.Details["in_a_row"] != 5.0 || unknown.Details["in_a_row"] != 5.0 || unknown.TargetID != 0 || known.TargetID == 0 {
		t.Errorf("known %v, unknown %v", known.Details, unknown.Details)
	}
}

func TestAnIPGetsThreeTimesTheLoginLimit(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	for i := range 15 {
		_, err := signIn(t, w, fmt.Sprintf("u%d@example.org", i), "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	_, err := signIn(t, w, ada, apptest.Password, apptest.Browser(10))
	wantCode(t, err, app.CodeRateLimitExceeded)
	_, err = signIn(t, w, ada, apptest.Password, apptest.Browser(11))
	must(t, err)
}

func TestAGoodLoginIsGivenBack(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	for range 20 {
		_, err := signIn(t, w, ada, apptest.Password, apptest.Browser(10))
		must(t, err)
	}
	for range 5 {
		_, err := signIn(t, w, ada, "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	_, err := signIn(t, w, ada, apptest.Password, apptest.Browser(10))
	wantCode(t, err, app.CodeRateLimitExceeded)
}

func TestAHundredParallelGuessesGetFiveTries(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	errs := together(100, func(i int) error {
		_, err := signIn(t, w, ada, app.Secret(fmt.Sprint("guess", i)), apptest.Browser(byte(i)))
		return err
	})
	tries := 0
	for _, err := range errs {
		switch app.AsError(err).Code {
		case app.CodeInvalidCredentials:
			tries++
		case app.CodeRateLimitExceeded:
		default:
			t.Error(err)
		}
	}
	if tries != 5 {
		t.Errorf("%d guesses were compared, want 5", tries)
	}
}

func TestAKnownDeviceCountsOnItsOwn(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	w.Newcomer(eve)
	for range 5 {
		_, err := signIn(t, w, ada, "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	login := func(d app.KnownDevice, password app.Secret) (app.Grant, error) {
		return w.Login(t.Context(), apptest.Stranger(1), app.LoginInput{Login: ada, Password: password, Device: d})
	}
	foreign := p.Device
	foreign.UserID++ // a device of another account's
	for _, d := range []app.KnownDevice{{}, foreign, {UserID: p.Device.UserID}} {
		_, err := login(d, apptest.Password)
		wantCode(t, err, app.CodeRateLimitExceeded)
	}
	grant, err := login(p.Device, apptest.Password)
	must(t, err)
	if grant.Device != p.Device {
		t.Error("a known device got another name")
	}
	for range 5 {
		_, err := login(p.Device, "wrong")
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	_, err = login(p.Device, apptest.Password)
	wantCode(t, err, app.CodeRateLimitExceeded)
}

// TestABrowserStaysKnownWhenItsPasswordIsHashedAnew: a login that stores the same password at another cost must make neither
// the browser that it came from a stranger nor any other that the account has.
func TestABrowserStaysKnownWhenItsPasswordIsHashedAnew(t *testing.T) {
	t.Parallel()
	first := apptest.Paused(t)
	p := first.Owner(ada)
	other := first.SignIn(ada, apptest.Browser(3))
	login := func(w *apptest.World, d app.KnownDevice) (app.Grant, error) {
		return w.Login(t.Context(), apptest.Stranger(1), app.LoginInput{Login: ada, Password: apptest.Password, Device: d})
	}
	for _, cost := range []int{5, 6} { // the second time what names the password is no hash that there is any more
		w := first.Again(t, apptest.WithPolicy(func(p *app.Policy) { p.BcryptCost = cost }))
		grant, err := login(w, p.Device)
		must(t, err)
		if grant.Device != p.Device {
			t.Error("the browser got another name")
		}
		for range 5 {
			_, err := signIn(t, w, ada, "wrong", apptest.Browser(10))
			wantCode(t, err, app.CodeInvalidCredentials)
		}
		_, err = signIn(t, w, ada, apptest.Password, apptest.Browser(10))
		wantCode(t, err, app.CodeRateLimitExceeded)
		_, err = login(w, other.Device)
		must(t, err)
		first = w
	}
	_, err := first.ChangePassword(t.Context(), other.Actor(), app.PasswordInput{Current: apptest.Password, Password: "another horse"})
	must(t, err)
	_, err = first.Login(t.Context(), apptest.Stranger(1), app.LoginInput{Login: ada, Password: "another horse", Device: p.Device})
	wantCode(t, err, app.CodeRateLimitExceeded)
}

func TestAHundredWrongPasswordsInARowLockUnknownBrowsersOutUntilANewPassword(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	login := func(d app.KnownDevice) error {
		_, err := w.Login(t.Context(), apptest.Stranger(1), app.LoginInput{Login: ada, Password: apptest.Password, Device: d})
		return err
	}
	guess := func(n int) {
		t.Helper()
		for range n {
			_, err := signIn(t, w, ada, "wrong", apptest.Browser(10))
			wantCode(t, err, app.CodeInvalidCredentials)
		}
	}
	guess(99)
	must(t, login(app.KnownDevice{})) // a good login ends the row
	guess(99)
	must(t, login(app.KnownDevice{}))
	guess(100)
	wantCode(t, login(app.KnownDevice{}), app.CodeInvalidCredentials)
	must(t, login(p.Device))
	wantCode(t, login(app.KnownDevice{}), app.CodeInvalidCredentials) // the known device opened no door for others
	w.Clock.Advance(24 * time.Hour)
	wantCode(t, login(app.KnownDevice{}), app.CodeInvalidCredentials)

	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(1), ada))
	must(t, resetPassword(t, w, apptest.Stranger(1), w.Mail(app.MailPasswordReset, ada).Token, app.PasswordInput{Password: "another horse"}))
	_, err := signIn(t, w, ada, "another horse", apptest.Browser(1))
	must(t, err)
}

func TestWrongPasswordsForUnknownAddressesAreStoredAlike(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	for range 100 {
		_, err := signIn(t, w, eve, "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	var failures int
	must(t, w.Store.View(t.Context(), func(tx app.Tx) (err error) {
		failures, err = tx.LoginFailures(app.DigestOf("login failures\x00" + eve))
		return err
	}))
	if failures != 100 {
		t.Errorf("%d failures are stored", failures)
	}
}

func TestGuessesAtNobodysAddressAreForgottenAndAnAccountsAreNot(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	const nobodies = 501 // more than one transaction removes
	for n := range nobodies {
		_, err := signIn(t, w, fmt.Sprintf("nobody%d@example.org", n), "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	_, err := signIn(t, w, ada, "wrong", apptest.Browser(10))
	wantCode(t, err, app.CodeInvalidCredentials)
	count := func() (nobodys, adas int) {
		must(t, w.Store.View(t.Context(), func(tx app.Tx) (err error) {
			if adas, err = tx.LoginFailures(app.DigestOf("login failures\x00" + ada)); err != nil {
				return err
			}
			for n := range nobodies {
				one, err := tx.LoginFailures(app.DigestOf(fmt.Sprintf("login failures\x00nobody%d@example.org", n)))
				if nobodys += one; err != nil {
					return err
				}
			}
			return nil
		}))
		return nobodys, adas
	}
	w.Clock.Advance(30*24*time.Hour - time.Minute)
	must(t, w.Purge(t.Context()))
	if nobodys, adas := count(); nobodys != nobodies || adas != 1 {
		t.Errorf("within 30 days %d of nobody's and %d of Ada's are left", nobodys, adas)
	}
	w.Clock.Advance(2 * time.Minute)
	must(t, w.Purge(t.Context()))
	if nobodys, adas := count(); nobodys != 0 || adas != 1 {
		t.Errorf("after 30 days %d of nobody's and %d of Ada's are left", nobodys, adas)
	}
}

// TestANewAccountIsNotLockedByWhatWasGuessedBefore: whoever guesses at an address that nobody has yet must not lock its
// account out for good, however it comes to be.
func TestANewAccountIsNotLockedByWhatWasGuessedBefore(t *testing.T) {
	t.Parallel()
	password := apptest.Password
	for name, join := range map[string]func(w *apptest.World, p *apptest.Persona) error{
		"registered": func(w *apptest.World, _ *apptest.Persona) error {
			_, err := w.Register(t.Context(), apptest.Stranger(1), app.RegistrationInput{Email: eve, Password: password})
			return err
		},
		"made": func(w *apptest.World, p *apptest.Persona) error {
			_, err := w.CreateUser(t.Context(), p.Actor(), app.NewUserInput{Email: eve, Password: &password})
			return err
		},
		"imported": func(w *apptest.World, _ *apptest.Persona) error {
			importAll(t, w, app.ImportOptions{}, app.AccountRow{Email: eve, PasswordHash: bcryptOf(t, password.Reveal(), 'b')})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := apptest.Paused(t, apptest.WithoutLimits())
			p := w.Owner(ada)
			for range 101 {
				_, err := signIn(t, w, eve, "wrong", apptest.Browser(10))
				wantCode(t, err, app.CodeInvalidCredentials)
			}
			must(t, join(w, p))
			_, err := signIn(t, w, eve, password, apptest.Browser(20))
			must(t, err)
		})
	}
}

func TestTheLockFollowsAnAccountToItsNewAddress(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	for range 100 {
		_, err := signIn(t, w, ada, "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}
	must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: "lovelace@example.org", Current: apptest.Password}))
	_, err := w.ChangeEmail(t.Context(), p.Actor(), w.Mail(app.MailEmailChange, "lovelace@example.org").Token)
	must(t, err)
	_, err = signIn(t, w, "lovelace@example.org", apptest.Password, apptest.Browser(10))
	wantCode(t, err, app.CodeInvalidCredentials)
}

func TestALoginRehashesAPasswordOfAnotherCost(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.BcryptCost = 5 }))
	w.Owner(ada)
	store := func(cost int) {
		t.Helper()
		hash, err := bcrypt.GenerateFromPassword([]byte(apptest.Password), cost)
		must(t, err)
		change(t, w, ada, func(tx app.Tx, u *app.User) error { return tx.SetPasswordHash(u.ID, app.Secret(hash)) })
	}
	stored := func() (hash app.Secret) {
		t.Helper()
		change(t, w, ada, func(tx app.Tx, u *app.User) (err error) {
			hash, err = tx.PasswordHash(u.ID)
			return err
		})
		return hash
	}
	for _, cost := range []int{4, 6} {
		store(cost)
		before := stored()
		_, err := signIn(t, w, ada, "wrong", apptest.Browser(1))
		wantCode(t, err, app.CodeInvalidCredentials)
		if stored() != before {
			t.Error("a wrong password was hashed")
		}
		_, err = signIn(t, w, ada, apptest.Password, apptest.Browser(1))
		must(t, err)
		if got, err := bcrypt.Cost([]byte(stored())); got != 5 || err != nil {
			t.Errorf("the cost is %d, %v", got, err)
		}
	}
	before := stored()
	_, err := signIn(t, w, ada, apptest.Password, apptest.Browser(1))
	must(t, err)
	if stored() != before {
		t.Error("a password of today's cost was hashed anew")
	}
	store(4)
	for _, err := range together(10, func(i int) error {
		_, err := w.Login(t.Context(), apptest.Stranger(byte(20+i)), app.LoginInput{Login: ada, Password: apptest.Password})
		return err
	}) {
		if err != nil && app.AsError(err).Code != app.CodeRateLimitExceeded {
			t.Errorf("a right password beside another's rehash: %v", err)
		}
	}
}

func TestALoginEndsTheSessionOfItsCookie(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	member := w.Member(eve)
	replaces := func(old *apptest.Persona, email string) {
		t.Helper()
		_, err := w.Login(t.Context(), apptest.Stranger(1), app.LoginInput{Login: email, Password: apptest.Password, Replaces: old.Actor().Session.ID})
		must(t, err)
		_, _, err = old.Check()
		wantCode(t, err, app.CodeUnauthenticated)
	}
	other := w.SignIn(ada, apptest.Browser(1))
	wrote(t, w, func() { replaces(owner, ada) }, "session.deleted", "session.created")
	wrote(t, w, func() { replaces(member, ada) }, "session.deleted", "session.created") // another's
	other.Actor()                                                                       // goes on
	_, err := w.Login(t.Context(), apptest.Stranger(1), app.LoginInput{Login: ada, Password: "wrong", Replaces: other.Actor().Session.ID})
	wantCode(t, err, app.CodeInvalidCredentials)
	other.Actor() // a failed login ends nothing
	_, err = w.Login(t.Context(), apptest.Stranger(1), app.LoginInput{Login: ada, Password: apptest.Password, Replaces: "gone"})
	must(t, err)
}

func TestEveryLoginComparesOnePassword(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Newcomer(eve)
	change(t, w, eve, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	_, err := signIn(t, w, "warm@example.org", "wrong", apptest.Browser(1))
	wantCode(t, err, app.CodeInvalidCredentials)
	for name, c := range map[string]struct {
		login    string
		password app.Secret
	}{
		"wrong": {ada, "wrong"}, "unknown": {"nobody@example.org", "wrong"}, "unknown name": {"nobody", "wrong"}, "inactive": {eve, "wrong"},
		"empty": {ada, ""}, "too long": {ada, app.Secret(strings.Repeat("x", 73))}, "NUL": {ada, "\x00"}, "unknown and empty": {"nobody@example.org", ""},
	} {
		before := w.Counts().Hashed
		updates := w.Updates(func() {
			_, err := signIn(t, w, c.login, c.password, apptest.Browser(1))
			wantCode(t, err, app.CodeInvalidCredentials)
		})
		if hashed := w.Counts().Hashed - before; hashed != 1 || updates != 1 {
			t.Errorf("%s: %d passwords compared and %d commits, want one each", name, hashed, updates)
		}
	}
}
