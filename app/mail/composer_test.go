package mail

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/colour"
)

var update = flag.Bool("update", false, "write the golden files")

func parseURL(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newComposer(t testing.TB, change func(*Site)) *Composer {
	t.Helper()
	o := Site{Name: "Doorward", BaseURL: parseURL(t, "https://accounts.example.org"), From: "Doorward <no-reply@example.org>"}
	if change != nil {
		change(&o)
	}
	c, err := NewComposer(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const testToken = "Vd1x8Qm2kT-0w_ZrYb7uHc3fJ9sLgPqAeXiNoMtR5vE"

// sample is a mail with everything known that this kind of mail ever knows.
func sample(kind app.MailKind) app.Mail {
	m := app.Mail{
		ID: "6bJ0mZ4qS8u2W1xYcVtRgQ", Kind: kind, To: "ada@example.org", Timezone: "Europe/Paris",
		Device: "Firefox on Linux", IP: "203.0.113.9", At: time.Date(2026, 1, 24, 11, 0, 0, 0, time.UTC),
	}
	switch kind {
	case app.MailConfirmation, app.MailSetPassword, app.MailEmailChange, app.MailPasswordReset:
		m.Token, m.Expires = testToken, m.At.Add(7*24*time.Hour)
	}
	switch kind {
	case app.MailEmailChanging, app.MailEmailChanged:
		m.NewEmail = "ada@new.example"
	}
	switch kind {
	case app.MailConfirmation, app.MailSetPassword, app.MailEmailChange:
	default:
		m.Name = "Ada Lovelace"
	}
	return m
}

func compose(t testing.TB, c *Composer, m app.Mail) Message {
	t.Helper()
	msg, err := c.Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it):\n%s", name, got)
	}
}

func TestEachMailReadsAsItsGoldenFiles(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for _, kind := range kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			msg := compose(t, c, sample(kind))
			golden(t, string(kind)+".txt", "Subject: "+msg.Subject+"\n\n"+msg.Text)
			golden(t, string(kind)+".html", msg.HTML)
			for _, locale := range []string{"ar", "ja"} {
				m := sample(kind)
				m.Locale = locale
				msg := compose(t, c, m)
				golden(t, locale+"/"+string(kind)+".txt", "Subject: "+msg.Subject+"\n\n"+msg.Text)
				golden(t, locale+"/"+string(kind)+".html", msg.HTML)
			}
		})
	}
	t.Run("test", func(t *testing.T) {
		t.Parallel()
		msg, err := c.ComposeTest("ada@example.org", "id", time.Date(2026, 1, 24, 11, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "test.txt", "Subject: "+msg.Subject+"\n\n"+msg.Text)
	})
}

func TestEveryLinkIsTheBaseURLAndAPath(t *testing.T) {
	t.Parallel()
	paths := map[app.MailKind][]string{
		app.MailConfirmation:    {"/confirm/" + testToken},
		app.MailPasswordReset:   {"/reset-password/" + testToken},
		app.MailSetPassword:     {"/reset-password/" + testToken},
		app.MailEmailChange:     {"/account/email/" + testToken},
		app.MailEmailChanging:   {"/reset-password"},
		app.MailEmailChanged:    {"/account/security"},
		app.MailPasswordChanged: {"/reset-password"},
		app.MailAccountExists:   {"/login", "/reset-password"},
	}
	bases := map[string]string{
		"https://accounts.example.org":       "https://accounts.example.org",
		"https://accounts.example.org/":      "https://accounts.example.org",
		"http://[::1]:8080":                  "http://[::1]:8080",
		"https://example.org/people/doors/":  "https://example.org/people/doors",
		"https://example.org:8443/a%20place": "https://example.org:8443/a%20place",
	}
	anything := regexp.MustCompile(`(?i)(?:https?:)?//[^\s"'<>)]+`)
	for base, begins := range bases {
		c := newComposer(t, func(o *Site) { o.BaseURL = parseURL(t, base) })
		for kind, wanted := range paths {
			msg := compose(t, c, sample(kind))
			var want []string
			for _, path := range wanted {
				want = append(want, begins+path)
			}
			if !slices.Equal(msg.Links, want) {
				t.Errorf("%s under %s: links %q, want %q", kind, base, msg.Links, want)
			}
			for part, body := range map[string]string{"text": msg.Text, "html": msg.HTML} {
				found := anything.FindAllString(body, -1)
				if part == "text" && !slices.Equal(found, want) {
					t.Errorf("%s under %s: the text holds %q", kind, base, found)
				}
				for _, address := range found {
					if !slices.Contains(want, address) {
						t.Errorf("%s under %s: the %s refers to %s", kind, base, part, address)
					}
				}
			}
			for _, address := range want {
				if !strings.Contains(msg.HTML, `<a href="`+address+`"`) || !strings.Contains(msg.HTML, ">"+address+"</a>") {
					t.Errorf("%s under %s: the HTML doesn't show %s as a link in full", kind, base, address)
				}
			}
		}
	}
}

