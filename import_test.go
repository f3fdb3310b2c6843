package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// write makes a file in a folder of the test's own.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestImportTellsWhatItDidAndTwiceIsTheSameAsOnce(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	file := write(t, "accounts.csv", "email,username,roles\nada@example.org,ada,Owner\nbad address,,\nbob@example.org,ADA,User\neve@example.org,,\n")
	for args, want := range map[string]string{"--dry-run": "there is no database"} {
		if code, out, errs := command(t, "import", file, args, "--data", data); code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s on an empty folder: exit %d, %q, %q", args, code, out, errs)
		}
	}
	for i, want := range []string{"added 2, already there 0, bad 2\n", "added 0, already there 2, bad 2\n", "would be added 0, already there 2, bad 2\n"} {
		args := []string{"import", file, "--roles", "--data", data}
		if i == 2 {
			args = append(args, "--dry-run")
		}
		code, out, errs := command(t, args...)
		if code != 0 || out != want {
			t.Errorf("run %d: exit %d, %q, %q", i, code, out, errs)
		}
		for _, line := range []string{"line 3 is skipped: email: ", "line 4 is skipped: username: "} {
			if !strings.Contains(errs, line) {
				t.Errorf("run %d does not tell %q: %s", i, line, errs)
			}
		}
	}
}

func TestAFileThatCannotBeReadImportsNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	good := "email\n" + strings.Repeat("x", 10) + "@example.org\n"
	command(t, "migrate", "--data", data)
	for name, content := range map[string]string{
		"header.csv": "mail\na@example.org\n", "quote.csv": good + "\"open\n", "utf8.csv": good + "\xff@example.org\n",
		"cut.jsonl": "{\"email\":\"a@example.org\"}\n{\"email\":\"b@exa", "long.jsonl": "{\"email\":\"a@example.org\"}\n" + strings.Repeat("x", 2<<20),
		"ending.txt": good, "empty.csv": "",
	} {
		file := write(t, name, content)
		code, out, errs := command(t, "import", file, "--data", data)
		if code != 1 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, %q", name, code, out, errs)
		}
	}
	if code, out, errs := command(t, "export", filepath.Join(data, "all.csv"), "--data", data); code != 0 || out != "exported 0 accounts\n" {
		t.Errorf("export: exit %d, %q, %q", code, out, errs)
	}
	if code, _, errs := command(t, "import", filepath.Join(data, "none.csv"), "--data", data); code != 1 || strings.Count(errs, "\n") != 1 {
		t.Errorf("no file: exit %d, %q", code, errs)
	}
}

func TestAnExportIsForItsOwnerAloneAndComesBack(t *testing.T) {
	t.Parallel()
	first, second := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "data")
	var lines strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&lines, `{"email":"p%d@example.org","custom_fields":{"n":%d},"password_hash":"$2y$04$abcdefghijklmnopqrstuuO7fSJiqkZPoNmXyB1Q3sSyvYkBwtx6q"}`+"\n", i, i)
	}
	if code, out, errs := command(t, "import", write(t, "many.jsonl", lines.String()), "--data", first); code != 0 || !strings.HasPrefix(out, "added 1200") {
		t.Fatalf("import: exit %d, %q, %q", code, out, errs)
	}
	for _, name := range []string{"all.csv", "all.jsonl"} {
		file := filepath.Join(t.TempDir(), name)
		if code, out, errs := command(t, "export", file, "--with-hashes", "--data", first); code != 0 || out != "exported 1200 accounts\n" {
			t.Fatalf("export: exit %d, %q, %q", code, out, errs)
		}
		if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		if text := string(readFile(t, file)); strings.Count(text, "$2y$04$") != 1200 {
			t.Errorf("%s holds %d hashes", name, strings.Count(text, "$2y$04$"))
		}
		if code, out, errs := command(t, "import", file, "--data", second); code != 0 || !strings.Contains(out, "bad 0") {
			t.Errorf("%s comes back with exit %d, %q, %q", name, code, out, errs)
		}
	}
	plain := filepath.Join(t.TempDir(), "plain.csv")
	if command(t, "export", plain, "--data", first); strings.Contains(string(readFile(t, plain)), "hash") {
		t.Error("an export that was not asked for hashes has a column for them")
	}
}

func TestAnImportThatIsKilledLosesAndDoublesNothingWhenRunAgain(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	const rows = 5000
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "migrate")
	var lines strings.Builder
	for i := range rows {
		fmt.Fprintf(&lines, `{"email":"p%d@example.org","username":"person_%d","custom_fields":{"n":%d}}`+"\n", i, i, i)
	}
	file := write(t, "many.jsonl", lines.String())
	cmd := program(t, "import", file, "--data", data)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	log := filepath.Join(data, "doorward.db-wal")
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C { // until it has committed something
		if info, err := os.Stat(log); err == nil && info.Size() > 1<<20 {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Fatal("it was through before it was killed")
	}
	code, out, errs := command(t, "import", file, "--data", data)
	var added, present, bad int
	if _, err := fmt.Sscanf(out, "added %d, already there %d, bad %d", &added, &present, &bad); err != nil || code != 0 {
		t.Fatalf("again: exit %d, %q, %q", code, out, errs)
	}
	if added == 0 || present == 0 || added+present != rows || bad != 0 {
		t.Errorf("of %d rows the second run says %q", rows, out)
	}
	if _, out, _ := command(t, "export", filepath.Join(data, "all.jsonl"), "--data", data); out != fmt.Sprintf("exported %d accounts\n", rows) {
		t.Errorf("afterwards %q", out)
	}
	shell(t, data, "", "audit", "verify")
}
