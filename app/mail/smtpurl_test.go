package mail

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAnSMTPURLIsRead(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]SMTP{
		"smtp://mail.example.org":                              {Host: "mail.example.org"},
		"smtp://mail.example.org:25/":                          {Host: "mail.example.org", Port: 25},
		"smtp://mail.example.org?tls=require":                  {Host: "mail.example.org", TLS: TLSRequired},
		"smtp://mail.example.org:2525/?tls=none":               {Host: "mail.example.org", Port: 2525, TLS: TLSNone},
		"smtps://mail.example.org":                             {Host: "mail.example.org", TLS: TLSImplicit},
		"smtps://mail.example.org?tls=require":                 {Host: "mail.example.org", TLS: TLSImplicit},
		"smtp://ada:p%40ss%2Fw%C3%B6rd@mail.example.org":       {Host: "mail.example.org", Username: "ada", Password: "p@ss/wörd"},
		"smtp://ada%40example.org:a:b@mail.example.org:587":    {Host: "mail.example.org", Port: 587, Username: "ada@example.org", Password: "a:b"},
		"smtp://ada:secret@localhost:1025?tls=none":            {Host: "localhost", Port: 1025, TLS: TLSNone, Username: "ada", Password: "secret"},
		"smtp://ada:secret@[::1]:1025?tls=none":                {Host: "::1", Port: 1025, TLS: TLSNone, Username: "ada", Password: "secret"},
		"smtps://ada@example.org:secret@mail.example.org:4650": {Host: "mail.example.org", Port: 4650, TLS: TLSImplicit, Username: "ada@example.org", Password: "secret"},
	} {
		got, err := ParseURL(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) || got.Password.Reveal() != want.Password.Reveal() {
			t.Errorf("%s: %#v", raw, got)
		}
	}
}

func TestAnUnusableSMTPURLIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "mail.example.org:25", "http://hunter22@mail.example.org", "smtp:hunter22", "smtp://", "smtp://ada:hunter22@",
		"smtp://ada@mail.example.org", "smtp://ada:@mail.example.org", "smtp://:hunter22@mail.example.org",
		"smtp://ada:hunter22@mail.example.org:0", "smtp://ada:hunter22@mail.example.org:65536", "smtp://ada:hunter22@mail.example.org:smtp",
		"smtp://ada:hunter22@mail.example.org?tls=maybe", "smtp://ada:hunter22@mail.example.org?starttls=1",
		"smtp://mail.example.org?tls=require&tls=none", "smtp://mail.example.org?tls=none&hunter22=1", "smtps://mail.example.org?tls=none",
		"smtp://ada:hunter22@mail.example.org?tls=none", "smtp://ada:hunter22@203.0.113.5?tls=none",
		"smtp://ada:hunter/22@mail.example.org", "smtp://ada:22/hunter@mail.example.org", "smtp://ada:22?hunter@mail.example.org",
		"smtp://ada:22#hunter@mail.example.org", "smtp://ada:hunter%2@mail.example.org", "smtp://ada:hunter22%0d%0aQUIT@mail.example.org",
		"smtp://ada:hunter22%00@mail.example.org", "smtp://ada:hunter22@mail.example.org#", "smtp://ada:hun ter22@mail example.org",
		"smtp://ada:hunter22@mail.example.org\r\n", "smtp://ada:hunter22@mail.example.org/path",
	} {
		_, err := ParseURL(raw)
		if err == nil {
			t.Errorf("%q is taken", raw)
			continue
		}
		if strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "ter22") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestSettingsShowNoPassword(t *testing.T) {
	t.Parallel()
	o, err := ParseURL("smtps://ada:hunter22@mail.example.org")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(format, o); strings.Contains(shown, "hunter") {
			t.Errorf("%s: %s", format, shown)
		}
	}
	if o.String() != "smtps://mail.example.org:465" {
		t.Error(o.String())
	}
}

func TestDefaultsArePatientButNotForMinutes(t *testing.T) {
	t.Parallel()
	for raw, port := range map[string]int{"smtp://mail.example.org": 587, "smtps://mail.example.org": 465} {
		o, err := ParseURL(raw)
		if err != nil {
			t.Fatal(err)
		}
		got := newTransport(t, o).o
		if got.Port != port || got.ConnectTimeout != 10*time.Second || got.CommandTimeout != 30*time.Second || got.MailTimeout != time.Minute {
			t.Errorf("%s: %#v", raw, got)
		}
	}
}

func TestSettingsThatNoURLCouldGiveAreRefusedToo(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]SMTP{
		"nothing":               {},
		"a port beyond":         {Host: "localhost", Port: 70000},
		"hello with a command":  {Host: "localhost", Hello: "a\r\nQUIT"},
		"hello with a space":    {Host: "localhost", Hello: "a b"},
		"a password for anyone": {Host: "mail.example.org", TLS: TLSNone, Username: "ada", Password: "secret"},
	} {
		if _, err := NewTransport(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzParseURLKeepsThePassword(f *testing.F) {
	f.Add("smtp://ada:hunter22@mail.example.org:25?tls=require")
	f.Add("smtps://hunter22")
	f.Add("smtp://a:b%zz@[::1")
	f.Fuzz(func(t *testing.T, raw string) {
		o, err := ParseURL(raw)
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, "smtp url: ") || len(text) > 200 {
				t.Fatalf("%q", text)
			}
			return
		}
		if _, err := NewTransport(o); err != nil {
			t.Fatalf("taken first, refused then: %v", err)
		}
		if again, err := url.Parse(o.String()); err != nil || again.User != nil {
			t.Fatalf("shown as %s: %v", o, err)
		}
	})
}

func FuzzOneLineIsShort(f *testing.F) {
	f.Add("550 \x1b[31m\r\nno\xff", "secret-secret-secret")
	f.Fuzz(func(t *testing.T, text, secret string) {
		line := oneLine(redact(oneLine(text), secret))
		if len(line) > maxErrorBytes || !plain(line) {
			t.Fatalf("%q", line)
		}
	})
}
