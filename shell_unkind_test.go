package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// printedJSON reads what a command printed.
func printedJSON(t *testing.T, text string) (read map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return read
}

func TestWhatIsPrintedCanBeReadByAProgramToo(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "migrate")
	file := write(t, "a.csv", "email\nada@example.org\nbad\n")
	for _, want := range []map[string]any{
		{"added": 1.0, "present": 0.0, "bad": 1.0, "dry_run": false},
		{"added": 0.0, "present": 1.0, "bad": 1.0, "dry_run": false},
	} {
		got := printedJSON(t, shell(t, data, "", "import", file, "--json"))
		for name, value := range want {
			if got[name] != value || len(got) != len(want) {
				t.Errorf("import prints %v, want %v", got, want)
			}
		}
	}
	audit := printedJSON(t, shell(t, data, "", "audit", "verify", "--json"))
	lines := strings.Fields(shell(t, data, "", "audit", "verify"))
	if mark := lines[len(lines)-1]; mark != "1:"+audit["value"].(string) || audit["length"] != 1.0 {
		t.Errorf("audit verify prints %v, and %s for people", audit, mark)
	}
	checks := printedJSON(t, shell(t, data, "", "doctor", "--json"))["checks"].([]any)
	if first := checks[0].(map[string]any); len(checks) < 5 || first["check"] != "settings" || first["verdict"] != "ok" || first["says"] == "" {
		t.Errorf("doctor prints %v", checks)
	}
	if code, out, errs := command(t, "doctor", "--json", "--data", filepath.Join(data, "no-such")); code != 1 || printedJSON(t, out) == nil || strings.Count(errs, "\n") != 1 {
		t.Errorf("a doctor who finds something: exit %d, %q, %q", code, out, errs)
	}
}

func TestWhereNothingCanBeWrittenIsNamedAsItWasTyped(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "migrate")
	missing := filepath.Join(t.TempDir(), "missing", "all.csv")
	if code, _, errs := command(t, "export", missing, "--data", data); code != 1 || !strings.Contains(errs, missing) || strings.Count(errs, "\n") != 1 {
		t.Errorf("export: exit %d, %q", code, errs)
	}
	onto := filepath.Join(t.TempDir(), "onto")
	if err := os.Mkdir(onto, 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command(t, "backup", onto, "--data", data); code != 1 || !strings.Contains(errs, onto+" is a folder") || strings.Count(errs, "\n") != 1 {
		t.Errorf("backup: exit %d, %q", code, errs)
	}
	if left, err := os.ReadDir(filepath.Dir(onto)); err != nil || len(left) != 1 {
		t.Errorf("beside it is left: %v, %v", left, err)
	}
}

// TestNoFileIsPutInThePlaceOfWhatIsNone: a backup and an export appear by a rename, which would take the database's or a
// device's place and say that all went well.
func TestNoFileIsPutInThePlaceOfWhatIsNone(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "migrate")
	for _, name := range []string{"doorward.db", "keys", "lock", "avatars/backup.tar"} {
		target := filepath.Join(data, filepath.FromSlash(name))
		before, _ := os.ReadFile(target)
		if code, _, errs := command(t, "backup", target, "--data", data); code != 1 || !strings.Contains(errs, "is a part of the data folder") || strings.Count(errs, "\n") != 1 {
			t.Errorf("backup onto %s: exit %d, %q", name, code, errs)
		}
		if after, _ := os.ReadFile(target); !bytes.Equal(before, after) {
			t.Errorf("%s was changed", name)
		}
	}
	shell(t, data, "", "backup", filepath.Join(data, "backup.tar")) // as in a container, whose only volume it is
	if runtime.GOOS == "windows" {
		return
	}
	pipe := filepath.Join(t.TempDir(), "pipe.csv")
	if out, err := exec.Command("mkfifo", pipe).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v: %s", err, out)
	}
	for _, cmd := range []string{"backup", "export"} {
		if code, _, errs := command(t, cmd, pipe, "--data", data); code != 1 || !strings.Contains(errs, pipe+" is a device or a pipe") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s into a pipe: exit %d, %q", cmd, code, errs)
		}
		if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
			t.Fatalf("%s replaced the pipe: %v", cmd, info)
		}
	}
}

