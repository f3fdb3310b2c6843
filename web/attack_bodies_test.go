package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// line is a raw connection to a site, for what no well-behaved client sends.
type line struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func (s *site) line(t testing.TB) *line {
	t.Helper()
	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // no test waits for it: only a server that hangs does
	return &line{t, conn, bufio.NewReader(conn)}
}

// send writes lines as they are, each with its end.
func (l *line) send(lines ...string) *line {
	l.t.Helper()
	if _, err := io.WriteString(l.conn, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		l.t.Fatal(err)
	}
	return l
}

// answer reads one answer; 0 when the connection was closed without.
func (l *line) answer() (status int, header http.Header, body string) {
	l.t.Helper()
	r, err := http.ReadResponse(l.in, nil)
	if err != nil {
		if strings.Contains(err.Error(), "timeout") {
			l.t.Fatal("the server waits for ever")
		}
		return 0, nil, ""
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return r.StatusCode, r.Header, string(text)
}

// ended checks that the server closed the connection and said nothing more.
func (l *line) ended() {
	l.t.Helper()
	if rest, err := io.ReadAll(l.in); err != nil && strings.Contains(err.Error(), "timeout") {
		l.t.Error("the server keeps the connection open")
	} else if len(rest) > 0 {
		l.t.Errorf("the server went on: %q", rest)
	}
}

// impatient makes a server that waits a moment for what others are given half a minute for.
func (s *site) impatient() *site {
	s.server.bodyPatience, s.server.drainPatience = 50*time.Millisecond, 50*time.Millisecond
	return s
}

func TestABodyThatNeverComesHoldsNoConnection(t *testing.T) {
	t.Parallel()
	s := owned(t).impatient()
	newcomer := s.Newcomer("bob@example.org")
	token := "Authorization: Bearer " + newcomer.Token.Reveal()
	for _, head := range []string{
		"POST /nothing HTTP/1.1",
		"POST /logout HTTP/1.1",
		"GET /healthz HTTP/1.1",
		"POST " + api + "/sessions HTTP/1.1",
		"POST " + api + "/sessions HTTP/1.1\r\nContent-Type: text/plain",
		"POST " + api + "/sessions HTTP/1.1\r\nOrigin: https://evil.example",
		"POST " + api + "/me/confirmation HTTP/1.1\r\n" + token,
		"PUT " + api + "/me/avatar HTTP/1.1",
		"POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded",
		"POST /login HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x",
	} {
		name, _, _ := strings.Cut(head, "\r\n")
		for _, length := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
			t.Run(name+" "+length, func(t *testing.T) {
				t.Parallel()
				l := s.line(t).send(head, "Host: accounts.example.org", "User-Agent: "+newcomer.Client.UserAgent, "X-Forwarded-For: "+newcomer.Client.IP.String(), length, "")
				l.answer()
				l.ended()
			})
		}
	}
}

// TestAnAnswerThatNobodyReadsHoldsNoConnection asks again and again and reads nothing, until the server writes to nobody.
func TestAnAnswerThatNobodyReadsHoldsNoConnection(t *testing.T) {
	t.Parallel()
	s := owned(t)
	s.server.answerPatience = 50 * time.Millisecond
	l := s.line(t)
	if err := l.conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil { // what the system reads for us
		t.Fatal(err)
	}
	asked := []byte(strings.Repeat("GET /login HTTP/1.1\r\nHost: accounts.example.org\r\n\r\n", 100))
	for {
		if _, err := l.conn.Write(asked); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the server keeps the connection open")
			}
			return
		}
	}
}

func TestAPictureThatStandsStillHoldsNoConnection(t *testing.T) {
	t.Parallel()
	s := owned(t)
	member := s.Member("bob@example.org")
	s.impatient()
	l := s.line(t).send(
		"PUT "+api+"/me/avatar HTTP/1.1", "Host: accounts.example.org", "Authorization: Bearer "+member.Token.Reveal(),
		"User-Agent: "+member.Client.UserAgent, "X-Forwarded-For: "+member.Client.IP.String(), "Content-Length: 1000", "",
	)
	if _, err := l.conn.Write(pngOf(2, 2)[:20]); err != nil {
		t.Fatal(err)
	}
	if status, _, body := l.answer(); status != http.StatusBadRequest {
		t.Errorf("status %d: %s", status, body)
	}
	l.ended()
	if got := s.do("GET", api+"/me", nil, as(member)); got.at("user", "avatar") != nil {
		t.Errorf("half a picture was taken: %s", got.body)
	}
}

