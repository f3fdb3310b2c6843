package cli

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// Address is where a server listens.
type Address struct {
	Network string // "tcp" or "unix"; "" when it was not given
	Address string // host:port, or the socket's path
}

// defaultListen is where a server listens when nothing else is said.
var defaultListen = Address{"tcp", "127.0.0.1:8080"}

// String is the address as --listen takes it.
func (a Address) String() string {
	if a.Network == "unix" {
		return "unix:" + a.Address
	}
	return a.Address
}

// IsLoopback tells whether only this machine reaches the address. A Unix socket counts as such.
func (a Address) IsLoopback() bool {
	host, _, err := net.SplitHostPort(a.Address)
	return a.Network == "unix" || err == nil && isLoopback(host)
}

// port is 0 for a Unix socket.
func (a Address) port() int {
	_, port, err := net.SplitHostPort(a.Address)
	if a.Network == "unix" || err != nil {
		return 0
	}
	n, _ := strconv.Atoi(port) // readAddress saw that it is one
	return n
}

// IsLoopbackHost tells whether only this machine is meant by a host's name or address.
func IsLoopbackHost(host string) bool { return isLoopback(host) }

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func readAddress(text string, _ *kong.Value) (Address, error) {
	bad := fmt.Errorf("%s is not host:port such as 127.0.0.1:8080, nor unix:PATH", quote(text))
	if path, isUnix := strings.CutPrefix(text, "unix:"); isUnix {
		if path == "" || strings.ContainsRune(path, 0) {
			return Address{}, bad
		}
		return Address{"unix", path}, nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsAny(host, " /@") {
		return Address{}, bad
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return Address{}, bad
	} else {
		port = strconv.FormatUint(n, 10)
	}
	return Address{"tcp", net.JoinHostPort(host, port)}, nil
}

// BaseURL is what links begin with. Its zero value means that it was not given.
type BaseURL struct{ *url.URL }

func readBaseURL(text string, _ *kong.Value) (BaseURL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return BaseURL{}, fmt.Errorf("%s is not a URL such as https://accounts.example.org", quote(text))
	case u.User != nil: // first, and without the value: there may be a password in it
		return BaseURL{}, errors.New("no user or password can stand in it")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !validPort(u.Port()) || strings.ContainsAny(u.Host, `*"'<>`):
		return BaseURL{}, fmt.Errorf("%s is not a URL such as https://accounts.example.org", quote(text))
	case strings.ContainsAny(text, "?#"):
		return BaseURL{}, fmt.Errorf("%s has more than scheme, host and path", quote(text))
	case u.Path != u.EscapedPath() || strings.ContainsAny(u.Path, "{}") || strings.ContainsFunc(u.Path, isBlank) || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "/."):
		return BaseURL{}, fmt.Errorf("%s has a path that can't be served", quote(text))
	}
	path := strings.TrimRight(u.Path, "/")
	return BaseURL{&url.URL{Scheme: u.Scheme, Host: strings.ToLower(withoutDefaultPort(u)), Path: path}}, nil
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// withoutDefaultPort writes the host as browsers do in Origin, so that both can be compared.
func withoutDefaultPort(u *url.URL) string {
	if u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443" {
		return strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return strings.TrimSuffix(u.Host, ":")
}

// Proxies are the peers whose forwarded headers are believed.
type Proxies struct {
	Prefixes []netip.Prefix
	UnixPeer bool // whoever comes through a Unix socket
}

// Name tells whether a peer, an address or unix, is one of them.
func (p Proxies) Name(peer string) bool {
	if peer == "unix" {
		return p.UnixPeer
	}
	addr, err := netip.ParseAddr(peer)
	return err == nil && slices.ContainsFunc(p.Prefixes, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

func readProxies(text string, _ *kong.Value) (Proxies, error) {
	var proxies Proxies
	for _, item := range list(text) {
		if item == "unix" {
			proxies.UnixPeer = true
			continue
		}
		prefix, err := parsePrefix(item)
		if err != nil {
			return Proxies{}, fmt.Errorf("%s is not an address, a network such as 10.0.0.0/8, or unix", quote(item))
		}
		proxies.Prefixes = append(proxies.Prefixes, prefix)
	}
	return proxies, nil
}

// parsePrefix reads a network, or an address as a network of its own. IPv4 in IPv6 form is IPv4.
func parsePrefix(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.Zone() != "" {
			return netip.Prefix{}, errors.New("not an address")
		}
		return netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
	}
	if ip := prefix.Addr(); ip.Is4In6() {
		if prefix.Bits() < 96 {
			return netip.Prefix{}, errors.New("more than IPv4")
		}
		prefix = netip.PrefixFrom(ip.Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), nil
}

// Origins are web origins in the form that browsers send: scheme, host and a port that is not the scheme's own.
type Origins []string

func readOrigins(text string, _ *kong.Value) (Origins, error) {
	var origins Origins
	for _, item := range list(text) {
		base, err := readBaseURL(item, nil)
		if err != nil || base.Path != "" || strings.Contains(base.Host, "*") {
			return nil, fmt.Errorf("%s is not an origin such as https://app.example.org", quote(item))
		}
		origins = append(origins, base.String())
	}
	return origins, nil
}
