package web

import (
	"net/http"
	"strings"

	"doorward/app"
)

// access says who may ask a route. It is enforced in one place, before the handler.
type access int

const (
	anyone  access = iota // the handler may ask who it is (call.identify), and must not depend on it
	key                   // an API key of any role, and no session
	session               // a session of any rank, and no API key
	admin                 // a session or an API key of rank Admin or above
	owner                 // a session of rank Owner, and no API key
)

// route is one line of the site's policy.
type route struct {
	method string
	path   string // http.ServeMux's form, without the base URL's prefix
	access access
	open   bool // also for unconfirmed accounts that are `limited`
	handle func(*call) error
	doc    *operation // of the JSON API
}

// counted is a route that counts its answers.
type counted struct {
	route
	tally *tally
}

// ServeHTTP runs the route for the call whose answer w is.
func (rt counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.(*answer).call.tally = rt.tally
	rt.route.ServeHTTP(w, r)
}

// exactly is a request that names a route without wildcards.
type exactly struct{ method, path string }

// routes puts every route in one mux. What no pattern takes comes to the one of `/`, which tells 404 from 405.
func (s *Server) routes() (mux *http.ServeMux, fixed map[exactly]counted) {
	mux, fixed = http.NewServeMux(), map[exactly]counted{}
	handle := func(pattern string, rt route) {
		counts := counted{rt, newTally(s.metrics, rt)}
		mux.Handle(pattern, counts)
		if method, path, named := strings.Cut(pattern, " "); named && !strings.Contains(path, "{") && !strings.HasSuffix(path, "/") {
			fixed[exactly{method, path}] = counts
		}
	}
	for _, table := range [][]route{s.apiRoutes(), s.pageRoutes(), s.devRoutes()} {
		for _, rt := range table {
			handle(rt.method+" "+s.prefix+rt.path, rt)
		}
	}
	for _, rt := range healthRoutes() {
		handle(rt.method+" "+rt.path, rt) // containers ask for these without knowing the prefix
		if s.prefix != "" {
			handle(rt.method+" "+s.prefix+rt.path, rt)
		}
	}
	handle("/", route{path: "/", handle: unrouted})
	return mux, fixed
}

// dispatch runs the route of a request. Those that most requests name are found at once; the mux finds the same.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawPath == "" {
		if rt, found := s.fixed[exactly{r.Method, r.URL.Path}]; found {
			rt.ServeHTTP(w, r)
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

// ServeHTTP runs the route for the call whose answer w is.
func (rt route) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c := w.(*answer).call
	c.pattern = rt.path
	err := c.admit(rt.access, rt.open)
	if err == nil {
		err = rt.handle(c)
	}
	if err != nil {
		c.fail(err)
	}
}

// admit refuses who may not ask a route: a stranger, an account that is to confirm its address first, too low a rank.
func (c *call) admit(who access, open bool) error {
	if who == anyone {
		return nil
	}
	if err := c.identify(); err != nil {
		return err
	}
	if c.actor.Kind == app.ActorKey {
		return admitKey(who, c.actor.Rank)
	}
	if who == key {
		return errNeedsKey
	}
	if !open {
		if err := c.s.accounts.RequireConfirmed(c.actor); err != nil {
			return err
		}
	}
	if who == admin && c.actor.Rank < app.RankAdmin || who == owner && c.actor.Rank < app.RankOwner {
		return errForbidden
	}
	return nil
}

// admitKey refuses an API key where only sessions may ask, or where its role is too low.
func admitKey(who access, rank app.Rank) error {
	switch {
	case who == session || who == owner:
		return errNeedsSession
	case who == admin && rank < app.RankAdmin:
		return errForbidden
	}
	return nil
}

// unrouted answers what no route takes: a known path with another method, or nothing at all.
func unrouted(c *call) error {
	if c.preflight() {
		return nil
	}
	if allowed := c.s.methodsOf(c.r); len(allowed) > 0 {
		c.w.Header().Set("Allow", strings.Join(allowed, ", "))
		return errMethod
	}
	return errNotFound
}

// methodsOf lists the methods that have a route for a request's path.
func (s *Server) methodsOf(r *http.Request) []string {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := *r
		probe.Method = method
		if _, pattern := s.mux.Handler(&probe); pattern != "" && pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
