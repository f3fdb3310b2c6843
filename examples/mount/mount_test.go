package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor is somebody's browser, with cookies, at the running program.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
}

// started runs the program on a free port until the test ends, and answers its address and what it printed first.
func started(t *testing.T) (base, printed string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out, in := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- run(ctx, listener, t.TempDir(), in, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + listener.Addr().String(), line
}

func newVisitor(t *testing.T, base string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, base, &http.Client{Jar: jar}}
}

// ask sends a request with headers by name and value in turn, follows where it leads and answers where that is.
func (v *visitor) ask(method, path, body string, headers ...string) (status int, text, at string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, string(read), answer.Request.URL.RequestURI()
}

// post sends a form as a page of the program does.
func (v *visitor) post(path string, form url.Values) (status int, text, at string) {
	v.t.Helper()
	return v.ask(http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", v.base, "Accept", "text/html")
}

func TestAProgramAsksItsOwnDoorwardWhoIsSignedIn(t *testing.T) {
	base, printed := started(t)
	setup := regexp.MustCompile(`/auth/register\?setup=(\S+)`).FindStringSubmatch(printed)
	if setup == nil {
		t.Fatalf("it printed %q", printed)
	}
	v := newVisitor(t, base)
	if _, text, _ := v.ask(http.MethodGet, "/", ""); !strings.Contains(text, "Hello, stranger") {
		t.Errorf("a stranger reads %q", text)
	}
	if status, text, _ := v.ask(http.MethodPost, "/greetings", "", "Origin", base); status != http.StatusUnauthorized || !strings.Contains(text, `"code":"unauthenticated"`) {
		t.Errorf("a program without a session is told %d, %s", status, text)
	}
	if _, _, at := v.ask(http.MethodGet, "/auth/account", ""); at != "/auth/login?return_to=%2Fauth%2Faccount" {
		t.Errorf("a stranger is led to %s", at)
	}

	if _, _, at := v.post("/auth/register", url.Values{
		"setup_code": {setup[1]}, "email": {"ada@example.org"}, "password": {"correct horse battery"},
	}); at != "/auth/admin/welcome" { // the first Owner is shown what is missing
		t.Fatalf("registering leads to %s", at)
	}
	if _, text, _ := v.ask(http.MethodGet, "/", ""); !strings.Contains(text, "Hello, ada.") {
		t.Errorf("who is signed in reads %q", text)
	}
	if status, text, _ := v.post("/greetings", nil); status != http.StatusOK || !strings.Contains(text, "ada greets you") {
		t.Errorf("a form of the program is answered %d, %q", status, text)
	}
	if status, text, _ := v.ask(http.MethodPost, "/greetings", "", "Origin", "https://elsewhere.example"); status != http.StatusForbidden {
		t.Errorf("another site's form is answered %d, %q", status, text)
	}

	v.post("/auth/logout", nil)
	if _, text, _ := v.ask(http.MethodGet, "/", ""); !strings.Contains(text, "Hello, stranger") {
		t.Errorf("after signing out one reads %q", text)
	}
	if status, _, at := v.post("/greetings", nil); status != http.StatusOK || at != "/auth/login" {
		t.Errorf("a form sent too late leads to %s with %d", at, status)
	}
}
