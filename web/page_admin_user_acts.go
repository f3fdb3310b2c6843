package web

import (
	"net/url"
	"strings"

	"doorward/app"
	"doorward/web/view"
)

// The forms of an account's page, in the order of its parts. Each calls one operation.

var postAdminUser = userAct{
	do: func(c *call, id int64, form url.Values) error {
		changes, err := changesOf(form, profileFields[:]...)
		if err != nil {
			return err
		}
		_, err = c.s.accounts.UpdateUser(c.r.Context(), c.actor, id, changes)
		return err
	},
	fields: profileFields[:],
	put: func(page *view.User, form url.Values, r *refusal) {
		page.Names = view.Names{
			FirstName: form.Get("first_name"), LastName: form.Get("last_name"), Username: form.Get("username"),
			Timezone: form.Get("user_timezone"), Errors: r.errors,
		}
	},
	note: view.NoteUserSaved,
}.post

var postAdminUserLanguage = userAct{
	do: func(c *call, id int64, form url.Values) error {
		_, err := c.s.accounts.SetLocale(c.r.Context(), c.actor, app.UserOf(id), form.Get("preferred_locale"))
		return err
	},
	fields: []string{"preferred_locale"},
	put:    func(page *view.User, _ url.Values, r *refusal) { page.LocaleWrong = r.errors },
	note:   view.NoteUserLanguageSaved,
}.post

var postAdminUserEmail = userAct{
	do: func(c *call, id int64, form url.Values) error {
		changes, err := changesOf(form, "email")
		if err != nil {
			return err
		}
		_, err = c.s.accounts.UpdateUser(c.r.Context(), c.actor, id, changes)
		return err
	},
	fields: []string{"email"},
	put: func(page *view.User, form url.Values, r *refusal) {
		page.NewEmail, page.EmailErrors = form.Get("email"), r.errors
	},
	note: view.NoteUserEmailSaved, part: "#email-part",
}.post

var postAdminUserConfirm = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		_, err := c.s.accounts.ConfirmUser(c.r.Context(), c.actor, id)
		return err
	},
	note: view.NoteUserConfirmed, part: "#email-part",
}.post

var postAdminUserUnconfirm = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		_, err := c.s.accounts.UnconfirmUser(c.r.Context(), c.actor, id)
		return err
	},
	note: view.NoteUserUnconfirmed, part: "#email-part",
}.post

var postAdminUserConfirmation = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		return c.s.accounts.SendUserConfirmation(c.r.Context(), c.actor, id)
	},
	note: view.NoteUserMailed, part: "#email-part",
}.post

var postAdminUserRoleGive = userAct{
	do: func(c *call, id int64, form url.Values) error {
		_, err := c.s.accounts.AssignRole(c.r.Context(), c.actor, id, form.Get("role"))
		return err
	},
	note: view.NoteUserRoleGiven, part: "#roles",
}.post

var postAdminUserRoleTake = userAct{
	do: func(c *call, id int64, form url.Values) error {
		_, err := c.s.accounts.RemoveRole(c.r.Context(), c.actor, id, form.Get("role"))
		return err
	},
	note: view.NoteUserRoleTaken, part: "#roles",
}.post

var postAdminUserActivate = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		_, err := c.s.accounts.SetUserStatus(c.r.Context(), c.actor, id, true)
		return err
	},
	note: view.NoteUserActivated, part: "#status",
}.post

var postAdminUserDeactivate = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		_, err := c.s.accounts.SetUserStatus(c.r.Context(), c.actor, id, false)
		return err
	},
	note: view.NoteUserDeactivated, part: "#status",
}.post

var postAdminUserPassword = userAct{
	do: func(c *call, id int64, form url.Values) error {
		return c.s.accounts.SetUserPassword(c.r.Context(), c.actor, id, app.PasswordInput{
			Password: app.Secret(form.Get("password")), Confirmation: secretOf(form, "password_confirmation"),
		})
	},
	fields: []string{"password"},
	put:    func(page *view.User, _ url.Values, r *refusal) { page.PassErrors = r.errors },
	note:   view.NoteUserPasswordSet, part: "#password-part",
}.post

