package web

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// userSessionView is a session with the account that it belongs to.
type userSessionView struct {
	sessionView
	User userView `json:"user"`
}

type allSessionsAnswer struct {
	Sessions     []userSessionView `json:"sessions" nullable:"false"`
	TotalCount   int               `json:"total_count"`
	TotalIsLeast bool              `json:"total_is_least" doc:"A search found so many that it stopped to count."`
	TotalPages   int               `json:"total_pages"`
	Page         int               `json:"page"`
	PageSize     int               `json:"page_size"`
}

func getAllSessions(c *call) error {
	query := c.r.URL.Query()
	found, err := c.s.accounts.ListAllSessions(c.r.Context(), c.actor, app.SessionQuery{
		Page: pageNumber(query, "page", 1), PageSize: pageNumber(query, "page_size", defaultPageSize), Search: query.Get("search"),
	})
	if err != nil {
		return err
	}
	answer := allSessionsAnswer{
		Sessions: make([]userSessionView, len(found.Sessions)), TotalCount: found.TotalCount, TotalIsLeast: found.TotalIsLeast,
		TotalPages: found.TotalPages, Page: found.Page, PageSize: found.PageSize,
	}
	for i := range found.Sessions {
		one := &found.Sessions[i]
		current := c.checked != nil && one.ID == c.checked.Session.ID
		fingerprint := c.s.accounts.SessionFingerprint(&one.Session, c.client)
		answer.Sessions[i] = userSessionView{viewSession(&one.Session, current, fingerprint), c.s.viewUser(&one.User, true)}
	}
	return c.sendJSON(http.StatusOK, answer)
}

func docGetAllSessions() *operation {
	return &operation{
		id: "listSessions", tag: "Sessions", summary: "Everybody's sessions",
		about: "Valid ones only, newest first. Past the last page the list is empty. `fingerprint` compares with the client that asks.",
		query: []parameter{
			{"page", huma.TypeInteger, "From 1."}, {"page_size", huma.TypeInteger, "1 to 100, by default 10."},
			{"search", huma.TypeString, "Part of the account's e-mail, username or name."},
		},
		gives:   []given{{http.StatusOK, "One page.", allSessionsAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

type sessionStatsAnswer struct {
	Active int `json:"active" doc:"Valid sessions."`
	Users  int `json:"users" doc:"Accounts that have one."`
	Today  int `json:"today" doc:"Those of the valid ones that were made since midnight, UTC."`
}

func getSessionStats(c *call) error {
	stats, err := c.s.accounts.GetSessionStats(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, sessionStatsAnswer(stats))
}

func docGetSessionStats() *operation {
	return &operation{
		id: "getSessionStats", tag: "Sessions", summary: "How many sessions there are",
		gives: []given{{http.StatusOK, "The counts.", sessionStatsAnswer{}}},
	}
}
