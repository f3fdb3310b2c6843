package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

const defaultPageSize = 10

type usersAnswer struct {
	Users        []userView `json:"users" nullable:"false"`
	TotalCount   int        `json:"total_count" doc:"All that fit, whatever the page."`
	TotalIsLeast bool       `json:"total_is_least" doc:"There are more: with a search, counting stops at 1,000."`
	TotalPages   int        `json:"total_pages"`
	Page         *int       `json:"page" doc:"null where a cursor was followed."`
	PageSize     int        `json:"page_size"`
	NextCursor   *string    `json:"next_cursor" doc:"Leads on behind the last account of users; null at the end."`
}

func getUsers(c *call) error {
	found, err := c.s.accounts.ListUsers(c.r.Context(), c.actor, userQuery(c.r.URL.Query()))
	if err != nil {
		return err
	}
	answer := usersAnswer{
		Users: make([]userView, len(found.Users)), TotalCount: found.TotalCount, TotalIsLeast: found.TotalIsLeast,
		TotalPages: found.TotalPages, PageSize: found.PageSize, NextCursor: text(found.NextCursor),
	}
	if found.Page != 0 {
		answer.Page = &found.Page
	}
	for i := range found.Users {
		answer.Users[i] = c.s.viewUser(&found.Users[i], true)
	}
	return c.sendJSON(http.StatusOK, answer)
}

// userQuery reads how a list of accounts is asked for; what of it is good is app's to say.
func userQuery(query url.Values) app.UserQuery {
	q := app.UserQuery{
		PageSize: pageNumber(query, "page_size", defaultPageSize), Cursor: query.Get("cursor"), Search: query.Get("search"),
		Role: query.Get("role"), Status: query.Get("status"), Confirmed: query.Get("confirmed"), Sort: query.Get("sort"),
	}
	first := 1
	if q.Cursor != "" {
		first = 0
	}
	q.Page = pageNumber(query, "page", first)
	return q
}

// pageNumber reads a number from 1; whatever is none counts as -1, which is out of every range.
func pageNumber(query url.Values, name string, otherwise int) int {
	text := query.Get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return -1
	}
	return n
}

func docGetUsers() *operation {
	return &operation{
		id: "listUsers", tag: "Directory", summary: "List accounts",
		about: "Newest first, unless sort says otherwise. Past the last page the list is empty. By cursor each account comes exactly once, " +
			"whatever is added meanwhile. All filters can be combined.",
		query: []parameter{
			{"page", huma.TypeInteger, "From 1; not together with cursor."},
			{"page_size", huma.TypeInteger, "1 to 100, by default 10."},
			{"cursor", huma.TypeString, "The next_cursor of this list's last answer; every other parameter but page_size as it was."},
			{"role", huma.TypeString, "A role's exact name, or `all`. Nobody holds an unknown one."},
			{"search", huma.TypeString, "Part of an e-mail, username, first or last name, without regard to case."},
			{"status", huma.TypeString, "`active` or `inactive`."},
			{"confirmed", huma.TypeBoolean, "Whether the address is confirmed."},
			{"sort", huma.TypeString, "`created_at`, `email`, `username`, `last_name` or `last_seen_at`, with `-` in front for descending. " +
				"Who has none of it comes before who does."},
		},
		gives:   []given{{http.StatusOK, "One page.", usersAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}
