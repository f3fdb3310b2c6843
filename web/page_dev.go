package web

import (
	"net/http"
	"slices"
	"strconv"

	"doorward/app"
	"doorward/web/view"
)

// getDev shows what development is for: mails, accounts to sign in as, the clock, the way back.
func getDev(c *call) error {
	users, err := c.s.accounts.ListUsers(c.r.Context(), app.System(), app.UserQuery{Page: 1, PageSize: 50})
	if err != nil {
		return err
	}
	page := &view.Dev{Frame: c.frame("")}
	for i := range slices.Backward(users.Users) {
		u := &users.Users[i]
		page.Accounts = append(page.Accounts, view.DevAccount{Email: u.Email, Roles: u.Roles})
	}
	for _, m := range c.s.options.Dev.Accounts.Mails().List("") {
		page.Mails = append(page.Mails, view.DevMailRow{ID: m.ID, To: m.To, Subject: m.Subject, At: m.At})
	}
	return c.show(http.StatusOK, page)
}

func getDevMail(c *call) error {
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	for _, m := range c.s.options.Dev.Accounts.Mails().List("") {
		if err == nil && m.ID == id {
			return c.show(http.StatusOK, &view.DevMail{Frame: c.frame(""), To: m.To, Subject: m.Subject, At: m.At, Text: m.Text})
		}
	}
	return errNotFound
}

func postDevSignIn(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	grant, err := c.s.options.Dev.Accounts.SignInAs(c.r.Context(), app.Stranger(c.client), form.Get("email"))
	if err != nil {
		return err
	}
	if err := c.setSession(grant); err != nil {
		return err
	}
	return c.redirect("/account", "")
}

func postDevClockPage(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if _, err := c.advance(form.Get("advance")); err != nil {
		return err
	}
	return c.redirect("/dev", "")
}

func postDevResetPage(c *call) error {
	if err := c.s.options.Dev.Accounts.Reset(c.r.Context(), app.Seeds()); err != nil {
		return err
	}
	return c.redirect("/dev", "")
}

// getStories is the story book: every page with awkward data.
func getStories(c *call) error {
	page := &view.StoryBook{Frame: c.frame("")}
	for _, story := range view.Stories() {
		page.Names = append(page.Names, story.Name)
	}
	return c.show(http.StatusOK, page)
}

func getStory(c *call) error {
	for _, story := range view.Stories() {
		if story.Name == c.r.PathValue("name") {
			return c.show(http.StatusOK, story.Page)
		}
	}
	return errNotFound
}
