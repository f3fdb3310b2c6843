package web

import (
	"net/http"
	"strconv"

	"doorward/app"
	"doorward/web/view"
)

const keysPath = "/admin/keys"

func toKeys(c *call) error { return c.redirect(keysPath, "") }

func getAdminKeys(c *call) error {
	page, err := c.keysPage()
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page)
}

func (c *call) keysPage() (*view.Keys, error) {
	keys, err := c.s.accounts.ListKeys(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	roles, err := c.s.accounts.ListRoles(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	return view.NewKeys(c.frame(keysPath), keys, roles), nil
}

// postAdminKeys makes a key. Its secret is in this answer and nowhere else, so that no redirect follows; sent again, the
// name is taken.
func postAdminKeys(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	key, secret, err := c.s.accounts.CreateKey(c.r.Context(), c.actor, app.KeyInput{
		Name: form.Get("name"), Role: form.Get("role"), Current: app.Secret(form.Get("current_password")),
	})
	if err != nil {
		refused, err := c.refuse(err, "name", "role", "current_password")
		if err != nil {
			return err
		}
		page, err := c.keysPage()
		if err != nil {
			return err
		}
		page.Name, page.Role, page.Errors = form.Get("name"), form.Get("role"), refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	page, err := c.keysPage()
	if err != nil {
		return err
	}
	page.Made = &view.MadeKey{Name: key.Name, Secret: secret}
	return c.show(http.StatusCreated, page)
}

func postAdminKey(c *call) error {
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	if err != nil {
		return errNotFound
	}
	if err := c.s.accounts.RevokeKey(c.r.Context(), c.actor, id); err != nil {
		return err
	}
	return c.redirect(keysPath, view.NoteKeyRevoked)
}