func TestAnImportThatIsInterruptedSaysSo(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "migrate")
	var lines strings.Builder
	lines.WriteString("email\n")
	for i := range 20000 {
		lines.WriteString("p" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + time.Duration(i).String() + "@example.org\n")
	}
	cmd := program(t, "import", write(t, "many.csv", lines.String()), "--data", data)
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the exit code says it
	}()
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C { // until it has committed something
		if info, err := os.Stat(filepath.Join(data, "doorward.db-wal")); err == nil && info.Size() > 1<<20 {
			break
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.HasPrefix(errs.String(), "doorward: interrupted (what was added stays") || strings.Count(errs.String(), "\n") != 1 {
		t.Errorf("Ctrl-C: exit %d, %q", code, errs.String())
	}
}

func TestWhatTheShellDoesHoldsForARunningServerWithinASecond(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "correct horse battery\n", "user", "add", "ada@example.org", "--role", "Owner", "--password-stdin", "--confirmed")
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	login := func(password string) (status int, token string) {
		status, answer := s.ask("POST", "/api/v1/sessions", "", "application/json", []byte(`{"email":"bob@example.org","password":"`+password+`"}`))
		token, _ = answer["token"].(string)
		return status, token
	}
	// holds asks again and again: the promise is a second, and a machine under load gets some more.
	holds := func(what string, is func() bool) {
		t.Helper()
		end := time.After(5 * time.Second)
		for tick := time.NewTicker(10 * time.Millisecond); !is(); {
			select {
			case <-tick.C:
			case <-end:
				t.Fatalf("the server does not know: %s", what)
			}
		}
	}
	me := func(token string) int {
		status, _ := s.ask("GET", "/api/v1/me", token, "", nil)
		return status
	}
	shell(t, data, "correct horse battery\n", "user", "add", "bob@example.org", "--password-stdin", "--confirmed")
	status, token := login("correct horse battery")
	if status != http.StatusCreated || me(token) != http.StatusOK {
		t.Fatalf("an account of the shell's signs in with %d", status)
	}
	shell(t, data, "", "user", "role", "bob@example.org", "add", "Admin")
	holds("a role given", func() bool {
		status, _ := s.ask("GET", "/api/v1/users", token, "", nil)
		return status == http.StatusOK
	})
	shell(t, data, "", "user", "role", "bob@example.org", "remove", "Admin")
	holds("a role taken", func() bool {
		status, _ := s.ask("GET", "/api/v1/users", token, "", nil)
		return status == http.StatusForbidden
	})
	shell(t, data, "another good password\n", "user", "password", "bob@example.org", "--password-stdin")
	holds("a new password ends sessions", func() bool { return me(token) == http.StatusUnauthorized })
	_, token = login("another good password")
	shell(t, data, "", "user", "status", "bob@example.org", "off")
	holds("deactivation ends sessions", func() bool { return me(token) == http.StatusUnauthorized })
	shell(t, data, "", "user", "status", "bob@example.org", "on")
	_, token = login("another good password")
	shell(t, data, "", "user", "delete", "bob@example.org")
	holds("deletion ends sessions", func() bool { return me(token) == http.StatusUnauthorized })
	key := strings.TrimSpace(shell(t, data, "", "key", "add", "shop", "--role", "Admin"))
	holds("a key made", func() bool { status, _ := s.ask("GET", "/api/v1/users", key, "", nil); return status == http.StatusOK })
	shell(t, data, "", "key", "revoke", "shop")
	holds("a key revoked", func() bool {
		status, _ := s.ask("GET", "/api/v1/users", key, "", nil)
		return status == http.StatusUnauthorized
	})
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d: %s", code, s.log)
	}
}
