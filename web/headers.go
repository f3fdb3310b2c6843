package web

import (
	"crypto/sha256"
	"net/http"

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

const pagePolicy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// newHeaders decides what goes with answers for programs and what with pages. Referrer-Policy is same-origin rather than
// no-referrer, which would make browsers send `Origin: null` with our own forms.
func newHeaders(secure, cors bool) headers {
	api := []namedValue{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cache-Control", noStore},
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	}
	pages := []namedValue{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cache-Control", noStore},
		{"Content-Security-Policy", []string{pagePolicy}},
		{"Referrer-Policy", []string{"same-origin"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Permissions-Policy", []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
	}
	if secure {
		strict := namedValue{"Strict-Transport-Security", []string{"max-age=31536000"}}
		api, pages = append(api, strict), append(pages, strict)
	}
	if cors {
		api = append(api, namedValue{"Vary", []string{"Origin"}})
	}
	return headers{api, pages}
}

func (h *headers) set(header http.Header, forPrograms bool, requestID string) {
	list := h.pages
	if forPrograms {
		list = h.api
	}
	for _, one := range list {
		header[one.name] = one.value
	}
	header["X-Request-Id"] = []string{requestID}
}

func digestOf(b []byte) app.Digest { return sha256.Sum256(b) }
