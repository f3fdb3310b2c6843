package web

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doorward/app"
	"doorward/app/apptest"
)

// browser is a person's browser without scripts: it keeps cookies, follows redirects and sends the forms of its page.
type browser struct {
	*site
	t       testing.TB
	client  app.Client
	cookies map[string]string
	accepts string // its Accept-Language
	at      string // the path of the page
	page    reply
	doc     *html.Node
}

func (s *site) browser(t testing.TB, n byte) *browser {
	return &browser{site: s, t: t, client: apptest.Browser(n), cookies: map[string]string{}}
}

// request sends one request with the browser's cookies and keeps those of the answer.
func (b *browser) request(method, path string, body []byte, contentType string) reply {
	b.t.Helper()
	changes := []change{from(b.client), with("Origin", strings.TrimSuffix(b.server.base, b.server.prefix))}
	if method == http.MethodGet {
		changes = changes[:1]
	}
	if contentType != "" {
		changes = append(changes, with("Content-Type", contentType))
	}
	if b.accepts != "" {
		changes = append(changes, with("Accept-Language", b.accepts))
	}
	for name, value := range b.cookies {
		changes = append(changes, cookie(name, value))
	}
	r := b.do(method, path, body, changes...)
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return r
}

// visit opens a path and what it leads to.
func (b *browser) visit(path string) *browser {
	b.t.Helper()
	return b.follow(b.request(http.MethodGet, path, nil, ""), path)
}

func (b *browser) follow(r reply, path string) *browser {
	b.t.Helper()
	for range 5 {
		if r.status != http.StatusSeeOther {
			b.at, b.page = path, r
			doc, err := html.Parse(strings.NewReader(r.body))
			if err != nil {
				b.t.Fatal(err)
			}
			b.doc = doc
			return b
		}
		path, _, _ = strings.Cut(r.header.Get("Location"), "#") // which part of a page to show is no server's business
		r = b.request(http.MethodGet, path, nil, "")
	}
	b.t.Fatalf("%s leads round in a circle", path)
	return b
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// all finds the page's elements of some names.
func all(under *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range under.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(names, n.Data) {
			found = append(found, n)
		}
	}
	return found
}

