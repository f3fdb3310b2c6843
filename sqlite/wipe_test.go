package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// dump writes out every row of every table of a copy of the store, but what only goose and the numbering of jobs and the
// like keep.
func dump(t *testing.T, w *apptest.World) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := w.Store.CopyTo(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var lines []string
	for _, table := range column(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('goose_db_version', 'sqlite_sequence', 'sqlite_stat1') ORDER BY name`) {
		all := `SELECT * FROM "` + table + `"`
		if table == "users_search_data" {
			all += ` WHERE id <> 10` // which counts how often the index's settings changed
		}
		rows, err := db.Query(all)
		if err != nil {
			continue // a shadow of another table that can't be read by itself
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, table+": "+fmt.Sprint(values...))
		}
		rows.Close()
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\nnext ids: " + strings.Join(column(t, db, `SELECT name || seq FROM sqlite_sequence WHERE name IN ('users', 'roles') AND seq > 0 ORDER BY name`), " ")
}

func column(t *testing.T, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	return values
}

// TestAWipedStoreIsLikeANewOne does something of everything first: a table that Wipe forgets holds a row then.
func TestAWipedStoreIsLikeANewOne(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	fresh := dump(t, w)
	owner := w.Owner("ada@example.org")
	gone := w.Newcomer("gone@example.org")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.CreateRole(t.Context(), owner.Actor(), app.RoleInput{Name: "Staff"})
	must(err)
	_, _, err = w.CreateKey(t.Context(), app.Shell(""), app.KeyInput{Name: "crm", Role: "Staff"})
	must(err)
	must(w.DeleteUser(t.Context(), owner.Actor(), gone.User().ID))
	if _, err := w.Login(t.Context(), apptest.Stranger(3), app.LoginInput{Login: "ada", Password: "wrong password"}); err == nil {
		t.Fatal("a wrong password is right")
	}
	must(w.RequestPasswordReset(t.Context(), apptest.Stranger(3), "ada@example.org"))
	if dump(t, w) == fresh {
		t.Fatal("nothing was done")
	}
	must(w.Store.Wipe(t.Context(), func(app.Tx) error { return nil }))
	if got := dump(t, w); got != fresh {
		t.Errorf("wiped:\n%s\n\nnew:\n%s", got, fresh)
	}
}
