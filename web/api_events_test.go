package web

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// openStream is a stream as a client reads it.
type openStream struct {
	t      testing.TB
	header http.Header
	body   io.ReadCloser
	lines  *bufio.Reader
}

// stream opens a stream that must be let in. It is closed with the test.
func (s *site) stream(path string, changes ...change) *openStream {
	s.T.Helper()
	r, err := http.NewRequestWithContext(s.T.Context(), "GET", s.http.URL+path, nil)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, change := range changes {
		change(r)
	}
	response, err := s.http.Client().Do(r)
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != 200 {
		text, _ := io.ReadAll(response.Body)
		s.T.Fatalf("status %d: %s", response.StatusCode, text)
	}
	o := &openStream{s.T, response.Header, response.Body, bufio.NewReader(response.Body)}
	o.comment(": open")
	return o
}

// block reads up to the next empty line; io.EOF at the stream's clean end.
func (o *openStream) block() (string, error) {
	text := ""
	for {
		line, err := o.lines.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF) && line+text != "":
			return "", io.ErrUnexpectedEOF
		case err != nil:
			return "", err
		case line == "\n":
			return text, nil
		}
		text += line
	}
}

func (o *openStream) comment(want string) {
	o.t.Helper()
	if got, err := o.block(); err != nil || got != want+"\n" {
		o.t.Fatalf("the stream says %q, %v; want %q", got, err, want)
	}
}

// event reads the next event, which must have this name, and answers its data.
func (o *openStream) event(name string) map[string]any {
	o.t.Helper()
	text, err := o.block()
	if err != nil {
		o.t.Fatalf("the stream ended, wanted %s: %v", name, err)
	}
	first, rest, _ := strings.Cut(text, "\n")
	data, found := strings.CutPrefix(strings.TrimSuffix(rest, "\n"), "data: ")
	if first != "event: "+name || !found || strings.Contains(data, "\n") {
		o.t.Fatalf("the stream says %q, want %s and a line of data", text, name)
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(data), &value); err != nil {
		o.t.Fatal(err)
	}
	return value
}

// ends wants nothing more but the clean end.
func (o *openStream) ends() {
	o.t.Helper()
	if text, err := o.block(); err != io.EOF {
		o.t.Fatalf("the stream says %q, %v; want its end", text, err)
	}
}

func TestAStreamTellsInTheFormThatBrowsersRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	member := s.Member("eve@example.org")
	own, all := s.stream(api+"/me/events", as(owner)), s.stream(api+"/events", as(owner))
	for name, value := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff",
		"Content-Encoding": "",
	} {
		if got := own.header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	s.do("PATCH", api+"/me", `{"first_name": "Eve"}`, as(member)).is(200)
	s.do("PATCH", api+"/me", `{"first_name": "Ada"}`, as(owner)).is(200)

	at := s.Clock.Now().UTC().Format(time.RFC3339Nano)
	want := func(p *apptest.Persona) map[string]any {
		id := float64(p.User().ID)
		return map[string]any{
			"at": at, "user_id": id, "actor": map[string]any{"kind": "user", "id": id, "name": p.User().Username},
			"session_id": nil, "avatar_id": nil, "role": nil,
		}
	}
	if got := own.event("user.updated"); !reflect.DeepEqual(got, want(owner)) {
		t.Errorf("told %v, want %v", got, want(owner))
	}
	if got := all.event("user.updated"); !reflect.DeepEqual(got, want(member)) {
		t.Errorf("told %v, want %v", got, want(member))
	}
	all.event("user.updated")
}

func TestAStreamsHeadIsAnsweredAndDone(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	for _, path := range []string{api + "/me/events", api + "/events"} {
		if got := s.do("HEAD", path, nil, as(owner)).is(200); got.header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s is %q", path, got.header.Get("Content-Type"))
		}
	}
}

