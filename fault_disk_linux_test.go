package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a file system of its own, of so many MiB, for a test to fill.
func smallDisk(t *testing.T, mib int) (path string) {
	t.Helper()
	path = t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%dm", mib)); err != nil {
		if os.Getenv("CI") != "" && !errors.Is(err, syscall.EPERM) {
			t.Fatal(err)
		}
		t.Skipf("a small disk can't be mounted, which takes root's rights: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return path
}

// fill takes all room that a disk has left, in files that grow smaller until nothing fits, and answers how to give it back.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	path := filepath.Join(disk, "filling")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// noise is a picture of about so many bytes that nothing packs smaller.
func noise(t *testing.T, size int) []byte {
	t.Helper()
	side := 16
	for side*side*3 < size {
		side++
	}
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range m.Pix {
		m.Pix[i] = byte(rand.Uint32())
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// refusesWrites holds that a change is refused as promised, and that it can be tried again.
func (s *process) refusesWrites(what, method, path, token, kind string, body []byte) {
	s.t.Helper()
	status, header, answer := s.answer(method, path, token, kind, body)
	wait, err := strconv.Atoi(header.Get("Retry-After"))
	if status != http.StatusServiceUnavailable || answer["code"] != "overloaded" || err != nil || wait < 1 {
		s.t.Errorf("%s: %d %v, Retry-After %q", what, status, answer, header.Get("Retry-After"))
	}
}

// works waits until a request is answered with a status: what was in the way is gone, and the server finds out by itself.
func (s *process) works(what string, want int, method, path, token, kind string, body []byte) map[string]any {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		status, answer := s.ask(method, path, token, kind, body)
		if status == want {
			return answer
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s: %d %v long after", what, status, answer)
		}
		<-time.After(20 * time.Millisecond) // nothing tells an outsider that a server recovered
	}
}

func TestAFullDiskRefusesWritesReadsOnAndRecoversByItself(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 24)
	data := filepath.Join(disk, "data")
	s, token, face := owned(t, data)
	const json = "application/json"
	free := fill(t, disk)

	name := func(to string) []byte { return fmt.Appendf(nil, `{"first_name":%q}`, to) }
	s.refusesWrites("a change", "PATCH", "/api/v1/me", token, json, name("Lost"))
	s.refusesWrites("a login", "POST", "/api/v1/sessions", "", json, []byte(ownerLogin))
	s.refusesWrites("a registration", "POST", "/api/v1/registrations", "", json, []byte(`{"email":"bob@example.org","password":"another horse battery"}`))
	s.refusesWrites("a picture", "PUT", "/api/v1/me/avatar", token, "image/png", noise(t, 1<<20))
	s.refusesWrites("readiness", "GET", "/readyz", "", "", nil)
	for _, path := range []string{"/api/v1/session", "/api/v1/me", "/api/v1/users", "/healthz", face} {
		if status, answer := s.ask("GET", path, token, "", nil); status != http.StatusOK {
			t.Errorf("%s answers %d %v on a full disk", path, status, answer)
		}
	}
	if code, out, errs := command(t, "backup", filepath.Join(disk, "all.tar"), "--data", data); code != 1 || out != "" || strings.Count(errs, "\n") != 1 {
		t.Errorf("a backup on to it: exit %d, %q, %q", code, out, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(disk, "*all.tar*")); len(left) > 0 {
		t.Errorf("a backup that did not fit leaves %v", left)
	}

	free()
	s.works("readiness", http.StatusOK, "GET", "/readyz", "", "", nil)
	if answer := s.works("a change", http.StatusOK, "PATCH", "/api/v1/me", token, json, name("Kept")); answer["user"].(map[string]any)["first_name"] != "Kept" {
		t.Errorf("the change is answered with %v", answer)
	}
	s.works("a picture", http.StatusOK, "PUT", "/api/v1/me/avatar", token, "image/png", noise(t, 1<<20))
	if _, answer := s.ask("GET", "/api/v1/users", token, "", nil); answer["total_count"] != 1.0 {
		t.Errorf("who could not register is there: %v", answer)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	log := s.log.String()
	for _, line := range []string{"the database can't be written; reads go on", "the database can be written again"} {
		if n := strings.Count(log, line); n != 1 {
			t.Errorf("%q stands %d times in the log: %s", line, n, log)
		}
	}
	if strings.Contains(log, "panic") || strings.Contains(log, `status=500`) {
		t.Errorf("the log tells of a fault of our own: %s", log)
	}
}
