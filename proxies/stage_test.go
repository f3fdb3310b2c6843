// Package proxies_test holds docs/proxies.md to its word: real reverse proxies, set up by the very text of that page, in front
// of a real Doorward and an app that tells what reached it.
package proxies_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"doorward/app/apptest"
	"doorward/web"
)

const (
	accounts = "https://accounts.example.org"
	guarded  = "https://app.example.org"
)

// stage is a Doorward, an app and a proxy in front of both, as on the page.
type stage struct {
	*apptest.World
	t       testing.TB
	dir     string // where the proxy keeps what it needs
	page    string // docs/proxies.md, with this stage's addresses in it
	proxy   string // host:port where it serves https
	trusted *x509.CertPool
}

// newStage makes all but the proxy, which is to ask at /forward-auth with a query behind it.
func newStage(t *testing.T, query string, options ...apptest.Option) *stage {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux does every address of 127.0.0.0/8 exist, and people need addresses of their own")
	}
	s := &stage{t: t, dir: shortDir(t), World: apptest.New(t, options...)}
	base, err := url.Parse(accounts)
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Options{
		Accounts: s.Accounts, BaseURL: base, Log: slog.New(slog.NewTextHandler(s.Log, nil)), CookieDomain: "example.org",
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		CookieHashKey:  [32]byte{1}, CookieBlockKey: [32]byte{2},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Owner("ada@example.org")
	s.Member("bob@example.org")

	s.page = s.readPage(serve(t, site), serve(t, echo{}), query)
	s.certify()
	return s
}

// shortDir is a folder that a proxy's other user reaches too, and whose name leaves room for one of a socket.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "proxy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func serve(t testing.TB, h http.Handler) (address string) {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// readPage is the page with real addresses and files.
func (s *stage) readPage(doorward, behind, query string) string {
	text, err := os.ReadFile("../docs/proxies.md")
	if err != nil {
		s.t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.proxy = free.Addr().String()
	if err := free.Close(); err != nil {
		s.t.Fatal(err)
	}
	return strings.NewReplacer(
		"127.0.0.1:8080/forward-auth", doorward+"/forward-auth"+query, "uri /forward-auth?", "uri /forward-auth?"+strings.TrimPrefix(query, "?"),
		"127.0.0.1:8080", doorward, "127.0.0.1:3000", behind,
		"/etc/ssl/", s.dir+"/", "/etc/haproxy/", s.dir+"/",
		"listen 443 ssl", "listen "+s.proxy+" ssl", "bind :443 ssl", "bind "+s.proxy+" ssl",
	).Replace(string(text))
}

// block is the page's one block of code in a language.
func (s *stage) block(language string) string {
	_, after, found := strings.Cut(s.page, "\n```"+language+"\n")
	code, _, ended := strings.Cut(after, "\n```\n")
	if !found || !ended || strings.Contains(after, "\n```"+language+"\n") {
		s.t.Fatalf("docs/proxies.md has not exactly one block in %s", language)
	}
	return code + "\n"
}

// write writes a file for the proxy and answers its path.
func (s *stage) write(name, text string) string {
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// certify makes a certificate for both hosts, in the files that the page names.
func (s *stage) certify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	whose := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.org"}, DNSNames: []string{"example.org", "*.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &whose, &whose, key.Public(), key)
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyText := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	s.write("example.org.pem", string(chain)+string(keyText)) // HAProxy reads both from it
	s.write("example.org.key", string(keyText))
	s.trust(chain)
}

func (s *stage) trust(chain []byte) {
	s.trusted = x509.NewCertPool()
	if !s.trusted.AppendCertsFromPEM(chain) {
		s.t.Fatal("the certificate can't be read")
	}
}

// needs skips where a proxy is not installed, and fails there in CI.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed: apt-get install %[1]s", program)
}

// run starts the proxy and waits until it serves https.
func (s *stage) run(program string, args ...string) {
	s.t.Helper()
	var said bytes.Buffer
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &said, &said
	cmd.Env = append(os.Environ(), "HOME="+s.dir, "XDG_DATA_HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // what it started goes with it
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // why is in what it said
	}()
	s.t.Cleanup(func() {
		stop()
		<-ended
		if s.t.Failed() {
			s.t.Logf("%s said:\n%s", program, &said)
		}
	})
	s.Poll(program+" to serve", func() bool {
		select {
		case <-ended:
			s.t.Fatalf("%s ended: %s", program, &said)
		default:
		}
		dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: "app.example.org"}}
		conn, err := dialer.DialContext(s.t.Context(), "tcp", s.proxy)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}
