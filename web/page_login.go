package web

import (
	"net/http"
	"strings"

	"doorward/app"
	"doorward/web/view"
)

// getRoot leads to where most people want to go.
func getRoot(c *call) error {
	if c.identify() != nil {
		return c.redirect("/login", "")
	}
	return c.redirect("/account", "")
}

func getLogin(c *call) error {
	to := c.s.returnPath(c.r.URL.Query().Get("return_to"))
	if c.identify() == nil {
		return c.goOn(to, "")
	}
	return c.show(http.StatusOK, c.loginPage(to))
}

func (c *call) loginPage(to string) *view.Login {
	page := &view.Login{Frame: c.frame(""), ReturnTo: to, MayRegister: c.s.accounts.MayRegister(c.r.Context(), "") == nil}
	page.Self = c.s.path("/login") + returnQuery(to)
	return page
}

// goOn leads to a checked path, or to the account where there is none.
func (c *call) goOn(to string, note view.Note) error {
	if to == "" {
		return c.redirect("/account", note)
	}
	if strings.HasPrefix(to, "https:") {
		if err := c.renewPass(); err != nil {
			return err
		}
	}
	return c.redirectTo(to, note)
}

// postLogin opens a session, in place of the one that the browser's cookie names.
func postLogin(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	to := c.s.returnPath(form.Get("return_to"))
	grant, err := c.s.accounts.Login(c.r.Context(), app.Stranger(c.client), app.LoginInput{
		Login: form.Get("email"), Password: app.Secret(form.Get("password")), Remember: form.Get("remember") == "true",
		Device: c.device(), Replaces: c.cookieSession(),
	})
	if err != nil {
		refused, err := c.refuse(err, "email")
		if err != nil {
			return err
		}
		page := c.loginPage(to)
		page.Login, page.Remember, page.Errors = form.Get("email"), form.Get("remember") == "true", refused.errors
		page.Unconfirmed = refused.code == app.CodeAccountUnconfirmed
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	if err := c.setSession(grant); err != nil {
		return err
	}
	return c.goOn(to, "")
}
