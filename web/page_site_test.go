package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestPagesAreNeverStoredAndLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).signIn("ada@example.org")
	for _, path := range []string{"/account", "/account/security", "/account/sessions", "/admin/users", "/confirm", "/reset-password", "/nothing"} {
		r := b.request("GET", path, nil, "")
		if got := r.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s may be stored: %q", path, got)
		}
		policy := r.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Referrer-Policy") == "" {
			t.Errorf("%s lacks headers: %v", path, r.header)
		}
	}
}

func TestEveryFileThatPagesLoadIsThereForAYear(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).signIn("ada@example.org")
	loaded := 0
	for _, page := range []string{"/login", "/account", "/account/sessions", "/account/security"} {
		b.visit(page)
		for _, n := range all(b.doc, "link", "script") {
			path := attrOf(n, "href") + attrOf(n, "src")
			r := b.request("GET", path, nil, "").is(http.StatusOK)
			loaded++
			if got := r.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("%s is kept by %q", path, got)
			}
		}
	}
	if loaded < 8 {
		t.Errorf("only %d files are loaded", loaded)
	}
	b.request("GET", "/static/app.css", nil, "").is(http.StatusNotFound)
	b.request("GET", "/favicon.ico", nil, "").is(http.StatusSeeOther)
}

func TestStaticFilesComePackedToThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).visit("/login")
	path := ""
	for _, n := range all(b.doc, "link") {
		if attrOf(n, "rel") == "stylesheet" {
			path = attrOf(n, "href")
		}
	}
	plain := s.do("GET", path, nil, with("Accept-Encoding", "br, gzip;q=0")).is(http.StatusOK)
	packed := s.do("GET", path, nil, with("Accept-Encoding", "br;q=1, gzip;q=0.5")).is(http.StatusOK)
	if plain.header.Get("Content-Encoding") != "" || packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v and %v", plain.header, packed.header)
	}
	r, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(r)
	if err != nil || string(unpacked) != plain.body {
		t.Errorf("unpacked it is another file: %v", err)
	}
	if len(packed.body)*2 > len(plain.body) {
		t.Errorf("%d bytes packed, %d plain", len(packed.body), len(plain.body))
	}
}

func TestErrorsArePagesThatSayWhatToDo(t *testing.T) {
	t.Parallel()
	s := owned(t)
	s.Member("bob@example.org")
	s.browser(t, 9).visit("/nothing").on("/nothing", http.StatusNotFound).reads("There is nothing here").reads("Sign in")
	b := s.browser(t, 9).signIn("bob@example.org")
	b.visit("/nothing").on("/nothing", http.StatusNotFound).reads("Go to your account")
	b.visit("/admin/users").on("/admin/users", http.StatusForbidden).reads("You can't go in here").reads("No role of yours opens this page.")
	r := s.do("POST", "/login", []byte("email=a"), with("Origin", "https://evil.example"), with("Content-Type", "application/x-www-form-urlencoded"))
	if r.is(http.StatusForbidden); !strings.Contains(r.body, "comes from another site") {
		t.Errorf("a form of another site is answered %s", r.body)
	}
	s.do("DELETE", "/login", nil).is(http.StatusMethodNotAllowed)
}

func TestAFaultOfOursShowsItsNumberAndNothingElse(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for name, c := range map[string]struct {
		err    error
		status int
		reads  string
	}{
		"a bug":       {errors.New("the secret cause"), 500, "It is no fault of yours."},
		"a full disk": {&app.Error{Kind: app.KindOverloaded, Code: app.CodeOverloaded, Message: "Nothing can be saved at the moment.", RetryAfter: 10e9}, 503, "You can try again in 10 seconds."},
		"a limit":     {&app.Error{Kind: app.KindLimited, Code: app.CodeRateLimitExceeded, Message: "Too often.", RetryAfter: 61e9}, 429, "You can try again in 2 minutes."},
	} {
		s.server.mux.Handle("GET /failing/"+strconv.Itoa(c.status), route{path: "/failing", handle: func(*call) error { return c.err }})
		b := s.browser(t, 9).visit("/failing/"+strconv.Itoa(c.status)).on("/failing/"+strconv.Itoa(c.status), c.status)
		b.reads(c.reads).lacks("secret cause")
		id := b.page.header.Get("X-Request-Id")
		if c.status >= 500 && !strings.Contains(b.page.body, id) {
			t.Errorf("%s: the page lacks the number %s", name, id)
		}
	}
	if !strings.Contains(s.Log.String(), "the secret cause") {
		t.Error("the log lacks the cause")
	}
}

