package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// oldPassword is that of everybody in testdata/migrating whose hash can come along.
const oldPassword = "an old password"

// move is somebody's way from one product to here.
type move struct {
	product string
	before  string   // what makes the dump's file of what is kept as text; "" for nothing
	flags   []string // of the import
	roles   string   // made before
	said    string   // by the import
	bad     string   // what the import says of bad rows; "" for nothing
	signIn  []string // who does with the old password
	reset   int      // how many have no password
	shown   string   // what `user show --json` holds of the first, as a pattern
}

var moves = []move{
	{
		product: "PhoenixKit", flags: []string{"--roles"}, said: "added 3, already there 0, bad 0", signIn: []string{"ada@example.org", "old@example.org"},
		shown: `(?s)"username": "ada".*"user_timezone": "1".*"preferred_locale": "fr".*"Owner".*"old_id": "01948a3e.*"phone": "555-1234"`,
	},
	{
		product: "PocketBase", before: "sqlite3 pb_data/data.db < data.sql", said: "added 2, already there 0, bad 0",
		signIn: []string{"ada@example.org", "new@example.org"}, shown: `(?s)"first_name": "Ada".*"confirmed_at": "2025-03-04T05:06:07.89Z".*"old_id": "kq3v8w1m2n4b5c6"`,
	},
	{
		product: "Supabase", said: "added 3, already there 0, bad 0", signIn: []string{"ada@example.org"}, reset: 1,
		shown: `(?s)"last_name": "Lovelace".*"confirmed_at": "2025-02-03T09:10:11Z".*"email_verified": true`,
	},
	{
		product: "Django", flags: []string{"--roles"}, roles: "editors", said: "added 4, already there 0, bad 1", bad: "line 5 is skipped: password hash: ",
		signIn: []string{"ada@example.org", "bob@example.org", "cy@example.org"}, reset: 1,
		shown: `(?s)"full_name": "Ada Lovelace".*"confirmed_at": "2025-02-03T09:10:11.*"Admin",\s+"editors".*"old_id": 1`,
	},
	{
		product: "Devise", said: "added 2, already there 0, bad 0", signIn: []string{"ada@example.org", "new@example.org"},
		shown: `(?s)"confirmed_at": "2025-02-03T09:15:00Z".*"old_id": "1"`,
	},
	{
		product: "Keycloak", flags: []string{"--roles"}, roles: "editors", said: "added 3, already there 0, bad 0", signIn: []string{"ada@example.org"}, reset: 2,
		shown: `(?s)"last_name": "Lovelace".*"confirmed_at": "2025-02-03T09:10:11Z".*"preferred_locale": "fr".*"editors".*"old_id": "9d2f6e1a-1"`,
	},
}

// chapter is the part of docs/migrating.md below a heading.
func chapter(t *testing.T, heading string) string {
	t.Helper()
	_, text, found := strings.Cut(string(readFile(t, "docs/migrating.md")), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/migrating.md has no chapter %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)\n```")

// blockWith is the chapter's block of shell that holds part.
func blockWith(t *testing.T, text, part string) string {
	t.Helper()
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		if strings.Contains(block[1], part) {
			return block[1]
		}
	}
	t.Fatalf("no block holds %q", part)
	return ""
}

// bash runs a script in a folder.
func bash(t *testing.T, dir, script string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%v: %s", script, err, out)
	}
}

func TestPeopleComeFromOtherProductsWithTheirPasswords(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	for _, program := range []string{"bash", "jq", "sqlite3", "curl"} {
		needs(t, program)
	}
	for _, m := range moves {
		t.Run(m.product, func(t *testing.T) {
			t.Parallel()
			m.make(t)
		})
	}
}

func (m move) make(t *testing.T) {
	dump, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dump, os.DirFS(filepath.Join("testdata/migrating", strings.ToLower(m.product)))); err != nil {
		t.Fatal(err)
	}
	if m.before != "" {
		bash(t, dump, "mkdir -p pb_data && "+m.before)
	}
	bash(t, dump, blockWith(t, chapter(t, m.product), "> accounts.jsonl"))
	shell(t, data, "", "migrate")
	if m.roles != "" {
		shell(t, data, "", "role", "add", m.roles)
	}
	file := filepath.Join(dump, "accounts.jsonl")
	args := append([]string{"import", file, "--data", data}, m.flags...)
	code, out, errs := command(t, args...)
	if code != 0 || strings.TrimSpace(out) != m.said || !strings.Contains(errs, m.bad) || (m.bad == "") != (errs == "") {
		t.Fatalf("import: exit %d, %q, %q", code, out, errs)
	}
	if again, out, _ := command(t, args...); again != 0 || !strings.HasPrefix(out, "added 0, ") {
		t.Errorf("the same import again says %q", out)
	}
	if shown := shell(t, data, "", "user", "show", "ada@example.org", "--json"); !regexp.MustCompile(m.shown).MatchString(shown) {
		t.Errorf("the account is shown as %s", shown)
	}

	key := strings.TrimSpace(shell(t, data, "", "key", "add", "test", "--role", "Admin"))
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--limit-mail-ip", "off"))
	for range 2 { // by the hash that came along, and by our own
		for _, email := range m.signIn {
			login := fmt.Sprintf(`{"email":%q,"password":%q}`, email, oldPassword)
			if status, answer := s.ask("POST", "/api/v1/sessions", "", "application/json", []byte(login)); status != http.StatusCreated {
				t.Errorf("%s is answered %d, %v", email, status, answer)
			}
		}
	}
	bash(t, dump, blockWith(t, chapter(t, "People whose password did not come along"), "password-resets"), "BASE="+s.base)
	if _, answer := s.ask("GET", "/api/v1/jobs?state=waiting", key, "", nil); len(answer["jobs"].([]any)) != m.reset {
		t.Errorf("of those without a password %d are written to, want %d", len(answer["jobs"].([]any)), m.reset)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d: %s", code, s.log)
	}
}
