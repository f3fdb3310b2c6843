package main

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"doorward/app/cli"
)

func TestDoctorTellsWhoseForwardingHeadersAreIgnored(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-For", "203.0.113.7")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("SIGTERM: exit %d", code)
	}
	ignored := regexp.MustCompile(`(?m)^proxies +warning +forwarding headers of 127\.0\.0\.1 were ignored `)
	if code, out, errs := command(t, "doctor", "--data", data); code != 0 || !ignored.MatchString(out) {
		t.Errorf("doctor: exit %d, %s%s", code, out, errs)
	}
	if code, out, errs := command(t, "doctor", "--data", data, "--trusted-proxies", "127.0.0.0/8"); code != 0 || !regexp.MustCompile(`(?m)^proxies +ok `).MatchString(out) {
		t.Errorf("doctor, with it named: exit %d, %s%s", code, out, errs)
	}
	start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--trusted-proxies", "127.0.0.1")).stop(syscall.SIGTERM)
	if _, out, _ := command(t, "doctor", "--data", data); strings.Contains(out, "127.0.0.1 were ignored") {
		t.Errorf("a new start does not begin anew: %s", out)
	}
}

func TestDoctorWarnsOfPlainHTTPThatOthersReach(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "migrate")
	if _, out, _ := command(t, "doctor", "--data", data, "--base-url", "http://accounts.example.org"); !regexp.MustCompile(`(?m)^settings +warning .*--base-url`).MatchString(out) {
		t.Errorf("doctor says %s", out)
	}
}

func TestDoctorWatchesOverTheRoomOnTheDisk(t *testing.T) {
	t.Parallel()
	free, err := freeOn(t.TempDir())
	if err != nil || free == 0 {
		t.Skipf("%d bytes are free, %v", free, err)
	}
	for bytes, want := range map[uint64]cli.Verdict{noRoom - 1: cli.Failure, noRoom: cli.Warning, littleRoom - 1: cli.Warning, littleRoom: cli.Fine} {
		if got := roomFor(bytes); got.Verdict != want {
			t.Errorf("with %d bytes: %s %s, want %s", bytes, got.Verdict, got.Says, want)
		}
	}
}
