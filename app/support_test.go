package app_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

const ada, eve = "ada@example.org", "eve@example.org"

// must fails the test at once where a step that should work did not.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode says that err should be a published one with this code.
func wantCode(t testing.TB, err error, code app.Code) {
	t.Helper()
	var e *app.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// wantFields says that err should be validation_failed with just these `field rule` pairs, in any order.
func wantFields(t testing.TB, err error, want ...string) {
	t.Helper()
	wantCode(t, err, app.CodeValidationFailed)
	var got []string
	for _, f := range app.AsError(err).Fields {
		got = append(got, f.Field+" "+string(f.Rule))
		if f.Message == "" {
			t.Errorf("%s has no sentence", f.Field)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// together runs fn n times at once and gives what each run answered.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// count counts the answers that are nil and those with a code, and fails on any other.
func count(t testing.TB, errs []error, code app.Code) (good, refused int) {
	t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			good++
		case app.AsError(err).Code == code:
			refused++
		default:
			t.Errorf("got %v, want nil or %s", err, code)
		}
	}
	return good, refused
}

// entry is an audit entry as tests read it.
type entry struct {
	app.AuditRow
	Details map[string]any
	Email   string
	Actor   string
	IP      string
}

// entries reads the audit log, oldest first, and proves its chain.
func entries(t testing.TB, w *apptest.World) []entry {
	t.Helper()
	var rows []app.AuditRow
	must(t, w.Store.View(t.Context(), func(tx app.Tx) (err error) {
		rows, err = tx.ListAudit(app.AuditFilter{Limit: 100_000})
		return err
	}))
	slices.Reverse(rows)
	var list []entry
	var before app.Digest
	for i, row := range rows {
		if row.ID != int64(i+1) || !row.Holds(apptest.Keys.Audit, before) {
			t.Fatalf("the audit chain breaks at entry %d (id %d, %s)", i+1, row.ID, row.Action)
		}
		before = row.MAC
		e := entry{AuditRow: row}
		var who struct {
			Name string `json:"name"`
			IP   string `json:"ip"`
		}
		var whom struct {
			Email   string         `json:"email"`
			Details map[string]any `json:"details"`
		}
		if row.ActorOpen != nil { // else it was erased
			must(t, json.Unmarshal(row.ActorOpen, &who))
		}
		if row.TargetOpen != nil {
			must(t, json.Unmarshal(row.TargetOpen, &whom))
		}
		e.Actor, e.IP, e.Email, e.Details = who.Name, who.IP, whom.Email, whom.Details
		list = append(list, e)
	}
	return list
}

// actions are the audit log's actions, oldest first.
func actions(t testing.TB, w *apptest.World) []string {
	t.Helper()
	list := []string{}
	for _, e := range entries(t, w) {
		list = append(list, e.Action)
	}
	return list
}

// wrote says which actions act should write to the audit log.
func wrote(t testing.TB, w *apptest.World, act func(), want ...string) {
	t.Helper()
	before := len(actions(t, w))
	act()
	if got := actions(t, w)[before:]; !slices.Equal(got, want) {
		t.Errorf("the audit log got %v, want %v", got, want)
	}
}

// find reads an account by its address; false when there is none.
func find(t testing.TB, w *apptest.World, email string) (app.User, bool) {
	t.Helper()
	var user app.User
	err := w.Store.View(t.Context(), func(tx app.Tx) (err error) {
		user, err = tx.FindUserByEmail(app.EmailKey(email))
		return err
	})
	if err != nil && !errors.Is(err, app.ErrNoRow) {
		t.Fatal(err)
	}
	return user, err == nil
}

// holders lists the addresses of accounts with a role.
func holders(t testing.TB, w *apptest.World, role string) []string {
	t.Helper()
	var list []string
	must(t, w.Store.View(t.Context(), func(tx app.Tx) error {
		found, err := tx.ListUsers(app.UserFilter{Limit: 1000})
		for _, u := range found.Users {
			if u.HasRole(role) {
				list = append(list, u.Email)
			}
		}
		return err
	}))
	return list
}

// change writes an account's row as only an admin's route would.
func change(t testing.TB, w *apptest.World, email string, fn func(tx app.Tx, u *app.User) error) {
	t.Helper()
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		user, err := tx.FindUserByEmail(app.EmailKey(email))
		if err != nil {
			return err
		}
		if err := fn(tx, &user); err != nil {
			return err
		}
		return tx.UpdateUser(user)
	}))
}

func makeOwner(tx app.Tx, u *app.User) error {
	role, err := tx.FindRole(app.RoleOwner)
	if err != nil {
		return err
	}
	_, err = tx.AssignRole(u.ID, role.ID)
	return err
}

// register registers an address from a browser.
func register(t testing.TB, w *apptest.World, email string, from app.Client) (app.RegistrationResult, error) {
	t.Helper()
	return w.Register(t.Context(), app.Stranger(from), app.RegistrationInput{Email: email, Password: apptest.Password})
}

// signIn tries a login from a browser.
func signIn(t testing.TB, w *apptest.World, login string, password app.Secret, from app.Client) (app.Grant, error) {
	t.Helper()
	return w.Login(t.Context(), app.Stranger(from), app.LoginInput{Login: login, Password: password})
}

// resetPassword sets a password by a mailed link.
func resetPassword(t testing.TB, w *apptest.World, by app.Actor, token app.Secret, in app.PasswordInput) error {
	t.Helper()
	_, err := w.ResetPassword(t.Context(), by, token, in)
	return err
}

// jobs reads the jobs of a kind, oldest first.
func jobs(t testing.TB, w *apptest.World, kind app.JobKind) []app.Job {
	t.Helper()
	var list []app.Job
	must(t, w.Store.View(t.Context(), func(tx app.Tx) (err error) {
		list, err = tx.ListJobs(app.JobFilter{Kind: kind, Limit: 1000})
		return err
	}))
	slices.Reverse(list)
	return list
}

// queued counts the mails of a kind that jobs hold.
func queued(t testing.TB, w *apptest.World, kind app.MailKind) int {
	t.Helper()
	n := 0
	for _, j := range jobs(t, w, app.JobMail) {
		if strings.Contains(string(j.Payload), `"kind":"`+string(kind)+`"`) {
			n++
		}
	}
	return n
}

// changes makes Changes of names and JSON values.
func changes(pairs ...string) app.Changes {
	c := app.Changes{}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return c
}
