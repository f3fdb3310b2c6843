package web

import (
	"errors"
	"net/http"

	"doorward/app"
	"doorward/web/view"
)

// pageError answers an error to a person: who is not known signs in and comes back, who is to confirm their address is
// told how, anything else is a page that says what to do now.
func (s *Server) pageError(c *call, err error) {
	published := app.AsError(err)
	switch {
	case published.Code == app.CodeUnauthenticated || published.Code == app.CodeFingerprintMismatch:
		_ = c.toLogin()
		return
	case published.Code == app.CodeAccountUnconfirmed:
		_ = c.redirect("/account", "")
		return
	}
	page := &view.Failure{Status: statusOf(err), RequestID: c.id}
	page.Now = s.accounts.Now()
	if page.Status < http.StatusInternalServerError { // a store that is in trouble is not asked who this is
		page.Frame = c.frame("")
	}
	page.Retry = published.RetryAfter
	noRank := published.Code == app.CodeForbidden && published.Case == "" && c.r.Method == http.MethodGet // to open a page, not to do something
	if published.Kind != app.KindInternal && published.Code != app.CodeNotFound && !errors.Is(err, errMethod) && !noRank {
		page.Problem = problemOf(published)
	}
	if err := c.show(page.Status, page); err != nil {
		s.log.Error("show an error page", "request_id", c.id, "error", err)
		http.Error(c.w, http.StatusText(page.Status), page.Status)
	}
}

// problemOf tells an error by its fields where it has any, as there is no form to set them in.
func problemOf(e *app.Error) *view.Problem {
	if len(e.Fields) > 0 {
		return &view.Problem{Fields: e.Fields}
	}
	return &view.Problem{Error: e}
}

// toLogin leads to the page to sign in, and from there back here where going back does nothing by itself. A browser that
// showed a session is told that it is over.
func (c *call) toLogin() error {
	note := view.Note("")
	if _, shown := c.cookie(c.s.cookies.sessionName); shown {
		note = view.NoteSessionOver
		c.clearSession()
	}
	to := "/login"
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		to += returnQuery(c.s.returnPath(c.r.URL.RequestURI()))
	}
	return c.redirect(to, note)
}
