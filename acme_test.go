package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// authority is a real ACME authority, Let's Encrypt's own for tests, to which every name is this machine.
type authority struct {
	url     string
	trusted string         // a file: the certificate of its own site
	roots   *x509.CertPool // what it signs by
}

// newAuthority asks for proofs at two ports in place of 80 and 443; one that is 1 answers nobody.
func newAuthority(t *testing.T, plain, https int) authority {
	t.Helper()
	if err := os.Setenv("PEBBLE_VA_NOSLEEP", "1"); err != nil { // it would wait as the real one may
		t.Fatal(err)
	}
	silent := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	signer := ca.New(silent, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	front := wfe.New(silent, store, va.New(silent, plain, https, true, nameServer(t), store), signer, nil, true, false, 0, 0)
	site := httptest.NewTLSServer(front.Handler())
	t.Cleanup(site.Close)

	a := authority{url: site.URL + wfe.DirectoryPath, trusted: filepath.Join(t.TempDir(), "ca.pem"), roots: x509.NewCertPool()}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw})
	if err := os.WriteFile(a.trusted, own, 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(signer.GetRootCert(0).DER)
	if err != nil {
		t.Fatal(err)
	}
	a.roots.AddCert(root)
	return a
}

// nameServer answers that every name is 127.0.0.1, and nothing else.
func nameServer(t *testing.T) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, asked *dns.Msg) {
		answer := new(dns.Msg).SetReply(asked)
		for _, q := range asked.Question {
			if q.Qtype == dns.TypeA {
				answer.Answer = append(answer.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)})
			}
		}
		_ = w.WriteMsg(answer) // whoever asked asks again
	})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.ActivateAndServe() // ends with its listener
	}()
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	return l.Addr().String()
}

// ports are the two that a server with certificates listens on, as systemd hands them over: 443 and 80 are others' to use.
type ports struct{ https, plain *net.TCPListener }

func newPorts(t *testing.T) ports {
	t.Helper()
	var two [2]*net.TCPListener
	for i := range two {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		two[i] = l
	}
	return ports{two[0], two[1]}
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// hand makes the program one that systemd started with both.
func (p ports) hand(t *testing.T, cmd *exec.Cmd, names string) *exec.Cmd {
	t.Helper()
	for _, l := range []*net.TCPListener{p.https, p.plain} {
		file, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	cmd.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = shell
	cmd.Env = append(cmd.Env, "LISTEN_FDS=2", "LISTEN_FDNAMES="+names)
	return cmd
}

// certified is a server that gets certificates of an authority, and a client who trusts that alone.
type certified struct {
	*process
	http *http.Client
}

func startCertified(t *testing.T, p ports, a authority, data string) certified {
	t.Helper()
	cmd := p.hand(t, program(t, "--data", data, "--acme-domain", "accounts.example.org,login.example.org", "--acme-directory", a.url), "https:http")
	cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+a.trusted)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			l := p.https
			if strings.HasSuffix(address, ":80") {
				l = p.plain
			}
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
		TLSClientConfig: &tls.Config{RootCAs: a.roots}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return certified{start(t, cmd), &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send sends a request without a body.
func (s certified) send(t *testing.T, method, url string) (answer *http.Response, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err = s.http.Do(request); err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// awaitFile waits for a file of another process.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("there never was %s", path)
		}
	}
}

func needsLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("there is no systemd to hand sockets over")
	}
}

