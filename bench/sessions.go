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

const connections = 8

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

// measureSessions compares the server's CPU time for a cached session check, by bearer token and by cookie, with the bare
// handler's for the same headers and body.
func measureSessions(binary, dir string, requests, rounds int) ([]row, error) {
	doorward, err := start(setup, binary, "--data", filepath.Join(dir, "sessions"), "--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--log-level", "error")
	if err != nil {
		return nil, err
	}
	defer doorward.stop()
	bearer, cookie, err := signIn(doorward)
	if err != nil {
		return nil, err
	}
	body, err := fetch(doorward.base, bearer)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	control, err := start(nil, self, "-control", string(body))
	if err != nil {
		return nil, err
	}
	defer control.stop()

	var rows []row
	for _, by := range []struct{ name, header string }{{"bearer", bearer}, {"cookie", cookie}} {
		var ours, bare []float64
		for range rounds {
			a, err := cpuPerRequest(doorward, by.header, requests)
			if err != nil {
				return nil, err
			}
			b, err := cpuPerRequest(control, by.header, requests)
			if err != nil {
				return nil, err
			}
			ours, bare = append(ours, a), append(bare, b)
		}
		a, b := median(ours), median(bare)
		rows = append(rows, row{
			"session check, cached, " + by.name, fmt.Sprintf("%.0f/CPU s", 1e6/a), fmt.Sprintf("%.0f/CPU s", 1e6/b),
			fmt.Sprintf("%.2f", b/a), "0.70 (0.85 is where it goes)",
		})
	}
	return rows, nil
}

// signIn makes the Owner and signs in twice: the two headers that show a session.
func signIn(p *process) (bearer, cookie string, err error) {
	const password = "a bench of benches"
	if _, _, err = post(p.base+"/api/v1/registrations", map[string]any{"email": "owner@example.org", "password": password, "setup_code": p.setupCode()}); err != nil {
		return "", "", err
	}
	answer, _, err := post(p.base+"/api/v1/sessions", map[string]any{"email": "owner@example.org", "password": password})
	if err != nil {
		return "", "", err
	}
	var made struct{ Token string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", "", err
	}
	_, header, err := post(p.base+"/api/v1/sessions", map[string]any{"email": "owner@example.org", "password": password, "cookie": true})
	if err != nil {
		return "", "", err
	}
	for _, line := range header.Values("Set-Cookie") {
		if pair, _, _ := strings.Cut(line, ";"); strings.HasPrefix(pair, "doorward_session=") {
			return "Authorization: Bearer " + made.Token, "Cookie: " + pair, nil
		}
	}
	return "", "", errors.New("no session cookie came")
}

func post(url string, in any) ([]byte, http.Header, error) {
	encoded, err := json.Marshal(in)
	if err != nil {
		return nil, nil, err
	}
	answer, err := http.Post(url, "application/json", bytes.NewReader(encoded))
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%s: %s: %s", url, answer.Status, body)
	}
	return body, answer.Header, err
}

func request(base, header string) []byte {
	host := strings.TrimPrefix(base, "http://")
	return []byte("GET /api/v1/session HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench\r\n" + header + "\r\n\r\n")
}

func fetch(base, header string) ([]byte, error) {
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return ask(c, bufio.NewReader(c), request(base, header))
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
		err = fmt.Errorf("session check: %s: %s", answer.Status, body)
	}
	return body, errors.Join(err, answer.Body.Close())
}

// cpuPerRequest is the server's CPU time for one request, in microseconds.
func cpuPerRequest(p *process, header string, requests int) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	var all sync.WaitGroup
	failures := make(chan error, connections)
	for range connections {
		all.Go(func() { failures <- load(p.base, header, requests/connections) })
	}
	all.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return 0, err
		}
	}
	after, err := p.cpu()
	return float64((after-before)/time.Microsecond) / float64(requests), err
}

func load(base, header string, requests int) error {
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return err
	}
	defer c.Close()
	line, reader := request(base, header), bufio.NewReader(c)
	for range requests {
		if _, err := ask(c, reader, line); err != nil {
			return err
		}
	}
	return nil
}
