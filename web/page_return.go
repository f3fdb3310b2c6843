package web

import (
	"net/url"
	"path"
	"strings"
)

// maxReturn bounds an address to come back to.
const maxReturn = 2048

// returnPath checks where a sign-in may lead: a path of this site as a browser will read it, and not the way out. ""
// for anything else. Whatever browsers rewrite (backslashes, dot segments, doubled slashes, controls) is refused rather
// than cleaned: what was not written by us need not work.
func (s *Server) returnPath(raw string) string {
	if len(raw) > maxReturn || !strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//") {
		return ""
	}
	if strings.IndexFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) >= 0 {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	plain := strings.TrimSuffix(u.Path, "/")
	if plain != "" && path.Clean(u.Path) != plain || strings.ContainsFunc(u.Path, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return ""
	}
	if plain == s.path("/logout") {
		return ""
	}
	return raw
}

// returnQuery carries an address to come back to on, "" when there is none.
func returnQuery(to string) string {
	if to == "" {
		return ""
	}
	return "?" + url.Values{"return_to": {to}}.Encode()
}
