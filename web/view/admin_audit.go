package view

import (
	"net/url"
	"time"

	"doorward/app"
)

// AuditLog is one page of the audit log.
type AuditLog struct {
	Frame
	User   string // as asked for
	UserID int64  // of the account that this names; 0 for none
	Action string
	Since  string
	Errors Errors // of user, action and since
	Lines  []AuditLine
	Later  bool   // the page does not begin with the newest
	Next   string // the cursor of the next page; "" at the end
}

func (*AuditLog) template() (file, layout string) { return "admin_audit", "admin" }

// NewAuditLog is a page of the log as it was asked for; found is nil where the question was refused.
func NewAuditLog(f Frame, q app.AuditQuery, found *app.AuditPage) *AuditLog {
	p := &AuditLog{Frame: f, User: q.User, Action: q.Action, Since: q.Since, Later: q.Cursor != ""}
	if found != nil {
		p.Next, p.UserID = found.Next, found.UserID
		for i := range found.Entries {
			p.Lines = append(p.Lines, NewAuditLine(&found.Entries[i]))
		}
	}
	return p
}

// Actions are the choices of an action.
func (*AuditLog) Actions() []string { return app.AuditActions() }

// SinceDay is the day that the page begins with, as a field for dates holds it.
func (p *AuditLog) SinceDay() string {
	since, err := time.Parse(time.RFC3339, p.Since)
	if err != nil {
		return p.Since
	}
	if p.Zone != nil {
		since = since.In(p.Zone)
	}
	return since.Format(time.DateOnly)
}

// Narrow tells a page of less than all there is.
func (p *AuditLog) Narrow() bool { return p.User != "" || p.Action != "" || p.Since != "" }

// Older is the next page, and Newest the first one of the same question.
func (p *AuditLog) Older() string { return p.at(p.Next) }

// Newest is the first page.
func (p *AuditLog) Newest() string { return p.at("") }

func (p *AuditLog) at(cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{"user": p.User, "action": p.Action, "since": p.Since, "cursor": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/admin/audit"
	}
	return "/admin/audit?" + q.Encode()
}

// UserPath is the page of the account that is asked about, "" for none. It may be gone.
func (p *AuditLog) UserPath() string {
	if p.UserID == 0 {
		return ""
	}
	return UserPath(p.UserID)
}
