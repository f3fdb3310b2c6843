package proxies_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"strings"
	"testing"

	"doorward/app/apptest"
)

// echo is an app that tells which headers reached it.
type echo struct{}

func (echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(r.Header) // a client that is gone needs no answer
}

// person is somebody at a browser, at an address of their own, who sees the proxy alone.
type person struct {
	t    testing.TB
	http *http.Client
	from netip.Addr
}

// browser makes a person at 127.0.0.n.
func (s *stage) browser(t testing.TB, n byte) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	from := netip.AddrFrom4([4]byte{127, 0, 0, n})
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", s.proxy)
		},
		TLSClientConfig: &tls.Config{RootCAs: s.trusted},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &person{t, &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, from}
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request as a browser does; headers are pairs of name and value, written as they stand.
func (p *person) ask(method, url, body string, headers ...string) answer {
	p.t.Helper()
	response := p.open(method, url, body, headers...)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

func (p *person) open(method, url, body string, headers ...string) *http.Response {
	p.t.Helper()
	response, err := p.send(method, url, body, headers...)
	if err != nil {
		p.t.Fatal(err)
	}
	return response
}

func (p *person) send(method, url, body string, headers ...string) (*http.Response, error) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("User-Agent", apptest.Browser(1).UserAgent)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1])
	}
	return p.http.Do(r)
}

// page asks the app for a page.
func (p *person) page(headers ...string) answer {
	p.t.Helper()
	return p.ask("GET", guarded+"/orders?page=2&sort=name", "", headers...)
}

// signIn signs in at Doorward through the proxy.
func (p *person) signIn(email string, headers ...string) {
	p.t.Helper()
	body := `{"email":"` + email + `","password":"` + apptest.Password.Reveal() + `","cookie":true}`
	if got := p.ask("POST", accounts+"/api/v1/sessions", body, headers...); got.status != http.StatusCreated {
		p.t.Fatalf("signing in answered %d: %s", got.status, got.body)
	}
}

// is wants a status.
func (p *person) is(got answer, status int) answer {
	p.t.Helper()
	if got.status != status {
		p.t.Fatalf("answered %d, want %d: %v\n%.500s", got.status, status, got.header, got.body)
	}
	return got
}

// reached are the headers that the app got, each under its name as a framework may read it: in capitals, with `_`.
func (p *person) reached(got answer) map[string]string {
	p.t.Helper()
	var headers http.Header
	if err := json.Unmarshal([]byte(p.is(got, http.StatusOK).body), &headers); err != nil {
		p.t.Fatalf("this is not from the app: %s", got.body)
	}
	read := map[string]string{}
	for name, values := range headers {
		name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if _, twice := read[name]; twice || len(values) > 1 {
			p.t.Errorf("the app gets %s more than once: %v", name, headers)
		}
		read[name] = values[0]
	}
	return read
}
