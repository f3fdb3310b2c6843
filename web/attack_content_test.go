package web

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doorward/app"
	"doorward/app/apptest"
	"doorward/app/mail"
)

// hostile are texts that would do something where they are not kept as texts.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'"></title></svg><svg onload=alert(1)>`, `{{.Token}}{{define "x"}}`, `${7*7}#{7*7}`, `javascript:alert(1)`,
	`</textarea><script>alert(1)</script>`, `<!--`, `]]>`, `&lt;b&gt;`, `=cmd|' /C calc'!A1`, `%0d%0aSet-Cookie: x=1`, "\u00ff<b>", `\u003cb\u003e`, `<a href="https://evil.example">Your bank</a>`,
}

// TestWhatPeopleWriteStaysTextOnEveryPage puts each in every field that people can write, and reads every page that shows
// any of it: no element and no attribute comes of it.
func TestWhatPeopleWriteStaysTextOnEveryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()), func(o *Options) { o.SiteName = `<script>alert(1)</script>&"` })
	s.Owner("ada@example.org")
	bob := s.Member("bob@example.org")
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	b, o := s.browser(t, 2).signIn("bob@example.org"), s.browser(t, 1).signIn("ada@example.org")
	for i, text := range hostile {
		s.do("PATCH", api+"/me", fmt.Sprintf(`{"first_name":%q,"last_name":%q}`, text, text), as(bob)).is(200)
		key := text[:min(len(text), 60)]
		s.do("PATCH", api+"/me", fmt.Sprintf(`{%q:%q}`, fmt.Sprint(key, i), text), as(bob)).is(200)
		s.do("GET", api+"/me", nil, as(bob), with("User-Agent", text))
		id := fmt.Sprint(bob.User().ID)
		for _, page := range []struct {
			*browser
			path string
		}{
			{b, "/account"}, {b, "/account/security"}, {b, "/account/sessions"}, {o, "/admin/users"}, {o, "/admin/users/" + id}, {o, "/admin/users/" + id + "/delete"},
			{o, "/admin/users?search=" + strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "<", "%3C", ">", "%3E", `"`, "%22", "'", "%27", " ", "+").Replace(text)}, {o, "/nothing/%3Cscript%3E"},
		} {
			page.visit(page.path)
			harmless(t, page.path+" with "+text, page.doc)
		}
	}
	s.post("/login", "email", hostile[1], "password", "x", "return_to", hostile[1])
	for _, form := range []string{"/login", "/register", "/reset-password", "/confirm"} {
		for _, text := range hostile {
			r := s.post(form, "email", text, "password", text, "username", text, "setup_code", text, "return_to", text)
			doc, err := html.Parse(strings.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			harmless(t, form+" with "+text, doc)
		}
	}
	for _, path := range []string{"/users", "/audit"} { // as JSON they are JSON, and never taken for a page
		if r := s.do("GET", api+path, nil, as(owner)).is(200); r.header.Get("Content-Type") != "application/json" || r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s comes as %v", path, r.header)
		}
	}
}

// harmless checks that a page has no element and no attribute but the ones that its own templates write.
func harmless(t *testing.T, what string, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" && (attrOf(n, "src") == "" || n.FirstChild != nil) {
			t.Errorf("%s: a script of its own: %s", what, textOf(n))
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || slices.Contains([]string{"href", "src", "action"}, a.Key) && (strings.HasPrefix(a.Val, "javascript:") || strings.HasPrefix(a.Val, "https://evil") || strings.HasPrefix(a.Val, "//")) {
				t.Errorf("%s: %s=%q on %s", what, a.Key, a.Val, n.Data)
			}
		}
	}
}

// TestWhatPeopleWriteStaysTextInMails: names reach proven addresses alone, as text, and no header is made of them.
func TestWhatPeopleWriteStaysTextInMails(t *testing.T) {
	t.Parallel()
	composer := must(mail.NewComposer(mail.Site{Name: `A & B <i>`, BaseURL: mustURL(ownOrigin), From: "Doorward <no-reply@example.org>"}))
	s := owned(t, apptest.WithoutLimits())
	bob := s.Member("bob@example.org")
	for _, text := range hostile {
		s.do("PATCH", api+"/me", fmt.Sprintf(`{"first_name":%q}`, text), as(bob)).is(200)
		s.ask("/password-resets", "bob@example.org", 9).is(202)
		letter, err := composer.Compose(s.Mail(app.MailPasswordReset, "bob@example.org"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(letter.Subject, "\r\n") || strings.Contains(letter.Subject, text) {
			t.Errorf("the subject is %q", letter.Subject)
		}
		doc, err := html.Parse(strings.NewReader(letter.HTML))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range all(doc, "script", "img", "a", "i", "b") {
			if strings.Contains(attrOf(n, "href")+attrOf(n, "src"), "evil") || n.Data == "script" || n.Data == "b" || n.Data == "i" || attrOf(n, "src") == "x" {
				t.Errorf("%q makes <%s> in a mail", text, n.Data)
			}
		}
	}
	for _, name := range []string{"A\r\nBcc: evil@example.net", "A\nB", "A\x00B", "A\u0085B"} {
		if _, err := mail.NewComposer(mail.Site{Name: name, BaseURL: mustURL(ownOrigin), From: "Doorward <no-reply@example.org>"}); err == nil {
			t.Errorf("the site name %q is taken", name)
		}
		if _, err := mail.NewComposer(mail.Site{BaseURL: mustURL(ownOrigin), From: name + " <no-reply@example.org>"}); err == nil {
			t.Errorf("the sender %q is taken", name)
		}
	}
	for _, email := range []string{"a@example.org\r\nBcc: evil@example.net", "a@example.org>\r\nRCPT TO:<evil@example.net", "a@example.org\n", "a b@example.org", "<a@example.org>", "a@example.org,evil@example.net"} {
		got := s.do("POST", api+"/registrations", fmt.Sprintf(`{"email":%q,"password":"correct horse battery"}`, email))
		if got.status == 201 && got.at("user", "email") != "a@example.org" || got.status != 201 && got.status != 422 {
			t.Errorf("%q: status %d: %s", email, got.status, got.body)
		}
		s.do("DELETE", api+"/nothing", nil)
		if got.status == 201 {
			must(0, s.DeleteUser(t.Context(), app.System(), s.stored("a@example.org").ID))
		}
	}
}

// chunk is one of a PNG's.
func chunk(kind string, data []byte) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
	b.WriteString(kind)
	b.Write(data)
	_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(kind), data...)))
	return b.Bytes()
}

