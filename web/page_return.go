package web

import (
	"net/url"
	"path"
	"strings"
)

// maxReturn bounds an address to come back to.
const maxReturn = 2048

// returnPath checks where a sign-in may lead: a path of this site as a browser will read it, and not the way out; or an
// address elsewhere that returnElsewhere takes. "" for anything else. Whatever browsers rewrite (backslashes, dot segments, doubled slashes, controls) is refused rather
// than cleaned: what was not written by us need not work.
func (s *Server) returnPath(raw string) string {
	if len(raw) > maxReturn || strings.IndexFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) >= 0 {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" {
		return ""
	}
	if u.IsAbs() {
		return s.returnElsewhere(raw, u)
	}
	if u.Host != "" || !strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//") {
		return ""
	}
	plain := strings.TrimSuffix(u.Path, "/")
	if plain != "" && path.Clean(u.Path) != plain || strings.Contains(u.Path, "//") || strings.ContainsFunc(u.Path, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return ""
	}
	if plain == s.path("/logout") {
		return ""
	}
	return raw
}

// returnElsewhere checks a whole address: https under the cookie domain, or of an origin in --cors-origins. One of this
// site's own is a path like any other. A host is taken only as it stands there: an escape in it, such as a full-width
// slash, may end the host for a browser where it is a letter of it for us.
func (s *Server) returnElsewhere(raw string, u *url.URL) string {
	origin, err := originOf(u)
	if err != nil || !strings.HasPrefix(raw, u.Scheme+"://"+u.Host) || strings.ContainsFunc(u.Host, isOddInHost) {
		return ""
	}
	if !s.origins.foreign[origin] && !(u.Scheme == "https" && s.cookies.domain.covers(u.Hostname())) {
		return ""
	}
	if own, err := originOf(s.options.BaseURL); err == nil && origin == own {
		return s.returnPath("/" + strings.TrimPrefix(raw[len(u.Scheme+"://"+u.Host):], "/"))
	}
	return raw
}

// isOddInHost tells what stands in no host's name, port or IPv6 address.
func isOddInHost(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-_:[]", r))
}

// returnQuery carries an address to come back to on, "" when there is none.
func returnQuery(to string) string {
	if to == "" {
		return ""
	}
	return "?" + url.Values{"return_to": {to}}.Encode()
}
