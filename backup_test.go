package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"doorward/app"
	"doorward/sqlite"
)

// ask sends one request and reads the answer, which is JSON or nothing.
func (s *process) ask(method, path, token, kind string, body []byte) (status int, answer map[string]any) {
	s.t.Helper()
	status, _, answer = s.answer(method, path, token, kind, body)
	return status, answer
}

// answer is ask with the answer's headers.
func (s *process) answer(method, path, token, kind string, body []byte) (status int, header http.Header, answer map[string]any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Prefer", "wait=20")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer reply.Body.Close()
	_ = json.NewDecoder(reply.Body).Decode(&answer) // a picture is no JSON
	return reply.StatusCode, reply.Header, answer
}

const ownerLogin = `{"email":"ada@example.org","password":"correct horse battery"}`

// owned starts a server, makes its Owner with a face, and answers their token and where the face is.
func owned(t *testing.T, data string) (s *process, token, face string) {
	t.Helper()
	s = start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	_, code, _ := strings.Cut(s.printed("setup="), "setup=")
	registration := fmt.Sprintf(`{"email":"ada@example.org","password":"correct horse battery","setup_code":%q}`, code)
	if status, answer := s.ask("POST", "/api/v1/registrations", "", "application/json", []byte(registration)); status != http.StatusCreated {
		t.Fatalf("register: %d, %v", status, answer)
	}
	token = s.logIn()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 20, 20))); err != nil {
		t.Fatal(err)
	}
	status, answer := s.ask("PUT", "/api/v1/me/avatar", token, "image/png", picture.Bytes())
	if status != http.StatusOK {
		t.Fatalf("upload: %d, %v", status, answer)
	}
	avatar := answer["avatar"].(map[string]any)
	return s, token, avatar["variants"].(map[string]any)["small"].(string)
}

func (s *process) logIn() (token string) {
	s.t.Helper()
	status, answer := s.ask("POST", "/api/v1/sessions", "", "application/json", []byte(ownerLogin))
	if status != http.StatusCreated {
		s.t.Fatalf("log in: %d, %v", status, answer)
	}
	return answer["token"].(string)
}

