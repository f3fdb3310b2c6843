package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"doorward/app"
)

// Dev is what a server of `doorward dev` has beside the rest: routes under /dev that let anybody in. It belongs on a
// developer's machine alone, so that every request must name a loopback host.
type Dev struct {
	Accounts *app.Dev
	// AnyHost lets requests name the base URL's host too, for a server in a container.
	AnyHost bool
}

// devRoutes are there under `doorward dev` alone.
func (s *Server) devRoutes() []route {
	if s.options.Dev == nil {
		return nil
	}
	return []route{
		{method: "GET", path: "/dev", handle: getDev},
		{method: "POST", path: "/dev/sign-in", handle: postDevSignIn},
		{method: "POST", path: "/dev/clock", handle: postDevClockPage},
		{method: "POST", path: "/dev/reset", handle: postDevResetPage},
		{method: "GET", path: "/dev/mail/{id}", handle: getDevMail},
		{method: "GET", path: "/dev/pages", handle: getStories},
		{method: "GET", path: "/dev/pages/{name}", handle: getStory},

		{method: "GET", path: "/dev/api/mailbox", handle: getDevMailbox},
		{method: "DELETE", path: "/dev/api/mailbox", handle: deleteDevMailbox},
		{method: "POST", path: "/dev/api/sessions", handle: postDevSession},
		{method: "POST", path: "/dev/api/clock", handle: postDevClock},
		{method: "POST", path: "/dev/api/faults", handle: postDevFaults},
		{method: "POST", path: "/dev/api/reset", handle: postDevReset},
	}
}

// errWrongHost answers whoever reached a development server under another name: a page elsewhere that had its own name
// resolved to this machine, say.
var errWrongHost = &statusError{http.StatusMisdirectedRequest, app.Refuse(app.KindMalformed, app.CodeMalformed, "This is a developer's server: it answers under a loopback name such as localhost alone, or under its base URL with --allow-remote.")}

// checkHost holds what a development server is asked for.
func (s *Server) checkHost(r *http.Request) error {
	if s.options.Dev == nil {
		return nil
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if s.options.Dev.AnyHost && (strings.EqualFold(r.Host, s.options.BaseURL.Host) || strings.EqualFold(host, s.options.BaseURL.Hostname())) {
		return nil
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return errWrongHost
}
