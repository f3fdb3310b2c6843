package web

import (
	"net/http"
	"time"

	"doorward/app"
	"doorward/web/view"
)

func getAdminAudit(c *call) error {
	frame, query := c.frame("/admin/audit"), c.r.URL.Query()
	asked := app.AuditQuery{
		User: query.Get("user"), Action: query.Get("action"), Since: sinceDay(query.Get("since"), frame.Zone), Cursor: query.Get("cursor"),
	}
	found, err := c.s.accounts.ListAudit(c.r.Context(), c.actor, asked)
	if err != nil {
		refused, err := c.refuse(err, "user", "action", "since")
		if err != nil {
			return err
		}
		page := view.NewAuditLog(frame, asked, nil)
		page.Errors = refused.errors
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.show(http.StatusOK, view.NewAuditLog(frame, asked, &found))
}

// sinceDay is the beginning of a day, as a field for dates sends it, where whoever asks is. Anything else stays as it is.
func sinceDay(text string, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return text
	}
	return day.Format(time.RFC3339)
}
