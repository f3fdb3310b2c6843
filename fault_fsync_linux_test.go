package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// failingFlushes makes every flush of a running process fail with an I/O error until mend is called.
func failingFlushes(t *testing.T, pid int) (mend func()) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("strace is missing")
		}
		t.Skip("strace is missing")
	}
	cmd := exec.CommandContext(t.Context(), strace, "-f", "-o", os.DevNull, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "-p", strconv.Itoa(pid))
	words, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(words)
	for lines.Scan() && !strings.Contains(lines.Text(), "attached") {
		said.WriteString(lines.Text() + "\n")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines.Scan() { // threads that come and go
		}
		_ = cmd.Wait() // its exit code is the signal's
	}()
	if !strings.Contains(lines.Text(), "attached") {
		<-ended
		t.Skipf("no process can be traced here: %s", &said)
	}
	return func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil { // which lets go of the process
			t.Fatal(err)
		}
		<-ended
	}
}

// TestAFlushThatFailsIsNoSuccess: what can't be brought to the disk is refused, and what was answered before and after it is
// there after a crash.
func TestAFlushThatFailsIsNoSuccess(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s, token, face := owned(t, data)
	const json = "application/json"
	change := func(to string) []byte { return []byte(`{"first_name":"` + to + `"}`) }
	if status, answer := s.ask("PATCH", "/api/v1/me", token, json, change("Before")); status != http.StatusOK {
		t.Fatalf("a change is answered %d %v", status, answer)
	}
	mend := failingFlushes(t, s.cmd.Process.Pid)
	s.refusesWrites("a change", "PATCH", "/api/v1/me", token, json, change("Lost"))
	s.refusesWrites("a login", "POST", "/api/v1/sessions", "", json, []byte(ownerLogin))
	s.refusesWrites("a picture", "PUT", "/api/v1/me/avatar", token, "image/png", grey(t, 100))
	for _, path := range []string{"/api/v1/session", "/api/v1/me", face} {
		if status, answer := s.ask("GET", path, token, "", nil); status != http.StatusOK {
			t.Errorf("%s answers %d %v meanwhile", path, status, answer)
		}
	}
	if _, answer := s.ask("GET", "/api/v1/me", token, "", nil); answer["user"].(map[string]any)["first_name"] != "Before" {
		t.Errorf("what was refused is shown: %v", answer)
	}
	mend()
	s.works("readiness", http.StatusOK, "GET", "/readyz", "", "", nil)
	s.works("a change", http.StatusOK, "PATCH", "/api/v1/me", token, json, change("After"))

	s.stop(syscall.SIGKILL)
	again := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	if _, answer := again.ask("GET", "/api/v1/me", token, "", nil); answer["user"].(map[string]any)["first_name"] != "After" {
		t.Errorf("after a crash the account is %v", answer)
	}
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	if code, out, _ := command(t, "doctor", "--data", data); code != 0 {
		t.Errorf("doctor says %s", out)
	}
}
