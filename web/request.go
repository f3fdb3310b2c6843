package web

import (
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"doorward/app"
)

// call is one request on its way through the server.
type call struct {
	s       *Server
	w       http.ResponseWriter // its *answer
	r       *http.Request
	body    io.Reader  // the request's, whatever a handler puts around it; nil once nothing more comes
	id      string     // in X-Request-Id, in every problem and in the log
	named   [1]string  // the id, as an answer's header keeps it
	pattern string     // the route's path, for the log: a path may hold a token
	json    bool       // errors are problem+json, not pages
	api     bool       // of the JSON API
	cors    bool       // a script of a listed foreign origin asks
	reads   bool       // it changes nothing, whatever its method: for the log
	client  app.Client // through trusted proxies
	actor   app.Actor  // app.Stranger(client) until identify found out

	asked       bool  // identify was asked
	refusal     error // its answer
	checked     *app.Checked
	fingerprint app.Fingerprint
	viaCookie   bool // the session was named by a cookie, not by a bearer token

	tally  *tally // of the route; nil where none was reached
	answer answer
	began  time.Time
}

func newCall(s *Server, w http.ResponseWriter, r *http.Request) *call {
	c := &call{s: s, r: r, body: r.Body, id: newRequestID(), began: time.Now()} // how long an answer takes: no rule depends on it
	c.answer = answer{ResponseWriter: w, call: c}
	c.w = &c.answer
	c.api, c.json = s.speaksJSON(r.URL.Path)
	c.client = app.Client{IP: s.proxies.client(r), UserAgent: userAgent(r.Header)}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		c.client.Locale = c.locale() // what a mail is written in, which only a changing request causes
	}
	c.actor = app.Stranger(c.client)
	c.named[0] = c.id
	s.headers.set(w.Header(), c.json, c.named[:])
	return c
}

// speaksJSON tells the paths that programs ask from those that people see, and among them the JSON API's own.
func (s *Server) speaksJSON(path string) (api, programs bool) {
	rest, ours := strings.CutPrefix(path, s.prefix)
	if ours && rest == referencePath {
		return false, false
	}
	if ours && (strings.HasPrefix(rest, "/api/") || strings.HasPrefix(rest, "/avatars/") || s.options.Dev != nil && strings.HasPrefix(rest, "/dev/api/")) {
		return true, true
	}
	return false, isHealth(path) || ours && (isHealth(rest) || rest == forwardPath)
}

// isHealth tells the paths that whatever keeps the process running asks for.
func isHealth(path string) bool { return path == "/healthz" || path == "/readyz" || path == "/metrics" }

// newRequestID makes a name that tells requests of a day apart; nothing trusts it.
func newRequestID() string {
	const letters = "0123456789abcdefghjkmnpqrstvwxyz"
	var id [12]byte
	for i, bits := 0, rand.Uint64(); i < len(id); i, bits = i+1, bits>>5 {
		id[i] = letters[bits&31]
	}
	return string(id[:])
}

func userAgent(h http.Header) string {
	values := h["User-Agent"]
	if len(values) == 0 {
		return ""
	}
	return app.CutUserAgent(values[0])
}

// identify finds out who is calling, once: the actor is theirs afterwards. Routes of `session` and above have asked
// before their handler runs; those of `anyone` ask if they want to know, and go on as for a stranger on an error.
func (c *call) identify() error {
	if !c.asked {
		c.asked = true
		c.refusal = c.checkCaller()
	}
	return c.refusal
}

// checkCaller looks at what the request shows to say who it is: a bearer token, which is an API key or a session's, or
// else the one session cookie. A bearer token that is no good is not made up for by a cookie.
func (c *call) checkCaller() error {
	token, shown, err := bearer(c.r.Header["Authorization"])
	switch {
	case err != nil:
		return err
	case shown && isKey(token):
		return c.checkKey(token)
	case shown:
		return c.checkPresented(presentedToken(token))
	}
	cookie, found := c.cookie(c.s.cookies.sessionName)
	switch {
	case !found:
		return errUnauthenticated
	case c.cors:
		return errCrossOrigin
	}
	c.viaCookie = true
	return c.checkPresented(c.presentedCookie(shownAsCookie, c.s.cookies.sessionName, cookie))
}

// isKey tells an API key from a session's token.
func isKey(token string) bool { return strings.HasPrefix(token, app.KeyPrefix) }

// showsKey tells whether the request shows an API key, good or not. Only a bearer token can be one.
func (c *call) showsKey() bool {
	token, _, _ := bearer(c.r.Header["Authorization"]) // what can't be read is no key
	return isKey(token)
}

