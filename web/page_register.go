package web

import (
	"net/http"
	"net/url"

	"doorward/app"
	"doorward/web/view"
)

// getRegister shows the form to whoever may use it, and to others why they may not.
func getRegister(c *call) error {
	code := app.Secret(c.r.URL.Query().Get("setup"))
	if code == "" && c.identify() == nil {
		return c.redirect("/account", "")
	}
	page, err := c.registerPage(code)
	if err != nil {
		return c.registerRefused(err)
	}
	return c.show(http.StatusOK, page)
}

// registerPage is the form. A code is shown only as long as it does anything.
func (c *call) registerPage(code app.Secret) (*view.Register, error) {
	a := c.s.accounts
	if err := a.MayRegister(c.r.Context(), code); err != nil {
		return nil, err
	}
	expected, err := a.SetupCode(c.r.Context())
	if err != nil {
		return nil, err
	}
	page := &view.Register{Frame: c.frame(""), Rule: view.NewRule(a.Policy())}
	if expected != "" {
		page.SetupCode = code.Reveal()
		page.Self = c.s.path("/register") + "?" + url.Values{"setup": {page.SetupCode}}.Encode()
	}
	return page, nil
}

func (c *call) registerRefused(err error) error {
	switch app.AsError(err).Code {
	case app.CodeSetupCodeRequired:
		return c.show(http.StatusForbidden, &view.RegisterRefused{Frame: c.frame(""), Unowned: true})
	case app.CodeRegistrationClosed:
		return c.show(http.StatusForbidden, &view.RegisterRefused{Frame: c.frame("")})
	}
	return err
}

// postRegister makes an account and signs its owner in, where it may have a session.
func postRegister(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	checkOnly, err := c.checkOnly()
	if err != nil {
		return err
	}
	in := app.RegistrationInput{
		Email: form.Get("email"), Password: app.Secret(form.Get("password")), PasswordConfirmation: secretOf(form, "password_confirmation"),
		Username: form.Get("username"), FirstName: form.Get("first_name"), LastName: form.Get("last_name"),
		SetupCode: app.Secret(form.Get("setup_code")), SignIn: true, Replaces: c.cookieSession(),
	}
	if checkOnly {
		return c.hint(c.s.accounts.CheckRegistration(c.r.Context(), app.Stranger(c.client), in))
	}
	made, err := c.s.accounts.Register(c.r.Context(), app.Stranger(c.client), in)
	if err != nil {
		refused, err := c.refuse(err, "email", "password")
		if err != nil {
			return err
		}
		page, mayNot := c.registerPage(app.Secret(form.Get("setup_code")))
		if mayNot != nil {
			return c.registerRefused(mayNot)
		}
		page.Email, page.Errors = form.Get("email"), refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.registered(made)
}

// registered leads on from a registration.
func (c *call) registered(made app.RegistrationResult) error {
	switch {
	case made.Grant == nil && (made.Concealed || made.User.IsActive):
		return c.redirect("/register/sent", "")
	case made.Grant == nil:
		return c.redirect("/login", view.NoteRegisteredInactive)
	}
	if err := c.setSession(*made.Grant); err != nil {
		return err
	}
	if made.User.HasRole(app.RoleOwner) {
		return c.redirect("/admin/welcome", view.NoteOwner)
	}
	return c.redirect("/account", view.NoteRegistered)
}

func getRegisterSent(c *call) error { return c.sent(view.SentAfterRegistration) }

// sent is the page that follows when a mail was asked for, the same whatever the address.
func (c *call) sent(after view.SentAfter) error {
	return c.show(http.StatusOK, &view.Sent{Frame: c.frame(""), After: after, Kept: c.s.accounts.MailIsKept()})
}
