package web

import (
	"maps"
	"net/http"
	"slices"

	"doorward/app"
)

// Another Go program can have this Server in its own mux, under the path of the base URL, and ask it who is signed in to
// the program's own requests. examples/mount is one, docs/library.md says what to mind.

// Session tells who is signed in to a request of the program that this Server is part of: by its session cookie or a
// bearer token, with every check that the Server's own routes make (age, idle limit, fingerprint, active account), at
// the cost of a look into a cache. A changing request from another origin is nobody's, so that no other site's page can
// act by the cookie. Whether the account's address is confirmed is for the caller to ask: User.IsConfirmed.
//
// The user is a copy. A fault of the store counts as nobody and is in the log.
func (s *Server) Session(r *http.Request) (user app.User, signedIn bool) {
	c := s.callFor(r)
	err := s.origins.check(c)
	if err == nil {
		err = c.identify()
	}
	if err != nil {
		c.logFault(app.AsError(err))
		return app.User{}, false
	}
	return c.ownUser(), c.checked != nil
}

// SignedIn lets requests of people who are signed in through to handle, with who it is. Everybody else is answered here:
// a browser that wants a page is led to the sign-in and back, a program is told `unauthenticated`. An account that is to
// confirm its address first (`--unconfirmed limited`) and a changing request from another origin are refused as on the
// Server's own routes.
func (s *Server) SignedIn(handle func(w http.ResponseWriter, r *http.Request, user app.User)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.callFor(r)
		err := s.origins.check(c)
		if err == nil {
			err = c.admit(session, false)
		}
		if err == nil && c.checked == nil {
			err = errForbidden
		}
		if err != nil {
			c.json = !wantsHTML(r.Header)
			c.refuseFor(w, err)
			return
		}
		handle(w, r, c.ownUser())
	})
}

// callFor is a call for a request that another program answers: it has no answer of its own.
func (s *Server) callFor(r *http.Request) *call {
	c := &call{s: s, r: r, id: newRequestID(), pattern: r.Pattern}
	c.client = app.Client{IP: s.proxies.client(r), UserAgent: userAgent(r.Header)}
	c.actor = app.Stranger(c.client)
	return c
}

// refuseFor answers in place of the other program.
func (c *call) refuseFor(w http.ResponseWriter, err error) {
	c.answer = answer{ResponseWriter: w, call: c}
	c.w = &c.answer
	c.s.headers.set(w.Header(), c.json, []string{c.id})
	c.fail(err)
}

// ownUser is a copy that its receiver may change: what the cache holds is shared.
func (c *call) ownUser() app.User {
	if c.checked == nil {
		return app.User{}
	}
	user := c.checked.User
	user.Roles = slices.Clone(user.Roles)
	user.CustomFields = maps.Clone(user.CustomFields)
	if user.Avatar != nil {
		avatar := *user.Avatar
		user.Avatar = &avatar
	}
	return user
}