// checkKey makes the call one of an API key. Pages are for people: there a key is nobody.
func (c *call) checkKey(secret string) error {
	if !c.json {
		return errUnauthenticated
	}
	actor, err := c.s.accounts.CheckKey(c.r.Context(), app.Secret(secret), c.client)
	if err != nil {
		return err
	}
	c.actor = actor
	return nil
}

// anybody is who asks a route of `anyone` that an API key may speak for a person on: a key, or else a stranger, for a
// session says nothing there. A key that is no good is told so, rather than taken for its program's own request.
func (c *call) anybody() (app.Actor, error) {
	if !c.showsKey() {
		return app.Stranger(c.client), nil
	}
	return c.actor, c.identify()
}

// checkPresented makes the call one of the session that was shown.
func (c *call) checkPresented(presented app.Presented) error {
	checked, fingerprint, err := c.s.accounts.CheckSession(c.r.Context(), presented, c.client)
	if err != nil {
		return err
	}
	c.checked, c.fingerprint = checked, fingerprint
	c.actor = checked.Actor(c.client)
	return nil
}

// What sets a cookie's value and a bearer token apart as keys of the session cache: the same bytes shown the other way
// are another thing. A token that an app's server was shown is one more, with answers of its own, which depend on whether
// the app's key may see all of an account.
const (
	shownAsBearer = 'b'
	shownAsCookie = 'c'
	shownToApp    = 'a'
	shownToAdmin  = 'A'
)

// maxPresented is more than any token or cookie of ours takes.
const maxPresented = 4096

func presentedToken(token string) app.Presented { return presentedAs(shownAsBearer, token) }

func presentedAs(how byte, token string) app.Presented {
	return app.Presented{
		Key:   presentedKey(how, token),
		Token: func() (app.Secret, error) { return app.Secret(token), nil },
	}
}

// presentedCookie is a session shown by a cookie that was sealed under a name. Opening it costs as much as a whole cached
// request, so that is asked for on a miss only.
func (c *call) presentedCookie(how byte, name, value string) app.Presented {
	return app.Presented{
		Key: presentedKey(how, value),
		Token: func() (app.Secret, error) {
			if len(value) > maxPresented {
				return "", errUnauthenticated
			}
			token, err := c.s.cookies.open(name, value)
			return app.Secret(token), err
		},
	}
}

// bearer reads the Authorization header. Another scheme than Bearer is some proxy's own and says nothing here.
func bearer(values []string) (token string, shown bool, err error) {
	if len(values) == 0 {
		return "", false, nil
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	switch {
	case len(values) > 1:
		return "", false, errUnauthenticated
	case !strings.EqualFold(scheme, "Bearer"):
		return "", false, nil
	case token == "" || len(token) > maxPresented:
		return "", false, errUnauthenticated
	}
	return token, true, nil
}

func presentedKey(how byte, value string) app.Digest {
	var room [256]byte // spares an allocation for what our own cookies and tokens take
	return digestOf(append(append(room[:0], how), value...))
}

// cookieSession is the session that the request's cookie named, for a login that ends it; "" for none.
func (c *call) cookieSession() string {
	if c.identify() != nil || !c.viaCookie {
		return ""
	}
	return c.checked.Session.ID
}

// end is deferred around every request: it answers a panic and writes the log's line.
func (c *call) end() {
	if cause := recover(); cause != nil {
		if cause == http.ErrAbortHandler {
			panic(cause)
		}
		c.s.log.Error("panic", "request_id", c.id, "route", c.pattern, "cause", cause, "stack", string(debug.Stack()))
		if c.answer.status != 0 {
			panic(http.ErrAbortHandler) // half an answer must not look like a whole one
		}
		c.fail(errors.New("panic"))
	}
	took := time.Since(c.began)
	if c.tally != nil {
		c.tally.count(c.answer.status, took)
	}
	c.logAnswer(took)
}

// logAnswer writes one line for each request; what only read and went well is for debugging.
func (c *call) logAnswer(took time.Duration) {
	level := slog.LevelInfo
	if c.answer.status < 400 && (c.reads || c.r.Method == http.MethodGet || c.r.Method == http.MethodHead) {
		level = slog.LevelDebug
	}
	if !c.s.log.Enabled(c.r.Context(), level) {
		return
	}
	c.s.log.LogAttrs(c.r.Context(), level, "request",
		slog.String("method", c.r.Method), slog.String("route", c.pattern), slog.Int("status", c.answer.status),
		slog.Duration("took", took), slog.String("request_id", c.id), slog.String("ip", peerName(c.client.IP)))
}
