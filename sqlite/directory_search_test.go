package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorward/app"
)

// indexed counts the pages of users_search that hold a part of a text. The index leaves out what a part has in common with
// the one before it, so the text must begin as no other does.
func indexed(t *testing.T, s *Store, part string) (n int) {
	t.Helper()
	err := s.View(t.Context(), func(tx app.Tx) (err error) {
		n, err = one(asTx(tx), "look into users_search", value[int],
			`SELECT count(*) FROM users_search_data WHERE instr(block, CAST($1 AS BLOB)) > 0`, fmt.Sprintf("%x", part)[2:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// isWhole asks SQLite to check the file, users_search included, on a connection of its own: one that searched before goes
// by what it remembers of the index, and the check does not look whether that still holds.
func isWhole(t *testing.T, s *Store) {
	t.Helper()
	c, err := openConn(t.Context(), readerDSN(s.path))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	var said string
	if err := c.scan(`PRAGMA integrity_check`, nil, []any{&said}); err != nil || said != "ok" {
		t.Errorf("SQLite says %s, %v", said, err)
	}
}

func TestADeletedAccountLeavesNoTraceInTheSearch(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	crowd(t, s, 0, 50)
	var gone, renamed app.User
	err := s.Update(t.Context(), func(tx app.Tx) (err error) {
		gone = app.User{Email: "a@b", EmailKey: "a@b", Username: "a_b", UsernameKey: "a_b", FirstName: "一丁丂", CreatedAt: noon, UpdatedAt: noon}
		if gone.ID, err = tx.InsertUser(gone); err != nil {
			return err
		}
		renamed = gone
		renamed.Email, renamed.EmailKey, renamed.Username, renamed.UsernameKey, renamed.FirstName = "b@c", "b@c", "b_c", "b_c", "가각갂"
		renamed.ID, err = tx.InsertUser(renamed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	crowd(t, s, 50, 100)
	if indexed(t, s, "一丁丂") == 0 || indexed(t, s, "가각갂") == 0 {
		t.Fatal("the parts are not found in the index where they are")
	}
	err = s.Update(t.Context(), func(tx app.Tx) error {
		renamed.FirstName = ""
		if err := tx.UpdateUser(renamed); err != nil {
			return err
		}
		return tx.DeleteUser(gone.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	if indexed(t, s, "一丁丂") != 0 || indexed(t, s, "가각갂") != 0 {
		t.Error("what was deleted or replaced lingers in the index")
	}
	isWhole(t, s)
}

func TestALongSearchIsLookedUpBySomeOfItsParts(t *testing.T) {
	t.Parallel()
	for letters, want := range map[int][2]int{1: {1, 1}, 2: {1, 1}, 3: {1, 1}, 4: {2, 2}, 10: {8, 5}, 34: {32, 17}, 160: {41, 41}, 1200: {34, 34}} {
		for i, every := range []int{1, 2} {
			match := partsOf(strings.Repeat("ä", letters), every)
			if n := strings.Count(match, `" "`) + 1; n != want[i] {
				t.Errorf("%d letters are looked up by %d parts, want %d", letters, n, want[i])
			}
			if strings.Contains(match, "*") != (letters < 3) {
				t.Errorf("%d letters: %s", letters, match)
			}
		}
	}
}

func TestNothingOfASearchIsTakenForSyntax(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	crowd(t, s, 0, 20)
	for _, search := range []string{`"`, `""`, `"""`, `" OR "`, "*", "a*", "NOT", "a OR b", "(", ")", ":", "parts:ada", "^ada", "+", "-ada", "NEAR(a b)", "'", "\\", "{", ";--"} {
		err := s.View(t.Context(), func(tx app.Tx) error {
			found, err := tx.ListUsers(app.UserFilter{Search: search, Limit: 10, Count: 10})
			if err == nil && len(found.Users) > 0 && !strings.Contains("@.-_", search) {
				t.Errorf("%q finds %d", search, len(found.Users))
			}
			return err
		})
		if err != nil {
			t.Errorf("%q: %v", search, err)
		}
	}
}

// TestTheDirectoryTakesOverWhatIsThere migrates a database that was filled before there was a directory.
func TestTheDirectoryTakesOverWhatIsThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	old, err := tryOpen(t, path, Options{Migrations: firstMigrations(t, 7)})
	if err != nil {
		t.Fatal(err)
	}
	err = old.Update(t.Context(), func(tx app.Tx) error {
		for n, u := range []app.User{
			{Email: "ada@example.org", Username: "Ada", FirstName: "Ada", LastName: "LOVELACE", IsActive: true, ConfirmedAt: noon, LastSeenAt: noon},
			{Email: "élodie@example.org", FirstName: "Élodie", IsActive: true},
			{Email: "zoe@example.org", Username: "zoe", LastName: "Ältere zoe", ConfirmedAt: noon},
		} {
			var username any
			if u.Username != "" {
				username = strings.ToLower(u.Username)
			}
			at := noon.Add(-time.Duration(n) * time.Hour)
			_, err := asTx(tx).exec("insert", `
				INSERT INTO users (email, email_key, username, username_key, first_name, last_name, is_active, confirmed_at, timezone, locale,
					custom_fields, registration_ip, registration_user_agent, registration_country, registration_region, registration_city,
					self_registered, last_seen_at, created_at, updated_at, search_text)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', '{}', '', '', '', '', '', 1, $9, $10, $10, $11)`,
				u.Email, u.Email, u.Username, username, u.FirstName, u.LastName, u.IsActive, micros(u.ConfirmedAt), micros(u.LastSeenAt),
				at.UnixMicro(), searchText(u))
			if err != nil {
				return err
			}
		}
		_, err := asTx(tx).exec("assign", `INSERT INTO role_assignments (user_id, role_id, assigned_at) VALUES (1, 1, 0), (2, 3, 0), (3, 3, 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}

	s := openAt(t, path, Options{})
	checkBlocks(t, s, usualSizes(), true)
	isWhole(t, s)
	no := false
	for want, f := range map[string]app.UserFilter{
		"1 2 3 of 3":   {},
		"3 2 1 of 3":   {Ascending: true},
		"3 1 2 of 3":   {Sort: app.ByLastName},
		"2 1 3 of 3":   {Sort: app.ByUsername, Ascending: true},
		"2 3 1 of 3":   {Sort: app.ByLastSeen, Ascending: true},
		"2 3 of 2":     {Role: app.RoleUser, Sort: app.ByEmail},
		"3 of 1":       {Active: &no},
		"2 of 1":       {Confirmed: &no},
		" 1 of 1":      {Search: "lovel"},
		"2  of 1":      {Search: "ÉLO"},
		"3  of 1":      {Search: "ä"},
		" 3 of 1":      {Search: "re zoe"},
		" 1 2 3 of 3":  {Search: "@example.org"}, // by creation, though the clock seems to have been put back
		"  2 3 1 of 3": {Search: "e", Sort: app.ByEmail},
	} {
		f.Limit, f.Count = 10, 10
		err := s.View(t.Context(), func(tx app.Tx) error {
			found, err := tx.ListUsers(f)
			ids := make([]string, len(found.Users))
			for i, u := range found.Users {
				ids[i] = fmt.Sprint(u.ID)
			}
			got := fmt.Sprintf("%s of %d", strings.Join(ids, " "), found.Total)
			if got != strings.Join(strings.Fields(want), " ") {
				t.Errorf("%+v: %s, want %s", f, got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if got := fact(t, s, factOutOfOrder); got != "1" {
		t.Errorf("that the clock was put back is told by %q", got)
	}
}