func TestWhoMayOpenAStream(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	member, newcomer := s.Member("eve@example.org"), s.Newcomer("new@example.org")
	for _, path := range []string{api + "/me/events", api + "/events"} {
		s.do("GET", path, nil).refused(401, app.CodeUnauthenticated)
		s.do("GET", path, nil, as(newcomer)).refused(403, app.CodeAccountUnconfirmed)
	}
	s.do("GET", api+"/events", nil, as(member)).refused(403, app.CodeForbidden)
}

func TestAStreamTellsOfItsSessionsEndAndEndsCleanly(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	other := s.SignIn("ada@example.org", apptest.Browser(7))
	own, all := s.stream(api+"/me/events", as(other)), s.stream(api+"/events", as(other))
	id := s.do("GET", api+"/session", nil, as(other)).at("session", "id")
	s.do("DELETE", fmt.Sprint(api, "/me/sessions/", id), nil, as(owner)).is(204)
	if got := own.event("session.deleted"); got["session_id"] != id {
		t.Errorf("told %v, want of session %v", got, id)
	}
	own.ends()
	if text, err := all.block(); err != nil && err != io.EOF {
		t.Errorf("the stream of all says %q, %v", text, err)
	}
	s.do("GET", api+"/me/events", nil, as(other)).refused(401, app.CodeUnauthenticated)
}

func TestASilentStreamKeepsItsLineOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.server.streamBeat = time.Millisecond
	own := s.stream(api+"/me/events", as(s.Owner("ada@example.org")))
	for range 3 {
		own.comment(": still here")
	}
}

func TestTooManyStreamsOfAnAccountAreRefusedUntilOneIsClosed(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.server.streamBeat = time.Millisecond // a server learns that a client is gone when it says something
	owner := s.Owner("ada@example.org")
	var first *openStream
	for range 16 {
		o := s.stream(api+"/me/events", as(owner))
		if first == nil {
			first = o
		}
	}
	got := s.do("GET", api+"/events", nil, as(owner))
	got.refused(503, app.CodeOverloaded)
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	first.body.Close()
	for s.do("HEAD", api+"/events", nil, as(owner)).status != 200 {
	}
}

func TestStreamsEndWhenTheServerShutsDown(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.http.Config.RegisterOnShutdown(s.EndStreams)
	owner := s.Owner("ada@example.org")
	own, all := s.stream(api+"/me/events", as(owner)), s.stream(api+"/events", as(owner))
	if err := s.http.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	own.ends()
	all.ends()
}

// narrow makes connections that take little in before a write waits.
type narrow struct{ net.Listener }

func (l narrow) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(4 << 10)
	}
	return conn, err
}

// TestASlowReaderIsDroppedAndSlowsNobody leaves one stream unread while more happens than may wait for it.
func TestASlowReaderIsDroppedAndSlowsNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	s.http.Close()
	s.http = httptest.NewUnstartedServer(s.server)
	s.http.Listener = narrow{s.http.Listener}
	s.http.Start()
	t.Cleanup(s.http.Close)

	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	fmt.Fprintf(conn, "GET %s/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nUser-Agent: %s\r\nX-Forwarded-For: %s\r\n\r\n",
		api, owner.Token.Reveal(), owner.Client.UserAgent, owner.Client.IP)
	slow := bufio.NewReader(conn)
	for line := ""; line != ": open\n"; { // open, and from here on nobody reads
		if line, err = slow.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	quick := s.stream(api+"/events", as(owner))
	const rounds, each = 16, 500
	for round := range rounds {
		if err := s.Store.Update(t.Context(), func(tx app.Tx) error {
			for i := range each {
				gone := app.Session{ID: fmt.Sprint(round, i), UserID: owner.User().ID, CreatedAt: tx.Now(), ExpiresAt: tx.Now()}
				if err := tx.InsertSession(gone, app.DigestOf(gone.ID)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range each {
			quick.event("session.deleted")
		}
	}
	rest, _ := io.ReadAll(slow) // it ends, cut off in the middle
	if n := strings.Count(string(rest), "event: "); n == 0 || n >= rounds*each {
		t.Errorf("the slow one was told %d events of %d", n, rounds*each)
	}
}
