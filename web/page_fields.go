package web

import (
	"net/url"
	"strings"

	"doorward/app"
	"doorward/web/view"
)

// fieldForm is a custom field as a form sends it.
type fieldForm struct{ name, value string }

// fieldForm reads the form of one custom field.
func (c *call) fieldForm() (fieldForm, error) {
	form, err := c.form()
	if err != nil {
		return fieldForm{}, err
	}
	return readField(form), nil
}

// readField reads a custom field from a form. Browsers send a line's end as two characters: it is one again here.
func readField(form url.Values) fieldForm {
	return fieldForm{form.Get("name"), strings.ReplaceAll(form.Get("value"), "\r\n", "\n")}
}

// postFieldAdd adds a custom field that holds a text.
func postFieldAdd(c *call) error {
	field, err := c.fieldForm()
	if err != nil {
		return err
	}
	field.name = strings.TrimSpace(field.name)
	value, err := encodeJSON(field.value)
	if err != nil {
		return err
	}
	if _, err := c.s.accounts.AddCustomField(c.r.Context(), c.actor, app.Own(), field.name, value); err != nil {
		return c.fieldRefused(err, field, (*view.Fields).RefusedNew)
	}
	return c.redirect("/account", view.NoteFieldAdded)
}

// postField sets a custom field that is there to another text.
func postField(c *call) error {
	field, err := c.fieldForm()
	if err != nil {
		return err
	}
	value, err := encodeJSON(field.value)
	if err != nil {
		return err
	}
	if _, err := c.s.accounts.SetCustomField(c.r.Context(), c.actor, app.Own(), field.name, value); err != nil {
		return c.fieldRefused(err, field, (*view.Fields).Refused)
	}
	return c.redirect("/account", view.NoteFieldSaved)
}

func postFieldRemove(c *call) error {
	field, err := c.fieldForm()
	if err != nil {
		return err
	}
	if err := c.s.accounts.DeleteCustomField(c.r.Context(), c.actor, app.Own(), field.name); err != nil {
		return c.fieldRefused(err, field, (*view.Fields).Refused)
	}
	return c.redirect("/account", view.NoteFieldRemoved)
}

// fieldRefused shows the profile with what was typed, and what is wrong beside the name or the value.
func (c *call) fieldRefused(err error, field fieldForm, put func(f *view.Fields, name, value string, errors view.Errors)) error {
	refused, err := c.refuse(besideField(err, field.name), "name", "value")
	if err != nil {
		return err
	}
	page := c.profilePage()
	put(&page.Fields, field.name, field.value, refused.errors)
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}

// besideField names the control that each field error is about: app names the custom field itself.
func besideField(err error, name string) error {
	published := app.AsError(err)
	if len(published.Fields) == 0 {
		return err
	}
	moved := make([]app.FieldError, len(published.Fields))
	for i, one := range published.Fields {
		moved[i] = one
		moved[i].Field = "value"
		if one.Field == "key" || one.Field == name {
			moved[i].Field = "name"
		}
	}
	return app.Invalid(moved...)
}
