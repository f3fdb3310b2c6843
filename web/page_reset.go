package web

import (
	"net/http"

	"doorward/app"
	"doorward/web/view"
)

func getResetAsk(c *call) error { return c.show(http.StatusOK, &view.ResetAsk{Frame: c.frame("")}) }

func postResetAsk(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if err := c.s.accounts.RequestPasswordReset(c.r.Context(), app.Stranger(c.client), form.Get("email")); err != nil {
		refused, err := c.refuse(err, "email")
		if err != nil {
			return err
		}
		page := &view.ResetAsk{Frame: c.frame(""), Email: form.Get("email"), Errors: refused.errors}
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.redirect("/reset-password/sent", "")
}

func getResetSent(c *call) error { return c.sent(view.SentAfterReset) }

func getReset(c *call) error {
	page, err := c.resetPage()
	if err != nil {
		return c.deadLink(err, view.SentAfterReset)
	}
	return c.show(http.StatusOK, page)
}

// resetPage tells whose password a link sets. Only a browser that is signed in to that very account is shown its whole
// address, for its password store.
func (c *call) resetPage() (*view.Reset, error) {
	pending, err := c.s.accounts.FindPasswordReset(c.r.Context(), c.pathToken())
	if err != nil {
		return nil, err
	}
	page := &view.Reset{
		Frame: c.frame(""), Token: c.pathToken().Reveal(), Masked: pending.MaskedEmail, Rule: view.NewRule(c.s.accounts.Policy()),
	}
	if page.Me != nil && app.MaskEmail(page.Me.Email) == pending.MaskedEmail {
		page.Username = page.Me.Email
	}
	return page, nil
}

// postReset sets the new password. A refused one leaves the link usable.
func postReset(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	device, err := c.s.accounts.ResetPassword(c.r.Context(), app.Stranger(c.client), c.pathToken(), app.PasswordInput{
		Password: app.Secret(form.Get("password")), Confirmation: secretOf(form, "password_confirmation"),
	})
	if err == nil {
		if err := c.setDevice(device); err != nil {
			return err
		}
		return c.redirect("/login", view.NotePasswordReset)
	}
	if app.AsError(err).Code == app.CodeInvalidToken {
		return c.deadLink(err, view.SentAfterReset)
	}
	refused, err := c.refuse(err, "password")
	if err != nil {
		return err
	}
	page, err := c.resetPage()
	if err != nil {
		return c.deadLink(err, view.SentAfterReset)
	}
	page.Errors = refused.errors
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}
