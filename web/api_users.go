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
	Users      []userView `json:"users" nullable:"false"`
	TotalCount int        `json:"total_count"`
	TotalPages int        `json:"total_pages"`
	Page       int        `json:"page"`
	PageSize   int        `json:"page_size"`
	NextCursor *string    `json:"next_cursor"`
}

func getUsers(c *call) error {
	query := c.r.URL.Query()
	page, problems := number(nil, query, "page", 1)
	size, problems := number(problems, query, "page_size", defaultPageSize)
	if len(problems) > 0 {
		return app.Invalid(problems...)
	}
	found, err := c.s.accounts.ListUsers(c.r.Context(), c.actor, app.UserQuery{Page: page, PageSize: size, Search: query.Get("search")})
	if err != nil {
		return err
	}
	answer := usersAnswer{
		Users: make([]userView, len(found.Users)), TotalCount: found.TotalCount, TotalPages: found.TotalPages,
		Page: found.Page, PageSize: found.PageSize,
	}
	for i := range found.Users {
		answer.Users[i] = c.s.viewUser(&found.Users[i], true)
	}
	return c.sendJSON(http.StatusOK, answer)
}

// number reads a query parameter; what bounds it has is app's to say.
func number(problems []app.FieldError, query url.Values, name string, otherwise int) (int, []app.FieldError) {
	text := query.Get(name)
	if text == "" {
		return otherwise, problems
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, append(problems, app.FieldError{Field: name, Rule: app.RuleOutOfRange, Message: name + " is a whole number from 1."})
	}
	return n, problems
}

func docGetUsers() *operation {
	return &operation{
		id: "listUsers", tag: "Directory", summary: "List accounts", about: "Newest first. Past the last page the list is empty.",
		query: []parameter{
			{"page", huma.TypeInteger, "From 1."}, {"page_size", huma.TypeInteger, "1 to 100, by default 10."},
			{"search", huma.TypeString, "Part of an e-mail, username or name."},
		},
		gives:   []given{{http.StatusOK, "One page.", usersAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}
