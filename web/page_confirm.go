package web

import (
	"net/http"

	"doorward/app"
	"doorward/web/view"
)

// getConfirmAsk offers another mail. Whoever is signed in and waits for one has a page for that.
func getConfirmAsk(c *call) error {
	if c.identify() == nil && c.s.accounts.IsLimited(c.actor.User) {
		return c.redirect("/account", "")
	}
	return c.show(http.StatusOK, &view.ConfirmAsk{Frame: c.frame("")})
}

func postConfirmAsk(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if err := c.s.accounts.RequestConfirmation(c.r.Context(), app.Stranger(c.client), form.Get("email")); err != nil {
		refused, err := c.refuse(err, "email")
		if err != nil {
			return err
		}
		page := &view.ConfirmAsk{Frame: c.frame(""), Email: form.Get("email"), Errors: refused.errors}
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.redirect("/confirm/sent", "")
}

func getConfirmSent(c *call) error { return c.sent(view.SentAfterConfirmation) }

// getConfirm tells what a mailed link is about. Its button does the act, so that a mail scanner changes nothing.
func getConfirm(c *call) error {
	pending, err := c.s.accounts.FindConfirmation(c.r.Context(), c.pathToken())
	if err != nil {
		return c.deadLink(err, view.SentAfterConfirmation)
	}
	return c.show(http.StatusOK, &view.Confirm{Frame: c.frame(""), Token: c.pathToken().Reveal(), Pending: pending})
}

// postConfirm is both buttons of the page: the address is mine, or "this wasn't me".
func postConfirm(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	by := app.Stranger(c.client)
	if form.Get("deny") == "true" {
		if err := c.s.accounts.DenyConfirmation(c.r.Context(), by, c.pathToken()); err != nil {
			return c.deadLink(err, view.SentAfterConfirmation)
		}
		return c.redirect("/login", view.NoteDenied)
	}
	if _, _, err := c.s.accounts.Confirm(c.r.Context(), by, c.pathToken()); err != nil {
		return c.deadLink(err, view.SentAfterConfirmation)
	}
	if c.identify() == nil {
		return c.redirect("/account", view.NoteConfirmed)
	}
	return c.redirect("/login", view.NoteConfirmed)
}

// deadLink shows what to do about a mailed link that is no longer good; other errors go their way.
func (c *call) deadLink(err error, after view.SentAfter) error {
	if app.AsError(err).Code != app.CodeInvalidToken {
		return err
	}
	return c.show(http.StatusNotFound, &view.DeadLink{Frame: c.frame(""), For: after})
}