func TestCertificatesAreGotAndKept(t *testing.T) {
	t.Parallel()
	needsLinux(t)
	p, data := newPorts(t), filepath.Join(t.TempDir(), "data")
	a := newAuthority(t, 1, portOf(p.https)) // by TLS-ALPN alone
	s := startCertified(t, p, a, data)
	if s.base != "https://accounts.example.org" {
		t.Errorf("links begin with %s", s.base)
	}
	answer, body := s.send(t, "GET", "https://accounts.example.org/readyz")
	if answer.StatusCode != http.StatusOK || body != "ready\n" || answer.ProtoMajor != 2 {
		t.Errorf("https answers %s %s: %s", answer.Proto, answer.Status, body)
	}
	serial := answer.TLS.PeerCertificates[0].SerialNumber
	other, _ := s.send(t, "GET", "https://login.example.org/login")
	if other.StatusCode != http.StatusOK {
		t.Errorf("the other name answers %s", other.Status)
	}

	for url, want := range map[string]string{
		"http://login.example.org/login?return_to=%2Faccount": "https://login.example.org/login?return_to=%2Faccount",
		"http://LOGIN.example.org:80/":                        "https://login.example.org/",
		"http://elsewhere.example.net//evil.net/":             "https://accounts.example.org//evil.net/",
	} {
		if got, _ := s.send(t, "GET", url); got.StatusCode != http.StatusMovedPermanently || got.Header.Get("Location") != want {
			t.Errorf("%s: %s, to %s", url, got.Status, got.Header.Get("Location"))
		}
	}
	if got, _ := s.send(t, "POST", "http://accounts.example.org/api/v1/sessions"); got.StatusCode != http.StatusBadRequest {
		t.Errorf("a password sent in the open: %s", got.Status)
	}
	if got, text := s.send(t, "GET", "http://127.0.0.1/readyz"); got.StatusCode != http.StatusOK || text != "ready\n" {
		t.Errorf("ready by http: %s, %s", got.Status, text)
	}
	if conn, err := tls.Dial("tcp", p.https.Addr().String(), &tls.Config{ServerName: "elsewhere.example.net", InsecureSkipVerify: true}); err == nil {
		conn.Close()
		t.Error("there is a certificate for any name")
	}
	awaitFile(t, filepath.Join(data, "certificates", "accounts.example.org"))
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d, %s", code, s.log)
	}
	if log := s.log.String(); strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
		t.Errorf("alarming lines: %s", log)
	}
	kept, err := os.Stat(filepath.Join(data, "certificates", "accounts.example.org"))
	if err != nil || kept.Mode().Perm() != 0o600 {
		t.Errorf("kept as %v, %v", kept, err)
	}

	a.url = "https://127.0.0.1:1/gone" // the next start needs nobody
	s = startCertified(t, p, a, data)
	if answer, _ := s.send(t, "GET", "https://accounts.example.org/readyz"); answer.TLS.PeerCertificates[0].SerialNumber.Cmp(serial) != 0 {
		t.Error("another certificate is used after a new start")
	}
	if code, out, errs := command(t, "doctor", "--data", data, "--acme-domain", "accounts.example.org"); code != 0 || !strings.Contains(out, "certificate ok") {
		t.Errorf("doctor: exit %d, %s%s", code, out, errs)
	}
	s.stop(syscall.SIGTERM)
}

func TestCertificatesAreGotByThePlainPortToo(t *testing.T) {
	t.Parallel()
	needsLinux(t)
	p := newPorts(t)
	s := startCertified(t, p, newAuthority(t, portOf(p.plain), 1), t.TempDir())
	if answer, _ := s.send(t, "GET", "https://accounts.example.org/readyz"); answer.StatusCode != http.StatusOK {
		t.Errorf("https answers %s", answer.Status)
	}
	s.stop(syscall.SIGTERM)
}

func TestWithoutItsTwoSocketsAServerWithCertificatesIsRefused(t *testing.T) {
	t.Parallel()
	needsLinux(t)
	for _, names := range []string{"", "https", "https:https", "unknown:unknown", "a:b"} {
		cmd := newPorts(t).hand(t, program(t, "--data", t.TempDir(), "--acme-domain", "accounts.example.org", "--log-level", "error"), names)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 2 || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "FileDescriptorName=https") {
			t.Errorf("%q: %v, %s", names, err, out)
		}
	}
}

func TestWhatCertificatesDecideIsNotSetOtherwise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part string
		args []string
	}{
		{"--listen: ", []string{"--listen", "127.0.0.1:0"}},
		{"--listen: ", []string{"--listen", "unix:/tmp/never.sock"}},
		{"--base-url: ", []string{"--base-url", "http://accounts.example.org"}},
		{"--base-url: ", []string{"--base-url", "https://other.example.org"}},
		{"--base-url: ", []string{"--base-url", "https://accounts.example.org:8443"}},
		{"--metrics-listen: ", []string{"--metrics-listen", "127.0.0.1:80"}},
		{"--acme-domain: ", []string{"--acme-domain", "*.example.org"}},
		{"--acme-directory: ", []string{"--acme-directory", "http://ca.example.org/"}},
	} {
		for _, verb := range []string{"serve", "doctor"} {
			args := slices.Concat([]string{verb, "--data", filepath.Join(t.TempDir(), "data"), "--acme-domain", "accounts.example.org"}, c.args)
			code, out, errs := command(t, args...)
			if code != 2 || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.part) {
				t.Errorf("%q: exit %d, %q, %q", c.args, code, out, errs)
			}
		}
	}
}
