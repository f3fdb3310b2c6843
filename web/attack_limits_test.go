package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// forwarded makes a request come through the trusted proxy with these headers and no others.
func forwarded(pairs ...string) change {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Add(pairs[i], pairs[i+1])
		}
	}
}

// guess tries a wrong password.
func (s *site) guess(login string, changes ...change) reply {
	s.T.Helper()
	return s.do("POST", api+"/sessions", fmt.Sprintf(`{"email":%q,"password":"a guess"}`, login), changes...)
}

// TestNoSpellingOfALoginGetsMoreGuesses: letter case, another script's letters, a dot at the end and the username are one
// account, and count as one.
func TestNoSpellingOfALoginGetsMoreGuesses(t *testing.T) {
	t.Parallel()
	s := owned(t)
	spellings := []string{"ada@example.org", "ADA@example.org", "ａda@example.org", "ada@EXAMPLE.org.", "ada", "ADA", " Ada ", "ada@example。org"}
	compared := 0
	for round := range 3 {
		for i, login := range spellings {
			got := s.guess(login, from(apptest.Browser(byte(10*round+i+30)))).isIn(401, 429)
			if got.status == 401 {
				compared++
			}
		}
	}
	if compared != 5 {
		t.Errorf("%d guesses were compared, want 5", compared)
	}
	for _, path := range []string{"/password-resets", "/confirmations"} {
		asked := 0
		for i, email := range []string{"bob@example.org", "BOB@example.org", "ｂob@example.org", "bob@example.org.", "bob@EXAMPLE.org"} {
			if s.ask(path, email, 60+i).isIn(202, 429).status == 202 {
				asked++
			}
		}
		if asked != 3 {
			t.Errorf("%s: %d were let in, want 3", path, asked)
		}
	}
}

// TestParallelGuessesDoNotOverrunTheLimit: an attempt counts when it is let in, not when it has failed.
func TestParallelGuessesDoNotOverrunTheLimit(t *testing.T) {
	t.Parallel()
	s := owned(t)
	hashed := s.Counts().Hashed
	replies := atOnce(40, func(i int) reply { return s.guess("ada@example.org", from(apptest.Browser(byte(i+20)))) })
	if got := byAnswer(replies); got[401] != 5 || got[429] != 35 {
		t.Errorf("answered %v, want five guesses", got)
	}
	if n := s.Counts().Hashed - hashed; n != 5 {
		t.Errorf("%d passwords were compared", n)
	}
}

// TestAForgedAddressGetsNoMoreGuesses: of what a client says of itself nothing counts, only what the trusted proxy wrote.
func TestAForgedAddressGetsNoMoreGuesses(t *testing.T) {
	t.Parallel()
	const real = "203.0.113.9"
	for name, headers := range map[string]func(i int) []string{
		"in front": func(i int) []string { return []string{"X-Forwarded-For", fmt.Sprintf("198.51.100.%d, %s", i, real)} },
		"as a private one": func(i int) []string {
			return []string{"X-Forwarded-For", fmt.Sprintf("127.0.0.1, 10.0.0.%d, %s", i, real)}
		},
		"unreadable":  func(i int) []string { return []string{"X-Forwarded-For", fmt.Sprintf("a%d, %s", i, real)} },
		"with a port": func(i int) []string { return []string{"X-Forwarded-For", fmt.Sprintf("%s:%d", real, 1000+i)} },
		"in two lines": func(i int) []string {
			return []string{"X-Forwarded-For", fmt.Sprint("198.51.100.", i), "X-Forwarded-For", real}
		},
		"in IPv6 form": func(i int) []string { return []string{"X-Forwarded-For", []string{real, "::ffff:" + real}[i%2]} },
		"in another header": func(i int) []string {
			return []string{"X-Forwarded-For", real, "True-Client-IP", fmt.Sprint("198.51.100.", i), "X-Client-IP", fmt.Sprint("198.51.100.", i), "CF-Connecting-IP", fmt.Sprint("198.51.100.", i)}
		},
		"against Forwarded": func(i int) []string {
			return []string{"X-Forwarded-For", real, "Forwarded", fmt.Sprintf("for=198.51.100.%d", i)}
		},
		"against X-Real-IP": func(i int) []string {
			return []string{"X-Forwarded-For", real, "X-Real-IP", fmt.Sprint("198.51.100.", i)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := owned(t)
			compared := 0
			for i := range 40 {
				got := s.guess(fmt.Sprintf("nobody%d@example.org", i), forwarded(headers(i+1)...)).isIn(401, 429)
				if got.status == 401 {
					compared++
				}
			}
			if compared != 15 {
				t.Errorf("%d guesses were let in from one address, want 15", compared)
			}
		})
	}
	t.Run("from a peer that nobody trusts", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, apptest.New(t), func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
		compared := 0
		for i := range 40 {
			if s.guess(fmt.Sprintf("nobody%d@example.org", i), forwarded("X-Forwarded-For", fmt.Sprint("198.51.100.", i+1))).status == 401 {
				compared++
			}
		}
		if compared != 15 {
			t.Errorf("%d guesses were let in", compared)
		}
	})
}

