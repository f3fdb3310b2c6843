package web

import (
	"net/http"

	"doorward/app"
	"doorward/web/view"
)

func toSecurity(c *call) error { return c.redirect("/account/security", "") }

func getSecurity(c *call) error { return c.show(http.StatusOK, c.securityPage()) }

func (c *call) securityPage() *view.Security {
	return &view.Security{Frame: c.frame("/account/security"), Username: c.actor.User.Email, Rule: view.NewRule(c.s.accounts.Policy())}
}

// postSecurityPassword changes the password. The session that asks goes on as a fresh one.
func postSecurityPassword(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	grant, err := c.s.accounts.ChangePassword(c.r.Context(), c.actor, app.PasswordInput{
		Current: app.Secret(form.Get("current_password")), Password: app.Secret(form.Get("password")),
		Confirmation: secretOf(form, "password_confirmation"),
	})
	if err != nil {
		refused, err := c.refuse(err, "current_password", "password")
		if err != nil {
			return err
		}
		page := c.securityPage()
		page.PasswordErrors = refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
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
	err = c.s.accounts.RequestEmailChange(c.r.Context(), c.actor, app.EmailInput{
		Email: form.Get("email"), Current: app.Secret(form.Get("current_password")),
	})
	if err != nil {
		refused, err := c.refuse(err, "email", "current_password")
		if err != nil {
			return err
		}
		page := c.securityPage()
		page.NewEmail, page.EmailErrors = form.Get("email"), refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.redirect("/account/security", view.NoteEmailAsked)
}

func postSecurityDelete(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if err := c.s.accounts.DeleteOwnAccount(c.r.Context(), c.actor, app.Secret(form.Get("current_password"))); err != nil {
		refused, err := c.refuse(err, "current_password")
		if err != nil {
			return err
		}
		page := c.securityPage()
		page.DeleteErrors = refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
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