func TestTheHTMLLoadsNothing(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for _, kind := range kinds() {
		msg := compose(t, c, sample(kind))
		for _, word := range []string{"<img", "<script", "<link", "<iframe", "<object", "url(", "@import", "src=", "background="} {
			if strings.Contains(strings.ToLower(msg.HTML), word) {
				t.Errorf("%s: the HTML holds %s", kind, word)
			}
		}
		if !strings.Contains(msg.HTML, `<meta name="color-scheme" content="light dark">`) {
			t.Errorf("%s: no colour scheme", kind)
		}
	}
}

func TestNamesStandInAMailAsTheyAre(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	long := strings.Repeat("ã", 100)
	for given, want := range map[string]struct{ text, html string }{
		"Ada":                             {"Hello Ada,", "Hello Ada,"},
		`Ada "the Countess" O'Neil`:       {`Hello Ada "the Countess" O'Neil,`, "Hello Ada &#34;the Countess&#34; O&#39;Neil,"},
		"<script>alert(1)</script>":       {"Hello <script>alert(1)</script>,", "Hello &lt;script&gt;alert(1)&lt;/script&gt;,"},
		"עדה לאבלייס":                     {"Hello \u2068עדה לאבלייס\u2069,", "Hello \u2068עדה לאבלייס\u2069,"},
		"Ada \u202eecalevoL":              {"Hello Ada ecalevoL,", "Hello Ada ecalevoL,"},
		"👩\u200d🚀 Ada":                    {"Hello 👩\u200d🚀 Ada,", "Hello 👩\u200d🚀 Ada,"},
		long:                              {"Hello " + long + ",", "Hello " + long + ","},
		"Ada\r\nBcc: eve@example.com\x00": {"Hello Ada Bcc: eve@example.com,", "Hello Ada Bcc: eve@example.com,"},
		"{{.Site}}":                       {"Hello {{.Site}},", "Hello {{.Site}},"},
		"\xff\xfeAda":                     {"Hello Ada,", "Hello Ada,"},
	} {
		m := sample(app.MailPasswordChanged)
		m.Name = given
		msg := compose(t, c, m)
		if !strings.Contains(msg.Text, "\n"+want.text+"\n") || !strings.Contains(msg.HTML, ">"+want.html+"<") {
			t.Errorf("%q: greeted as %q", given, regexp.MustCompile(`Hello .*`).FindAllString(msg.Text+msg.HTML, -1))
		}
		if strings.Contains(msg.HTML, "<script") {
			t.Errorf("%q: a script stands in the HTML", given)
		}
	}
}

func TestWithoutANameNobodyIsGreeted(t *testing.T) {
	t.Parallel()
	m := sample(app.MailPasswordReset)
	m.Name = ""
	if msg := compose(t, newComposer(t, nil), m); strings.Contains(msg.Text+msg.HTML, "Hello") {
		t.Errorf("greeted:\n%s", msg.Text)
	}
}

func TestADeviceCannotCarryAnAddressIntoAMail(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for _, given := range []string{"evil.example on Linux", "https://evil.example", "call@evil", "<b>", "a\nb", strings.Repeat("x", 200)} {
		m := sample(app.MailConfirmation)
		m.Device, m.IP = given, "evil.example"
		msg := compose(t, c, m)
		if strings.Contains(msg.Text+msg.HTML, given) || strings.Contains(msg.Text, "evil") {
			t.Errorf("%q stands in the mail", given)
		}
	}
}

func TestTimesAreSaidInTheReceiversZone(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for timezone, want := range map[string]string{
		"":                 "31 January 2026, 11:00 (UTC)",
		"Europe/Paris":     "31 January 2026, 12:00 (Europe/Paris)",
		"+2":               "31 January 2026, 13:00 (UTC+2)",
		"-12":              "30 January 2026, 23:00 (UTC-12)",
		"+14":              "1 February 2026, 01:00 (UTC+14)",
		"0":                "31 January 2026, 11:00 (UTC)",
		"Local":            "31 January 2026, 11:00 (UTC)",
		"+15":              "31 January 2026, 11:00 (UTC)",
		"Nowhere/Nothing":  "31 January 2026, 11:00 (UTC)",
		"../../etc/passwd": "31 January 2026, 11:00 (UTC)",
	} {
		m := sample(app.MailConfirmation)
		m.Timezone = timezone
		msg := compose(t, c, m)
		if text := strings.Join(strings.Fields(msg.Text), " "); !strings.Contains(text, "until "+want+".") {
			t.Errorf("%q: want %q in\n%s", timezone, want, msg.Text)
		}
	}
}

