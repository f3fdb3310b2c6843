package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"doorward/app/apptest"
)

// sendWhole sends a request to its last byte before it looks for an answer, as many clients do.
func (s *site) sendWhole(t *testing.T, head string, size int) (*http.Response, error) {
	t.Helper()
	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := fmt.Fprintf(conn, "%s\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", head, size); err != nil {
		return nil, err
	}
	if _, err := io.CopyN(conn, endless{}, int64(size)); err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(conn), nil)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestARefusalReachesWhoSendsAllBeforeTheyListen(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	const size = 12 << 20
	for head, status := range map[string]int{
		"POST " + api + "/sessions HTTP/1.1\r\nContent-Type: application/json":                413,
		"PUT " + api + "/me/avatar HTTP/1.1\r\nAuthorization: Bearer " + owner.Token.Reveal(): 413,
		"PUT " + api + "/me/avatar HTTP/1.1":                                                  401,
		"POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded":             413,
		"POST " + api + "/sessions HTTP/1.1\r\nContent-Type: text/plain":                      415,
		"POST /nothing HTTP/1.1": 404,
		"POST " + api + "/sessions HTTP/1.1\r\nOrigin: https://evil.example\r\nContent-Type: text/json": 403,
	} {
		line, _, _ := strings.Cut(head, "\r\n")
		answer, err := s.sendWhole(t, head, size)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("%s: %s, want %d", line, answer.Status, status)
		}
	}
}

func TestWhoAsksBeforeSendingIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	conn, err := net.Dial("tcp", s.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s/sessions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", api, 1<<20)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%s", answer.Status)
	}
}
