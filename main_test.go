package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// programEnv makes this test binary the program itself, so that its processes, signals and exit codes are real.
const programEnv = "DOORWARD_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program makes a process that is not started. No setting of the tester's own environment reaches it.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{programEnv + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	if runtime.GOOS == "windows" {
		cmd.Env = append(cmd.Env, "SystemRoot="+os.Getenv("SystemRoot"))
	}
	return cmd
}

// command runs the program to its end.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := program(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// process is a server that runs.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *bytes.Buffer // read it only once the process ended
	lines chan string   // standard output
	base  string        // what its first line says
}

// start starts a server and waits for its first line.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	s := &process{t: t, cmd: cmd, log: &bytes.Buffer{}, lines: make(chan string, 100)}
	cmd.Stderr = s.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.lines)
		for text := bufio.NewScanner(stdout); text.Scan(); {
			s.lines <- text.Text()
		}
	}()
	line := <-s.lines
	var found bool
	if s.base, found = strings.CutPrefix(line, "Doorward is at "); !found {
		_ = cmd.Wait() // it ended: why is in the log
		t.Fatalf("the first line is %q; the log says: %s", line, s.log)
	}
	return s
}

// printed waits for a line that holds part.
func (s *process) printed(part string) string {
	s.t.Helper()
	for line := range s.lines {
		if strings.Contains(line, part) {
			return strings.TrimSpace(line)
		}
	}
	s.t.Fatalf("nothing with %q was printed; the log says: %s", part, s.log)
	return ""
}

// stop sends a signal and answers the exit code.
func (s *process) stop(sig os.Signal) int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	for range s.lines { // to its end, which comes with the process'
	}
	_ = s.cmd.Wait() // the exit code says it
	return s.cmd.ProcessState.ExitCode()
}

func needsSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no process can be asked to end there")
	}
}

func get(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestServerFromItsFirstLineToItsEnd(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
	setup := s.printed("/register?setup=")
	mailbox := s.printed("/mailbox?key=")
	if !strings.HasPrefix(setup, s.base+"/register?setup=") || !strings.HasPrefix(mailbox, s.base+"/mailbox?key=") {
		t.Errorf("links: %s, %s, beside %s", setup, mailbox, s.base)
	}
	if status, _ := get(t, http.DefaultClient, s.base+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz answers %d", status)
	}

	for _, link := range []string{setup, mailbox} {
		if status, body := get(t, http.DefaultClient, link); status != http.StatusOK || !strings.Contains(body, "<h1") {
			t.Errorf("the printed link %s answers %d", link, status)
		}
	}

	address := strings.TrimPrefix(s.base, "http://")
	if code, out, errs := command(t, "healthcheck", "--listen", address); code != 0 || out != "ready\n" {
		t.Errorf("healthcheck: exit %d, %q, %q", code, out, errs)
	}
	for _, args := range [][]string{{"--data", data}, {"migrate", "--data", data}} {
		code, out, errs := command(t, args...)
		if code != 1 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, filepath.Join(data, "lock")) {
			t.Errorf("%q beside it: exit %d, %q, %q", args, code, out, errs)
		}
	}

	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	log := s.log.String()
	if strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
		t.Errorf("alarming lines: %s", log)
	}
	if !strings.Contains(log, setup) {
		t.Error("the set-up link is not in the log")
	}
	if _, key, _ := strings.Cut(mailbox, "key="); strings.Contains(log, key) {
		t.Error("the mailbox's key is in the log")
	}
	if left, err := os.Stat(filepath.Join(data, "doorward.db-wal")); err == nil && left.Size() > 0 {
		t.Errorf("%d bytes are left in the write-ahead log", left.Size())
	}
	if code, _, errs := command(t, "healthcheck", "--listen", address); code != 1 || strings.Count(errs, "\n") != 1 {
		t.Errorf("healthcheck afterwards: exit %d, %q", code, errs)
	}
	if code, out, errs := command(t, "migrate", "--data", data); code != 0 || !strings.Contains(out, "nothing to apply") {
		t.Errorf("migrate afterwards: exit %d, %q, %q", code, out, errs)
	}
}

func TestASecondStartHasNewCodes(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := t.TempDir()
	var links []string
	for range 2 {
		s := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0"))
		_, code, _ := strings.Cut(s.printed("setup="), "setup=")
		links = append(links, code)
		if code := s.stop(os.Interrupt); code != 0 {
			t.Errorf("Ctrl-C: exit %d", code)
		}
	}
	if links[0] == links[1] {
		t.Error("the set-up code is the same")
	}
}

const pendingBody = `{"login":"ada@example.org","password":"a wrong password"}`

// pending begins a request whose body is still to come, and returns once the server waits for that.
func (s *process) pending() (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(pendingBody))
	if err != nil {
		s.t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		s.t.Fatalf("the server answers %q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil { // the empty line after it
		s.t.Fatal(err)
	}
	return conn, answers
}