var postAdminUserSessions = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		return c.s.accounts.EndUserSessions(c.r.Context(), c.actor, id)
	},
	note: view.NoteUserSessionsEnded, part: "#sessions",
}.post

var postAdminUserSession = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		return c.s.accounts.EndUserSession(c.r.Context(), c.actor, id, c.r.PathValue("session"))
	},
	note: view.NoteSessionEnded, part: "#sessions",
}.post

var postAdminUserPictureRemove = userAct{
	do: func(c *call, id int64, _ url.Values) error {
		return c.s.accounts.RemoveUserAvatar(c.r.Context(), c.actor, id)
	},
	note: view.NoteUserPictureRemoved, part: "#picture-part",
}.post

// postAdminUserPicture takes an upload. Its answer comes when the picture is made, or else says that it will be.
func postAdminUserPicture(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	upload, err := c.upload()
	if err != nil {
		return c.userPictureRefused(err)
	}
	avatar, err := c.s.accounts.UploadUserAvatar(c.r.Context(), c.actor, id, upload, pictureWait)
	switch {
	case err != nil:
		return c.userPictureRefused(err)
	case avatar.Status == app.AvatarReady:
		return c.toUserPart("#picture-part", view.NoteUserPictureChanged)
	case avatar.Status == app.AvatarFailed:
		return c.userPictureRefused(app.Invalid(app.FieldError{Field: "file", Rule: app.RuleNotValid, Case: avatar.Error}))
	}
	return c.toUserPart("#picture-part", view.NoteUserPictureReceived)
}

func (c *call) userPictureRefused(err error) error {
	return c.userRefused(err, []string{"file"}, func(page *view.User, r *refusal) {
		page.Picture.Refuse(r.errors, r.alert)
		r.alert = nil // it stands beside the picture
	})
}

// Custom fields: errors of app name the field itself, a form its two controls.

var fieldControls = []string{"name", "value"}

var postAdminUserField = userAct{
	do: func(c *call, id int64, form url.Values) error {
		field, value, err := fieldOf(form)
		if err != nil {
			return err
		}
		_, err = c.s.accounts.SetCustomField(c.r.Context(), c.actor, app.UserOf(id), field.name, value)
		return besideField(err, field.name)
	},
	fields: fieldControls,
	put: func(page *view.User, form url.Values, r *refusal) {
		page.Fields.Refused(form.Get("name"), form.Get("value"), r.errors)
	},
	note: view.NoteUserFieldSaved, part: "#fields",
}.post

var postAdminUserFieldAdd = userAct{
	do: func(c *call, id int64, form url.Values) error {
		field, value, err := fieldOf(form)
		if err != nil {
			return err
		}
		field.name = strings.TrimSpace(field.name)
		_, err = c.s.accounts.AddCustomField(c.r.Context(), c.actor, app.UserOf(id), field.name, value)
		return besideField(err, field.name)
	},
	fields: fieldControls,
	put: func(page *view.User, form url.Values, r *refusal) {
		page.Fields.RefusedNew(form.Get("name"), form.Get("value"), r.errors)
	},
	note: view.NoteUserFieldAdded, part: "#fields",
}.post

var postAdminUserFieldRemove = userAct{
	do: func(c *call, id int64, form url.Values) error {
		field, _, err := fieldOf(form)
		if err != nil {
			return err
		}
		return besideField(c.s.accounts.DeleteCustomField(c.r.Context(), c.actor, app.UserOf(id), field.name), field.name)
	},
	fields: fieldControls,
	put: func(page *view.User, form url.Values, r *refusal) {
		page.Fields.Refused(form.Get("name"), form.Get("value"), r.errors)
	},
	note: view.NoteUserFieldRemoved, part: "#fields",
}.post

// fieldOf is a custom field that holds a text.
func fieldOf(form url.Values) (field fieldForm, value []byte, err error) {
	field = readField(form)
	value, err = encodeJSON(field.value)
	return field, value, err
}
