package app

import (
	"net/netip"
	"testing"
)

func TestAFingerprintComparesAddressAndBrowser(t *testing.T) {
	t.Parallel()
	a := &Accounts{policy: DefaultPolicy()}
	for _, c := range []struct {
		madeIP, ip, agent string
		want              Fingerprint
	}{
		{"203.0.113.9", "203.0.113.9", "Firefox", FingerprintOK},
		{"203.0.113.9", "::ffff:203.0.113.9", "Firefox", FingerprintOK},
		{"203.0.113.9", "203.0.113.10", "Firefox", FingerprintIP},
		{"203.0.113.9", "203.0.113.9", "Chrome", FingerprintUserAgent},
		{"203.0.113.9", "203.0.113.9", "", FingerprintUserAgent},
		{"203.0.113.9", "203.0.113.10", "Chrome", FingerprintMismatch},
		{"2001:db8::1", "2001:db8::ffff", "Firefox", FingerprintOK},
		{"2001:db8::1", "2001:db8:0:1::1", "Firefox", FingerprintIP},
		{"2001:db8::1", "203.0.113.9", "Firefox", FingerprintIP},
	} {
		s := &Session{IP: netip.MustParseAddr(c.madeIP), UserAgent: "Firefox", UserAgentHash: DigestOf("Firefox")}
		client := Client{IP: netip.MustParseAddr(c.ip), UserAgent: c.agent}
		if got := a.fingerprint(s, client); got != c.want {
			t.Errorf("%s from %s with %q: %s, want %s", c.madeIP, c.ip, c.agent, got, c.want)
		}
	}
	a.policy.Fingerprint = FingerprintOff
	if got := a.fingerprint(&Session{}, Client{IP: netip.MustParseAddr("203.0.113.9"), UserAgent: "x"}); got != FingerprintOK {
		t.Errorf("with off: %s", got)
	}
}

func TestFingerprintsHaveTheirPublishedNames(t *testing.T) {
	t.Parallel()
	for f, want := range map[Fingerprint]string{
		FingerprintOK: "ok", FingerprintIP: "ip_mismatch", FingerprintUserAgent: "user_agent_mismatch", FingerprintMismatch: "fingerprint_mismatch",
	} {
		if f.String() != want {
			t.Errorf("%d is called %s, want %s", f, f, want)
		}
	}
}

func TestDevicesAreNamedAsPeopleSayIt(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1": "Safari on iOS",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36":                   "Chrome on Android",
		"": "an unknown device", "   ": "an unknown device", "\x00\x01": "an unknown device",
	} {
		if got := DeviceName(agent); got != want {
			t.Errorf("%q is called %q, want %q", agent, got, want)
		}
	}
}

func TestADevicesNameIsTakenApart(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]string{
		"Firefox on Linux": {"Firefox", "Linux"}, "a browser on iOS": {"", "iOS"}, "curl": {"curl", ""}, "an unknown device": {},
		"Mail on the go on Android": {"Mail on the go", "Android"}, "": {},
	} {
		if browser, system := SplitDevice(name); browser != want[0] || system != want[1] {
			t.Errorf("%q is %q and %q", name, browser, system)
		}
	}
}

func FuzzDeviceNamesArePlainAndShort(f *testing.F) {
	for _, seed := range []string{"", "curl/8.0", "<script>/1", "\r\nX: y/1", "Mozilla/5.0 (\xff; (((", "x/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		name := DeviceName(agent)
		if name == "" || len(name) > 100 {
			t.Errorf("%q is called %q", agent, name)
		}
		for _, r := range name {
			if r < ' ' || r > '~' {
				t.Errorf("%q is called %q", agent, name)
			}
		}
	})
}
