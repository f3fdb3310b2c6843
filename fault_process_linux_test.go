package main

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// sending begins an upload of which half is sent, and answers how to send the rest and read the answer.
func (s *process) sending(token string, upload []byte) (finish func() (status int)) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	answers := bufio.NewReader(conn)
	_, err = fmt.Fprintf(conn, "PUT /api/v1/me/avatar HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: image/png\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", token, len(upload))
	if err != nil {
		s.t.Fatal(err)
	}
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		s.t.Fatalf("the server answers %q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil { // the empty line after it
		s.t.Fatal(err)
	}
	half := len(upload) / 2
	if _, err := conn.Write(upload[:half]); err != nil {
		s.t.Fatal(err)
	}
	return func() int {
		if _, err := conn.Write(upload[half:]); err != nil {
			s.t.Fatal(err)
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
}

// grey is a small picture of one shade.
func grey(t *testing.T, shade byte) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 30, 30))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// shown waits until the account shows another picture than one, and looks that it is served.
func (s *process) shown(token, instead string) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		_, answer := s.ask("GET", "/api/v1/me", token, "", nil)
		avatar := answer["user"].(map[string]any)["avatar"].(map[string]any)
		at, _ := avatar["variants"].(map[string]any)["small"].(string)
		if avatar["status"] == "ready" && at != instead {
			if status, _ := s.ask("GET", at, token, "", nil); status != http.StatusOK {
				s.t.Errorf("the new picture answers %d", status)
			}
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("the new picture never came: %v", avatar)
		}
		<-time.After(5 * time.Millisecond) // it is in the making
	}
}

func TestAnUploadThatRunsAtSIGTERMIsTakenAndShown(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	data := filepath.Join(t.TempDir(), "data")
	s, token, before := owned(t, data)
	http.DefaultClient.CloseIdleConnections()
	finish := s.sending(token, grey(t, 100))
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitUntilRefused(t, strings.TrimPrefix(s.base, "http://"))
	if status := finish(); status != http.StatusAccepted {
		t.Errorf("the upload is answered %d", status)
	}
	for range s.lines {
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v: %s", err, s.log)
	}
	again := start(t, program(t, "--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"))
	again.shown(token, before)
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}

// slowMailbox is a mail server that lets a mail arrive in its own time.
type slowMailbox struct {
	began chan struct{} // a mail's content has come
	leave chan struct{} // closed: it may be taken
	took  chan string   // Message-IDs
}

// NewSession makes it a backend of go-smtp.
func (m *slowMailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return slowSession{m}, nil }

type slowSession struct{ to *slowMailbox }

func (slowSession) Reset()                               {}
func (slowSession) Logout() error                        { return nil }
func (slowSession) Mail(string, *smtp.MailOptions) error { return nil }
func (slowSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s slowSession) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.to.began <- struct{}{}
	<-s.to.leave
	_, id, _ := strings.Cut(string(content), "Message-ID: ")
	id, _, _ = strings.Cut(id, "\r\n")
	s.to.took <- id
	return nil
}

func TestADeliveryThatRunsAtSIGTERMIsFinishedOnce(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	mailbox := &slowMailbox{began: make(chan struct{}, 10), leave: make(chan struct{}), took: make(chan string, 10)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(mailbox)
	server.Domain = "slow.example"
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // ends with Close
	}()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	data := filepath.Join(t.TempDir(), "data")
	args := []string{"--data", data, "--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--smtp-url", "smtp://" + l.Addr().String() + "?tls=none"}
	s := start(t, program(t, args...))
	_, code, _ := strings.Cut(s.printed("setup="), "setup=")
	const json = "application/json"
	s.ask("POST", "/api/v1/registrations", "", json, fmt.Appendf(nil, `{"email":"ada@example.org","password":"correct horse battery","setup_code":%q}`, code))
	if status, answer := s.ask("POST", "/api/v1/password-resets", "", json, []byte(`{"email":"ada@example.org"}`)); status != http.StatusAccepted {
		t.Fatalf("a reset is answered %d %v", status, answer)
	}
	<-mailbox.began
	http.DefaultClient.CloseIdleConnections()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitUntilRefused(t, strings.TrimPrefix(s.base, "http://"))
	close(mailbox.leave)
	for range s.lines {
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v: %s", err, s.log)
	}
	first := <-mailbox.took

	again := start(t, program(t, args...))
	token := again.logIn()
	if _, answer := again.ask("GET", "/api/v1/jobs?state=done", token, "", nil); len(answer["jobs"].([]any)) != 1 {
		t.Errorf("after the next start the jobs are %v", answer)
	}
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
	if first == "" || len(mailbox.took) != 0 {
		t.Errorf("the mail %q came %d times more", first, len(mailbox.took))
	}
}

// TestFiveThousandIdleConnectionsHoldNobodyUp: they cost memory, a bounded piece each, and nothing else.
func TestFiveThousandIdleConnectionsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	idle := 5000
	needsFiles(t, idle+1000)
	s, token, _ := owned(t, filepath.Join(t.TempDir(), "data"))
	address := strings.TrimPrefix(s.base, "http://")
	before := s.resident(t)
	for i := range idle {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
		if i%2 == 0 { // half of them have begun to say something
			if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: "); err != nil {
				t.Fatal(err)
			}
		}
	}
	fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if status, _ := get(t, fresh, s.base+"/healthz"); status != http.StatusOK {
		t.Errorf("beside them /healthz answers %d", status)
	}
	if status, _ := s.ask("GET", "/api/v1/session", token, "", nil); status != http.StatusOK {
		t.Errorf("beside them a session check answers %d", status)
	}
	s.logIn()
	if grown := s.resident(t) - before; grown > idle*100 { // with the race detector; half of that without
		t.Errorf("%d idle connections take %d kB", idle, grown)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}

func TestHeadersBeyondAllMeasureAreRefused(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	s := start(t, program(t, "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0"))
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "X-Much: %s\r\n", strings.Repeat("x", 1<<20)) // more than is taken in
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 1 MiB is answered %v, %v", answer, err)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d", code)
	}
}

// resident is the memory that the process holds, in kB.
func (s *process) resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kB
}

// needsFiles skips a test where a process may not hold that many open files. Go takes all that the system allows.
func needsFiles(t *testing.T, n int) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max < uint64(n) {
		t.Skipf("a process may hold only %d open files here", limit.Max)
	}
}