func textOf(under *html.Node) string {
	var text strings.Builder
	for n := range under.Descendants() {
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

// contentOf is what a textarea holds, to the letter.
func contentOf(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

// form finds the page's button of these words and the form it sends: the one around it, or the one that it names.
func (b *browser) form(button string) (form, pressed *html.Node) {
	b.t.Helper()
	forms := all(b.doc, "form")
	for _, n := range all(b.doc, "button") {
		if textOf(n) != button {
			continue
		}
		for _, form := range forms {
			named := attrOf(n, "form")
			if named != "" && named == attrOf(form, "id") || named == "" && slices.Contains(all(form, "button"), n) {
				return form, n
			}
		}
	}
	b.t.Fatalf("no button %q on %s: %s", button, b.at, textOf(b.doc))
	return nil, nil
}

// press fills fields in and presses a button: fields by name and value in turn. A field that the form hasn't fails the test.
func (b *browser) press(button string, fields ...string) *browser {
	b.t.Helper()
	form, pressed := b.form(button)
	values, known := url.Values{}, map[string]bool{}
	for _, n := range all(form, "input", "select", "textarea") {
		name := attrOf(n, "name")
		known[name] = true
		switch {
		case n.Data == "textarea": // browsers send a line's end as two characters
			values.Set(name, strings.ReplaceAll(contentOf(n), "\n", "\r\n"))
		case n.Data == "select":
			for _, option := range all(n, "option") {
				if hasAttr(option, "selected") {
					values.Set(name, attrOf(option, "value"))
				}
			}
		case attrOf(n, "type") != "checkbox" || hasAttr(n, "checked"):
			values.Add(name, attrOf(n, "value"))
		}
	}
	if name := attrOf(pressed, "name"); name != "" {
		values.Set(name, attrOf(pressed, "value"))
	}
	for i := 0; i < len(fields); i += 2 {
		if !known[fields[i]] {
			b.t.Fatalf("the form of %q has no field %q", button, fields[i])
		}
		values.Del(fields[i])
	}
	for i := 0; i < len(fields); i += 2 { // a field that is named twice is sent twice, as several ticked boxes are
		values.Add(fields[i], fields[i+1])
	}
	action := attrOf(form, "action")
	return b.follow(b.request(http.MethodPost, action, []byte(values.Encode()), "application/x-www-form-urlencoded"), action)
}

// upload sends a file by the form with a button of these words.
func (b *browser) upload(button string, file []byte) *browser {
	b.t.Helper()
	form, _ := b.form(button)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "picture")
	if err == nil {
		_, err = io.Copy(part, bytes.NewReader(file))
	}
	if err != nil || w.Close() != nil {
		b.t.Fatal("make a form", err)
	}
	action := attrOf(form, "action")
	return b.follow(b.request(http.MethodPost, action, body.Bytes(), w.FormDataContentType()), action)
}

// on checks where the browser came to, and with which status.
func (b *browser) on(path string, status int) *browser {
	b.t.Helper()
	if got, _, _ := strings.Cut(b.at, "?"); got != path || b.page.status != status {
		b.t.Fatalf("on %s with %d, want %s with %d: %s", b.at, b.page.status, path, status, textOf(b.doc))
	}
	return b
}

// reads checks that the page's text has these words.
func (b *browser) reads(words string) *browser {
	b.t.Helper()
	if !strings.Contains(textOf(b.doc), words) {
		b.t.Fatalf("%s doesn't read %q: %s", b.at, words, textOf(b.doc))
	}
	return b
}

// lacks checks that the page's source has nothing of the kind.
func (b *browser) lacks(text string) *browser {
	b.t.Helper()
	if strings.Contains(b.page.body, text) {
		b.t.Fatalf("%s holds %q", b.at, text)
	}
	return b
}

// told checks the line at the top of the page: its role and words.
func (b *browser) told(role, words string) *browser {
	b.t.Helper()
	for n := range b.doc.Descendants() {
		if n.Type == html.ElementNode && attrOf(n, "role") == role && strings.Contains(textOf(n), words) {
			return b
		}
	}
	b.t.Fatalf("%s tells no %s %q: %s", b.at, role, words, textOf(b.doc))
	return b
}

// wrong checks what is said below a field, and that the field names it.
func (b *browser) wrong(id, words string) *browser {
	b.t.Helper()
	for _, n := range all(b.doc, "input", "select", "textarea") {
		if attrOf(n, "id") != id {
			continue
		}
		if attrOf(n, "aria-invalid") != "true" || !strings.Contains(attrOf(n, "aria-describedby"), id+"-error") {
			b.t.Fatalf("%s is not marked as wrong", id)
		}
	}
	for _, n := range all(b.doc, "p") {
		if attrOf(n, "id") == id+"-error" && strings.Contains(textOf(n), words) {
			return b
		}
	}
	b.t.Fatalf("nothing like %q below %s: %s", words, id, textOf(b.doc))
	return b
}

// value is what a control holds.
func (b *browser) value(id string) string {
	for _, n := range all(b.doc, "input") {
		if attrOf(n, "id") == id {
			return attrOf(n, "value")
		}
	}
	return ""
}

// signIn opens a session for an account of the world.
func (b *browser) signIn(email string) *browser {
	b.t.Helper()
	return b.visit("/login").press("Sign in", "email", email, "password", apptest.Password.Reveal()).on("/account", http.StatusOK)
}

// links checks that a link with these words leads to a path.
func (b *browser) links(words, path string) *browser {
	b.t.Helper()
	for _, n := range all(b.doc, "a") {
		if textOf(n) == words && attrOf(n, "href") == path {
			return b
		}
	}
	b.t.Fatalf("no link %q to %s on %s", words, path, b.at)
	return b
}

// idOf is an account's number.
func (b *browser) idOf(email string) int64 {
	b.t.Helper()
	user, err := b.GetUserByEmail(b.t.Context(), app.Shell(""), email)
	if err != nil {
		b.t.Fatal(err)
	}
	return user.ID
}
