// Package web speaks HTTP: the JSON API under /api/v1, avatars, health, and the pages. It decides nothing about accounts.
// A request goes one way: who is calling (request.go), may they ask this at all (routes.go), decode into a typed input
// (decode.go), one call on app.Accounts, and the result or its app.Error as JSON (problem.go) or as a page.
//
// Start with the two tables that are the policy of the site: routes_api.go and routes_pages.go. What holds for every
// request, in the order in which it is asked, is Server.ServeHTTP.
package web

import (
	"errors"
	"fmt"
	"github.com/VictoriaMetrics/metrics"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"doorward/app"
	"doorward/app/lang"
	"doorward/web/view"
)

// Options are the parts and settings of a Server. Accounts, BaseURL, Log and the cookie keys must be set.
type Options struct {
	Accounts *app.Accounts
	// BaseURL is what links begin with and the one origin that counts as own. Its scheme decides about Secure and
	// `__Host-` cookies; a path in it is the prefix under which everything is served. It is never taken from a request.
	BaseURL *url.URL
	// TrustedProxies are the peers whose word about the client's address is believed, TrustUnixPeer whoever connects
	// through a Unix socket.
	TrustedProxies []netip.Prefix
	TrustUnixPeer  bool
	// CookieHashKey authenticates cookies (HMAC-SHA-256), CookieBlockKey encrypts them (AES-256).
	CookieHashKey, CookieBlockKey [32]byte
	Log                           *slog.Logger
	SiteName                      string // "": Doorward
	SiteLogo                      string // a picture's path, "" for none
	Accent                        string // a CSS colour, "" for our own
	// CORSOrigins are origins (`https://app.example.org`) whose scripts may call the JSON API with a bearer token.
	CORSOrigins []string
	// CookieDomain lets forward-auth cover that domain's hosts; "" for none. CheckCookieDomain holds its rule.
	CookieDomain string
	Dev          *Dev // of `doorward dev`; nil anywhere else
	// Locales are the languages that pages are offered in, the first for those who ask for none of them; all shipped ones
	// if there are none.
	Locales  []string
	Composer Composer // shows kept mails; nil: the mailbox lists them without their text
}

// Composer writes a kept mail out as its receiver would see it. app/mail's, through an adapter in main, is one.
type Composer interface {
	Compose(m app.Mail) (Letter, error)
}

// Letter is a composed mail.
type Letter struct {
	Subject string
	Text    string
	HTML    string
}

// Server answers every request of one Doorward. It is safe for any number of goroutines.
type Server struct {
	accounts *app.Accounts
	log      *slog.Logger
	options  Options
	base     string // the base URL without a slash at its end
	prefix   string // the base URL's path without a slash at its end, "" for none
	secure   bool   // the base URL is https
	proxies  proxies
	origins  *origins
	cookies  cookies
	headers  headers
	offer    *lang.Offer
	views    *view.Views
	mux      *http.ServeMux
	fixed    map[exactly]counted // the routes without wildcards
	openAPI  func() ([]byte, error)
	metrics  *metrics.Set

	// The constants of the same names, but in tests.
	streamBeat, bodyPatience, drainPatience, answerPatience time.Duration
}

// New wires a Server. An error names the option that can't be used.
func New(o Options) (*Server, error) {
	if o.Accounts == nil || o.BaseURL == nil || o.Log == nil {
		return nil, errors.New("web: accounts, base URL and log must be given")
	}
	if o.CookieHashKey == [32]byte{} || o.CookieBlockKey == [32]byte{} {
		return nil, errors.New("web: the cookie keys must be given")
	}
	if o.SiteName == "" {
		o.SiteName = "Doorward"
	}
	prefix, err := checkBaseURL(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("web: base URL: %w", err)
	}
	s := &Server{
		accounts: o.Accounts, log: o.Log, options: o,
		base:    strings.TrimRight(o.BaseURL.String(), "/"),
		prefix:  prefix,
		secure:  o.BaseURL.Scheme == "https",
		proxies: newProxies(o.TrustedProxies, o.TrustUnixPeer, o.Log),

		streamBeat: streamBeat, bodyPatience: bodyPatience, drainPatience: drainPatience, answerPatience: answerPatience,
	}
	s.proxies.warn.note = o.Accounts.NoteIgnoredPeer
	if s.origins, err = newOrigins(o.BaseURL, o.CORSOrigins); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	domain, err := CheckCookieDomain(o.CookieDomain, o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("web: cookie domain: %w", err)
	}
	s.cookies = newCookies(o.CookieHashKey, o.CookieBlockKey, s.secure, cookieDomain(domain))
	if s.offer, err = lang.NewOffer(o.Locales...); err != nil {
		return nil, fmt.Errorf("web: locales: %w", err)
	}
	if s.views, err = newViews(o, prefix); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	s.headers = newHeaders(s.secure, s.origins, cookieDomain(domain))
	s.openAPI = sync.OnceValues(func() ([]byte, error) { return openAPIDocument(prefix) })
	s.metrics = newMetrics(o.Accounts)
	s.mux, s.fixed = s.routes()
	return s, nil
}

// checkBaseURL answers the path prefix. Braces would be read as a route's wildcard.
func checkBaseURL(u *url.URL) (prefix string, err error) {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("scheme %q is neither http nor https", u.Scheme)
	case u.Host == "":
		return "", errors.New("it has no host")
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", errors.New("it has more than scheme, host and path")
	}
	if u.Path != u.EscapedPath() || strings.ContainsAny(u.Path, "{}") || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "/.") {
		return "", fmt.Errorf("path %q can't be used: only plain letters, digits and single slashes can", u.Path)
	}
	return strings.TrimRight(u.Path, "/"), nil
}

// ServeHTTP answers one request: who sent it, security headers, whether it comes from where it may, then its route,
// which asks who is calling before its handler runs (route.serve).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(s, w, r)
	defer c.end()
	c.hurry()
	if err := s.checkHost(r); err != nil {
		c.fail(err)
		return
	}
	if err := s.origins.check(c); err != nil {
		c.fail(err)
		return
	}
	if (c.json || !isSafe(r.Method)) && !isStraight(r.URL.EscapedPath()) {
		c.fail(errNotFound)
		return
	}
	s.dispatch(c.w, r)
}

// isStraight tells whether a path has no steps such as `..` in it. The mux would send whoever asks for `…/7/x/..` on to
// `…/7` with the same method, and a client that follows would delete what it did not name.
func isStraight(path string) bool {
	if strings.Contains(path, "//") {
		return false
	}
	if !strings.Contains(path, "/.") {
		return true // most are
	}
	ended := path + "/"
	return !strings.Contains(ended, "/./") && !strings.Contains(ended, "/../")
}

// path is the absolute path of something on this site, with the base URL's prefix: what a page links to.
func (s *Server) path(p string) string { return s.prefix + p }

// url is the whole address of something on this site, from the base URL alone.
func (s *Server) url(p string) string { return s.base + p }
