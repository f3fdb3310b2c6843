package cli_test

import (
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// lines are standard output's.
func (o outcome) lines() []string { return strings.Split(strings.TrimSuffix(o.stdout, "\n"), "\n") }

// done checks that a command did what it was asked and said nothing on standard error.
func done(t *testing.T, o outcome) outcome {
	t.Helper()
	if o.code != 0 || o.stderr != "" || !o.done {
		t.Fatalf("exit %d, closed %v: %s", o.code, o.done, o.stderr)
	}
	return o
}

// failed checks that a command was refused in one line that holds part, with its accounts closed.
func failed(t *testing.T, o outcome, part string) {
	t.Helper()
	if o.code != 1 || o.stdout != "" || !o.done || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, part) {
		t.Errorf("exit %d, closed %v, %q, %q: want %q", o.code, o.done, o.stdout, o.stderr, part)
	}
}

func TestKeyAddPrintsTheSecretAlone(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	o := done(t, runOn(t, w, nil, "key", "add", "Shop 1", "--role", "Admin"))
	if lines := o.lines(); len(lines) != 1 || !strings.HasPrefix(lines[0], "dwk_") {
		t.Fatalf("printed %d lines", len(lines))
	}
	by := w.Program(app.Secret(o.lines()[0]))
	if by.Name != "Shop 1" || by.Rank != app.RankAdmin || !o.mayMake {
		t.Errorf("the key acts as %+v; a folder may be made: %v", by, o.mayMake)
	}
	failed(t, runOn(t, w, nil, "key", "add", "shop 1", "--role", "User"), "name: There is a key of that name already.")
	failed(t, runOn(t, w, nil, "key", "add", "a/b", "--role", "Nobody"), "role: There is no role of exactly that name.")
}

func TestKeyList(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	none := done(t, runOn(t, w, nil, "key", "list", "--json"))
	if strings.Join(strings.Fields(none.stdout), "") != `{"keys":[]}` || none.mayMake {
		t.Errorf("no keys: %s", none.stdout)
	}
	used := w.Key("shop", app.RoleUser)
	w.Clock.Advance(time.Hour)
	w.Key("a longer name", app.RoleOwner)
	w.Program(used)
	want := []string{
		"ID  NAME           ROLE   CREATED               LAST USED",
		"2   a longer name  Owner  2026-01-31 13:00:00Z  never",
		"1   shop           User   2026-01-31 12:00:00Z  2026-01-31 13:00:00Z",
	}
	if got := done(t, runOn(t, w, nil, "key", "list")).lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the table is\n%s", strings.Join(got, "\n"))
	}
	list := strings.Join(strings.Fields(done(t, runOn(t, w, nil, "key", "list", "--json")).stdout), "")
	if !strings.Contains(list, `{"id":1,"name":"shop","role":"User","created_at":"2026-01-31T12:00:00Z","last_used_at":"2026-01-31T13:00:00Z"}`) ||
		!strings.Contains(list, `"last_used_at":null`) {
		t.Errorf("the list is %s", list)
	}
}

func TestKeyRevoke(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	first := w.Key("first", app.RoleUser)
	w.Key("second", app.RoleUser)
	if o := done(t, runOn(t, w, nil, "key", "revoke", "FIRST")); o.stdout != "revoked key 1, first\n" || o.mayMake {
		t.Errorf("printed %q", o.stdout)
	}
	if _, err := w.CheckKey(t.Context(), first, apptest.Browser(100)); err == nil {
		t.Error("it still works")
	}
	if o := done(t, runOn(t, w, nil, "key", "revoke", "2")); o.stdout != "revoked key 2, second\n" {
		t.Errorf("printed %q", o.stdout)
	}
	for _, called := range []string{"first", "1", "3", "nobody"} {
		failed(t, runOn(t, w, nil, "key", "revoke", called), "No key that works")
	}
}

func TestAKeyCommandReadsOnlyItsSettings(t *testing.T) {
	t.Parallel()
	environ := []string{"DOORWARD_LISTEN=nowhere", "DOORWARD_DATA=elsewhere", "DOORWARD_ROLE=Owner"}
	o := runOn(t, apptest.New(t), environ, "key", "list")
	if o.code != 0 || o.settings.Data != "elsewhere" {
		t.Errorf("exit %d: %s", o.code, o.stderr)
	}
	if o := runOn(t, nil, environ, "key", "add", "shop"); o.code != 2 || o.settings != nil {
		t.Errorf("a role from the environment: exit %d: %s", o.code, o.stderr)
	}
}
