package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestDevServesSeedsFromAFolderThatGoesWithIt(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	temp := t.TempDir()
	cmd := program(t, "dev", "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	s := start(t, cmd)
	s.printed("owner@example.test, admin@example.test, user@example.test; password: password")
	if made, err := os.ReadDir(temp); err != nil || len(made) != 1 {
		t.Errorf("the folder is among %v, %v", made, err)
	}
	if status, _ := get(t, http.DefaultClient, s.base+"/dev"); status != http.StatusOK {
		t.Errorf("/dev answers %d", status)
	}
	status, answer := s.ask("POST", "/dev/api/sessions", "", "application/json", []byte(`{"email":"owner@example.test"}`))
	if status != http.StatusCreated {
		t.Errorf("a session answers %d, %v", status, answer)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d: %s", code, s.log)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if strings.Contains(s.log.String(), "setup=") {
		t.Error("a set-up code is told")
	}
}

func TestDevAndServeKeepOutOfEachOthersFolders(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "dev")
	for range 2 {
		s := start(t, program(t, "dev", "--data", data, "--listen", "127.0.0.1:0"))
		if code := s.stop(os.Interrupt); code != 0 {
			t.Errorf("Ctrl-C: exit %d: %s", code, s.log)
		}
	}
	refused(t, data, "belongs to doorward dev", "serve", "--listen", "127.0.0.1:0")
	other := filepath.Join(t.TempDir(), "data")
	shell(t, other, "", "migrate")
	before := contents(t, other)
	refused(t, other, "was not made by doorward dev", "dev", "--listen", "127.0.0.1:0")
	if !sameFiles(before, contents(t, other)) {
		t.Error("a refused dev changed the folder")
	}
	if code, _, errs := command(t, "dev", "--listen", "0.0.0.0:0"); code != 2 || !strings.Contains(errs, "--allow-remote") || strings.Count(errs, "\n") != 1 {
		t.Errorf("dev for everybody: exit %d, %q", code, errs)
	}
}

func TestADevelopersKeyIsOfTheirOwnChoiceAndStaysThroughResets(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "dev")
	for _, key := range []string{"dwk_development", "dwk_another-one"} { // the second start takes the other's place
		s := start(t, program(t, "dev", "--data", data, "--listen", "127.0.0.1:0", "--app-key", key, "--app-key-role", "Admin"))
		for range 2 {
			if status, answer := s.ask("GET", "/api/v1/users", key, "", nil); status != http.StatusOK {
				t.Errorf("by %s one is answered %d, %v", key, status, answer)
			}
			s.ask("POST", "/dev/api/reset", "", "", nil)
		}
		if status, _ := s.ask("GET", "/api/v1/users", "dwk_neither", "", nil); status != http.StatusUnauthorized {
			t.Errorf("any key is answered %d", status)
		}
		if code := s.stop(syscall.SIGTERM); code != 0 {
			t.Errorf("SIGTERM: exit %d: %s", code, s.log)
		}
	}
	for _, wrong := range [][]string{{"--app-key", "dwk_short"}, {"--app-key", "no-prefix-at-all"}, {"--app-key", "dwk_development", "--app-key-role", "Cook"}} {
		if code, out, errs := command(t, append([]string{"dev", "--listen", "127.0.0.1:0"}, wrong...)...); code != 2 || out != "" || !strings.HasPrefix(errs, "doorward: --app-key") {
			t.Errorf("%v: exit %d, %q, %q", wrong, code, out, errs)
		}
	}
}

func TestALimitThatTheCommandLineOfDevNamesHoldsBesideTheMovingClock(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	cmd := program(t, "dev", "--listen", "127.0.0.1:0", "--limit-login", "1/1m")
	cmd.Env = append(cmd.Env, "DOORWARD_LIMIT_RESET=1/1m") // production's: off here
	s := start(t, cmd)
	guess := func() int {
		status, _ := s.ask("POST", "/api/v1/sessions", "", "application/json", []byte(`{"email":"owner@example.test","password":"wrong"}`))
		return status
	}
	if first, second := guess(), guess(); first != http.StatusUnauthorized || second != http.StatusTooManyRequests {
		t.Errorf("two guesses answer %d and %d", first, second)
	}
	s.ask("POST", "/dev/api/clock", "", "application/json", []byte(`{"advance":"61s"}`))
	if again := guess(); again != http.StatusUnauthorized {
		t.Errorf("after the window a guess answers %d", again)
	}
	for range 3 {
		if status, _ := s.ask("POST", "/api/v1/password-resets", "", "application/json", []byte(`{"email":"owner@example.test"}`)); status != http.StatusAccepted {
			t.Errorf("a reset, which has no limit here, answers %d", status)
		}
	}
}