// TestRequestsCannotBeSmuggled: what a proxy and the server could read as two different requests is no request at all.
func TestRequestsCannotBeSmuggled(t *testing.T) {
	t.Parallel()
	s := owned(t).impatient()
	const host = "Host: accounts.example.org"
	inner := "GET " + api + "/openapi.json HTTP/1.1\r\n" + host + "\r\n\r\n"
	for name, lines := range map[string][]string{
		"two lengths":                    {"POST /login HTTP/1.1", host, "Content-Length: 5", fmt.Sprintf("Content-Length: %d", 5+len(inner)), "", "hello" + inner},
		"a list of lengths":              {"POST /login HTTP/1.1", host, fmt.Sprintf("Content-Length: 5, %d", 5+len(inner)), "", "hello" + inner},
		"a signed length":                {"POST /login HTTP/1.1", host, "Content-Length: +5", "", "hello" + inner},
		"a length in hex":                {"POST /login HTTP/1.1", host, "Content-Length: 0x5", "", "hello" + inner},
		"an encoding that is none":       {"POST /login HTTP/1.1", host, "Transfer-Encoding: xchunked", "", "0", "", inner},
		"an encoding and another":        {"POST /login HTTP/1.1", host, "Transfer-Encoding: identity", "Transfer-Encoding: chunked", "", "0", "", inner},
		"a header before its colon":      {"POST /login HTTP/1.1", host, "Content-Length : 5", "", "hello" + inner},
		"a header without a name":        {"POST /login HTTP/1.1", host, ": 5", "", inner},
		"a bare return in a header":      {"GET /login HTTP/1.1", host, "X-A: b\rX-C: d", "", inner},
		"NUL in a header":                {"GET /login HTTP/1.1", host, "X-A: b\x00", "", inner},
		"no host":                        {"GET /login HTTP/1.1", "", inner},
		"two hosts":                      {"GET /login HTTP/1.1", host, "Host: evil.example", "", inner},
		"a host with a path":             {"GET /login HTTP/1.1", "Host: accounts.example.org/x", "", inner},
		"a chunk's length that is none":  {"POST /logout HTTP/1.1", host, "Transfer-Encoding: chunked", "", "x", "hello", "0", "", inner},
		"a chunk's length with a sign":   {"POST /logout HTTP/1.1", host, "Transfer-Encoding: chunked", "", "-5", "hello", "0", "", inner},
		"a chunk longer than its length": {"POST /logout HTTP/1.1", host, "Transfer-Encoding: chunked", "", "3", "hello", "0", "", inner},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := s.line(t).send(lines...)
			for range 3 { // whatever is said, it is not the answer to the second request
				status, header, body := l.answer()
				if strings.Contains(header.Get("Content-Type"), "json") && strings.Contains(body, `"openapi"`) {
					t.Errorf("the second request was answered %d", status)
				}
				if status == 0 {
					break
				}
			}
		})
	}
}

func TestJSONBombsAreRefused(t *testing.T) {
	t.Parallel()
	s := owned(t)
	member := s.Member("bob@example.org")
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	malformed := map[string]string{
		"nested without end":       `{"a":` + strings.Repeat("[", 60_000),
		"60,000 deep":              `{"a":` + nested(60_000) + `}`,
		"a name twice":             `{"a":1,"a":2}`,
		"a name twice inside":      `{"a":{"b":1,"b":2}}`,
		"a name twice, escaped":    `{"a":1,"\u0061":2}`,
		"invalid UTF-8":            "{\"a\":\"\xff\"}",
		"an overlong encoding":     "{\"a\":\"\xc0\xaf\"}",
		"half a surrogate":         `{"a":"\ud800"}`,
		"half a surrogate as name": `{"\ud800":1}`,
		"more behind it":           `{"a":1}{"a":2}`,
		"a comment":                `{"a":1/**/}`,
		"a number that is none":    `{"a":NaN}`,
		"a leading zero":           `{"a":01}`,
		"a list":                   `[{"a":1}]`,
		"a byte order mark":        "\ufeff{\"a\":1}",
	}
	for name, body := range malformed {
		if got := s.do("PATCH", api+"/me", body, as(member)); got.status != 400 {
			t.Errorf("%s: status %d: %.200s", name, got.status, got.body)
		}
	}
	s.do("PATCH", api+"/me", `{"a":`+nested(32)+`}`, as(member)).field("a", app.RuleOutOfRange)
	s.do("PATCH", api+"/me", `{"a":"`+strings.Repeat("x", 65<<10)+`"}`, as(member)).is(422)
	s.do("PATCH", api+"/me", `{"a":"`+strings.Repeat("x", 129<<10)+`"}`, as(member)).refused(413, app.CodeTooLarge)
	var many strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&many, `"k%d":0,`, i)
	}
	s.do("PATCH", api+"/me", `{`+strings.TrimSuffix(many.String(), ",")+`}`, as(member)).is(422)
}

// TestNumbersBeyondAllMeasureHurtNobody: they are kept with the digits that they came with, and every way to read them works.
func TestNumbersBeyondAllMeasureHurtNobody(t *testing.T) {
	t.Parallel()
	s := owned(t)
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	huge := `{"a":1e999999999,"b":-1e-999999999,"c":` + strings.Repeat("9", 20_000) + `}`
	s.do("PUT", api+"/me/custom-fields", huge, as(owner)).is(200)
	for _, path := range []string{
		"/me", "/session", "/me/custom-fields", "/me/custom-fields/a", "/me/export", "/users/1", "/users", "/users/1/fields/custom_fields", "/audit", "/users/by-email?email=ada@example.org",
	} {
		if got := s.do("GET", api+path, nil, as(owner)); got.status != 200 {
			t.Errorf("%s: status %d: %.200s", path, got.status, got.body)
		}
	}
	b := s.browser(t, 1).signIn("ada@example.org")
	b.visit("/account").on("/account", 200)
	for _, path := range []string{"/users?page=1e9", "/users?page=999999999999999999999", "/users?page_size=-1", "/users/9223372036854775808", "/audit?user=1e3"} {
		if got := s.do("GET", api+path, nil, as(owner)); got.status < 400 || got.status >= 500 {
			t.Errorf("%s: status %d: %.200s", path, got.status, got.body)
		}
	}
}