// TestTheAddressesOfOneNetworkCountAsOne: a customer has a /64 of IPv6 to choose from.
func TestTheAddressesOfOneNetworkCountAsOne(t *testing.T) {
	t.Parallel()
	s := owned(t)
	let := func(format string) (n int) {
		for i := range 30 {
			if s.guess(fmt.Sprintf("nobody%d@example.org", i), forwarded("X-Forwarded-For", fmt.Sprintf(format, i))).status == 401 {
				n++
			}
		}
		return n
	}
	if n := let("2001:db8:1:2:%x::1"); n != 15 {
		t.Errorf("%d guesses from one /64, want 15", n)
	}
	registered := 0
	for i := range 20 {
		got := s.do("POST", api+"/registrations", fmt.Sprintf(`{"email":"new%d@example.org","password":"correct horse battery"}`, i), forwarded("X-Forwarded-For", fmt.Sprintf("2001:db8:1:3::%x", i)))
		if got.isIn(201, 429).status == 201 {
			registered++
		}
	}
	if registered != 10 {
		t.Errorf("%d registrations from one /64, want 10", registered)
	}
}

// TestTheLockOutlivesRefusalsRestartsAndGoodWords: wrong passwords are counted where a refusal does not undo it.
func TestTheLockOutlivesRefusalsRestartsAndGoodWords(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	for range 100 {
		s.guess("ada@example.org", from(apptest.Browser(9))).refused(401, app.CodeInvalidCredentials)
	}
	s.logIn("ada@example.org", apptest.Password.Reveal(), apptest.Browser(9)).refused(401, app.CodeInvalidCredentials)
	again := newSite(t, s.Again(t))
	again.logIn("ada", apptest.Password.Reveal(), apptest.Browser(9)).refused(401, app.CodeInvalidCredentials)
	again.Clock.Advance(365 * 24 * time.Hour)
	again.logIn("ada@example.org", apptest.Password.Reveal(), apptest.Browser(9)).refused(401, app.CodeInvalidCredentials)
}

// TestASetupCodeIsNotGuessed: near misses are refused like anything else, before any work, and its half is worth nothing.
func TestASetupCodeIsNotGuessed(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	s := newSite(t, w)
	code := must(w.SetupCode(t.Context())).Reveal()
	if len(code) < 22 { // 128 bits
		t.Errorf("the code has %d characters", len(code))
	}
	for name, guess := range map[string]string{
		"none": "", "its half": code[:len(code)/2], "all but its end": code[:len(code)-1], "more": code + "A", "other case": strings.ToUpper(code), "around it": " " + code, "NUL": code + "\x00", "a list": code + "," + code,
	} {
		if guess == code {
			continue
		}
		seen := s.watch(func() reply {
			return s.do("POST", api+"/registrations", jsonText(fmt.Sprintf(`{"email":"eve@example.org","password":"correct horse battery","setup_code":%q}`, guess)))
		})
		if seen.status != 403 || seen.hashes != 0 || seen.transactions != 0 || !strings.Contains(seen.body, string(app.CodeSetupCodeRequired)) {
			t.Errorf("%s: %+v", name, seen)
		}
	}
	s.do("POST", api+"/registrations", fmt.Sprintf(`{"email":"eve@example.org","password":"correct horse battery","setup_code":[%q]}`, code)).refused(400, app.CodeMalformed)
	replies := atOnce(20, func(i int) reply {
		return s.do("POST", api+"/registrations", fmt.Sprintf(`{"email":"owner%d@example.org","password":"correct horse battery","setup_code":%q}`, i, code), from(apptest.Browser(byte(i+1))))
	})
	owners := 0
	for _, r := range replies {
		if r.status == 201 && strings.Contains(r.body, `"roles":["Owner"]`) {
			owners++
		}
	}
	if owners != 1 {
		t.Errorf("%d became Owner: %v", owners, byAnswer(replies))
	}
}
