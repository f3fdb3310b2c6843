package web

import (
	"net/http"
	"net/url"

	"doorward/app"
	"doorward/web/view"
)

func getAdminUserNew(c *call) error {
	choices, err := c.s.accounts.NewUserChoices(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	page := c.newUserPage(choices, choices.Role)
	page.Active = choices.Active
	return c.show(http.StatusOK, page)
}

func (c *call) newUserPage(choices app.NewUserChoices, roles ...string) *view.UserNew {
	return &view.UserNew{
		Frame: c.frame("/admin/users"), Rule: view.NewRule(c.s.accounts.Policy()), Roles: view.NewRoles(choices.Roles, roles...),
	}
}

// postAdminUserNew makes an account. Without a password, the person is invited to set one.
func postAdminUserNew(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	active := form.Get("is_active") == "true"
	in := app.NewUserInput{
		Email: form.Get("email"), Username: form.Get("username"), FirstName: form.Get("first_name"), LastName: form.Get("last_name"),
		Roles: append([]string{}, form["roles"]...), Confirmed: form.Get("confirmed") == "true", IsActive: &active,
		Timezone: form.Get("user_timezone"), Locale: form.Get("preferred_locale"),
	}
	if password := app.Secret(form.Get("password")); password != "" {
		in.Password = &password
	}
	user, err := c.s.accounts.CreateUser(c.r.Context(), c.actor, in)
	if err != nil {
		return c.newUserRefused(err, form, in)
	}
	note := view.NoteUserMade
	switch {
	case in.Password != nil:
	case c.s.accounts.MailIsKept():
		note = view.NoteUserInvitedKept
	default:
		note = view.NoteUserInvited
	}
	return c.redirect(view.UserPath(user.ID), note)
}

func (c *call) newUserRefused(err error, form url.Values, in app.NewUserInput) error {
	refused, err := c.refuse(err, view.UserNewFields()...)
	if err != nil {
		return err
	}
	choices, err := c.s.accounts.NewUserChoices(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	page := c.newUserPage(choices, form["roles"]...)
	page.Email, page.Username, page.FirstName, page.LastName = in.Email, in.Username, in.FirstName, in.LastName
	page.Timezone, page.Locale, page.Confirmed, page.Active = in.Timezone, in.Locale, in.Confirmed, *in.IsActive
	page.Errors = refused.errors
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}
