package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"doorward/app/apptest"
)

var loopback = netip.MustParseAddr("127.0.0.1")

func someProxies(log *apptest.Log) proxies {
	return newProxies([]netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48"), netip.MustParsePrefix("::ffff:192.168.0.0/112"),
	}, true, newLog(log))
}

func TestClientIPIsTheFirstUntrustedAddressFromTheRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		peer   string
		header http.Header
		want   string
	}{
		"the peer without headers":             {"203.0.113.9:4711", nil, "203.0.113.9"},
		"an IPv4 peer in IPv6 form":            {"[::ffff:203.0.113.9]:4711", nil, "203.0.113.9"},
		"a peer with a zone":                   {"[fe80::1%eth0]:4711", nil, "fe80::1"},
		"a stranger's X-Forwarded-For":         {"203.0.113.9:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "203.0.113.9"},
		"a stranger's Forwarded":               {"203.0.113.9:1", http.Header{"Forwarded": {"for=198.51.100.1"}}, "203.0.113.9"},
		"a stranger's X-Real-IP":               {"203.0.113.9:1", http.Header{"X-Real-Ip": {"198.51.100.1"}}, "203.0.113.9"},
		"one hop":                              {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		"a forged hop on the left":             {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"1.1.1.1, 198.51.100.1"}}, "198.51.100.1"},
		"garbage on the left is never read":    {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"<script>, 198.51.100.1"}}, "198.51.100.1"},
		"trusted hops are passed over":         {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"198.51.100.1, 10.9.9.9, 192.168.0.7"}}, "198.51.100.1"},
		"several lines are one list":           {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"1.1.1.1", "198.51.100.1"}}, "198.51.100.1"},
		"a trusted client inside":              {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"10.0.0.5, 10.0.0.2"}}, "10.0.0.5"},
		"a value that can't be read":           {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"198.51.100.1, unknown"}}, "10.0.0.1"},
		"an empty value":                       {"10.0.0.1:1", http.Header{"X-Forwarded-For": {""}}, "10.0.0.1"},
		"a value with a port":                  {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"198.51.100.1:4711"}}, "198.51.100.1"},
		"IPv6":                                 {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"2001:db8::7"}}, "2001:db8::7"},
		"IPv6 in brackets":                     {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"[2001:db8::7]"}}, "2001:db8::7"},
		"IPv6 with a port":                     {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"[2001:db8::7]:80"}}, "2001:db8::7"},
		"IPv4 in IPv6 form counts as IPv4":     {"10.0.0.1:1", http.Header{"X-Forwarded-For": {"::ffff:198.51.100.1"}}, "198.51.100.1"},
		"a trusted proxy in IPv6 form":         {"[::ffff:10.0.0.1]:1", http.Header{"X-Forwarded-For": {"198.51.100.1, ::ffff:10.1.1.1"}}, "198.51.100.1"},
		"a trusted IPv6 proxy":                 {"[2001:db8:ffff::1]:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		"X-Real-IP":                            {"10.0.0.1:1", http.Header{"X-Real-Ip": {"198.51.100.1"}}, "198.51.100.1"},
		"X-Real-IP of an inner proxy":          {"10.0.0.1:1", http.Header{"X-Real-Ip": {"10.0.0.2"}, "X-Forwarded-For": {"198.51.100.1, 10.0.0.2"}}, "198.51.100.1"},
		"headers that agree":                   {"10.0.0.1:1", http.Header{"X-Real-Ip": {"198.51.100.1"}, "X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		"a forged header that disagrees":       {"10.0.0.1:1", http.Header{"Forwarded": {"for=1.1.1.1"}, "X-Forwarded-For": {"198.51.100.1"}}, "10.0.0.1"},
		"Forwarded":                            {"10.0.0.1:1", http.Header{"Forwarded": {"for=198.51.100.1;proto=https;by=10.0.0.1"}}, "198.51.100.1"},
		"Forwarded with several elements":      {"10.0.0.1:1", http.Header{"Forwarded": {`for=1.1.1.1, For=198.51.100.1 ; proto=https , for=10.0.0.4`}}, "198.51.100.1"},
		"Forwarded with quoted IPv6":           {"10.0.0.1:1", http.Header{"Forwarded": {`for="[2001:db8::7]:4711"`}}, "2001:db8::7"},
		"Forwarded with an obfuscated name":    {"10.0.0.1:1", http.Header{"Forwarded": {`for=_hidden`}}, "10.0.0.1"},
		"Forwarded with an open quote":         {"10.0.0.1:1", http.Header{"Forwarded": {`for=1.1.1.1;x=", for=198.51.100.1`}}, "10.0.0.1"},
		"Forwarded with a quote that swallows": {"10.0.0.1:1", http.Header{"Forwarded": {`for=1.1.1.1;x=", for="[2001:db8::7]"`}}, "10.0.0.1"},
		"Forwarded without for":                {"10.0.0.1:1", http.Header{"Forwarded": {`proto=https`}}, "10.0.0.1"},
		"Forwarded with for twice":             {"10.0.0.1:1", http.Header{"Forwarded": {`for=1.1.1.1;for=198.51.100.1`}}, "10.0.0.1"},
		"an empty Forwarded":                   {"10.0.0.1:1", http.Header{"Forwarded": {``}}, "10.0.0.1"},
		"a Unix socket's peer":                 {"@", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		"a Unix socket's peer that says none":  {"@", nil, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := someProxies(&apptest.Log{})
			header := c.header
			if header == nil {
				header = http.Header{}
			}
			if got := p.client(&http.Request{RemoteAddr: c.peer, Header: header}).String(); got != c.want {
				t.Errorf("client is %s, want %s", got, c.want)
			}
		})
	}
}

func TestClientIPBehindAnUntrustedUnixPeerIsUnknown(t *testing.T) {
	t.Parallel()
	p := newProxies(nil, false, slog.New(slog.DiscardHandler))
	r := &http.Request{RemoteAddr: "@", Header: http.Header{"X-Forwarded-For": {"198.51.100.1"}}}
	if got := p.client(r); got.IsValid() {
		t.Errorf("client is %s, want none", got)
	}
}

func TestTheLogCallsASocketsPeerByItsName(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.Paused(t))
	r := httptest.NewRequest(http.MethodPost, api+"/sessions", strings.NewReader(`{}`))
	r.RemoteAddr = "@"
	s.server.ServeHTTP(httptest.NewRecorder(), r)
	if log := s.Log.String(); !strings.Contains(log, "ip=unix\n") {
		t.Errorf("the log says %s", log)
	}
}

