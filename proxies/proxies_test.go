package proxies_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// runners start each proxy by the page's text, in the little around it that a test needs.
var runners = map[string]func(*stage){"nginx": runNginx, "caddy": runCaddy, "haproxy": runHAProxy}

func runNginx(s *stage) {
	s.write("sites.conf", s.block("nginx"))
	around := "pid nginx.pid;\nerror_log stderr warn;\nevents {}\nhttp {\n  access_log off;\n"
	for _, folder := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		around += "  " + folder + "_temp_path " + folder + ";\n"
	}
	s.run("nginx", "-p", s.dir, "-c", s.write("nginx.conf", around+"  include sites.conf;\n}\n"), "-e", "stderr", "-g", "daemon off;")
}

func runCaddy(s *stage) {
	_, port, _ := strings.Cut(s.proxy, ":")
	around := "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttps_port " + port + "\n\tauto_https disable_redirects\n" +
		"\tlocal_certs\n\tskip_install_trust\n\tstorage file_system " + s.dir + "\n}\n"
	s.run("caddy", "run", "--adapter", "caddyfile", "--config", s.write("Caddyfile", around+s.block("caddyfile")))
	chain, err := os.ReadFile(filepath.Join(s.dir, "pki/authorities/local/root.crt"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.trust(chain)
}

func runHAProxy(s *stage) {
	s.write("doorward.lua", s.block("lua"))
	s.run("haproxy", "-db", "-f", s.write("haproxy.cfg", s.block("haproxy")))
}

func TestEachProxyGuardsAnAppAsOnThePage(t *testing.T) {
	t.Parallel()
	for program, run := range runners {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			needs(t, program)
			s := newStage(t, "", apptest.WithPolicy(func(p *app.Policy) {
				p.Fingerprint = app.FingerprintStrict // any difference between sign-in and forward-auth ends the session
				p.Unconfirmed = app.UnconfirmedAllowed
			}))
			run(s)
			s.story(t)
		})
	}
}

func TestEachProxyAsksForARole(t *testing.T) {
	t.Parallel()
	for program, run := range runners {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			needs(t, program)
			s := newStage(t, "?role=Admin")
			run(s)
			owner, member, newcomer := s.browser(t, 11), s.browser(t, 12), s.browser(t, 13)
			s.Newcomer("new@example.org")
			owner.signIn("ada@example.org")
			member.signIn("bob@example.org")
			newcomer.signIn("new@example.org")
			owner.reached(owner.page())
			member.is(member.page(), http.StatusForbidden)
			member.is(member.ask("GET", guarded+"/?role=User", ""), http.StatusForbidden)
			newcomer.is(newcomer.page(), http.StatusForbidden)
			stranger := s.browser(t, 14)
			stranger.is(stranger.page(), http.StatusFound)
		})
	}
}

// story is what the page says of every proxy. Everybody in it has an address of their own.
func (s *stage) story(t *testing.T) {
	t.Run("who is signed out is led to the sign-in and back", s.signedOut)
	t.Run("who is signed in is known to the app", s.signedIn)
	t.Run("an address that is not confirmed is told to no app", s.unconfirmed)
	t.Run("what clients say of themselves counts for nothing", s.forged)
	t.Run("who signs out is out", s.signedOutAgain)
	t.Run("pages, uploads and streams pass", s.plain)
	t.Run("a session that is over passes nobody", s.expired) // last: it moves the clock
}

func (s *stage) signedOut(t *testing.T) {
	p := s.browser(t, 11)
	led := p.is(p.page(), http.StatusFound).header.Get("Location")
	want := accounts + "/login?return_to=" + url.QueryEscape(guarded+"/orders?page=2&sort=name")
	if led != want {
		t.Fatalf("led to %s, want %s", led, want)
	}
	if got := p.is(p.ask("GET", led, ""), http.StatusOK); !strings.Contains(got.body, `name="password"`) {
		t.Errorf("the sign-in shows no form: %.300s", got.body)
	}
	p.is(p.page("Cookie", "__Secure-doorward_pass=forged; __Host-doorward_session=forged"), http.StatusFound)
	for what, got := range map[string]answer{
		"a script": p.ask("GET", guarded+"/", "", "X-Requested-With", "fetch"),
		"a form":   p.ask("POST", guarded+"/", "name=value"),
		"a key":    p.ask("GET", guarded+"/", "", "Authorization", "Bearer dwk_"+strings.Repeat("x", 40)),
	} {
		if got.status == http.StatusOK {
			t.Errorf("%s of a stranger passes: %s", what, got.body)
		}
	}
	// A proxy may refuse a big one before all of it has come, and close: whether the refusal can still be read is chance.
	switch big, err := p.send("POST", guarded+"/", strings.Repeat("x", 1<<20-1)); {
	case errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
	case err != nil:
		t.Error(err)
	default:
		big.Body.Close()
		if big.StatusCode == http.StatusOK {
			t.Error("a big form of a stranger passes")
		}
	}
	script := s.browser(t, 12)
	if got := script.ask("GET", guarded+"/", "", "accept", "application/json"); got.status == http.StatusOK {
		t.Errorf("a stranger's script passes: %s", got.body)
	}
	p.is(p.ask("POST", guarded+"/", "name=value"), http.StatusUnauthorized)

	p.signIn("bob@example.org")
	back := p.is(p.ask("GET", led, ""), http.StatusSeeOther).header.Get("Location")
	if back != guarded+"/orders?page=2&sort=name" {
		t.Errorf("led back to %s", back)
	}
	p.is(p.ask("GET", back, ""), http.StatusOK)
}

