package sqlite

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"doorward/app"
	"doorward/goose"
)

// schemaBefore is the schema as it was before a migration.
func schemaBefore(t testing.TB, name string) fs.FS {
	t.Helper()
	all := goose.Migrations()
	names, err := fs.Glob(all, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	before := fstest.MapFS{}
	for _, n := range names {
		text, err := fs.ReadFile(all, n)
		if err != nil {
			t.Fatal(err)
		}
		if n < name {
			before[n] = &fstest.MapFile{Data: text}
		}
	}
	return before
}

// beside opens one more connection to a store's file, as another program would, for what Tx does not offer.
func beside(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := openDB(writerDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestCountsBeginWithTheRowsThatAreThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	old, err := tryOpen(t, path, Options{Migrations: schemaBefore(t, "00009")})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db := beside(t, path)
	for _, user := range []string{"(1, 'a@b', 'a@b', 1)", "(2, 'b@b', 'b@b', 1)", "(3, 'c@b', 'c@b', 0)"} {
		run(t, db, `INSERT INTO users (id, email, email_key, is_active, username, first_name, last_name, timezone, locale, custom_fields,
			registration_ip, registration_user_agent, registration_country, registration_region, registration_city,
			self_registered, created_at, updated_at, search_text)
			SELECT column1, column2, column3, column4, '', '', '', '', '', '{}', '', '', '', '', '', 0, 0, 0, '' FROM (VALUES `+user+`)`)
	}
	run(t, db, `INSERT INTO role_assignments (user_id, role_id, assigned_at) VALUES (1, 1, 0), (1, 3, 0), (3, 3, 0)`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s := openAt(t, path, Options{})
	err = s.View(t.Context(), func(tx app.Tx) error {
		all, err := tx.CountUsers()
		if err != nil || all != 3 {
			t.Errorf("%d users, %v, want 3", all, err)
		}
		roles, err := tx.ListRoles()
		if err != nil || roles[0].UserCount != 1 || roles[1].UserCount != 0 || roles[2].UserCount != 2 {
			t.Errorf("roles %+v, %v", roles, err)
		}
		without, err := tx.UsersWithoutRole(0, 10)
		if err != nil || len(without) != 1 || without[0] != 2 {
			t.Errorf("without a role: %v, %v, want 2", without, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARoleOfAKeyThatWorksIsInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	s := openAt(t, path, Options{})
	var role int64
	update := func(fn func(app.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx app.Tx) (err error) {
		role, err = tx.InsertRole(app.Role{Name: "Editor"})
		return err
	})
	db := beside(t, path)
	run(t, db, `INSERT INTO api_keys (name, name_key, digest, role_id, created_at) SELECT 'k', 'k', randomblob(32), id, 0 FROM roles WHERE name = 'Editor'`)
	inUse := func(want bool) {
		t.Helper()
		update(func(tx app.Tx) error {
			if got, err := tx.RoleInUse(role); err != nil || got != want {
				t.Errorf("in use: %v, %v, want %v", got, err, want)
			}
			return nil
		})
	}
	inUse(true)
	if err := s.Update(t.Context(), func(tx app.Tx) error { return tx.DeleteRole(role) }); err == nil {
		t.Error("the role of a key that works was deleted")
	}
	run(t, db, `UPDATE api_keys SET revoked_at = 1`)
	inUse(false)
	update(func(tx app.Tx) error { return tx.DeleteRole(role) })
	var left int
	if err := db.QueryRow(`SELECT count(*) FROM api_keys JOIN roles ON roles.id = role_id`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d keys, %v: the revoked key's row should stay", left, err)
	}
}

// TestHoldersAreReadByAnIndex holds both ways to the users with a role, and those without one, against a look at every account.
func TestHoldersAreReadByAnIndex(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	openAt(t, path, Options{})
	db := beside(t, path)
	for query, first := range map[string]string{
		sortHolders:   "SEARCH ra USING COVERING INDEX role_assignments_by_role (role_id=?)",
		walkAddresses: "SCAN u USING COVERING INDEX users_unique_email",
	} {
		plan := explain(t, db, selectUser+` WHERE u.id IN (`+query+`) ORDER BY u.email_key`)
		if !strings.HasPrefix(plan[0], "SEARCH u USING INTEGER PRIMARY KEY") || !slices.Contains(plan, first) {
			t.Errorf("the plan is\n%s", strings.Join(plan, "\n"))
		}
	}
}

func explain(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(`EXPLAIN QUERY PLAN `+query, 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	return plan
}