func TestASiteUnderAPrefixIsWholeThere(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("http://accounts.example.org/auth"))
	s.Owner("ada@example.org")
	b := s.browser(t, 9)
	b.visit("/auth").on("/auth/login", http.StatusOK)
	b.visit("/auth/account/sessions").on("/auth/login", http.StatusOK)
	b.server.base = ownOrigin // what a browser sends as Origin has no path
	b.press("Sign in", "email", "ada", "password", apptest.Password.Reveal()).on("/auth/account/sessions", http.StatusOK)
	b.visit("/auth/.well-known/change-password").on("/auth/account/security", http.StatusOK)
	b.visit("/account").on("/account", http.StatusNotFound)
}

func TestThePlaceToChangeAPasswordIsWhereBrowsersLook(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9)
	b.visit("/.well-known/change-password").on("/login", http.StatusOK)
	b.press("Sign in", "email", "ada", "password", apptest.Password.Reveal()).on("/account/security", http.StatusOK)
}

func TestTheOperatorsLogoIsReadAtTheStart(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	file := filepath.Join(t.TempDir(), "logo.svg")
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	if err := os.WriteFile(file, []byte(svg), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, w, func(o *Options) { o.SiteLogo, o.SiteName, o.Accent = file, "Example", "#ffd400" })
	b := s.browser(t, 9).visit("/login").reads("Example")
	src := attrOf(all(b.doc, "img")[0], "src")
	r := b.request("GET", src, nil, "").is(http.StatusOK)
	if r.body != svg || !strings.Contains(r.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the logo comes with %v", r.header)
	}
	for _, broken := range []func(*Options){
		func(o *Options) { o.SiteLogo = filepath.Join(t.TempDir(), "none.png") },
		func(o *Options) { o.Accent = "no colour" },
	} {
		o := s.server.options
		broken(&o)
		if _, err := New(o); err == nil {
			t.Error("a setting that can't be used is taken")
		}
	}
}

// letters writes mails out simply.
type letters struct{}

func (letters) Compose(m app.Mail) (Letter, error) {
	link := ownOrigin + "/confirm/" + m.Token.Reveal()
	return Letter{Subject: "About " + m.To, Text: "Open " + link + ".", HTML: `<html><head></head><body><a href="` + link + `">Open</a></body></html>`}, nil
}

func TestKeptMailsAreReadInTheMailbox(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutCourier()), func(o *Options) { o.Composer = letters{} })
	s.Owner("ada@example.org")
	s.Newcomer("new@example.org")
	b := s.browser(t, 9).visit("/mailbox").on("/login", http.StatusOK)
	b.press("Sign in", "email", "ada", "password", apptest.Password.Reveal()).on("/mailbox", http.StatusOK).reads("About new@example.org")
	mail := ""
	for _, n := range all(b.doc, "a") {
		if strings.HasPrefix(attrOf(n, "href"), "/mailbox/") {
			mail = attrOf(n, "href")
		}
	}
	b.visit(mail).on(mail, http.StatusOK).reads("About new@example.org")
	link := ""
	for _, n := range all(b.doc, "a") {
		if to, ok := strings.CutPrefix(attrOf(n, "href"), ownOrigin); ok {
			link = to
		}
	}
	frame := attrOf(all(b.doc, "iframe")[0], "src")
	part := b.request("GET", frame, nil, "").is(http.StatusOK)
	policy := part.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "allow-scripts") || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("the mail is shown under %q", policy)
	}
	if !bytes.Contains([]byte(part.body), []byte(`<head><base target="_blank">`)) {
		t.Error("a link of the mail opens within its frame")
	}
	b.visit(link).on(link, http.StatusOK).reads("Confirm your address")
	b.visit("/mailbox/999").on("/mailbox/999", http.StatusNotFound)
}

func TestTheMailboxOpensByItsKeyAndForNobodyElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutCourier()))
	s.Owner("ada@example.org")
	s.Newcomer("new@example.org")
	s.browser(t, 9).visit("/mailbox?key=wrong").on("/login", http.StatusOK)
	b := s.browser(t, 9).visit("/mailbox?key="+s.MailboxKey().Reveal()).on("/mailbox", http.StatusOK).reads("confirmation")
	for _, n := range all(b.doc, "a") {
		if to := attrOf(n, "href"); strings.HasPrefix(to, "/mailbox/") {
			b.visit(to)
			if b.page.status != http.StatusOK {
				t.Errorf("the key does not open %s", to)
			}
			return
		}
	}
	t.Error("the list has no mail")
}

func TestWithAMailServerThereIsNoMailbox(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).signIn("ada@example.org").lacks("/mailbox")
	b.visit("/mailbox").on("/mailbox", http.StatusNotFound)
}

func TestANoteThatSomebodyPlantedSaysNothing(t *testing.T) {
	t.Parallel()
	s := owned(t)
	r := s.do("GET", "/login", nil, cookie("doorward_note", "<b>Call 555-1234")).is(http.StatusOK)
	if strings.Contains(r.body, "555-1234") || strings.Contains(r.body, `role="status"`) {
		t.Error("a page says what a cookie told it")
	}
}
