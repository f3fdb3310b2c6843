package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"doorward/app"
)

// forwardPath is what reverse proxies ask whether a request may pass: nginx's auth_request, Caddy's forward_auth,
// Traefik's ForwardAuth.
const forwardPath = "/forward-auth"

// methodHeader is where a proxy says what a browser does at the address that it asks about.
const methodHeader = "X-Forwarded-Method"

// shownAsPass is beside shownAsBearer and shownAsCookie.
const shownAsPass = 'p'

// getForwardAuth lets a proxied request pass, with the five headers that say who it is, or says why not. A browser that
// asked for a page by a trusted proxy is led to the sign-in instead of being told 401; where that proxy did not say by
// which method, as nginx, whose auth_request takes no redirect, the 401 says where the sign-in is.
func getForwardAuth(c *call) error {
	roles, err := askedRoles(c.r.URL.RawQuery)
	if err != nil {
		return err
	}
	if err = c.identifyForwarded(); err == nil {
		err = c.s.accounts.Admit(c.actor, roles...)
	}
	if err != nil {
		if to := c.signInFor(); to != "" && statusOf(err) == http.StatusUnauthorized {
			c.w.Header().Set("Location", to)
			if c.r.Header.Get(methodHeader) != "" {
				c.w.WriteHeader(http.StatusFound)
				return nil
			}
		}
		return err
	}
	c.tellIdentity()
	return c.sendEmpty(http.StatusOK)
}

// askedRoles reads the roles that a proxy asks for. One that can't be read is refused rather than passed over, which would let
// everybody pass. What has another name is none of our business: some proxies pass on what a page was asked.
func askedRoles(query string) (roles []string, err error) {
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(name); err != nil || name != "role" {
			continue
		}
		role, err := url.QueryUnescape(value)
		if err != nil || strings.Contains(value, ";") {
			return nil, malformed("The role can't be read; write ?role=NAME, percent-encoded.")
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// identityHeaders are what a proxy copies to the app, in the order of identityOf. All are always there, so that what a
// client sent under their names is overwritten.
var identityHeaders = [...]string{"Remote-Id", "Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups"}

// identityOf is what they say.
func identityOf(u *app.User) []string {
	email, name := u.Email, u.FullName()
	if !u.IsConfirmed() {
		email = ""
	}
	if name == "" {
		name = u.Username
	}
	return []string{strconv.FormatInt(u.ID, 10), u.Username, email, name, strings.Join(u.Roles, ",")}
}

// tellIdentity says who it is. What is about a body and about browsers is left out: there is none, and no browser sees this
// answer. With it there would be more than eight headers, which Go's map, and its copy in net/http, take twice as long for.
func (c *call) tellIdentity() {
	header := c.w.Header()
	for _, name := range []string{"Content-Security-Policy", "Strict-Transport-Security", "Vary"} {
		delete(header, name)
	}
	identity := c.checked.Identity(identityOf)
	for i, name := range identityHeaders {
		header[name] = identity[i : i+1 : i+1]
	}
}

// identifyForwarded finds whose request a proxy asks about. What an app of its own put into Authorization says nothing
// here, but an API key is nobody who could sign in.
func (c *call) identifyForwarded() error {
	token, shown, err := bearer(c.r.Header["Authorization"])
	if err != nil || isKey(token) {
		return errUnauthenticated
	}
	if shown {
		if err := c.checkPresented(presentedToken(token)); err == nil {
			return nil
		}
	}
	if value, found := c.cookie(c.s.cookies.sessionName); found {
		if err := c.checkPresented(c.presentedCookie(shownAsCookie, c.s.cookies.sessionName, value)); err == nil {
			return nil
		}
	}
	value, found := c.cookie(passName)
	if !found || c.s.cookies.domain == "" {
		return errUnauthenticated
	}
	return c.checkPresented(c.presentedCookie(shownAsPass, passName, value))
}

// signInFor is the sign-in that leads back to the page that a browser asked the proxy for; "" where nobody is to be led,
// or where the proxy did not say from where.
func (c *call) signInFor() string {
	h := c.r.Header
	if method := h.Get(methodHeader); method != "" && method != http.MethodGet || !c.s.proxies.trustsPeer(c.r) || !wantsHTML(h) {
		return ""
	}
	scheme, host, uri := h.Get("X-Forwarded-Proto"), h.Get("X-Forwarded-Host"), h.Get("X-Forwarded-Uri")
	if scheme != "http" && scheme != "https" || host == "" || !strings.HasPrefix(uri, "/") {
		return ""
	}
	return c.s.url("/login") + "?return_to=" + url.QueryEscape(scheme+"://"+host+uri)
}

// wantsHTML tells a browser's navigation from a script's request.
func wantsHTML(h http.Header) bool {
	for _, line := range h["Accept"] {
		for kind := range strings.SplitSeq(line, ",") {
			kind, params, _ := strings.Cut(kind, ";")
			if strings.EqualFold(strings.TrimSpace(kind), "text/html") && strings.ReplaceAll(params, " ", "") != "q=0" {
				return true
			}
		}
	}
	return false
}
