package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// accountsIn are the accounts of a folder by address, as an export writes them.
func accountsIn(t *testing.T, data string) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "all.jsonl")
	shell(t, data, "", "export", file, "--with-hashes")
	accounts := map[string]string{}
	for line := range strings.Lines(string(readFile(t, file))) {
		_, rest, _ := strings.Cut(line, `"email":"`)
		email, _, _ := strings.Cut(rest, `"`)
		accounts[email] = line
	}
	return accounts
}

func TestABackupBesideAWriterIsOneMomentAccountByAccount(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	rows := func(name string, n int) string {
		var lines strings.Builder
		for i := range n {
			fmt.Fprintf(&lines, `{"email":"%s%d@example.org","first_name":"N %d","custom_fields":{"n":%d},"password_hash":"$2y$04$abcdefghijklmnopqrstuuO7fSJiqkZPoNmXyB1Q3sSyvYkBwtx6q"}`+"\n", name, i, i, i)
		}
		return write(t, name+".jsonl", lines.String())
	}
	shell(t, data, "", "migrate")
	shell(t, data, "", "import", rows("before", 300))
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
	writer := program(t, "import", rows("meanwhile", 3000), "--data", data)
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "all.tar")
	shell(t, data, "", "backup", file)
	if err := writer.Wait(); err != nil {
		t.Fatal(err)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d: %s", code, s.log)
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	shell(t, elsewhere, "", "restore", file)
	shell(t, elsewhere, "", "audit", "verify")
	all, back := accountsIn(t, data), accountsIn(t, elsewhere)
	if len(all) != 3300 || len(back) < 300 || len(back) > len(all) {
		t.Fatalf("of %d accounts %d came back", len(all), len(back))
	}
	for email, line := range back {
		if all[email] != line {
			t.Errorf("%s came back as %s, was %s", email, line, all[email])
		}
	}
	for i := range 300 {
		if email := fmt.Sprintf("before%d@example.org", i); back[email] == "" {
			t.Errorf("%s was there before and did not come back", email)
		}
	}
	// What one transaction added came back whole or not at all: the rows of an import are in order, 50 to a transaction.
	meanwhile := len(back) - 300
	for i := range meanwhile {
		if back[fmt.Sprintf("meanwhile%d@example.org", i)] == "" {
			t.Fatalf("of the %d first that were added meanwhile, number %d is missing", meanwhile, i)
		}
	}
	if meanwhile%50 != 0 {
		t.Errorf("%d that were added meanwhile came back, which ends within a transaction", meanwhile)
	}
}
