package main

import (
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// shell runs a command on a data folder and wants it to end well.
func shell(t *testing.T, data, stdin string, args ...string) string {
	t.Helper()
	cmd := program(t, append(args, "--data", data)...)
	cmd.Stdin = strings.NewReader(stdin)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || strings.Contains(errs.String(), "level=WARN") || strings.Contains(errs.String(), "level=ERROR") {
		t.Fatalf("%q: %v, %s%s", args, err, out, errs.String())
	}
	return string(out)
}

// refused runs a command that is to be refused with one line that holds part.
func refused(t *testing.T, data, part string, args ...string) {
	t.Helper()
	code, out, errs := command(t, append(args, "--data", data)...)
	if code != 1 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, part) {
		t.Errorf("%q: exit %d, %q, %q, want %q", args, code, out, errs, part)
	}
}

func TestAccountsAreKeptFromTheShell(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	add := shell(t, data, "correct horse battery\n", "user", "add", "ada@example.org", "--role", "Owner", "--password-stdin")
	if add != "account 1, ada@example.org: made\n" {
		t.Errorf("user add says %q", add)
	}
	shell(t, data, "", "user", "add", "bob@example.org")
	shell(t, data, "", "role", "add", "Front Desk", "--description", "Answers the phone")
	if got := shell(t, data, "", "user", "role", "BOB@example.org", "add", "Front Desk"); got != "account 2, bob@example.org: is Front Desk, User now\n" {
		t.Errorf("user role says %q", got)
	}
	var listed struct {
		Users []struct {
			Email       string   `json:"email"`
			Roles       []string `json:"roles"`
			ConfirmedAt *string  `json:"confirmed_at"`
			Username    *string  `json:"username"`
		} `json:"users"`
	}
	if err := json.Unmarshal([]byte(shell(t, data, "", "user", "list", "--json")), &listed); err != nil || len(listed.Users) != 2 {
		t.Fatalf("user list --json: %v, %+v", err, listed)
	}
	if owner := listed.Users[1]; owner.Email != "ada@example.org" || owner.Roles[0] != "Owner" || owner.ConfirmedAt == nil {
		t.Errorf("the first Owner is %+v", owner)
	}
	shell(t, data, "", "user", "confirm", "bob@example.org")
	shell(t, data, "another long password", "user", "password", "bob@example.org", "--password-stdin")
	if got := shell(t, data, "", "user", "status", "bob@example.org", "off"); !strings.Contains(got, "inactive") {
		t.Errorf("user status says %q", got)
	}
	if got := shell(t, data, "", "user", "show", "bob@example.org"); !strings.Contains(got, "inactive") || !strings.Contains(got, "User, Front Desk") {
		t.Errorf("user show says %s", got)
	}
	if got := shell(t, data, "", "user", "show", "bob@example.org", "--json"); !strings.Contains(got, `"avatar": null`) {
		t.Errorf("user show --json leaves out the picture: %s", got)
	}
	if got := shell(t, data, "", "role", "list"); !regexp.MustCompile(`(?m)^Front Desk +1 +Answers the phone$`).MatchString(got) {
		t.Errorf("role list says %s", got)
	}
	shell(t, data, "", "user", "role", "bob@example.org", "remove", "User")
	shell(t, data, "", "user", "role", "bob@example.org", "remove", "Front Desk")
	shell(t, data, "", "role", "delete", "Front Desk")
	shell(t, data, "", "user", "status", "bob@example.org", "on")
	if got := shell(t, data, "", "user", "assign-missing"); got != "1 accounts had no role: 0 became Owner, 1 became User\n" {
		t.Errorf("assign-missing says %q", got)
	}
	link := strings.TrimSpace(shell(t, data, "", "user", "reset-link", "bob@example.org", "--base-url", "https://accounts.example.org/in"))
	if !regexp.MustCompile(`^https://accounts\.example\.org/in/reset-password/[\w-]{43}$`).MatchString(link) {
		t.Errorf("the link is %q", link)
	}
	shell(t, data, "", "user", "delete", "bob@example.org")
	refused(t, data, "no account has the address", "user", "show", "bob@example.org")
	refused(t, data, "last active Owner", "user", "delete", "ada@example.org")
	refused(t, data, "last active Owner", "user", "status", "ada@example.org", "off")
	refused(t, data, "last active Owner", "user", "role", "ada@example.org", "remove", "Owner")
	refused(t, data, "no role of exactly that name", "user", "role", "ada@example.org", "add", "owner")
	refused(t, data, "has an account already", "user", "add", "ADA@example.org")
	refused(t, data, "the system's own", "role", "delete", "Admin")
	for _, args := range [][]string{{"user", "status", "ada@example.org", "perhaps"}, {"user", "password", "ada@example.org"}, {"user"}, {"user", "show"}} {
		if code, _, errs := command(t, append(args, "--data", data)...); code != 2 || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, %q", args, code, errs)
		}
	}
}

