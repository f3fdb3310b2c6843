package web

import (
	"net/http"
	"net/url"
	"strconv"

	"doorward/app"
	"doorward/web/view"
)

// postAdminBulk asks whether what was chosen is to be done on the accounts that are selected. Where none is, it shows the
// list again, to select some.
func postAdminBulk(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	page, err := c.bulkPage(form)
	if err != nil {
		return c.bulkRefused(err, form)
	}
	return c.show(http.StatusOK, page)
}

func (c *call) bulkRefused(err error, form url.Values) error {
	refused, err := c.refuse(err)
	if err != nil {
		return err
	}
	page, err := c.usersPage(cameFrom(form))
	if err != nil {
		return err
	}
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}

func (c *call) bulkPage(form url.Values) (*view.Bulk, error) {
	act := app.BulkAct(form.Get("act"))
	asked, err := c.s.accounts.AskUsers(c.r.Context(), c.actor, selected(form), act)
	if err != nil {
		return nil, err
	}
	return view.NewBulk(c.frame("/admin/users"), act, asked, listOf(form)), nil
}

// selected are the accounts that a form names. What is no number is nobody's.
func selected(form url.Values) []int64 {
	ids := make([]int64, 0, len(form["id"]))
	for _, text := range form["id"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			id = 0
		}
		ids = append(ids, id)
	}
	return ids
}

// postAdminBulkDone does it, and tells of each account what became of it. It answers with the page itself: a note after a
// redirect can't say so much, and doing it again changes nothing more.
func postAdminBulkDone(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	act := app.BulkAct(form.Get("act"))
	if act == app.BulkUpdate {
		return c.setField(form)
	}
	results, err := c.s.accounts.ActOnUsers(c.r.Context(), c.actor, selected(form), act)
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, view.NewBulkDone(c.frame("/admin/users"), act, results, listOf(form)))
}

// setField gives the accounts that a form names the same value in one field.
func (c *call) setField(form url.Values) error {
	field := readField(form)
	value, err := encodeJSON(field.value)
	if err != nil {
		return err
	}
	own := form.Get("field") // the account's own field, or a custom one of a name
	var results []app.BulkResult
	if own == view.BulkCustom {
		results, err = c.s.accounts.SetUsersCustomField(c.r.Context(), c.actor, selected(form), field.name, value)
		err = besideField(err, field.name)
	} else {
		results, err = c.s.accounts.UpdateUsers(c.r.Context(), c.actor, selected(form), app.Changes{own: value})
	}
	if err != nil {
		return c.setFieldRefused(err, form, field)
	}
	page := view.NewBulkDone(c.frame("/admin/users"), app.BulkUpdate, results, listOf(form))
	page.Field, page.Name, page.Value = own, field.name, field.value
	return c.show(http.StatusOK, page)
}

func (c *call) setFieldRefused(err error, form url.Values, field fieldForm) error {
	refused, err := c.refuse(err, "name", "value", form.Get("field"))
	if err != nil {
		return err
	}
	page, err := c.bulkPage(form)
	if err != nil {
		return err
	}
	page.Field.Field, page.Field.Name, page.Field.Value = form.Get("field"), field.name, field.value
	page.Field.Errors = refused.errors
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}
