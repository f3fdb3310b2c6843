package mail

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorward/app"
)

// wire is a message read back as a mail program reads it.
type wire struct {
	header     netmail.Header
	text, html string
	others     map[string]string // other parts, by media type
}

func readWire(t testing.TB, raw []byte) wire {
	t.Helper()
	for line := range bytes.Lines(raw) {
		if !bytes.HasSuffix(line, []byte("\r\n")) || len(line) > 998+2 {
			t.Fatalf("line of %d bytes, or without CRLF: %.80q", len(line), line)
		}
	}
	msg, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	w := wire{header: msg.Header, others: map[string]string{}}
	w.read(t, msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body)
	return w
}

func (w *wire) read(t testing.TB, contentType, encoding string, body io.Reader) {
	t.Helper()
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(media, "multipart/") {
		w.others[media] = ""
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w.read(t, part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
		}
	}
	if encoding == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	switch media {
	case "text/plain":
		w.text = text
	case "text/html":
		w.html = text
	default:
		w.others[media] = text
	}
}

func bytesOf(t testing.TB, msg Message) []byte {
	t.Helper()
	raw, err := msg.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheWireFormHoldsBothPartsAndTheHeaders(t *testing.T) {
	t.Parallel()
	c := newComposer(t, func(o *Site) { o.Name = "Türwächter"; o.From = "Türwächter <no-reply@bücher.example>" })
	m := sample(app.MailConfirmation)
	msg := compose(t, c, m)
	got := readWire(t, bytesOf(t, msg))
	if got.text != msg.Text || got.html != msg.HTML {
		t.Error("the parts come back different")
	}
	if _, ok := got.others["multipart/alternative"]; !ok || len(got.others) != 1 {
		t.Errorf("parts: %v", got.others)
	}
	for name, want := range map[string]string{
		"From": "=?utf-8?q?T=C3=BCrw=C3=A4chter?= <no-reply@xn--bcher-kva.example>",
		"To":   "<ada@example.org>", "Date": "Sat, 24 Jan 2026 11:00:00 +0000",
		"Message-Id": "<6bJ0mZ4qS8u2W1xYcVtRgQ@xn--bcher-kva.example>", "Auto-Submitted": "auto-generated",
		"Mime-Version": "1.0", "Content-Language": "en", "X-Mailer": "", "User-Agent": "",
	} {
		if value := got.header.Get(name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(got.header.Get("Subject")); err != nil || subject != msg.Subject {
		t.Errorf("Subject: %q, %v", subject, err)
	}
	again := readWire(t, bytesOf(t, compose(t, c, m)))
	for _, name := range []string{"Message-Id", "Date"} {
		if got.header.Get(name) != again.header.Get(name) {
			t.Errorf("%s differs between two attempts", name)
		}
	}
}

func TestTheMessageIDIsOfADomainThatMeansSomething(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, base, want string }{
		{"a@mail.example", "https://example.org", "@mail.example>"},
		{"Doorward <no-reply@localhost>", "https://accounts.example.org", "@accounts.example.org>"},
		{"Doorward <no-reply@localhost>", "http://127.0.0.1:8080", "@127.0.0.1>"},
		{"Doorward <no-reply@localhost>", "http://[::1]:8080", ".localhost>"},
		{"Doorward <no-reply@localhost>", "http://localhost:8080", ".localhost>"},
	} {
		c := newComposer(t, func(o *Site) { o.From = tt.from; o.BaseURL = parseURL(t, tt.base) })
		got := readWire(t, bytesOf(t, compose(t, c, sample(app.MailConfirmation)))).header.Get("Message-Id")
		if !strings.HasSuffix(got, tt.want) || !regexp.MustCompile(`^<[\w-]+@[\w.-]+>$`).MatchString(got) {
			t.Errorf("%s, %s: %s", tt.from, tt.base, got)
		}
	}
}

func TestAddressesComeAsTheyCanBeSent(t *testing.T) {
	t.Parallel()
	c := newComposer(t, nil)
	for given, want := range map[string]string{
		"ada@example.org":         "ada@example.org",
		"ada+door@example.org":    "ada+door@example.org",
		"ada@bücher.example":      "ada@xn--bcher-kva.example",
		"ädä@bücher.example":      "ädä@xn--bcher-kva.example",
		"ada..l@example.org":      `"ada..l"@example.org`,
		".ada@example.org":        `".ada"@example.org`,
		"o'neil|x@example.org":    "o'neil|x@example.org",
		"ada@under_score.example": "ada@under_score.example",
	} {
		m := sample(app.MailConfirmation)
		m.To = given
		msg := compose(t, c, m)
		if msg.To != want {
			t.Errorf("%s: envelope %s, want %s", given, msg.To, want)
		}
		if to := readWire(t, bytesOf(t, msg)).header.Get("To"); to != "<"+want+">" {
			t.Errorf("%s: To: %s, want <%s>", given, to, want)
		}
	}
}

func TestTheOperatorsPictureTravelsInTheMail(t *testing.T) {
	t.Parallel()
	gif := []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")
	msg := compose(t, newComposer(t, func(o *Site) { o.Logo = gif }), sample(app.MailConfirmation))
	if !strings.Contains(msg.HTML, `src="cid:logo.gif"`) || strings.Contains(msg.HTML, "&bull;") {
		t.Error("the HTML doesn't show the picture in place of the door")
	}
	raw := bytesOf(t, msg)
	got := readWire(t, raw)
	if _, ok := got.others["multipart/related"]; !ok || got.others["image/gif"] == "" || !bytes.Contains(raw, []byte("Content-Id: <logo.gif>\r\n")) {
		t.Errorf("the picture is not in the mail: %v", got.others)
	}
	for name, file := range map[string][]byte{"svg": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "large": append(gif, make([]byte, maxLogoBytes)...)} {
		msg := compose(t, newComposer(t, func(o *Site) { o.Logo = file }), sample(app.MailConfirmation))
		if strings.Contains(msg.HTML, "<img") || strings.Contains(msg.HTML, "&bull;") || !strings.Contains(msg.HTML, "Doorward</td>") {
			t.Errorf("%s: the name doesn't stand alone", name)
		}
	}
}

func TestATokenIsInTheLinkAndNowhereElse(t *testing.T) {
	t.Parallel()
	msg := compose(t, newComposer(t, nil), sample(app.MailConfirmation))
	if strings.Contains(msg.Subject, testToken) || strings.Count(msg.Text, testToken) != 1 || strings.Count(msg.HTML, testToken) != 3 {
		t.Error("the token stands in another place")
	}
}

func FuzzComposeKeepsItsHeaders(f *testing.F) {
	f.Add("Ada", "ada@example.org", "Firefox on Linux", "eve@example.com", "Europe/Paris", "Doorward")
	f.Add("Ada\r\nBcc: x", "a\r\n@b", "<script>", "\x00@\xff", "+2", "Tür 🚪")
	f.Add("עדה", "ädä@bücher.example", "a://b", "a..b@c", "-99", "=?utf-8?q?x?=")
	base, err := url.Parse("https://example.org")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, to, device, newEmail, timezone, site string) {
		c, err := NewComposer(Site{Name: site, BaseURL: base, From: "a@example.org"})
		if err != nil {
			return
		}
		m := sample(app.MailEmailChanging)
		m.Name, m.To, m.Device, m.NewEmail, m.Timezone = name, to, device, newEmail, timezone
		msg, err := c.Compose(m)
		if err != nil {
			return
		}
		if !isEnvelope(msg.To) {
			t.Fatalf("envelope %q", msg.To)
		}
		got := readWire(t, bytesOf(t, msg))
		var names []string
		for name, values := range got.header {
			names = append(names, fmt.Sprint(name, len(values)))
		}
		slices.Sort(names)
		want := []string{
			"Auto-Submitted1", "Content-Language1", "Content-Type1", "Date1", "From1", "Message-Id1", "Mime-Version1",
			"Subject1", "To1", "X-Auto-Response-Suppress1",
		}
		if !slices.Equal(names, want) {
			t.Fatalf("headers %v", names)
		}
		if got.text != msg.Text || got.html != msg.HTML {
			t.Fatal("the parts come back different")
		}
		if strings.Count(msg.HTML, "<a ") != 2 || strings.Contains(msg.HTML, "<script") {
			t.Fatalf("a stranger's words became markup:\n%s", msg.HTML)
		}
	})
}
