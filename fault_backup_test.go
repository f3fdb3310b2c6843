package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// exported are a folder's accounts by address, each as one line with its hash.
func exported(t *testing.T, data string) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "accounts.jsonl")
	if code, _, errs := command(t, "export", file, "--with-hashes", "--data", data); code != 0 {
		t.Fatalf("export: exit %d, %q", code, errs)
	}
	accounts := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(readFile(t, file))); lines.Scan(); {
		var account struct{ Email string }
		if err := json.Unmarshal(lines.Bytes(), &account); err != nil {
			t.Fatal(err)
		}
		accounts[account.Email] = lines.Text()
	}
	return accounts
}

// writing keeps a server busy by accounts that are made and changed, until stop is called. It answers which are settled: what
// was acknowledged of them before, and nothing is asked of them after that.
func (s *process) writing() (settled func() []string, stop func()) {
	var mu sync.Mutex
	var emails []string
	end := make(chan struct{})
	var all sync.WaitGroup
	for who := range 4 {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-end:
					return
				default:
				}
				email := fmt.Sprintf("person-%d-%d@example.org", who, n)
				body := fmt.Appendf(nil, `{"email":%q,"password":"correct horse battery","username":"p_%d_%d"}`, email, who, n)
				if status, answer := s.ask("POST", "/api/v1/registrations", "", "application/json", body); status != http.StatusCreated {
					s.t.Errorf("%s is answered %d %v", email, status, answer)
					return
				}
				_, answer := s.ask("POST", "/api/v1/sessions", "", "application/json", fmt.Appendf(nil, `{"email":%q,"password":"correct horse battery"}`, email))
				token, _ := answer["token"].(string)
				change := fmt.Appendf(nil, `{"first_name":"Number %d","n":%d}`, n, n)
				if status, answer := s.ask("PATCH", "/api/v1/me", token, "application/json", change); status != http.StatusOK {
					s.t.Errorf("%s can't be changed: %d %v", email, status, answer)
					return
				}
				mu.Lock()
				emails = append(emails, email)
				mu.Unlock()
			}
		})
	}
	settled = func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(emails)
	}
	return settled, func() {
		close(end)
		all.Wait()
	}
}

// TestABackupBesideWritesHasEveryAccountAsItWas: what was acknowledged before the backup began is in it to the last field, and
// of what was written meanwhile there is all of a transaction or nothing.
func TestABackupBesideWritesHasEveryAccountAsItWas(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "all.tar")
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--unconfirmed", "allowed", "--limit-registration-ip", "off", "--limit-login", "off"))
	s.printed("setup=")
	command(t, "user", "add", "ada@example.org", "--role", "Owner", "--data", data)
	settled, stop := s.writing()
	for len(settled()) < 40 {
		if t.Failed() {
			t.FailNow()
		}
		<-time.After(time.Millisecond) // it begins
	}
	before := settled()
	if code, _, errs := command(t, "backup", file, "--data", data); code != 0 {
		t.Fatalf("backup: exit %d, %q", code, errs)
	}
	for meanwhile := len(settled()); len(settled()) < meanwhile+10 && !t.Failed(); {
		<-time.After(time.Millisecond) // it goes on
	}
	stop()
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("SIGTERM: exit %d", code)
	}

	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if code, _, errs := command(t, "restore", file, "--data", elsewhere); code != 0 {
		t.Fatalf("restore: exit %d, %q", code, errs)
	}
	original, restored := exported(t, data), exported(t, elsewhere)
	for _, email := range append(before, "ada@example.org") {
		if original[email] == "" || restored[email] != original[email] {
			t.Errorf("%s was\n%s\nand came back as\n%s", email, original[email], restored[email])
		}
	}
	if len(restored) >= len(original) {
		t.Errorf("%d of %d accounts are in a backup that was made before the last of them", len(restored), len(original))
	}
	for _, email := range slices.Sorted(maps.Keys(restored)) {
		if original[email] == "" {
			t.Errorf("%s came back, and was never there", email)
		}
	}
	for _, folder := range []string{data, elsewhere} {
		if code, out, errs := command(t, "audit", "verify", "--data", folder); code != 0 {
			t.Errorf("audit verify: exit %d, %q, %q", code, out, errs)
		}
		if _, err := os.Stat(filepath.Join(folder, "doorward.db-damaged")); err == nil {
			t.Error("a database is noted as damaged")
		}
	}
}
