package main

import (
	"net/http"
	"os"
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

// TestTheKeysOfAnotherFolderAreTold: with them everything seems to work, while cookies end, waiting mails stay unreadable
// and what is written to the audit log holds under neither's key.
func TestTheKeysOfAnotherFolderAreTold(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data, other := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "other")
	shell(t, other, "", "migrate")
	for _, entries := range []int{0, 1, 2} { // of the log: none tells nothing, the first has none before it
		if entries == 0 {
			shell(t, data, "", "migrate")
		} else {
			shell(t, data, "", "user", "add", strings.Repeat("a", entries)+"@example.org")
		}
		own, foreign := filepath.Join(data, "keys"), filepath.Join(other, "keys")
		swap := func() {
			t.Helper()
			for _, step := range [][2]string{{own, own + ".aside"}, {foreign, own}, {own + ".aside", foreign}} {
				if err := os.Rename(step[0], step[1]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if code, out, _ := command(t, "doctor", "--data", data); code != 0 {
			t.Fatalf("doctor, with its own: exit %d, %s", code, out)
		}
		swap()
		code, out, _ := command(t, "doctor", "--data", data)
		if told := regexp.MustCompile(`(?m)^database +FAILED +.*/keys is not what`).MatchString(out); told != (entries > 0) || (code == 1) != told {
			t.Errorf("with %d entries doctor: exit %d, %s", entries, code, out)
		}
		s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
		s.stop(syscall.SIGTERM)
		if told := strings.Contains(s.log.String(), "keys is not what the audit log's newest entry was written with"); told != (entries > 0) {
			t.Errorf("with %d entries the log says %s", entries, s.log.String())
		}
		swap()
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
