package web

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"

	"doorward/app"
)

var noStore = []string{"no-store"}

// headers are what every answer carries, made once: the session check is asked too often to build them anew.
type headers struct {
	api, pages []namedValue
}

type namedValue struct {
	name  string // canonical
	value []string
}

const pagePolicy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// newHeaders decides what goes with answers for programs and what with pages. Referrer-Policy is same-origin rather than
// no-referrer, which would make browsers send `Origin: null` with our own forms.
//
// A sign-in's form may lead back to an app on another host, and browsers hold a form's redirect to form-action: so the
// origins that return_to takes stand there.
func newHeaders(secure bool, o *origins, domain cookieDomain) headers {
	policy := pagePolicy + domain.formTargets()
	for _, origin := range slices.Sorted(maps.Keys(o.foreign)) {
		policy += " " + origin
	}
	api := []namedValue{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cache-Control", noStore},
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	}
	pages := []namedValue{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cache-Control", noStore},
		{"Content-Security-Policy", []string{policy}},
		{"Referrer-Policy", []string{"same-origin"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Permissions-Policy", []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
	}
	if secure {
		strict := namedValue{"Strict-Transport-Security", []string{"max-age=31536000"}}
		api, pages = append(api, strict), append(pages, strict)
	}
	if len(o.foreign) > 0 {
		api = append(api, namedValue{"Vary", []string{"Origin"}})
	}
	return headers{api, pages}
}

// set puts them into an answer's header. The request's name is handed over in the slice that the header keeps.
func (h *headers) set(header http.Header, forPrograms bool, requestID []string) {
	list := h.pages
	if forPrograms {
		list = h.api
	}
	for _, one := range list {
		header[one.name] = one.value
	}
	header["X-Request-Id"] = requestID
}

func digestOf(b []byte) app.Digest { return sha256.Sum256(b) }
