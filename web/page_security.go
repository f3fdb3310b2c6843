package web

import (
	"net/http"

	"doorward/app"
	"doorward/web/view"
)

func toSecurity(c *call) error { return c.redirect("/account/security", "") }

func getSecurity(c *call) error {
	page, err := c.securityPage()
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page)
}

func (c *call) securityPage() (*view.Security, error) {
	a, u := c.s.accounts, c.actor.User
	stays, err := a.WhyStay(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	return &view.Security{Frame: c.frame("/account/security"), Username: u.Email, Handle: u.Username, Stays: stays != nil, Rule: view.NewRule(a.Policy())}, nil
}

// securityRefused shows the page with why a form of it was refused.
func (c *call) securityRefused(err error, put func(*view.Security, refusal), fields ...string) error {
	refused, err := c.refuse(err, fields...)
	if err != nil {
		return err
	}
	page, err := c.securityPage()
	if err != nil {
		return err
	}
	put(page, refused)
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}

// postSecurityPassword changes the password. The session that asks goes on as a fresh one.
func postSecurityPassword(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	in := app.PasswordInput{
		Current: app.Secret(form.Get("current_password")), Password: app.Secret(form.Get("password")),
		Confirmation: secretOf(form, "password_confirmation"),
	}
	switch checkOnly, err := c.checkOnly(); {
	case err != nil:
		return err
	case checkOnly:
		return c.hint(c.s.accounts.CheckPasswordChange(c.actor, in))
	}
	grant, err := c.s.accounts.ChangePassword(c.r.Context(), c.actor, in)
	if err != nil {
		return c.securityRefused(err, func(page *view.Security, r refusal) { page.PasswordErrors = r.errors }, "current_password", "password")
	}
	if err := c.setSession(grant); err != nil {
		return err
	}
	return c.redirect("/account/security", view.NotePasswordChanged)
}

// postSecurityEmail mails a link to the new address. Nothing changes until it is used.
func postSecurityEmail(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	in := app.EmailInput{Email: form.Get("email"), Current: app.Secret(form.Get("current_password"))}
	switch checkOnly, err := c.checkOnly(); {
	case err != nil:
		return err
	case checkOnly:
		return c.hint(c.s.accounts.CheckEmailChange(c.actor, in))
	}
	if err := c.s.accounts.RequestEmailChange(c.r.Context(), c.actor, in); err != nil {
		return c.securityRefused(err, func(page *view.Security, r refusal) {
			page.NewEmail, page.EmailErrors = form.Get("email"), r.errors
		}, "email", "current_password")
	}
	return c.redirect("/account/security", view.NoteEmailAsked)
}

func postSecurityDelete(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if err := c.s.accounts.DeleteOwnAccount(c.r.Context(), c.actor, app.Secret(form.Get("current_password"))); err != nil {
		return c.securityRefused(err, func(page *view.Security, r refusal) { page.DeleteErrors = r.errors }, "current_password")
	}
	c.clearSession()
	return c.redirect("/login", view.NoteAccountDeleted)
}

// getEmailChange tells the account what its link would change.
func getEmailChange(c *call) error {
	pending, err := c.s.accounts.FindEmailChange(c.r.Context(), c.actor, c.pathToken())
	if err != nil {
		return c.deadLink(err, view.SentAfterEmailChange)
	}
	return c.show(http.StatusOK, &view.EmailChange{Frame: c.frame(""), Token: c.pathToken().Reveal(), Pending: pending})
}

func postEmailChange(c *call) error {
	if _, err := c.s.accounts.ChangeEmail(c.r.Context(), c.actor, c.pathToken()); err != nil {
		return c.deadLink(err, view.SentAfterEmailChange)
	}
	return c.redirect("/account/security", view.NoteEmailChanged)
}
