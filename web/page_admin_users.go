package web

import (
	"net/http"
	"strconv"

	"doorward/app"
	"doorward/web/view"
)

// pageSize is how many accounts a page of the directory shows.
const pageSize = 25

func getAdminUsers(c *call) error {
	query := c.r.URL.Query()
	number, err := strconv.Atoi(query.Get("page"))
	if err != nil {
		number = 1 // an address that somebody shortened
	}
	found, err := c.s.accounts.ListUsers(c.r.Context(), c.actor, app.UserQuery{Page: number, PageSize: pageSize, Search: query.Get("search")})
	if err != nil {
		return err
	}
	page := &view.Users{
		Frame: c.frame("/admin/users"), Search: query.Get("search"), Total: found.TotalCount, Least: found.TotalIsLeast,
		More: found.NextCursor != "", Page: found.Page, Pages: found.TotalPages,
	}
	for i := range found.Users {
		page.Rows = append(page.Rows, view.NewUserRow(&found.Users[i], c.actor.ID))
	}
	return c.show(http.StatusOK, page)
}
