package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/net/idna"
)

// The ports of https, and of http beside it: where certificates are asked for, browsers and authorities come to these alone.
var (
	httpsAddress = Address{"tcp", ":443"}
	httpAddress  = Address{"tcp", ":80"}
)

// Domains are names that certificates are for, in ASCII and lower case.
type Domains []string

// readDomains takes names that a public authority can look up: no address, no wildcard (which takes another proof than a
// server by itself can give), no name without a dot.
func readDomains(text string, _ *kong.Value) (Domains, error) {
	var domains Domains
	for _, item := range list(text) {
		name, err := idna.Lookup.ToASCII(strings.TrimSuffix(item, "."))
		_, isIP := netip.ParseAddr(name)
		if err != nil || isIP == nil || !strings.Contains(name, ".") || strings.HasPrefix(name, ".") || strings.Contains(name, "..") || strings.ContainsAny(name, "*:/@_") || len(name) > 253 {
			return nil, fmt.Errorf("%s is not a name such as accounts.example.org", quote(item))
		}
		if !slices.Contains(domains, name) {
			domains = append(domains, name)
		}
	}
	return domains, nil
}

// readDirectory takes the address of an ACME authority. Its answers decide who gets a certificate for these names, so it
// is asked by https alone.
func readDirectory(text string, _ *kong.Value) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return "", fmt.Errorf("%s is not an https address such as https://ca.example.org/acme/directory", quote(text))
	}
	return text, nil
}

// settleACME holds the settings that --acme-domain decides about against it, and has links begin with its first name
// where nothing else is said.
func (s *Settings) settleACME() error {
	if len(s.ACMEDomain) == 0 {
		return nil
	}
	switch metrics := s.MetricsListen; {
	case s.Listen.Network != "":
		return Unusable("listen", errors.New("--acme-domain listens on 443 and 80; leave out one of the two"))
	case metrics.Network == "tcp" && (metrics.port() == httpsAddress.port() || metrics.port() == httpAddress.port()):
		return Unusable("metrics-listen", errors.New("--acme-domain listens on 443 and 80 itself; name another port"))
	case s.BaseURL.URL == nil:
		s.BaseURL = BaseURL{&url.URL{Scheme: "https", Host: s.ACMEDomain[0]}}
		return nil
	}
	name, err := idna.Lookup.ToASCII(s.BaseURL.Hostname())
	if err != nil || s.BaseURL.Scheme != "https" || s.BaseURL.Port() != "" || !slices.Contains(s.ACMEDomain, name) {
		return Unusable("base-url", fmt.Errorf("with --acme-domain it is an https address of one of its names, such as https://%s", s.ACMEDomain[0]))
	}
	return nil
}