func (s *stage) signedIn(t *testing.T) {
	for email, want := range map[string]map[string]string{
		"ada@example.org": {"REMOTE_ID": "1", "REMOTE_USER": "ada", "REMOTE_EMAIL": "ada@example.org", "REMOTE_NAME": "ada", "REMOTE_GROUPS": "Owner"},
		"bob@example.org": {"REMOTE_ID": "2", "REMOTE_USER": "bob", "REMOTE_EMAIL": "bob@example.org", "REMOTE_NAME": "bob", "REMOTE_GROUPS": "User"},
	} {
		p := s.browser(t, 21)
		p.signIn(email)
		got := p.reached(p.page())
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s: the app is told %s %q, want %q", email, name, got[name], value)
			}
		}
		if got["X_FORWARDED_FOR"] != p.from.String() || got["X_FORWARDED_PROTO"] != "https" {
			t.Errorf("the app is told of %s by %s", got["X_FORWARDED_FOR"], got["X_FORWARDED_PROTO"])
		}
		if strings.Contains(got["COOKIE"], "doorward_session") {
			t.Errorf("the app gets what opens the API: %s", got["COOKIE"])
		}
		p.reached(p.ask("POST", guarded+"/", `{"a":"body"}`))
	}
}

func (s *stage) unconfirmed(t *testing.T) {
	s.Newcomer("new@example.org")
	p := s.browser(t, 31)
	p.signIn("new@example.org")
	if got := p.reached(p.page(forgeries...)); got["REMOTE_USER"] != "new" || got["REMOTE_EMAIL"] != "" {
		t.Errorf("the app is told %s <%s>", got["REMOTE_USER"], got["REMOTE_EMAIL"])
	}
}

// forgeries are what a client may try to say in its own words.
var forgeries = []string{
	"Remote-User", "root", "Remote-Groups", "Owner", "Remote-Email", "root@example.org", "Remote-Id", "999", "Remote-Name", "Root",
	"Remote_User", "root", "remote_groups", "Owner", "Remote_Email", "root@example.org", "REMOTE_ID", "999", "Remote_Name", "Root",
	"remote-user", "root",
	"X-Forwarded-For", "198.51.100.7", "X-Real-IP", "198.51.100.8", "Forwarded", "for=198.51.100.9;proto=http;host=evil.example",
	"X-Forwarded-Method", "POST", "X-Forwarded-Uri", "/evil", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "http",
}

func (s *stage) forged(t *testing.T) {
	stranger := s.browser(t, 41)
	if got := stranger.page(forgeries...); got.status == http.StatusOK || strings.Contains(got.header.Get("Location"), "evil") {
		t.Errorf("a stranger who forges passes with %d, %v", got.status, got.header)
	}

	p := s.browser(t, 42)
	p.signIn("bob@example.org", forgeries...)
	got := p.reached(p.page(forgeries...))
	for name, value := range got {
		if value == "root" || value == "Owner" || value == "999" || value == "Root" || strings.Contains(value, "root@") ||
			strings.Contains(value, "198.51.100.") && name != "X_REAL_IP" && name != "FORWARDED" { // no app should read these two
			t.Errorf("the app is told %s: %s", name, value)
		}
	}
	if got["REMOTE_USER"] != "bob" {
		t.Errorf("bob is told as %s", got["REMOTE_USER"])
	}
	var listed struct {
		Sessions []struct {
			IP      string `json:"ip"`
			Current bool   `json:"current"`
		} `json:"sessions"`
	}
	own := p.is(p.ask("GET", accounts+"/api/v1/me/sessions", "", forgeries...), http.StatusOK)
	if err := json.Unmarshal([]byte(own.body), &listed); err != nil {
		t.Fatal(err)
	}
	for _, session := range listed.Sessions {
		if session.Current && session.IP != p.from.String() {
			t.Errorf("the session is known as one from %s", session.IP)
		}
	}
	p.reached(p.page()) // the strict fingerprint still fits
}

func (s *stage) signedOutAgain(t *testing.T) {
	p := s.browser(t, 51)
	p.signIn("bob@example.org")
	p.reached(p.page())
	pass := p.passes()
	p.is(p.ask("DELETE", accounts+"/api/v1/session", "", "Origin", accounts), http.StatusNoContent)
	p.is(p.page(), http.StatusFound)
	p.is(p.page("Cookie", pass), http.StatusFound) // kept by somebody
}

// passes are the cookies that the app's host gets.
func (p *person) passes() string {
	at, err := url.Parse(guarded)
	if err != nil {
		p.t.Fatal(err)
	}
	var pairs []string
	for _, cookie := range p.http.Jar.Cookies(at) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}

func (s *stage) plain(t *testing.T) {
	p := s.browser(t, 61)
	p.signIn("bob@example.org")
	p.is(p.ask("GET", accounts+"/account", ""), http.StatusOK)
	got := p.ask("PUT", accounts+"/api/v1/me/avatar", strings.Repeat("no picture ", 300_000), "Content-Type", "application/octet-stream")
	p.is(got, http.StatusUnsupportedMediaType)                              // Doorward's word: three megabytes came through
	p.is(p.ask("GET", guarded+"/?role=Editor&page=2;3", ""), http.StatusOK) // the app's question, not one for Doorward

	stream := p.open("GET", accounts+"/api/v1/me/events", "")
	defer stream.Body.Close()
	if line, err := bufio.NewReader(stream.Body).ReadString('\n'); err != nil || line != ": open\n" {
		t.Errorf("the stream begins with %q, %v", line, err)
	}
}

func (s *stage) expired(t *testing.T) {
	p := s.browser(t, 71)
	p.signIn("bob@example.org")
	p.reached(p.page())
	s.Clock.Advance(61 * 24 * time.Hour)
	led := p.is(p.page(), http.StatusFound).header.Get("Location")
	p.is(p.ask("GET", led, ""), http.StatusOK) // rather than back at once, for good
}