func TestARequestThatRunsIsFinishedAtTheEnd(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	s := start(t, program(t, "--data", t.TempDir(), "--listen", "127.0.0.1:0"))
	s.printed("setup=")
	conn, answers := s.pending()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitUntilRefused(t, strings.TrimPrefix(s.base, "http://"))
	if _, err := io.WriteString(conn, pendingBody); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode >= 500 {
		t.Errorf("the request that ran was answered %s", answer.Status)
	}
	for range s.lines {
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	s := start(t, program(t, "--data", t.TempDir(), "--listen", "127.0.0.1:0"))
	s.printed("setup=")
	s.pending()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitUntilRefused(t, strings.TrimPrefix(s.base, "http://")) // by then the first was heard
	if code := s.stop(syscall.SIGTERM); code != -1 {
		t.Errorf("exit %d: it was not the signal that ended it", code)
	}
}

// waitUntilRefused waits until nobody listens on the address.
func waitUntilRefused(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return
		}
		conn.Close()
	}
	t.Error("the server still takes connections")
}

func TestServerOnASocket(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "d.sock")
	s := start(t, program(t, "--data", filepath.Join(dir, "data"), "--listen", "unix:"+path))
	if s.base != "http://localhost" {
		t.Errorf("the base URL is %s", s.base)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	if status, _ := get(t, client, "http://localhost/readyz"); status != http.StatusOK {
		t.Errorf("/readyz answers %d", status)
	}
	if code, _, errs := command(t, "healthcheck", "--listen", "unix:"+path); code != 0 {
		t.Errorf("healthcheck: exit %d, %q", code, errs)
	}
	client.CloseIdleConnections()
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the socket is still there")
	}
}

func TestServerOnSystemdsSocket(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("there is no systemd")
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	cmd := program(t)
	// LISTEN_PID is the process' own, which the shell knows and keeps over exec.
	cmd.Args = []string{"sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, cmd.Path, "--data", t.TempDir()}
	if cmd.Path, err = exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	cmd.Env = append(cmd.Env, "LISTEN_FDS=1")
	cmd.ExtraFiles = []*os.File{file}
	s := start(t, cmd)
	file.Close()
	if want := "http://" + l.Addr().String(); s.base != want {
		t.Errorf("the base URL is %s, want %s", s.base, want)
	}
	if status, _ := get(t, http.DefaultClient, s.base+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz answers %d", status)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}

func TestAFailedStartIsOneLineAndLeavesNoLock(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	data := t.TempDir()
	code, out, errs := command(t, "--data", data, "--listen", l.Addr().String(), "--log-level", "error")
	if code != 1 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, l.Addr().String()) {
		t.Errorf("the port is taken: exit %d, %q, %q", code, out, errs)
	}

	if err := os.Rename(filepath.Join(data, "keys"), filepath.Join(data, "kept")); err != nil {
		t.Fatal(err)
	}
	code, _, errs = command(t, "--data", data, "--listen", "127.0.0.1:0")
	if code != 1 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "doorward key renew") || !strings.Contains(errs, "backup") {
		t.Errorf("the keys are missing: exit %d, %q", code, errs)
	}

	other := t.TempDir()
	database := filepath.Join(other, "doorward.db")
	if err := os.WriteFile(filepath.Join(other, "keys"), readFile(t, filepath.Join(data, "kept")), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("This is a diary.\n", 100)
	if err := os.WriteFile(database, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs = command(t, "migrate", "--data", other)
	if code != 1 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, database) {
		t.Errorf("the database is none: exit %d, %q", code, errs)
	}
	if string(readFile(t, database)) != text {
		t.Error("the file that is no database was written")
	}
}

func TestACookieDomainThatCannotBeSharedStopsTheStart(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--cookie-domain", "example.org"},
		{"--cookie-domain", "org", "--base-url", "https://example.org"},
		{"--cookie-domain", "example.org", "--base-url", "https://example.net"},
	} {
		cmd := program(t, append(args, "--data", filepath.Join(t.TempDir(), "data"))...)
		errs, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || bytes.Count(errs, []byte("\n")) != 1 || !bytes.Contains(errs, []byte("--cookie-domain")) {
			t.Errorf("%q: %v, %s", args, err, errs)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestMigrateThenServe(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	code, out, errs := command(t, "migrate", "--data", data)
	if code != 0 || !strings.HasPrefix(out, "applied 00001_users.sql") {
		t.Errorf("migrate: exit %d, %q, %q", code, out, errs)
	}
	s := start(t, program(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--smtp-url", "smtp://127.0.0.1:1", "--base-url", "http://accounts.example.org"))
	if s.base != "http://accounts.example.org" {
		t.Errorf("the base URL is %s", s.base)
	}
	s.printed("not Secure")
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d: %s", code, s.log)
	}
	if strings.Contains(s.log.String(), "mailbox") {
		t.Error("there is a mail server, and the mailbox is named all the same")
	}
}

func TestCommandsThatNeedNoFolderMakeNone(t *testing.T) {
	t.Parallel()
	for args, part := range map[string]string{
		"version":            "doorward ",
		"version --licenses": "Apache License",
		"openapi":            `"openapi"`,
		"help":               "--listen",
	} {
		cmd := program(t, strings.Fields(args)...)
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), part) {
			t.Errorf("%s: %v, %.100q", args, err, out)
		}
		if made, err := os.ReadDir(cmd.Dir); err != nil || len(made) > 0 {
			t.Errorf("%s made %v (%v)", args, made, err)
		}
	}
}
