package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

const (
	// firstRetry and lastRetry are how long a failed attempt waits for the next, doubled each time: authorities count failures
	// too (Let's Encrypt: five an hour for a name).
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// Certificates gets certificates for names, keeps them in a folder and renews them, by the proofs that a server at these
// names gives on its ports 443 (TLS-ALPN) and 80 (HTTP).
type Certificates struct {
	manager *autocert.Manager
	names   Domains
	base    *url.URL
	log     *slog.Logger
}

// NewCertificates is nil without --acme-domain. The settings' base URL was settled. The folder is made when there is
// something to keep.
func NewCertificates(s Settings, folder string, log *slog.Logger) *Certificates {
	if len(s.ACMEDomain) == 0 {
		return nil
	}
	c := &Certificates{names: s.ACMEDomain, base: s.BaseURL.URL, log: log}
	c.manager = &autocert.Manager{
		Prompt:     autocert.AcceptTOS, // who names domains agrees to the authority's terms; docs/operating.md says so
		Cache:      autocert.DirCache(folder),
		HostPolicy: c.mayName,
		Client:     &acme.Client{DirectoryURL: s.ACMEDirectory, UserAgent: "doorward"},
	}
	return c
}

// mayName refuses what a stranger asks to get a certificate for, or to answer for, unless it was set up.
func (c *Certificates) mayName(_ context.Context, host string) error {
	if _, ours := c.ours(host); !ours {
		return errors.New("--acme-domain does not name it")
	}
	return nil
}

// ours finds a request's host, with or without a port, among the names.
func (c *Certificates) ours(host string) (name string, ours bool) {
	name = strings.ToLower(host)
	if bare, _, err := net.SplitHostPort(name); err == nil {
		name = bare
	}
	return name, slices.Contains(c.names, name)
}

// run gets what is missing before anybody has to wait for it, until all is there or ctx ends, and tells how it went.
func (c *Certificates) run(ctx context.Context) {
	missing := slices.Clone(c.names)
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		missing = slices.DeleteFunc(missing, func(name string) bool { return c.obtain(ctx, name) })
		if len(missing) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// obtain tells whether there is a certificate for a name now. autocert takes no context: an attempt that ctx cuts off goes
// on until its answer comes or the process ends, which the cache survives.
func (c *Certificates) obtain(ctx context.Context, name string) bool {
	type result struct {
		certificate *tls.Certificate
		err         error
	}
	got := make(chan result, 1)
	go func() {
		certificate, err := c.manager.GetCertificate(&tls.ClientHelloInfo{
			ServerName: name, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, // the kind that today's browsers ask for
		})
		got <- result{certificate, err}
	}()
	select {
	case <-ctx.Done():
		return false
	case r := <-got:
		if r.err != nil {
			c.log.Error("no certificate: is this machine reached at that name, on ports 80 and 443?", "name", name, "error", r.err)
			return false
		}
		c.log.Info("there is a certificate, which will be renewed in time", "name", name, "until", r.certificate.Leaf.NotAfter)
		return true
	}
}

// plain is what port 80 is for: the authority's questions, whether the server is ready, and the way to https.
func (c *Certificates) plain(site http.Handler) http.Handler {
	return c.manager.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/healthz" || path == "/readyz":
			site.ServeHTTP(w, r)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			w.Header().Set("Connection", "close")
			http.Redirect(w, r, "https://"+c.hostOf(r)+r.URL.RequestURI(), http.StatusMovedPermanently)
		default: // what was sent was sent in the open: doing it all the same would teach nobody
			http.Error(w, "This site is reached by https alone.", http.StatusBadRequest)
		}
	}))
}

// hostOf is the name that a request came to, if it is one of ours, else that of the base URL.
func (c *Certificates) hostOf(r *http.Request) string {
	if name, ours := c.ours(r.Host); ours {
		return name
	}
	return c.base.Host
}

// CertificateEnd tells until when the certificate is good that a folder keeps for a name. The error is fs.ErrNotExist where
// there is none.
func CertificateEnd(folder, name string) (time.Time, error) {
	rest, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return time.Time{}, fmt.Errorf("read certificate: %w", err)
	}
	for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue // its key stands in front
		}
		leaf, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, fmt.Errorf("read certificate: %w", err)
		}
		return leaf.NotAfter, nil
	}
	return time.Time{}, errors.New("read certificate: there is none in the file")
}