// TestAPictureIsOnlyAPicture: a file that is also a page, a script or an archive comes out as pixels, without anything
// that stood beside them, under a type that browsers keep to.
func TestAPictureIsOnlyAPicture(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	p := s.Member("bob@example.org")
	const payload = "<script>alert(document.domain)</script><?php system('id'); ?>"
	base := pngOf(8, 8)
	inside := slices.Concat(base[:33], chunk("tEXt", []byte("Comment\x00"+payload)), chunk("eXIf", []byte("GPS 48.8584 2.2945 "+payload)), base[33:])
	for name, upload := range map[string][]byte{"behind the picture": append(slices.Clone(base), payload...), "in its metadata": inside, "an archive behind it": append(slices.Clone(base), "PK\x03\x04evil.jsp"+payload...)} {
		avatar := s.do("PUT", api+"/me/avatar", upload, as(p), with("Prefer", "wait=20"), with("Content-Type", "text/html")).is(200)
		for _, variant := range app.Variants() {
			r := s.do("GET", avatar.at("avatar", "variants", variant).(string), nil).is(200)
			if strings.Contains(r.body, "script") || strings.Contains(r.body, "GPS") || strings.Contains(r.body, "php") || strings.Contains(r.body, "PK\x03\x04") {
				t.Errorf("%s: %s holds what is no picture", name, variant)
			}
			if kind := r.header.Get("Content-Type"); kind != "image/png" && kind != "image/jpeg" || r.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(r.header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s: %s is served with %v", name, variant, r.header)
			}
		}
	}
}

// TestWhatIsNoPictureIsNeverServed: what browsers would run, and what takes the memory of the machine, is refused unread.
func TestWhatIsNoPictureIsNeverServed(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	p := s.Member("bob@example.org")
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(make([]byte, 8<<20))
	_ = w.Close()
	header := func(width, height uint32) []byte {
		var ihdr bytes.Buffer
		_ = binary.Write(&ihdr, binary.BigEndian, []uint32{width, height})
		ihdr.Write([]byte{8, 6, 0, 0, 0})
		return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", ihdr.Bytes())...)
	}
	for name, upload := range map[string][]byte{
		"SVG":                 []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`),
		"SVG with a preamble": []byte(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>`),
		"HTML":                []byte("<html><script>alert(1)</script>"),
		"a program":           []byte("#!/bin/sh\nid"),
		"PostScript":          []byte("%!PS\n(%pipe%id) (r) file"),
		"a DjVu with code":    []byte("AT&TFORM\x00\x00\x00\x00DJVUANTa(metadata \"\\c${id}\")"),
		"packed zeros":        packed.Bytes(),
		"BMP":                 append([]byte("BM"), make([]byte, 100)...),
		"TIFF":                append([]byte("II*\x00"), make([]byte, 100)...),
		"ICO":                 append([]byte{0, 0, 1, 0}, make([]byte, 100)...),
	} {
		if got := s.do("PUT", api+"/me/avatar", upload, as(p), with("Content-Type", "image/png")); got.status != 415 {
			t.Errorf("%s: status %d: %s", name, got.status, got.body)
		}
	}
	for _, size := range [][2]uint32{{100_000, 100_000}, {50_000_001, 1}, {1, 50_000_001}, {1 << 31, 1 << 31}} {
		if got := s.do("PUT", api+"/me/avatar", header(size[0], size[1]), as(p)); got.status != 413 && got.status != 415 {
			t.Errorf("%d by %d pixels: status %d: %s", size[0], size[1], got.status, got.body)
		}
	}
	if u := p.User(); u.Avatar != nil {
		t.Errorf("a picture was taken: %+v", u.Avatar)
	}
	if got := s.do("PUT", api+"/me/avatar", pngOf(2, 2), as(p), with("Content-Encoding", "gzip"), with("Prefer", "wait=20")); got.status >= 500 {
		t.Errorf("status %d", got.status)
	}
}

// TestAPackedBodyIsNotUnpacked: there is nothing to blow up, a body is read as it comes.
func TestAPackedBodyIsNotUnpacked(t *testing.T) {
	t.Parallel()
	s := owned(t)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(`{"email":"` + strings.Repeat("a", 4<<20) + `"}`))
	_ = w.Close()
	got := s.do("POST", api+"/password-resets", packed.Bytes(), with("Content-Type", "application/json"), with("Content-Encoding", "gzip"))
	got.refused(http.StatusBadRequest, app.CodeMalformed)
}
