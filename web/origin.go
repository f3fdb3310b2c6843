package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// origins refuses changing requests that another site's page sent, pages and API alike, cookie or not.
type origins struct {
	own     *http.CrossOriginProtection // trusts the base URL's origin and none else
	foreign map[string]bool             // whose scripts may call the API with a bearer token
}

func newOrigins(base *url.URL, foreign []string) (*origins, error) {
	o := &origins{own: http.NewCrossOriginProtection(), foreign: map[string]bool{}}
	own, err := originOf(base)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if err := o.own.AddTrustedOrigin(own); err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	for _, text := range foreign {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("CORS origin %q is not of the form https://host[:port]", text)
		}
		origin, err := originOf(u)
		if err != nil {
			return nil, fmt.Errorf("CORS origin %q: %w", text, err)
		}
		if origin != own {
			o.foreign[origin] = true
		}
	}
	return o, nil
}

// originOf is a URL's origin as browsers send it: lower case, IDNA in ASCII, without the scheme's own port.
func originOf(u *url.URL) (string, error) {
	host := u.Hostname()
	if host == "" || strings.Contains(host, "*") {
		return "", errors.New("it names no host")
	}
	if strings.Contains(host, ":") {
		host = "[" + strings.ToLower(host) + "]"
	} else if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	} else {
		host = strings.ToLower(host) // an underscore, say: not IDNA, but a host all the same
	}
	port := u.Port()
	if port != "" && (u.Scheme != "http" || port != "80") && (u.Scheme != "https" || port != "443") {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

// noHost is a Host that no Origin can name: the request's own must not count, for whoever rebinds a name to this machine
// chooses it.
const noHost = "\x00"

// check refuses a changing request from elsewhere, and marks calls of listed origins.
func (o *origins) check(c *call) error {
	sent := c.r.Header["Origin"]
	if len(sent) == 1 && o.foreign[sent[0]] && c.api {
		c.cors = true
		header := c.w.Header()
		header.Set("Access-Control-Allow-Origin", sent[0])
		header.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id, Preference-Applied, Allow")
		if c.showsKey() {
			return errKeyInBrowser
		}
		return nil
	}
	if isSafe(c.r.Method) {
		return nil
	}
	site := c.r.Header["Sec-Fetch-Site"]
	if len(sent) > 1 || len(site) > 1 {
		return errCrossOrigin
	}
	if len(sent) == 1 && sent[0] == "null" && !slices.Equal(site, []string{"same-origin"}) {
		return errCrossOrigin
	}
	copied := *c.r
	copied.Host = noHost
	if o.own.Check(&copied) != nil {
		return errCrossOrigin
	}
	return nil
}

func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// preflight answers a browser that asks what a listed origin's script may do.
func (c *call) preflight() bool {
	if !c.cors || c.r.Method != http.MethodOptions || c.r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	header := c.w.Header()
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, Prefer")
	header.Set("Access-Control-Max-Age", "600")
	c.w.WriteHeader(http.StatusNoContent)
	return true
}
