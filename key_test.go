package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// verifies asks, as an app's server with a key does, whose session a token is that opens none: 404, or 401 for no key.
func verifies(t *testing.T, s *process, secret string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/api/v1/sessions/verify", strings.NewReader(`{"token":"nonsense"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode
}

// done runs a command that should do what it is asked, and answers its standard output.
func done(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := command(t, args...)
	if code != 0 {
		t.Fatalf("%q: exit %d, %s", args, code, errs)
	}
	return strings.TrimSuffix(out, "\n")
}

func TestKeysOfTheShellHoldForARunningServer(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	early := done(t, "key", "add", "early", "--role", "User", "--data", data) // before there ever was a server
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
	kept := done(t, "key", "add", "kept", "--role", "User", "--data", data)
	gone := done(t, "key", "add", "gone", "--role", "Admin", "--data", data)
	for _, secret := range []string{early, kept, gone} {
		if status := verifies(t, s, secret); status != http.StatusNotFound {
			t.Fatalf("a key that was made beside the server: %d", status)
		}
	}
	if code, out, errs := command(t, "key", "add", "KEPT", "--role", "User", "--data", data); code != 1 || out != "" || strings.Count(errs, "\n") != 1 {
		t.Errorf("a taken name: exit %d, %q, %q", code, out, errs)
	}

	done(t, "key", "revoke", "gone", "--data", data)
	refused := time.After(5 * time.Second) // a second is what is promised; the rest is for a busy machine
	for verifies(t, s, gone) != http.StatusUnauthorized {
		select {
		case <-refused:
			t.Fatal("the server still takes the key")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if status := verifies(t, s, kept); status != http.StatusNotFound {
		t.Errorf("the other key: %d", status)
	}

	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d: %s", code, s.log)
	}
	for _, secret := range []string{early, kept, gone} {
		if strings.Contains(s.log.String(), secret) {
			t.Error("a secret is in the log")
		}
	}
	if list := done(t, "key", "list", "--data", data); strings.Contains(list, "never") || strings.Contains(list, "gone") || !strings.Contains(list, "kept") {
		t.Errorf("after the server's end: %s", list)
	}
	again := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
	for secret, want := range map[string]int{kept: http.StatusNotFound, gone: http.StatusUnauthorized} {
		if status := verifies(t, again, secret); status != want {
			t.Errorf("after a restart: %d, want %d", status, want)
		}
	}
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d: %s", code, again.log)
	}
}
