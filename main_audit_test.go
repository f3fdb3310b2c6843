package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var markLine = regexp.MustCompile(`\A(?s:.*\n)?([0-9]+:[0-9a-f]{64})\n\z`)

// verified runs `audit verify`, which must find a log that holds, and answers its last line.
func verified(t *testing.T, data string, args ...string) string {
	t.Helper()
	code, out, errs := command(t, append([]string{"audit", "verify", "--data", data}, args...)...)
	match := markLine.FindStringSubmatch(out)
	if code != 0 || match == nil || errs != "" {
		t.Fatalf("audit verify %q: exit %d, %q, %q", args, code, out, errs)
	}
	return match[1]
}

// broken runs `audit verify`, which must refuse the log on one line that says it all.
func broken(t *testing.T, data string, says []string, args ...string) {
	t.Helper()
	code, out, errs := command(t, append([]string{"audit", "verify", "--data", data}, args...)...)
	if code != 1 || out != "" || strings.Count(errs, "\n") != 1 {
		t.Errorf("audit verify %q: exit %d, %q, %q", args, code, out, errs)
	}
	for _, part := range says {
		if !strings.Contains(errs, part) {
			t.Errorf("audit verify %q does not say %q: %s", args, part, errs)
		}
	}
}

func TestTheAuditLogIsVerifiedFromTheShell(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	broken(t, data, []string{"no database", "--data"})
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	s.owner()
	first := verified(t, data) // beside the server
	if !strings.HasPrefix(first, "2:") {
		t.Errorf("after a registration and a login: %s", first)
	}
	post(t, s.base+"/api/v1/sessions", `{"email":"ada@example.org","password":"`+ownerPassword+`"}`, http.StatusCreated, nil)
	second := verified(t, data, "--expect", first)
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit %d: %s", code, s.log)
	}
	if again := verified(t, data, "--expect="+second); again != second {
		t.Errorf("the log that nobody wrote to ends with %s, then with %s", second, again)
	}
	if code, _, errs := command(t, "audit", "verify", "--data", data, "--expect", "3"); code != 2 || strings.Count(errs, "\n") != 1 {
		t.Errorf("an --expect that can't be read: exit %d, %q", code, errs)
	}

	db, err := sql.Open("sqlite", filepath.Join(data, "doorward.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	write := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	write("DELETE FROM audit_log WHERE id = 3")
	if left := verified(t, data); left != first {
		t.Errorf("the log that was cut back ends with %s, want %s", left, first)
	}
	broken(t, data, []string{"entry 3", "cut"}, "--expect", second)
	write("UPDATE audit_log SET actor_id = 7 WHERE id = 1")
	broken(t, data, []string{"entry 1", "changed"})
	write("DELETE FROM audit_log WHERE id = 1")
	broken(t, data, []string{"entry 1", "missing"})
}