func TestWhatTheShellChangesHoldsForARunningServer(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "correct horse battery", "user", "add", "ada@example.org", "--role", "Owner", "--password-stdin", "--bcrypt-cost", "4")
	shell(t, data, "", "user", "add", "spare@example.org", "--role", "Owner")
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	token := s.logIn()
	shell(t, data, "", "user", "status", "ada@example.org", "off")
	end := time.Now().Add(10 * time.Second) // a second is what is promised; a busy machine is no broken promise
	for {
		status, _ := s.ask("GET", "/api/v1/me", token, "", nil)
		if status == http.StatusUnauthorized {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the session of a deactivated account answers %d", status)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}

func TestALinkOfTheShellLeadsToTheServerThatRuns(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "user", "add", "ada@example.org", "--role", "Owner")
	for base, flag := range map[string]string{"https://accounts.example.org/in": "https://accounts.example.org/in/", "": ""} {
		args := []string{"--data", data, "--listen", "127.0.0.1:0"}
		if flag != "" {
			args = append(args, "--base-url", flag)
		}
		s := start(t, program(t, args...))
		if base == "" {
			base = s.base
		}
		end := time.Now().Add(10 * time.Second) // it is written beside the first requests
		for {
			link := shell(t, data, "", "user", "reset-link", "ada@example.org")
			if strings.HasPrefix(link, base+"/reset-password/") {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("beside a server at %s the link is %s", base, link)
			}
			time.Sleep(20 * time.Millisecond)
		}
		s.stop(syscall.SIGTERM)
	}
	if link := shell(t, data, "", "user", "reset-link", "ada@example.org", "--listen", "127.0.0.1:9"); !strings.HasPrefix(link, "http://127.0.0.1:9/reset-password/") {
		t.Errorf("what is said at the shell does not count: %s", link)
	}
}

func TestRenewedKeysEndCookiesAndGiveWaitingMailsNewLinks(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	shell(t, data, "", "user", "add", "bob@example.org") // whose invitation waits
	for _, lost := range []bool{false, true} {
		s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
		mailbox := s.printed("/mailbox?key=")
		refused(t, data, "in use", "key", "renew")
		before := linkIn(t, s, mailbox)
		if code := s.stop(syscall.SIGTERM); code != 0 {
			t.Fatalf("SIGTERM: exit %d", code)
		}
		if lost {
			if err := os.Remove(filepath.Join(data, "keys")); err != nil {
				t.Fatal(err)
			}
			refused(t, data, "doorward key renew", "user", "list")
		}
		if got := shell(t, data, "", "key", "renew"); !strings.Contains(got, "1 waiting mails got new links") || strings.Contains(got, "chained anew") != lost {
			t.Errorf("key renew says %q", got)
		}
		s = start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
		after := linkIn(t, s, s.printed("/mailbox?key="))
		if before == after {
			t.Error("the waiting mail's link is the old one")
		}
		for link, want := range map[string]int{before: http.StatusNotFound, after: http.StatusOK} {
			if status, _ := s.ask("GET", "/api/v1/password-resets/"+link, "", "", nil); status != want {
				t.Errorf("a link answers %d, want %d", status, want)
			}
		}
		if code := s.stop(syscall.SIGTERM); code != 0 {
			t.Fatalf("SIGTERM: exit %d", code)
		}
		shell(t, data, "", "audit", "verify")
	}
	if err := os.WriteFile(filepath.Join(data, "keys.renewal"), nil, 0o600); err != nil { // as a kill in the middle leaves it
		t.Fatal(err)
	}
	refused(t, data, "key renew` again", "serve", "--listen", "127.0.0.1:0")
	shell(t, data, "", "key", "renew")
	shell(t, data, "", "audit", "verify")
}

// linkIn is the token of the reset link in the newest mail of a mailbox.
func linkIn(t *testing.T, s *process, mailbox string) string {
	t.Helper()
	jar := &http.Client{Jar: newJar(t)}
	_, list := get(t, jar, mailbox)
	at := regexp.MustCompile(`href="(/mailbox/\d+[^"]*)"`).FindStringSubmatch(list)
	if at == nil {
		t.Fatalf("the mailbox shows no mail: %.2000s", list)
	}
	_, mail := get(t, jar, s.base+html.UnescapeString(at[1]))
	token := regexp.MustCompile(`/reset-password/([\w-]{43})`).FindStringSubmatch(mail)
	if token == nil {
		t.Fatalf("the mail shows no link: %.2000s", mail)
	}
	return token[1]
}

// taker is a mail server's session that takes everything.
type taker struct{}

func (taker) Mail(string, *smtp.MailOptions) error { return nil }
func (taker) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (taker) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
func (taker) Reset()        {}
func (taker) Logout() error { return nil }

// newJar keeps cookies.
func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

func TestMailAndDoctorTellWhatTheyFound(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return taker{}, nil }))
	server.AllowInsecureAuth = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	url := "smtp://" + l.Addr().String()
	if code, out, errs := command(t, "mail", "test", "ada@example.org", "--smtp-url", url); code != 0 || !strings.HasPrefix(out, "sent; the server said: ") {
		t.Errorf("mail test: exit %d, %q, %q", code, out, errs)
	}
	for part, args := range map[string][]string{
		"no mail server is set up": {"mail", "test", "ada@example.org"},
		"not sent":                 {"mail", "test", "ada@example.org", "--smtp-url", "smtp://127.0.0.1:1"},
	} {
		if code, _, errs := command(t, args...); code != 1 || !strings.Contains(errs, part) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, %q", args, code, errs)
		}
	}
	shell(t, data, "", "migrate")
	if code, out, _ := command(t, "doctor", "--data", data, "--smtp-url", url); code != 0 || !regexp.MustCompile(`(?m)^backup +warning +none `).MatchString(out) {
		t.Errorf("doctor without a backup: exit %d, %s", code, out)
	}
	shell(t, data, "", "backup", filepath.Join(t.TempDir(), "all.tar"))
	code, out, errs := command(t, "doctor", "--data", data, "--smtp-url", url)
	if code != 0 || strings.Count(out, "\n") != 8 || strings.Contains(out, "FAILED") || strings.Contains(out, "warning") {
		t.Errorf("doctor: exit %d, %s%s", code, out, errs)
	}
	code, out, _ = command(t, "doctor", "--data", data)
	if code != 0 || !regexp.MustCompile(`(?m)^mail +warning `).MatchString(out) {
		t.Errorf("doctor without mail: exit %d, %s", code, out)
	}
	if err := os.Remove(filepath.Join(data, "keys")); err != nil {
		t.Fatal(err)
	}
	code, out, errs = command(t, "doctor", "--data", data, "--smtp-url", "smtp://127.0.0.1:1", "--base-url", "https://accounts.example.org")
	if code != 1 || !strings.Contains(errs, "2 checks failed") || !regexp.MustCompile(`(?m)^database +FAILED .*keys`).MatchString(out) || !regexp.MustCompile(`(?m)^proxies +warning `).MatchString(out) {
		t.Errorf("doctor of a broken set-up: exit %d, %s%s", code, out, errs)
	}
}

func TestCompletionIsAScriptThatWorks(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	_, script, _ := command(t, "completion", "bash")
	for typed, want := range map[string]string{"doorward us": "user", "doorward user reset": "reset-link", "doorward user status ada@example.org o": "on", "doorward user add --conf": "--confirmed"} {
		words := strings.Fields(typed)
		line := script + "\nCOMP_WORDS=(" + typed + "); COMP_CWORD=" + string(rune('0'+len(words)-1)) + "; _doorward; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
		out, err := exec.CommandContext(t.Context(), bash, "-c", line).CombinedOutput()
		if err != nil || !strings.Contains("\n"+string(out), "\n"+want+"\n") {
			t.Errorf("%q is completed to %q, %v", typed, out, err)
		}
	}
	for _, shell := range []string{"zsh", "fish"} {
		if code, out, errs := command(t, "completion", shell); code != 0 || !strings.Contains(out, "reset-link") {
			t.Errorf("%s: exit %d, %q", shell, code, errs)
		}
	}
	if code, _, errs := command(t, "completion", "csh"); code != 2 || strings.Count(errs, "\n") != 1 {
		t.Errorf("csh: exit %d, %q", code, errs)
	}
}
