//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	connections = 8
	password    = "a bench of benches"
	userAgent   = "bench"
	sessionPath = "/api/v1/session"
	// The server that is measured has a core of its own, where there are two.
	serverCore = "0"
)

// serveControl is the bare handler: it reads the header that a session check reads and writes the body that one writes.
func serveControl(body string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	answer := []byte(body)
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" && r.Header.Get("Cookie") == "" && r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	}))
}

// check is one way to show a session.
type check struct{ name, path, header, wanted string }

// measureSessions compares the server's CPU time for a session check with the bare handler's for the same headers and body:
// cached, by bearer token, cookie and forward-auth, and the first of each session, which reads the database. PocketBase's is
// an account that reads itself with its token.
func (b *bench) measureSessions() ([]row, error) {
	data := filepath.Join(b.dir, "sessions")
	doorward, err := b.doorward(serverCore, data, "--bcrypt-cost", "4", "--limit-login", "off")
	if err != nil {
		return nil, err
	}
	defer func() { doorward.stop() }()
	bearer, cookie, err := signIn(doorward)
	if err != nil {
		return nil, err
	}
	body, err := fetch(doorward.base, sessionPath, bearer)
	if err != nil {
		return nil, err
	}
	control, err := b.control(string(body))
	if err != nil {
		return nil, err
	}
	defer control.stop()
	var others *process
	if b.peer != nil {
		if others, err = b.peer.start(serverCore); err != nil {
			return nil, err
		}
		defer others.stop()
		if err := b.peer.signIn(others); err != nil {
			return nil, err
		}
	}

	var rows []row
	for _, by := range []check{
		{"session check, cached, bearer", sessionPath, bearer, "0.85"},
		{"session check, cached, cookie", sessionPath, cookie, "0.85"},
		{"forward-auth, cached, cookie", "/forward-auth", cookie, "0.85"},
	} {
		var ours, bare, theirs []float64
		for range b.rounds {
			one := func(p *process, path, header string, n int, into *[]float64) error {
				cost, err := cpuPerRequest(p, path, header, n)
				*into = append(*into, cost)
				return err
			}
			err := errors.Join(one(doorward, by.path, by.header, b.requests, &ours), one(control, by.path, by.header, b.requests, &bare))
			if err == nil && others != nil {
				err = one(others, peerUsers+"records/"+b.peer.record, b.peer.bearer, b.requests/10, &theirs)
			}
			if err != nil {
				return nil, err
			}
		}
		us, it := median(ours), median(bare)
		r := row{work: by.name, doorward: perSecond(us), control: perSecond(it), ratio: fmt.Sprintf("%.2f", it/us), wanted: by.wanted}
		if len(theirs) > 0 {
			r.peer = fmt.Sprintf("%s (%.2f)", perSecond(median(theirs)), it/median(theirs))
		}
		rows = append(rows, r)
	}

	tokens, err := manySessions(doorward, b.requests/40)
	if err != nil {
		return nil, err
	}
	if err := doorward.stop(); err != nil { // what it remembered goes with it
		return nil, err
	}
	if doorward, err = b.doorward(serverCore, data, "--bcrypt-cost", "4"); err != nil {
		return nil, err
	}
	time.Sleep(2 * time.Second) // until what a start leaves to do later is done
	us, err := cpuOf(doorward, len(tokens), func(i int) (string, string) { return sessionPath, "Authorization: Bearer " + tokens[i] })
	if err != nil {
		return nil, err
	}
	it, err := cpuPerRequest(control, sessionPath, bearer, b.requests)
	if err != nil {
		return nil, err
	}
	rows = append(rows, row{work: "session check, uncached", doorward: perSecond(us), control: perSecond(it), ratio: fmt.Sprintf("%.2f", it/us), wanted: "0.35"})
	return rows, nil
}

func perSecond(microseconds float64) string { return fmt.Sprintf("%.0f/CPU s", 1e6/microseconds) }

// signIn makes the Owner and signs in twice: the two headers that show a session.
func signIn(p *process) (bearer, cookie string, err error) {
	if _, _, err = post(p.base+"/api/v1/registrations", map[string]any{"email": "owner@example.org", "password": password, "setup_code": p.setupCode()}); err != nil {
		return "", "", err
	}
	token, err := logIn(p)
	if err != nil {
		return "", "", err
	}
	_, header, err := post(p.base+"/api/v1/sessions", map[string]any{"email": "owner@example.org", "password": password, "cookie": true})
	if err != nil {
		return "", "", err
	}
	for _, line := range header.Values("Set-Cookie") {
		if pair, _, _ := strings.Cut(line, ";"); strings.HasPrefix(pair, "doorward_session=") {
			return "Authorization: Bearer " + token, "Cookie: " + pair, nil
		}
	}
	return "", "", errors.New("no session cookie came")
}

func logIn(p *process) (token string, err error) {
	answer, _, err := post(p.base+"/api/v1/sessions", map[string]any{"email": "owner@example.org", "password": password})
	if err != nil {
		return "", err
	}
	var made struct{ Token string }
	err = json.Unmarshal(answer, &made)
	return made.Token, err
}

// manySessions signs in again and again.
func manySessions(p *process, n int) ([]string, error) {
	tokens := make([]string, n)
	err := together(connections, func(worker int) error {
		for i := worker; i < n; i += connections {
			var err error
			if tokens[i], err = logIn(p); err != nil {
				return err
			}
		}
		return nil
	})
	return tokens, err
}

// together runs fn n times side by side and answers the first error of each.
func together(n int, fn func(worker int) error) error {
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = fn(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// client keeps a connection for each of many callers.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}

// errBusy is an answer that says to come back.
var errBusy = errors.New("the server is busy")

func post(url string, in any) ([]byte, http.Header, error) {
	encoded, err := json.Marshal(in)
	if err != nil {
		return nil, nil, err
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(encoded))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", userAgent) // or the session was used from elsewhere, which is noted
	answer, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
	case answer.StatusCode == http.StatusServiceUnavailable:
		err = errBusy
	case answer.StatusCode/100 != 2:
		err = fmt.Errorf("%s: %s: %s", url, answer.Status, body)
	}
	return body, answer.Header, err
}

func request(base, path, header string) []byte {
	host := strings.TrimPrefix(base, "http://")
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: " + userAgent + "\r\n" + header + "\r\n\r\n")
}

func fetch(base, path, header string) ([]byte, error) {
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return ask(c, bufio.NewReader(c), request(base, path, header))
}

func ask(w io.Writer, r *bufio.Reader, request []byte) ([]byte, error) {
	if _, err := w.Write(request); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return body, errors.Join(err, answer.Body.Close())
}

// cpuPerRequest is the server's CPU time for one request, in microseconds.
func cpuPerRequest(p *process, path, header string, requests int) (float64, error) {
	return cpuOf(p, requests, func(int) (string, string) { return path, header })
}

// cpuOf is the server's CPU time for one of n requests, in microseconds.
func cpuOf(p *process, n int, what func(i int) (path, header string)) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	err = together(connections, func(worker int) error {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		if err != nil {
			return err
		}
		defer c.Close()
		reader := bufio.NewReader(c)
		for i := worker; i < n; i += connections {
			path, header := what(i)
			if _, err := ask(c, reader, request(p.base, path, header)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return float64(after-before) / float64(time.Microsecond) / float64(n), err
}

// control starts the bare handler.
func (b *bench) control(body string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	name, args := pinned(serverCore, self, []string{"-control", body})
	return start(nil, name, args...)
}
