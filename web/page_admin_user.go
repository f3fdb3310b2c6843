package web

import (
	"net/http"
	"net/url"

	"doorward/app"
	"doorward/web/view"
)

// getAdminUser shows everything about one account, with every act that may be done on it.
func getAdminUser(c *call) error {
	page, err := c.userPage()
	if err != nil {
		return err
	}
	c.takeNote(&page.Frame)
	page.Picture.Awaited = page.Picture.Awaited || page.Note == view.NoteUserPictureReceived
	return c.show(http.StatusOK, page)
}

// userPage is the page of the account that the path names.
func (c *call) userPage() (*view.User, error) {
	in, err := c.inspect()
	if err != nil {
		return nil, err
	}
	return view.NewUser(c.frame("/admin/users"), &in, c.actor, c.s.accounts.Policy()), nil
}

func (c *call) inspect() (app.Inspection, error) {
	id, err := c.userID()
	if err != nil {
		return app.Inspection{}, err
	}
	return c.s.accounts.InspectUser(c.r.Context(), c.actor, id)
}

// toUser leads to the page of the account, from where something was done to it.
func toUser(c *call) error { return c.toUserPart("", "") }

// toUserPart leads to a part of the account's page.
func (c *call) toUserPart(part string, note view.Note) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	return c.redirect(view.UserPath(id)+part, note)
}

// userAct is a form of an account's page: what it does, what is said afterwards and in which part of the page.
type userAct struct {
	do     func(c *call, id int64, form url.Values) error
	fields []string                                           // of the form, in its order
	put    func(page *view.User, form url.Values, r *refusal) // what was typed, and what is wrong with it; nil where nothing is typed
	note   view.Note
	part   string
}

// post reads the form of an act, does it, and leads back to the page, or shows the page with what is wrong.
func (act userAct) post(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	form, err := c.form()
	if err != nil {
		return err
	}
	if err := act.do(c, id, form); err != nil {
		return c.userRefused(err, act.fields, func(page *view.User, r *refusal) {
			if act.put != nil {
				act.put(page, form, r)
			}
		})
	}
	return c.toUserPart(act.part, act.note)
}

// userRefused shows the account's page as it is now, with what is wrong.
func (c *call) userRefused(err error, fields []string, put func(page *view.User, r *refusal)) error {
	refused, err := c.refuse(err, fields...)
	if err != nil {
		return err
	}
	page, err := c.userPage()
	if err != nil {
		return err
	}
	put(page, &refused)
	refused.tell(&page.Frame)
	return c.show(refused.status, page)
}

func getAdminUserDelete(c *call) error {
	in, err := c.inspect()
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, view.NewUserDelete(c.frame("/admin/users"), &in))
}

func postAdminUserDelete(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	if err := c.s.accounts.DeleteUser(c.r.Context(), c.actor, id); err != nil {
		refused, err := c.refuse(err)
		if err != nil {
			return err
		}
		in, err := c.inspect()
		if err != nil {
			return err
		}
		return c.show(refused.status, view.NewUserDelete(c.frame("/admin/users"), &in))
	}
	return c.redirect("/admin/users", view.NoteUserDeleted)
}
