package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"doorward/app"
	"doorward/app/apptest"
)

// rowsOf gives rows one by one, then io.EOF.
func rowsOf(rows ...app.AccountRow) func() (app.AccountRow, error) {
	at := 0
	return func() (app.AccountRow, error) {
		if at == len(rows) {
			return app.AccountRow{}, io.EOF
		}
		row := rows[at]
		at++
		row.Line = at + 1
		return row, nil
	}
}

var shell = app.Shell("operator")

// importAll imports rows and answers what was told of the bad ones.
func importAll(t testing.TB, w *apptest.World, o app.ImportOptions, rows ...app.AccountRow) (app.ImportReport, map[int]error) {
	t.Helper()
	problems := map[int]error{}
	o.Problem = func(line int, err error) { problems[line] = err }
	report, err := w.Import(t.Context(), shell, rowsOf(rows...), o)
	must(t, err)
	return report, problems
}

// Hashes of "correct horse battery": bcrypt at cost 4, Django's (made with Python's hashlib), argon2id.
const djangoHash = "pbkdf2_sha256$1000$seasalt2x$Mto84lx8Lp9J1noYxpYr8BbO2scyOLPPJtNfIDW33sk="

func bcryptOf(t testing.TB, password string, minor byte) app.Secret {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), 4)
	must(t, err)
	hash[2] = minor
	return app.Secret(hash)
}

func TestImportedAccountsSignInWithTheirOldPasswords(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	password := apptest.Password.Reveal()
	// The reference implementation's own test vector: `argon2 somesalt -id -t 2 -m 16 -p 1`.
	const argon = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	rows := []app.AccountRow{
		{Email: "a@example.org", PasswordHash: bcryptOf(t, password, 'a')},
		{Email: "b@example.org", PasswordHash: bcryptOf(t, password, 'b')},
		{Email: "y@example.org", PasswordHash: bcryptOf(t, password, 'y')},
		{Email: "django@example.org", PasswordHash: djangoHash},
		{Email: "argon@example.org", PasswordHash: argon},
		{Email: "none@example.org"},
	}
	report, problems := importAll(t, w, app.ImportOptions{}, rows...)
	if report != (app.ImportReport{Added: 6}) || len(problems) > 0 {
		t.Fatalf("report %+v, %v", report, problems)
	}
	logIn := func(email, password string) error {
		_, err := w.Login(t.Context(), apptest.Stranger(3), app.LoginInput{Login: email, Password: app.Secret(password)})
		return err
	}
	for _, row := range rows {
		right := password
		if row.Email == "argon@example.org" {
			right = "password"
		}
		wantCode(t, logIn(row.Email, "not "+right), app.CodeInvalidCredentials)
		if row.PasswordHash == "" {
			wantCode(t, logIn(row.Email, right), app.CodeInvalidCredentials)
			continue
		}
		for range 2 { // by the old hash, then by the one that took its place
			must(t, logIn(row.Email, right))
		}
		wantCode(t, logIn(row.Email, "not "+right), app.CodeInvalidCredentials)
		if hash := hashOf(t, w, row.Email); !strings.HasPrefix(hash, "$2") {
			t.Errorf("%s: after a login the hash is %.12s…", row.Email, hash)
		}
	}
	if mails := w.Outbox.All(); len(mails) > 0 {
		t.Errorf("an import sends mail: %v", mails)
	}
}

func hashOf(t testing.TB, w *apptest.World, email string) string {
	t.Helper()
	var hash app.Secret
	must(t, w.Store.View(t.Context(), func(tx app.Tx) error {
		user, err := tx.FindUserByEmail(app.EmailKey(email))
		if err == nil {
			hash, err = tx.PasswordHash(user.ID)
		}
		return err
	}))
	return hash.Reveal()
}

