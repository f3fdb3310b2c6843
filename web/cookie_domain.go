package web

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// cookieDomain is the domain whose hosts forward-auth covers, in ASCII and lower case; "" for none.
type cookieDomain string

// CheckCookieDomain holds the rule of --cookie-domain: a domain that is no public suffix, with an https base URL inside it.
// It answers the domain as it is used.
func CheckCookieDomain(domain string, base *url.URL) (string, error) {
	if domain == "" {
		return "", nil
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimPrefix(domain, "."))
	if _, isIP := netip.ParseAddr(ascii); err != nil || ascii == "" || isIP == nil || strings.ContainsAny(ascii, ":/@ ") {
		return "", errors.New("it is not a domain such as example.org")
	}
	if suffix, _ := publicsuffix.PublicSuffix(ascii); suffix == ascii {
		return "", errors.New("it is a public suffix: everybody's cookies would be shared")
	}
	if base == nil || base.Scheme != "https" || !cookieDomain(ascii).covers(base.Hostname()) {
		return "", errors.New("it needs --base-url to be an https address inside it")
	}
	return ascii, nil
}

// covers tells whether a host is the domain or lies below it.
func (d cookieDomain) covers(host string) bool {
	host = strings.ToLower(host)
	return d != "" && (host == string(d) || strings.HasSuffix(host, "."+string(d)))
}

// formTargets are where a sign-in's form may lead, for the policy of pages: browsers hold its redirect to that too.
func (d cookieDomain) formTargets() string {
	if d == "" {
		return ""
	}
	return " https://" + string(d) + ":* https://*." + string(d) + ":*"
}