func TestIgnoredForwardingHeadersAreWarnedOfOncePerPeer(t *testing.T) {
	t.Parallel()
	log := &apptest.Log{}
	p := someProxies(log)
	for range 3 {
		for _, peer := range []string{"203.0.113.9:1", "203.0.113.9:2", "203.0.113.10:1"} {
			p.client(&http.Request{RemoteAddr: peer, Header: http.Header{"X-Real-Ip": {"1.1.1.1"}}})
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 2 {
		t.Errorf("%d warnings, want 2:\n%s", n, log)
	}
}

func TestIgnoredForwardingHeadersFillNoMemory(t *testing.T) {
	t.Parallel()
	p := someProxies(&apptest.Log{})
	addr := netip.MustParseAddr("203.0.113.0")
	for range 5 * maxWarnings {
		addr = addr.Next()
		p.client(&http.Request{RemoteAddr: addr.String() + ":1", Header: http.Header{"X-Real-Ip": {"1.1.1.1"}}})
	}
	if n := len(p.warn.peers); n != maxWarnings {
		t.Errorf("%d peers are remembered, want %d", n, maxWarnings)
	}
}

func FuzzClientIPIsNeverTrustedOrForged(f *testing.F) {
	for _, seed := range []string{"198.51.100.1", `for="[2001:db8::1]:1", for=1.1.1.1`, `for="a`, "10.0.0.1, unknown", ",,", `a=b;for=x,`} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, chain, forwarded string) {
		p := someProxies(&apptest.Log{})
		// What a client sent stands on the left; the proxy wrote 198.51.100.1 behind it, as another element or line.
		for _, header := range []http.Header{
			{"X-Forwarded-For": {chain + ", 198.51.100.1"}},
			{"X-Forwarded-For": {chain, "198.51.100.1"}},
			{"Forwarded": {forwarded + ", for=198.51.100.1"}},
			{"Forwarded": {forwarded, "for=198.51.100.1"}},
			{"Forwarded": {forwarded}, "X-Forwarded-For": {chain + ",198.51.100.1"}},
		} {
			got := p.client(&http.Request{RemoteAddr: "10.0.0.1:1", Header: header}).String()
			if got != "198.51.100.1" && got != "10.0.0.1" {
				t.Errorf("%q made the client %s", header, got)
			}
		}
	})
}
