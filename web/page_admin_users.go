package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"doorward/app"
	"doorward/web/view"
)

const (
	// pageSize is how many accounts a page of the directory shows.
	pageSize = 25
	// columnsLife is how long a browser keeps which columns somebody chose.
	columnsLife = 365 * 24 * time.Hour
)

func toUsers(c *call) error { return c.redirect("/admin/users", "") }

func getAdminUsers(c *call) error {
	page, err := c.usersPage(c.r.URL.Query())
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page)
}

// usersPage is the list that a query asks for.
func (c *call) usersPage(query url.Values) (*view.Users, error) {
	number, err := strconv.Atoi(query.Get("page"))
	if err != nil {
		number = 1 // an address that somebody shortened
	}
	asked := view.ReadUsersQuery(query)
	found, err := c.s.accounts.ListUsers(c.r.Context(), c.actor, app.UserQuery{
		Page: number, PageSize: pageSize, Search: asked.Search, Role: asked.Role, Status: asked.Status, Confirmed: asked.Confirmed, Sort: asked.Sort,
	})
	if err != nil {
		return nil, err
	}
	roles, err := c.s.accounts.ListRoles(c.r.Context(), c.actor)
	if err != nil {
		return nil, err
	}
	page := &view.Users{
		Frame: c.frame("/admin/users"), Query: asked, Total: found.TotalCount, TotalIsLeast: found.TotalIsLeast, Page: found.Page,
		Pages: found.TotalPages, More: found.NextCursor != "", Columns: c.columns(),
	}
	for i := range found.Users {
		page.Rows = append(page.Rows, view.NewUserRow(&found.Users[i], c.actor.ID))
	}
	for _, role := range roles {
		page.Roles = append(page.Roles, role.Name)
	}
	return page, nil
}

// postAdminColumns keeps in the browser which columns its person wants.
func postAdminColumns(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	c.s.cookies.write(c.w, c.s.cookies.columnsName(), view.NewColumns(form["column"]).String(), columnsLife)
	return c.redirect("/admin/users"+listOf(form), "")
}

// columnsName is the cookie that holds chosen columns. It is no secret, and says nothing but names of a fixed list.
func (k *cookies) columnsName() string {
	if k.secure {
		return "__Host-doorward_columns"
	}
	return "doorward_columns"
}

func (c *call) columns() view.Columns {
	kept, _ := c.cookie(c.s.cookies.columnsName())
	return view.ParseColumns(kept)
}

// cameFrom is the query of the list that a form came from.
func cameFrom(form url.Values) url.Values {
	query, err := url.ParseQuery(strings.TrimPrefix(form.Get("return"), "?"))
	if err != nil {
		return url.Values{}
	}
	return query
}

// listOf is the list that a form came from, as the query of its address: nothing but what the list itself asks for.
func listOf(form url.Values) string {
	query := cameFrom(form)
	page, err := strconv.Atoi(query.Get("page"))
	if err != nil {
		page = 1
	}
	return view.ReadUsersQuery(query).At(page)
}
