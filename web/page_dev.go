package web

import (
	"net/http"
	"slices"
	"strconv"

	"doorward/app"
	"doorward/app/lang"
	"doorward/web/view"
)

// getDev shows what development is for: mails, accounts to sign in as, the clock, the way back.
func getDev(c *call) error {
	users, err := c.s.accounts.ListUsers(c.r.Context(), app.System(), app.UserQuery{Page: 1, PageSize: 50})
	if err != nil {
		return err
	}
	page := &view.Dev{Frame: c.devFrame()}
	for i := range slices.Backward(users.Users) {
		u := &users.Users[i]
		page.Accounts = append(page.Accounts, view.DevAccount{Email: u.Email, Roles: u.Roles})
	}
	for _, m := range c.s.options.Dev.Accounts.Mails().List("") {
		page.Mails = append(page.Mails, view.DevMailRow{ID: m.ID, To: m.To, Subject: m.Subject, At: m.At})
	}
	return c.show(http.StatusOK, page)
}

// devFrame is the frame of a page for developers, which is in English alone.
func (c *call) devFrame() view.Frame {
	frame := c.frame("")
	frame.Lang = lang.English
	return frame
}

func getDevMail(c *call) error {
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	for _, m := range c.s.options.Dev.Accounts.Mails().List("") {
		if err == nil && m.ID == id {
			return c.show(http.StatusOK, &view.DevMail{Frame: c.devFrame(), To: m.To, Subject: m.Subject, At: m.At, Text: m.Text})
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
	page := &view.StoryBook{Frame: c.devFrame()}
	for _, story := range view.Stories() {
		page.Names = append(page.Names, story.Name)
	}
	return c.show(http.StatusOK, page)
}

// getStory shows one page, in its story's own language or else in the one that `?lang=` names.
func getStory(c *call) error {
	for _, story := range view.Stories() {
		if story.Name == c.r.PathValue("name") {
			if frame, asked := story.Page.Around(), c.r.URL.Query().Get("lang"); frame.Lang == "" && c.s.offer.Offers(asked) {
				frame.Lang = asked
			}
			return c.show(http.StatusOK, story.Page)
		}
	}
	return errNotFound
}
