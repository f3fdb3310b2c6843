package main

import (
	"database/sql"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"doorward/goose"
	"doorward/sqlite"
)

// tear overwrites the page of a table that few requests read, as a failing disk does.
func tear(t *testing.T, database string) {
	t.Helper()
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	var page, size int64
	err = db.QueryRow(`SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'retired_usernames'`).Scan(&page, &size)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(database, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte(strings.Repeat("torn", int(size/4))), (page-1)*size); err != nil {
		t.Fatal(err)
	}
}

func TestATornPageEndsWritingAndTheBackupThatFitsIsNamed(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data, backup := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "friday.tar")
	database := filepath.Join(data, "doorward.db")
	s, token, face := owned(t, data)
	if code, _, errs := command(t, "backup", backup, "--data", data); code != 0 {
		t.Fatal(errs)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("SIGTERM: exit %d", code)
	}
	tear(t, database)
	torn := readFile(t, database)
	arguments := []string{"--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"}
	change := []byte(`{"first_name":"Late"}`)

	for _, which := range []string{"the start that finds it", "the start after that"} {
		s := start(t, program(t, arguments...))
		answer := s.works(which, http.StatusServiceUnavailable, "GET", "/readyz", "", "", nil)
		if why := answer["detail"].(string); !strings.Contains(why, "damaged") || !strings.Contains(why, "friday.tar of 20") || strings.Contains(why, backup) {
			t.Errorf("%s: /readyz says %q", which, why)
		}
		s.refusesWrites(which, "PATCH", "/api/v1/me", token, "application/json", change)
		s.refusesWrites(which, "POST", "/api/v1/sessions", "", "application/json", []byte(ownerLogin))
		for _, path := range []string{"/api/v1/session", "/api/v1/me", face} {
			if status, answer := s.ask("GET", path, token, "", nil); status != http.StatusOK {
				t.Errorf("%s: %s answers %d %v", which, path, status, answer)
			}
		}
		if code, out, errs := command(t, "user", "status", "ada@example.org", "off", "--data", data); code != 1 || out != "" || !strings.Contains(errs, "\n") {
			t.Errorf("%s: a command of the shell: exit %d, %q, %q", which, code, out, errs)
		}
		if code, out, _ := command(t, "doctor", "--data", data); code != 1 || !strings.Contains(out, backup) {
			t.Errorf("%s: doctor: exit %d, %q", which, code, out)
		}
		if code := s.stop(syscall.SIGTERM); code != 0 {
			t.Errorf("%s: SIGTERM: exit %d: %s", which, code, s.log)
		}
		if log := s.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, backup) {
			t.Errorf("%s: the log says %s", which, log)
		}
		if string(readFile(t, database)) != string(torn) {
			t.Fatalf("%s wrote to the damaged database", which)
		}
	}

	if code, _, errs := command(t, "restore", backup, "--force", "--data", data); code != 0 {
		t.Fatalf("restore: exit %d, %q", code, errs)
	}
	again := start(t, program(t, arguments...))
	token = again.logIn()
	if status, answer := again.ask("PATCH", "/api/v1/me", token, "application/json", change); status != http.StatusOK {
		t.Errorf("after the restore a change answers %d %v", status, answer)
	}
	if status, _ := again.ask("GET", face, "", "", nil); status != http.StatusOK {
		t.Errorf("after the restore the picture answers %d", status)
	}
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}

