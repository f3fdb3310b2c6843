package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"doorward/app"
	"doorward/web/view"
)

// pictureWait is how long an upload's answer waits for its picture: nearly every one is ready within.
const pictureWait = 4 * time.Second

func toAccount(c *call) error { return c.redirect("/account", "") }

// getAccount shows the profile, or to an account that is to confirm its address first, how.
func getAccount(c *call) error {
	if c.s.accounts.IsLimited(c.actor.User) {
		return c.show(http.StatusOK, c.unconfirmedPage())
	}
	page := c.profilePage()
	c.takeNote(&page.Frame)
	page.Picture.Awaited = page.Picture.Awaited || page.Note == view.NotePictureReceived
	return c.show(http.StatusOK, page)
}

func (c *call) unconfirmedPage() *view.Unconfirmed {
	return &view.Unconfirmed{Frame: c.frame("/account"), Kept: c.s.accounts.MailIsKept()}
}

func (c *call) profilePage() *view.Profile {
	u := c.actor.User
	return &view.Profile{
		Frame: c.frame("/account"), FirstName: u.FirstName, LastName: u.LastName, Username: u.Username, Timezone: u.Timezone, Locale: u.Locale,
		Picture: view.NewPicture(u, c.s.accounts.Policy().AvatarMaxBytes), Fields: view.NewFields(u.CustomFields),
	}
}

// profileFields are what the profile's form holds, in its order.
var profileFields = [...]string{"first_name", "last_name", "username", "user_timezone"}

func postProfile(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	changes, err := changesOf(form, profileFields[:]...)
	if err != nil {
		return err
	}
	switch checkOnly, err := c.checkOnly(); {
	case err != nil:
		return err
	case checkOnly:
		return c.hint(c.s.accounts.CheckUpdate(c.actor, changes))
	}
	if _, err := c.s.accounts.UpdateProfile(c.r.Context(), c.actor, changes); err != nil {
		refused, err := c.refuse(err, profileFields[:]...)
		if err != nil {
			return err
		}
		page := c.profilePage()
		page.FirstName, page.LastName = form.Get("first_name"), form.Get("last_name")
		page.Username, page.Timezone = form.Get("username"), form.Get("user_timezone")
		page.Errors = refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.redirect("/account", view.NoteProfileSaved)
}

// changesOf are those of the fields that a form sent, as texts.
func changesOf(form url.Values, fields ...string) (app.Changes, error) {
	changes := app.Changes{}
	for _, field := range fields {
		if !form.Has(field) {
			continue
		}
		value, err := encodeJSON(form.Get(field))
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", field, err)
		}
		changes[field] = value
	}
	return changes, nil
}

func postLanguage(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	if _, err := c.s.accounts.SetLocale(c.r.Context(), c.actor, app.Own(), form.Get("preferred_locale")); err != nil {
		refused, err := c.refuse(err, "preferred_locale")
		if err != nil {
			return err
		}
		page := c.profilePage()
		page.LocaleErrors = refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.redirect("/account", view.NoteLanguageSaved)
}

// postPicture takes an upload. Its answer comes when the picture is made, or else says that it will be.
func postPicture(c *call) error {
	upload, err := c.upload()
	if err != nil {
		return c.pictureRefused(err)
	}
	avatar, err := c.s.accounts.UploadAvatar(c.r.Context(), c.actor, upload, pictureWait)
	if err != nil {
		return c.pictureRefused(err)
	}
	switch avatar.Status {
	case app.AvatarReady:
		return c.redirect("/account", view.NotePictureChanged)
	case app.AvatarFailed:
		return c.pictureRefused(app.Invalid(app.FieldError{Field: "file", Rule: app.RuleNotValid, Case: avatar.Error}))
	}
	return c.redirect("/account", view.NotePictureReceived)
}

func (c *call) pictureRefused(err error) error {
	refused, err := c.refuse(err, "file")
	if err != nil {
		return err
	}
	page := c.profilePage()
	page.Picture.Refuse(refused.errors, refused.alert)
	return c.show(refused.status, page)
}

func postPictureRemove(c *call) error {
	if err := c.s.accounts.RemoveAvatar(c.r.Context(), c.actor); err != nil {
		return err
	}
	return c.redirect("/account", view.NotePictureRemoved)
}

// postAccountConfirmation mails another link to the account that waits for it.
func postAccountConfirmation(c *call) error {
	err := c.s.accounts.RequestOwnConfirmation(c.r.Context(), c.actor)
	switch {
	case err == nil:
		return c.redirect("/account", view.NoteConfirmationSent)
	case app.AsError(err).Code == app.CodeAlreadyConfirmed:
		return c.redirect("/account", view.NoteAlreadyConfirmed)
	}
	refused, err := c.refuse(err)
	if err != nil {
		return err
	}
	page := c.unconfirmedPage()
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}
