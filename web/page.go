package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"doorward/app"
	"doorward/web/view"
)

const (
	// maxForm is the most that a posted form may be.
	maxForm = 128 << 10
	// noteLife is how long a browser keeps what just happened: as long as a redirect takes.
	noteLife = time.Minute
)

// newViews prepares the pages with what the operator brings.
func newViews(o Options, prefix string) (*view.Views, error) {
	site := view.Site{Name: o.SiteName, Prefix: prefix, Accent: o.Accent, Languages: o.Locales}
	if o.SiteLogo != "" {
		logo, err := os.ReadFile(o.SiteLogo)
		if err != nil {
			return nil, err
		}
		site.Logo = logo
	}
	return view.New(site)
}

// frame is what stands around a page: who is signed in, if anybody, and now. here is the page's entry in a side list.
func (c *call) frame(here string) view.Frame {
	a := c.s.accounts
	if c.identify() != nil {
		return view.NewFrame(nil, false, false, a.Now())
	}
	f := view.NewFrame(c.actor.User, a.IsLimited(c.actor.User), a.MailIsKept(), a.Now())
	f.Here = here
	return f
}

// show answers a page. A good one also says what just happened.
func (c *call) show(status int, p view.Framed) error {
	frame := p.Around()
	if status == http.StatusOK && c.r.Method == http.MethodGet {
		c.takeNote(frame)
	}
	if frame.Lang == "" {
		frame.Lang = c.language()
	}
	if frame.Self == "" {
		frame.Self = c.s.returnPath(c.r.URL.EscapedPath()) // what is behind the ? only its page knows
	}
	body, err := c.s.views.Render(p)
	if err != nil {
		return err
	}
	header := c.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", frame.Lang)
	header.Set("Vary", "Accept-Encoding")
	if packed := c.packed(p, body); packed != nil {
		header.Set("Content-Encoding", "gzip")
		body = packed
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // a client that went away is no fault of ours
	return nil
}

// redirect leads to another page of the site, after a post or because there is nothing to do here. The note is what the
// next page says at its top, "" for nothing.
func (c *call) redirect(path string, note view.Note) error { return c.redirectTo(c.s.path(path), note) }

// redirectTo is redirect to a path that has its prefix.
func (c *call) redirectTo(to string, note view.Note) error {
	if note != "" {
		c.s.cookies.write(c.w, c.noteName(), string(note), noteLife)
	}
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (c *call) noteName() string { return c.s.cookies.noteName() }

// noteName is the cookie that carries a note over a redirect. Its value is a code of a fixed table: whoever plants one
// can make a page say nothing but what it says anyway.
func (k *cookies) noteName() string {
	if k.secure {
		return "__Host-doorward_note"
	}
	return "doorward_note"
}

// takeNote moves the note from the browser to the page, once.
func (c *call) takeNote(f *view.Frame) {
	code, found := c.cookie(c.noteName())
	if !found || f.Note != "" {
		return
	}
	f.Note = view.ParseNote(code)
	c.s.cookies.write(c.w, c.noteName(), "", -1)
}

// form reads a posted form, within its size and time. What the address has behind its `?` is not part of it.
func (c *call) form() (url.Values, error) {
	if c.r.ContentLength > maxForm {
		return nil, errFormTooLarge
	}
	body := c.patient(http.MaxBytesReader(c.answer.ResponseWriter, c.r.Body, maxForm))
	body.overall = true
	c.r.Body = io.NopCloser(body) // the server closes its own
	err := c.r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errFormTooLarge
	case err != nil || !isText(c.r.PostForm):
		return nil, errFormUnreadable
	}
	return c.r.PostForm, nil
}

// isText tells whether a form is UTF-8, as JSON bodies have to be. Passwords are left to their own rule, by which a broken
// one is a wrong one.
func isText(form url.Values) bool {
	for name, values := range form {
		if !utf8.ValidString(name) {
			return false
		}
		if name == "password" || name == "password_confirmation" || name == "current_password" {
			continue
		}
		if slices.ContainsFunc(values, func(value string) bool { return !utf8.ValidString(value) }) {
			return false
		}
	}
	return true
}

var (
	errFormTooLarge   = app.Refuse(app.KindTooLarge, app.CodeTooLarge, "A form has at most 128 KiB.").Named("form_large")
	errFormUnreadable = app.Refuse(app.KindMalformed, app.CodeMalformed, "The form can't be read. Go back and send it again.").Named("form_unreadable")
)

// secretOf is a field that must not be printed; nil when it was not sent.
func secretOf(form url.Values, field string) *app.Secret {
	if !form.Has(field) {
		return nil
	}
	secret := app.Secret(form.Get(field))
	return &secret
}

// refusal is an error as a form shows it.
type refusal struct {
	status int
	code   app.Code
	errors view.Errors   // beside the form's fields
	alert  *view.Problem // at the top, nil when the fields say it all
	retry  time.Duration
}

// refuse sorts an error into what the form with these fields, in their order, shows. What no form can show (who is
// asking is not known any more, a fault of ours) is answered as an error again.
func (c *call) refuse(err error, fields ...string) (refusal, error) {
	published := app.AsError(err)
	switch {
	case published.Code == app.CodeRoleNotFound, published.Code == app.CodeAssignmentNotFound: // the page is older than the roles
	case published.Kind == app.KindInternal, published.Kind == app.KindMalformed, published.Kind == app.KindNotFound,
		published.Code == app.CodeUnauthenticated, published.Code == app.CodeFingerprintMismatch:
		return refusal{}, err
	}
	c.logFault(published)
	if published.RetryAfter > 0 {
		c.w.Header().Set("Retry-After", retryAfter(published.RetryAfter))
	}
	r := refusal{status: statusOf(err), code: published.Code, retry: published.RetryAfter}
	beside, others := view.Sort(published.Fields, fields...)
	r.errors = beside
	switch {
	case len(published.Fields) == 0:
		r.alert = &view.Problem{Error: published}
	case len(others) > 0:
		r.alert = &view.Problem{Fields: others}
	}
	return r, nil
}

// tell puts a refusal's line at the top of a page.
func (r refusal) tell(f *view.Frame) { f.Alert, f.Retry = r.alert, r.retry }