func TestAnUnknownLanguageIsEnglish(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for _, locale := range []string{"", "en", "en-GB", "tlh", "../en", "en.tmpl"} {
		m := sample(app.MailConfirmation)
		m.Locale = locale
		if msg := compose(t, c, m); !strings.Contains(msg.HTML, `lang="en" dir="ltr"`) {
			t.Errorf("%q is not English", locale)
		}
	}
}

func TestAMailThatCannotBeIsRefusedForGood(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for name, change := range map[string]func(*app.Mail){
		"unknown kind":              func(m *app.Mail) { m.Kind = "newsletter" },
		"the test's kind":           func(m *app.Mail) { m.Kind = "test" },
		"no address":                func(m *app.Mail) { m.To = "" },
		"line break in the address": func(m *app.Mail) { m.To = "ada@example.org\r\nBcc: eve@example.com" },
		"bracket in the address":    func(m *app.Mail) { m.To = "ada@example.org> SIZE=1" },
		"two addresses":             func(m *app.Mail) { m.To = "ada@example.org,eve@example.com" },
		"line separator":            func(m *app.Mail) { m.To = "ada\u2028@example.org" },
		"broken UTF-8":              func(m *app.Mail) { m.To = "ada\xff@example.org" },
		"no id":                     func(m *app.Mail) { m.ID = "" },
		"line break in the id":      func(m *app.Mail) { m.ID = "a\r\nBcc: eve@example.com" },
		"no time":                   func(m *app.Mail) { m.At = time.Time{} },
		"no token":                  func(m *app.Mail) { m.Token = "" },
		"a token that is a path":    func(m *app.Mail) { m.Token = "../../logout" },
	} {
		m := sample(app.MailConfirmation)
		change(&m)
		_, err := c.Compose(m)
		if permanent, ok := err.(interface{ Permanent() bool }); !ok || !permanent.Permanent() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASiteThatCannotSendIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Site){
		"no sender":                 func(o *Site) { o.From = "" },
		"no address":                func(o *Site) { o.From = "Doorward" },
		"two senders":               func(o *Site) { o.From = "a@example.org, b@example.org" },
		"line break in the sender":  func(o *Site) { o.From = "=?utf-8?q?a=0D=0ABcc:_eve?= <a@example.org>" },
		"raw line break":            func(o *Site) { o.From = "A\r\nBcc: eve@example.com <a@example.org>" },
		"line break in the name":    func(o *Site) { o.Name = "Doorward\r\nBcc: eve@example.com" },
		"long name":                 func(o *Site) { o.Name = strings.Repeat("x", 101) },
		"no base URL":               func(o *Site) { o.BaseURL = nil },
		"base URL without a host":   func(o *Site) { o.BaseURL = &url.URL{Scheme: "https"} },
		"base URL of another kind":  func(o *Site) { o.BaseURL = &url.URL{Scheme: "javascript", Host: "x"} },
		"base URL with a query":     func(o *Site) { o.BaseURL.RawQuery = "a=b" },
		"accent that is no colour":  func(o *Site) { o.Accent = "red;background:url(https://evil.example)" },
		"accent that is out of rgb": func(o *Site) { o.Accent = "rgb(1,2,256)" },
	} {
		o := Site{BaseURL: parseURL(t, "https://example.org"), From: "a@example.org"}
		change(&o)
		if _, err := NewComposer(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTheAccentColoursTheButtonWithReadableText(t *testing.T) {
	t.Parallel()
	for accent, want := range map[string][2]string{
		"":                {ourAccent, "#ffffff"},
		"#FD0":            {"#ffdd00", "#111315"},
		"#123456":         {"#123456", "#ffffff"},
		"rgb(250 250, 0)": {"#fafa00", "#111315"},
		"RebeccaBlue":     {},
		"Tomato":          {"#ff6347", "#111315"},
	} {
		o := Site{BaseURL: parseURL(t, "https://example.org"), From: "a@example.org", Accent: accent}
		c, err := NewComposer(o)
		if want[0] == "" {
			if err == nil {
				t.Errorf("%q is taken for a colour", accent)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		msg := compose(t, c, sample(app.MailConfirmation))
		if !strings.Contains(msg.HTML, "background-color:"+want[0]+";\"><a ") || !strings.Contains(msg.HTML, "color:"+want[1]+";text-decoration:none") {
			t.Errorf("%q: the button is another colour", accent)
		}
		if text := c.accent.TextOn(); colour.Contrast(c.accent, text) < colour.Readable {
			t.Errorf("%q: contrast %.1f", accent, colour.Contrast(c.accent, text))
		}
	}
}