// contents are a folder's files by path, but for locks.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "lock") {
			return err
		}
		files[path] = string(readFile(t, path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sameFiles(a, b map[string]string) bool {
	for path, content := range a {
		if b[path] != content {
			return false
		}
	}
	return len(a) == len(b)
}

// backedUpAt is what the database of a folder remembers of the last backup.
func backedUpAt(t *testing.T, data string) time.Time {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(data, "doorward.db"), sqlite.Options{Migrations: migrations(), Now: time.Now, Log: slog.New(slog.DiscardHandler), AsItIs: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var text string
	if err := store.View(t.Context(), func(tx app.Tx) (err error) {
		text, err = tx.Fact("backed_up_at")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestABackupOfARunningServerComesBackWhole(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	s, token, face := owned(t, data)
	secret := func() string {
		_, out, _ := command(t, "key", "add", "crm", "--role", "Admin", "--data", data)
		return strings.TrimSpace(out)
	}()
	file := filepath.Join(t.TempDir(), "all.tar")
	code, out, errs := command(t, "backup", file, "--data", data)
	if code != 0 || !strings.Contains(out, "backed up 7 files") || errs != "" {
		t.Fatalf("backup: exit %d, %q, %q", code, out, errs)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %v (%v)", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".doorward*")); len(left) > 0 {
		t.Errorf("the backup leaves %v", left)
	}
	if status, _ := s.ask("GET", "/api/v1/me", token, "", nil); status != http.StatusOK {
		t.Errorf("after the backup the session answers %d", status)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Fatalf("SIGTERM: exit %d", code)
	}
	if at := backedUpAt(t, data); time.Since(at) > time.Hour {
		t.Errorf("the overview tells of a backup at %v", at)
	}

	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	code, out, errs = command(t, "restore", file, "--data", elsewhere)
	if code != 0 || !strings.Contains(out, "1 sessions ended") || !strings.Contains(out, `"crm" (Admin) works again`) || errs != "" {
		t.Fatalf("restore: exit %d, %q, %q", code, out, errs)
	}
	again := start(t, program(t, "--data", elsewhere, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	if status, _ := again.ask("GET", "/api/v1/me", token, "", nil); status != http.StatusUnauthorized {
		t.Errorf("a session from before the backup answers %d", status)
	}
	fresh := again.logIn()
	if status, _ := again.ask("GET", face, "", "", nil); status != http.StatusOK {
		t.Errorf("the face answers %d", status)
	}
	if status, _ := again.ask("GET", "/api/v1/users", secret, "", nil); status != http.StatusOK {
		t.Errorf("the key answers %d", status)
	}
	if status, answer := again.ask("GET", "/api/v1/audit?action=restore", fresh, "", nil); status != http.StatusOK || len(answer["entries"].([]any)) != 1 {
		t.Errorf("the log answers %d, %v", status, answer)
	}
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	if code, _, errs := command(t, "audit", "verify", "--data", elsewhere); code != 0 {
		t.Errorf("audit verify: exit %d, %q", code, errs)
	}
}

func TestARestoreThatIsRefusedLeavesTheFolderAsItWas(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "all.tar")
	s, _, _ := owned(t, data)
	command(t, "backup", file, "--data", data)
	refused := func(what, want string, args ...string) {
		t.Helper()
		code, out, errs := command(t, append([]string{"restore", "--data", data}, args...)...)
		if code != 1 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %q, %q", what, code, out, errs)
		}
	}
	refused("in use", "in use", file)
	refused("in use, forced", "in use", file, "--force")
	if s.stop(syscall.SIGTERM) != 0 {
		t.Fatal("the server did not end well")
	}
	before := contents(t, data)
	whole := readFile(t, file)
	cut := filepath.Join(t.TempDir(), "cut.tar")
	if err := os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	refused("not empty", "--force", file)
	refused("incomplete", "incomplete", cut, "--force")
	refused("no backup", "incomplete", filepath.Join(data, "keys"), "--force")
	refused("no file", "none.tar", filepath.Join(data, "none.tar"), "--force")
	if after := contents(t, data); !sameFiles(before, after) {
		t.Error("a refused restore changed the folder")
	}
	if code, out, errs := command(t, "restore", file, "--force", "--data", data); code != 0 {
		t.Errorf("forced: exit %d, %q, %q", code, out, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "restore.*")); len(left) > 0 {
		t.Errorf("a restore leaves %v", left)
	}
}

// TestALinkFromARestoredFolderLeadsNotToWhereTheBackupWasMade: a backup is brought back elsewhere too, to try it.
func TestALinkFromARestoredFolderLeadsNotToWhereTheBackupWasMade(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data, backup, back := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "all.tar"), filepath.Join(t.TempDir(), "back")
	shell(t, data, "", "user", "add", "ada@example.org")
	start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--base-url", "https://accounts.example.org"))
	link := func(folder string) string { return shell(t, folder, "", "user", "reset-link", "ada@example.org") }
	for tick := time.NewTicker(20 * time.Millisecond); !strings.HasPrefix(link(data), "https://accounts.example.org/"); <-tick.C { // it is written beside the first requests
	}
	shell(t, data, "", "backup", backup)
	shell(t, back, "", "restore", backup)
	if got := link(back); !strings.HasPrefix(got, "http://127.0.0.1:8080/reset-password/") {
		t.Errorf("of a backup brought back elsewhere: %s", got)
	}
}

// TestABackupTakesAwayWhatAKilledOneLeft: a copy of everything, under a name that nobody looks at.
func TestABackupTakesAwayWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	data, beside := filepath.Join(t.TempDir(), "data"), t.TempDir()
	shell(t, data, "", "migrate")
	killed, running, other := filepath.Join(beside, workName+"1"), filepath.Join(beside, workName+"2"), filepath.Join(beside, workName+"3")
	for _, dir := range []string{killed, running, other} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if dir == other { // one that is only beginning
			continue
		}
		if err := os.WriteFile(workLock(dir), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lock := flock.New(workLock(running))
	defer lock.Close()
	if taken, err := lock.TryLock(); err != nil || !taken {
		t.Fatal(taken, err)
	}
	shell(t, data, "", "backup", filepath.Join(beside, "all.tar"))
	left, err := os.ReadDir(beside)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range left {
		names = append(names, filepath.Join(beside, entry.Name()))
	}
	if want := []string{running, other, filepath.Join(beside, "all.tar")}; !slices.Equal(names, want) {
		t.Errorf("there is %v, want %v", names, want)
	}
}

func TestABackupNeedsAFolderWithADatabase(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	file := filepath.Join(t.TempDir(), "all.tar")
	if code, _, errs := command(t, "backup", file, "--data", empty); code != 1 || strings.Count(errs, "\n") != 1 {
		t.Errorf("exit %d, %q", code, errs)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a backup of nothing is written")
	}
}
