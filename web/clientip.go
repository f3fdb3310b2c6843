package web

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// proxies finds the address that a request came from: the peer's, or what trusted peers say.
type proxies struct {
	trusted []netip.Prefix
	unix    bool
	warn    *warnings
}

func newProxies(trusted []netip.Prefix, unix bool, log *slog.Logger) proxies {
	p := proxies{unix: unix, warn: &warnings{log: log, peers: map[netip.Addr]bool{}}}
	for _, prefix := range trusted {
		if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96)
		}
		p.trusted = append(p.trusted, prefix.Masked())
	}
	return p
}

// client is the address that a request counts under; the zero Addr behind a Unix socket that tells none. IPv4 in IPv6
// form counts as IPv4.
func (p *proxies) client(r *http.Request) netip.Addr {
	peer := peerOf(r)
	forwarded, chain, real := r.Header["Forwarded"], r.Header["X-Forwarded-For"], r.Header["X-Real-Ip"]
	if forwarded == nil && chain == nil && real == nil {
		return peer
	}
	if !p.believes(peer) {
		p.warn.ignored(peer)
		return peer
	}
	return p.told(peer, [][]string{forwardedFor(forwarded), listed(chain), listed(real)})
}

// believes tells whether a peer's forwarding headers count; the zero Addr is whoever connects through a Unix socket.
func (p *proxies) believes(peer netip.Addr) bool {
	return peer.IsValid() && p.trusts(peer) || !peer.IsValid() && p.unix
}

// trustsPeer tells whether the forwarding headers of a request count.
func (p *proxies) trustsPeer(r *http.Request) bool { return p.believes(peerOf(r)) }

// peerOf is the address that a request's connection comes from; the zero Addr for a Unix socket.
func peerOf(r *http.Request) netip.Addr {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return plain(remote.Addr())
}

// told is the client by what a trusted peer passed on: the first untrusted address from the right. When the headers name
// different ones, one of them was sent by the client itself and passed through; which, nobody can tell, so that the
// peer's address counts, as for a value that can't be read.
func (p *proxies) told(peer netip.Addr, chains [][]string) netip.Addr {
	var client, farthest netip.Addr
	for _, hops := range chains {
		if len(hops) == 0 {
			continue
		}
		addr, outside := p.walk(hops)
		switch {
		case !addr.IsValid():
			return peer
		case !outside:
			if !farthest.IsValid() {
				farthest = addr
			}
		case client.IsValid() && client != addr:
			return peer
		default:
			client = addr
		}
	}
	switch {
	case client.IsValid():
		return client
	case farthest.IsValid():
		return farthest // all of the way is trusted: a client inside
	}
	return peer
}

// walk goes from the nearest hop on. outside tells that addr is the first that is not trusted; the zero Addr that a hop
// can't be read.
func (p *proxies) walk(hops []string) (addr netip.Addr, outside bool) {
	for _, hop := range slices.Backward(hops) {
		addr = parseHop(hop)
		if !addr.IsValid() {
			return addr, false
		}
		if !p.trusts(addr) {
			return addr, true
		}
	}
	return addr, false
}

func (p *proxies) trusts(addr netip.Addr) bool {
	for _, prefix := range p.trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// parseHop reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`.
func parseHop(hop string) netip.Addr {
	if addr, err := netip.ParseAddr(hop); err == nil {
		return plain(addr)
	}
	if inner, ok := strings.CutPrefix(hop, "["); ok && strings.HasSuffix(inner, "]") {
		if addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]")); err == nil && addr.Is6() {
			return plain(addr)
		}
		return netip.Addr{}
	}
	withPort, err := netip.ParseAddrPort(hop)
	if err != nil {
		return netip.Addr{}
	}
	return plain(withPort.Addr())
}

// listed splits header lines at their commas.
func listed(lines []string) []string {
	var hops []string
	for _, line := range lines {
		for hop := range strings.SplitSeq(line, ",") {
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	return hops
}

// forwardedFor reads the `for` of each element of RFC 7239's header. A line that is not of its form gives one hop that
// can't be read: an open quote in what a client sent would swallow what the proxy wrote behind it.
func forwardedFor(lines []string) []string {
	var hops []string
	for _, line := range lines {
		of, ok := forwardedLine(line)
		if !ok {
			of = []string{""}
		}
		hops = append(hops, of...)
	}
	return hops
}

func forwardedLine(line string) (hops []string, ok bool) {
	hop, named, rest := "", false, line
	for {
		name, value, after, ok := forwardedPair(rest)
		if !ok {
			return nil, false
		}
		if strings.EqualFold(name, "for") {
			if named {
				return nil, false
			}
			hop, named = value, true
		}
		if after == "" || after[0] == ',' {
			hops = append(hops, hop) // "" without a `for`
			hop, named = "", false
		}
		if after == "" {
			return hops, true
		}
		rest = after[1:]
	}
}

// forwardedPair reads one `name=value`; rest begins with the separator behind it.
func forwardedPair(s string) (name, value, rest string, ok bool) {
	name, s, ok = strings.Cut(strings.TrimLeft(s, " \t"), "=")
	if !ok || name == "" || strings.ContainsAny(name, " \t,;\"") {
		return "", "", "", false
	}
	if quoted, is := strings.CutPrefix(s, `"`); is {
		if value, s, ok = strings.Cut(quoted, `"`); !ok || strings.Contains(value, `\`) {
			return "", "", "", false
		}
	} else if end := strings.IndexAny(s, ",;"); end >= 0 {
		value, s = strings.TrimRight(s[:end], " \t"), s[end:]
	} else {
		value, s = strings.TrimRight(s, " \t"), ""
	}
	s = strings.TrimLeft(s, " \t")
	if strings.Contains(value, `"`) || s != "" && s[0] != ',' && s[0] != ';' {
		return "", "", "", false
	}
	return name, value, s, true
}

// maxWarnings bounds how many peers are warned of: enough to see what is set up wrongly.
const maxWarnings = 64

// warnings says once for each peer that its forwarding headers are ignored, and remembers it for administration.
type warnings struct {
	log   *slog.Logger
	note  func(peer string) // tells others of it; nil: nobody
	mu    sync.Mutex
	peers map[netip.Addr]bool
}

func (w *warnings) ignored(peer netip.Addr) {
	w.mu.Lock()
	known := w.peers[peer] || len(w.peers) >= maxWarnings
	if !known {
		w.peers[peer] = true
	}
	w.mu.Unlock()
	if !known {
		if w.note != nil {
			w.note(peerName(peer))
		}
		w.log.Warn("forwarding headers are ignored: they come from a peer that --trusted-proxies does not name", "peer", peerName(peer))
	}
}

// seen lists the peers whose forwarding headers were ignored, as --trusted-proxies would name them.
func (w *warnings) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	peers := make([]string, 0, len(w.peers))
	for peer := range w.peers {
		peers = append(peers, peerName(peer))
	}
	slices.Sort(peers)
	return peers
}

// peerName is a peer as --trusted-proxies would name it.
func peerName(peer netip.Addr) string {
	if !peer.IsValid() {
		return "unix"
	}
	return peer.String()
}
