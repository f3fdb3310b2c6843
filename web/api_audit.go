package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// auditEntryView is an entry of the audit log. What was erased is null.
type auditEntryView struct {
	ID        int64           `json:"id"`
	At        time.Time       `json:"at"`
	Action    string          `json:"action"`
	Actor     auditActorView  `json:"actor"`
	Target    *auditTarget    `json:"target" doc:"The account that it concerns; null for none."`
	IP        *string         `json:"ip"`
	UserAgent *string         `json:"user_agent"`
	Details   json.RawMessage `json:"details" doc:"What changed, by name; null once it was erased."`
}

type auditActorView struct {
	Kind string  `json:"kind" enum:"user,key,shell,system"`
	ID   *int64  `json:"id" doc:"The account's or key's."`
	Name *string `json:"name"`
}

type auditTarget struct {
	ID    int64   `json:"id"`
	Email *string `json:"email" doc:"As it was then."`
}

type auditAnswer struct {
	Entries    []auditEntryView `json:"entries" nullable:"false"`
	NextCursor *string          `json:"next_cursor" doc:"For the next page; null at the end."`
}

func getAudit(c *call) error {
	query := c.r.URL.Query()
	page, err := c.s.accounts.ListAudit(c.r.Context(), c.actor, app.AuditQuery{
		User: query.Get("user"), Action: query.Get("action"), Since: query.Get("since"),
		Cursor: query.Get("cursor"), PageSize: query.Get("page_size"),
	})
	if err != nil {
		return err
	}
	answer := auditAnswer{make([]auditEntryView, len(page.Entries)), text(page.Next)}
	for i := range page.Entries {
		answer.Entries[i] = viewEntry(&page.Entries[i])
	}
	return c.sendJSON(http.StatusOK, answer)
}

func viewEntry(e *app.AuditEntry) auditEntryView {
	v := auditEntryView{
		ID: e.ID, At: e.At.UTC(), Action: e.Action,
		Actor: auditActorView{string(e.ActorKind), numberOrNull(e.ActorID), text(e.ActorName)},
		IP:    text(e.IP), UserAgent: text(e.UserAgent), Details: e.Details,
	}
	if e.TargetID != 0 {
		v.Target = &auditTarget{e.TargetID, text(e.TargetEmail)}
	}
	return v
}

// numberOrNull is null for none.
func numberOrNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// cursorParameters are those of every list that is read by cursor.
var cursorParameters = []parameter{
	{"cursor", huma.TypeString, "`next_cursor` of the page before."},
	{"page_size", huma.TypeInteger, "1 to 100, by default 50."},
}

func docGetAudit() *operation {
	return &operation{
		id: "listAudit", tag: "Audit", summary: "The audit log",
		about: "Newest first. Conditions can be combined. 30 days after an account's deletion what is personal about it is null.",
		query: append([]parameter{
			{"user", huma.TypeInteger, "An account's id: what happened to it, and what it did."},
			{"action", huma.TypeString, "One of the published actions, such as `user.updated`."},
			{"since", huma.TypeString, "From this time on, RFC 3339."},
		}, cursorParameters...),
		gives:   []given{{http.StatusOK, "One page.", auditAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}