func TestHashesOutOfBoundsAreRefused(t *testing.T) {
	t.Parallel()
	good := bcryptOf(t, "x", 'a').Reveal()
	salt, value := "c29tc2FsdHNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, hash := range []string{
		good, "$2y$15" + good[6:], "$argon2id$v=19$m=262144,t=10,p=64$" + salt + "$" + value, djangoHash,
		"pbkdf2_sha256$2000000$s$Mto84lx8Lp9J1noYxpYr8BbO2scyOLPPJtNfIDW33sk=",
	} {
		if err := app.CheckPasswordHash(app.Secret(hash)); err != nil {
			t.Errorf("%s: %v", hash, err)
		}
	}
	for _, hash := range []string{
		"", "plain", "$1$abc$def", "$2a$16" + good[6:], "$2a$03" + good[6:], "$2x$04" + good[6:], "$2$04" + good[6:], good[:59], good + "a", good[:30] + "!" + good[31:],
		"$argon2id$v=19$m=262145,t=1,p=1$" + salt + "$" + value, "$argon2id$v=19$m=65536,t=11,p=1$" + salt + "$" + value,
		"$argon2id$v=19$m=65536,t=1,p=65$" + salt + "$" + value, "$argon2id$v=19$m=65536,t=0,p=1$" + salt + "$" + value,
		"$argon2id$v=16$m=65536,t=1,p=1$" + salt + "$" + value, "$argon2i$v=19$m=65536,t=1,p=1$" + salt + "$" + value,
		"$argon2id$v=19$m=65536,t=1$" + salt + "$" + value, "$argon2id$v=19$m=4,t=1,p=1$" + salt + "$" + value,
		"$argon2id$v=19$m=65536,t=1,p=1$" + salt + "$", "$argon2id$v=19$m=65536,t=1,p=1$$" + value, "$argon2id$v=19$m=65536,t=1,p=1$" + salt + "$" + value + "$x",
		"pbkdf2_sha256$2000001$s$Mto84lx8Lp9J1noYxpYr8BbO2scyOLPPJtNfIDW33sk=", "pbkdf2_sha256$-1$s$Mto84lx8Lp9J1noYxpYr8BbO2scyOLPPJtNfIDW33sk=",
		"pbkdf2_sha1$1000$s$Mto84lx8Lp9J1noYxpYr8BbO2scyOLPPJtNfIDW33sk=", "pbkdf2_sha256$1000$s$c2hvcnQ=", "!unusable",
	} {
		if err := app.CheckPasswordHash(app.Secret(hash)); err == nil {
			t.Errorf("%s is taken", hash)
		}
	}
}

func TestImportSkipsWhatIsThereAndWhatIsBad(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	w.Member("kept@example.org")
	custom := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"note": json.RawMessage(text)}
	}
	rows := []app.AccountRow{
		{Email: " New@Example.org ", Username: "newcomer", FirstName: "New", Timezone: "+2", Locale: "de", CustomFields: custom(`{"a":[1,2]}`)}, // line 2
		{Email: "KEPT@example.org", Username: "other", FirstName: "Changed"},
		{Email: "new@example.org", Username: "again"},
		{Email: "third@example.org", Username: "NEWCOMER"},
		{Email: "no address", Username: "2", FirstName: strings.Repeat("a", 101), Timezone: "Mars/Base", Locale: "xx", PasswordHash: "md5"},
		{Email: "deep@example.org", CustomFields: custom(strings.Repeat("[", 40) + strings.Repeat("]", 40))},
		{Email: "large@example.org", CustomFields: custom(`"` + strings.Repeat("a", 70_000) + `"`)},
		{Email: "named@example.org", CustomFields: map[string]json.RawMessage{"roles": json.RawMessage(`[]`)}},
		{Email: "admin@example.org"}, // a name that no registration may take: a number stands behind it
	}
	dry, dryProblems := importAll(t, w, app.ImportOptions{DryRun: true}, rows...)
	if _, there := find(t, w, "new@example.org"); there {
		t.Error("a dry run adds accounts")
	}
	report, problems := importAll(t, w, app.ImportOptions{}, rows...)
	if want := (app.ImportReport{Added: 2, Present: 2, Bad: 5}); report != want || dry != want {
		t.Errorf("report %+v, dry %+v, want %+v: %v", report, dry, want, problems)
	}
	if len(dryProblems) != len(problems) {
		t.Errorf("a dry run tells %v, the real one %v", dryProblems, problems)
	}
	wantFields(t, problems[5], "username taken")
	wantFields(t, problems[6], "email invalid_format", "username too_short", "first_name too_long", "user_timezone unknown", "preferred_locale unknown", "password_hash not_valid")
	wantFields(t, problems[7], "note out_of_range")
	wantFields(t, problems[8], "custom_fields too_long")
	wantFields(t, problems[9], "roles not_updatable")
	again, problems := importAll(t, w, app.ImportOptions{}, rows...)
	if want := (app.ImportReport{Present: 4, Bad: 5}); again != want {
		t.Errorf("the second time: %+v, want %+v: %v", again, want, problems)
	}
	kept, _ := find(t, w, "kept@example.org")
	fresh, _ := find(t, w, "new@example.org")
	if kept.FirstName != "" || kept.Username != "kept" {
		t.Errorf("an account that was there is changed: %+v", kept)
	}
	if fresh.Email != "New@Example.org" || !fresh.IsActive || fresh.IsConfirmed() || fresh.SelfRegistered || !slices.Equal(fresh.Roles, []string{"User"}) ||
		string(fresh.CustomFields["note"]) != `{"a":[1,2]}` {
		t.Errorf("the new one is %+v", fresh)
	}
	if log := entries(t, w); log[len(log)-1].Action != "import" || log[len(log)-1].Details["accounts"] != 2.0 {
		t.Errorf("the log ends with %+v", log[len(log)-1])
	}
}

func TestRolesComeWithAnImportOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.DefaultRole = "Owner" }))
	row := func(email string, roles ...string) app.AccountRow {
		return app.AccountRow{Email: email, Roles: roles}
	}
	report, _ := importAll(t, w, app.ImportOptions{}, row("a@example.org", "Owner"), row("b@example.org"))
	if owners := holders(t, w, "Owner"); report.Added != 2 || len(owners) != 0 {
		t.Fatalf("%+v, Owners %v", report, owners)
	}
	if code, err := w.SetupCode(t.Context()); err != nil || code == "" {
		t.Errorf("the way to the first Owner is closed: %v", err)
	}
	report, problems := importAll(t, w, app.ImportOptions{WithRoles: true},
		row("c@example.org", "Owner", "User"), row("d@example.org"), row("e@example.org", "owner"), row("f@example.org", "Nobody"))
	if report != (app.ImportReport{Added: 2, Bad: 2}) || len(holders(t, w, "Owner")) != 1 {
		t.Errorf("%+v, %v", report, problems)
	}
	wantFields(t, problems[4], "roles unknown")
	if code, err := w.SetupCode(t.Context()); err != nil || code != "" {
		t.Errorf("there is an Owner, and still a set-up code: %v", err)
	}
}

func TestAnImportThatBreaksOffKeepsWhatItAddedAndCanGoOn(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	broken := errors.New("the disk is gone")
	count := 0
	next := func(until int) func() (app.AccountRow, error) {
		count = 0
		return func() (app.AccountRow, error) {
			if count++; count > until {
				return app.AccountRow{}, broken
			}
			return app.AccountRow{Line: count, Email: fmt.Sprintf("p%d@example.org", count)}, nil
		}
	}
	report, err := w.Import(t.Context(), shell, next(1200), app.ImportOptions{})
	if !errors.Is(err, broken) || report.Added != 1200 {
		t.Fatalf("%+v, %v", report, err)
	}
	report, err = w.Import(t.Context(), shell, next(1500), app.ImportOptions{})
	if !errors.Is(err, broken) || report.Added != 300 || report.Present != 1200 {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestOnlyOwnersImportAndExport(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	bob := w.Member("bob@example.org")
	_, err := w.Import(t.Context(), bob.Actor(), rowsOf(), app.ImportOptions{})
	wantCode(t, err, app.CodeForbidden)
	wantCode(t, w.Export(t.Context(), bob.Actor(), false, nil), app.CodeForbidden)
}

func TestWhatIsExportedCanBeImportedElsewhere(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Member("bob@example.org")
	many := make([]app.AccountRow, 1001)
	for i := range many {
		many[i].Email = fmt.Sprintf("p%d@example.org", i)
	}
	importAll(t, w, app.ImportOptions{}, many...)
	export := func(w *apptest.World, withHashes bool) (rows []app.AccountRow) {
		must(t, w.Export(t.Context(), shell, withHashes, func(row app.AccountRow) error {
			rows = append(rows, row)
			return nil
		}))
		return rows
	}
	for _, row := range export(w, false) {
		if row.PasswordHash != "" {
			t.Fatal("a hash goes out unasked")
		}
	}
	rows := export(w, true)
	if len(rows) != 1003 || rows[0].Email != ada || rows[1].ConfirmedAt.IsZero() {
		t.Fatalf("%d rows", len(rows))
	}
	other := apptest.New(t, apptest.WithoutLimits())
	if report, problems := importAll(t, other, app.ImportOptions{WithRoles: true}, rows...); report.Added != len(rows) {
		t.Fatalf("%+v: %v", report, problems)
	}
	if user := other.SignIn(ada, apptest.Browser(1)).User(); !user.HasRole(app.RoleOwner) || !user.IsConfirmed() {
		t.Errorf("elsewhere the account is %+v", user)
	}
}