// TestADatabaseThatWasMendedIsWrittenAgain: whoever puts a whole file in the place of a damaged one need not know of the note
// that lies beside it.
func TestADatabaseThatWasMendedIsWrittenAgain(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	s, token, _ := owned(t, data)
	s.stop(syscall.SIGTERM)
	if err := os.WriteFile(filepath.Join(data, "doorward.db-damaged"), []byte("a page was torn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
	s.works("a change", http.StatusOK, "PATCH", "/api/v1/me", token, "application/json", []byte(`{"first_name":"Kept"}`))
	s.stop(syscall.SIGTERM)
	if _, err := os.Stat(filepath.Join(data, "doorward.db-damaged")); err == nil {
		t.Error("the note is still there")
	}
	if log := s.log.String(); !strings.Contains(log, "a page was torn") || !strings.Contains(log, "found it whole") {
		t.Errorf("the log says %s", log)
	}
}

// TestAMigrationThatIsKilledGoesOnAtTheNextStart kills the real process at many moments of bringing an old database up to
// date. Each step is one transaction with the note that it was done.
func TestAMigrationThatIsKilledGoesOnAtTheNextStart(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	const people = 3000
	original := filepath.Join(t.TempDir(), "doorward.db")
	old, err := sqlite.Open(t.Context(), original, sqlite.Options{Migrations: oldMigrations(t, 7), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	populate(t, original, people)
	before := readFile(t, original)

	killed := 0
	for patience := time.Millisecond; ; patience += patience/4 + time.Millisecond {
		data := filepath.Join(t.TempDir(), fmt.Sprint(patience))
		if code, _, errs := command(t, "migrate", "--data", data); code != 0 { // for the keys
			t.Fatal(errs)
		}
		database := filepath.Join(data, "doorward.db")
		if err := os.WriteFile(database, before, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := program(t, "migrate", "--data", data)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(patience) // the moment is the point of it
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if cmd.ProcessState.Success() {
			break // it was done before
		}
		killed++
		if code, _, errs := command(t, "migrate", "--data", data); code != 0 {
			t.Fatalf("killed after %v: exit %d, %q", patience, code, errs)
		}
		if n := survivors(t, database); n != people {
			t.Fatalf("killed after %v: %d of %d people are left", patience, n, people)
		}
		if left, _ := filepath.Glob(filepath.Join(data, "backups", "*.partial")); len(left) > 0 {
			t.Errorf("killed after %v: it leaves %v", patience, left)
		}
		if code, out, _ := command(t, "doctor", "--data", data); code != 0 {
			t.Errorf("killed after %v: doctor says %s", patience, out)
		}
	}
	if killed < 3 {
		t.Errorf("it was killed only %d times", killed)
	}
}

// oldMigrations is the schema as it was some releases ago.
func oldMigrations(t *testing.T, upTo int) fs.FS {
	t.Helper()
	some := fstest.MapFS{}
	names, err := fs.Glob(goose.Migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names[:upTo] {
		text, err := fs.ReadFile(goose.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		some[name] = &fstest.MapFile{Data: text}
	}
	return some
}

// populate adds accounts to a database of an old schema.
func populate(t *testing.T, database string, people int) {
	t.Helper()
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO users (email, email_key, username, username_key, first_name, last_name, timezone, locale, custom_fields, is_active,
			registration_ip, registration_user_agent, registration_country, registration_region, registration_city, self_registered, created_at, updated_at, search_text)
		SELECT 'u' || i || '@example.org', 'u' || i || '@example.org', 'user' || i, 'user' || i, 'First' || i, 'Last' || i, '', '', '{}', 1,
			'', '', '', '', '', 1, i, i, 'u' || i || '@example.org' || char(10) || 'user' || i FROM n`, people)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
}

// survivors counts the accounts whom the directory lists too.
func survivors(t *testing.T, database string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var whole string
	if err := db.QueryRow(`PRAGMA integrity_check(1)`).Scan(&whole); err != nil || whole != "ok" {
		t.Errorf("the database's check says %q (%v)", whole, err)
	}
	if err := db.QueryRow(`SELECT min((SELECT count(*) FROM users), (SELECT value FROM kept_counts WHERE name = 'users'))`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTheDatabaseOfANewerProgramIsRefusedAndLeftAlone: a program that was put back must not write what it does not know.
func TestTheDatabaseOfANewerProgramIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if code, _, errs := command(t, "migrate", "--data", data); code != 0 {
		t.Fatal(errs)
	}
	database := filepath.Join(data, "doorward.db")
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, database)
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"migrate"}, {"user", "list"}, {"backup", filepath.Join(t.TempDir(), "a.tar")}} {
		code, out, errs := command(t, append(args, "--data", data)...)
		if code != 1 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "99999") || !strings.Contains(errs, "newer program") {
			t.Errorf("%v: exit %d, %q, %q", args, code, out, errs)
		}
	}
	if string(readFile(t, database)) != string(before) {
		t.Error("it was written")
	}
}
