package web

import (
	"net/http"
	"strconv"

	"doorward/app"
	"doorward/web/view"
)

func toJobs(c *call) error { return c.redirect("/admin/jobs", "") }

func getAdminJobs(c *call) error {
	query := c.r.URL.Query()
	page, err := c.jobsPage(app.JobQuery{State: query.Get("state"), Kind: query.Get("kind"), Cursor: query.Get("cursor")})
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page)
}

func (c *call) jobsPage(query app.JobQuery) (*view.Jobs, error) {
	found, err := c.s.accounts.ListJobs(c.r.Context(), c.actor, query)
	if err != nil {
		return nil, err
	}
	return view.NewJobs(c.frame("/admin/jobs"), query, &found), nil
}

// postAdminJob tries a failed job again, and comes back to the list that it was in.
func postAdminJob(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	if err != nil {
		return errNotFound
	}
	if _, err := c.s.accounts.RetryJob(c.r.Context(), c.actor, id); err != nil {
		refused, err := c.refuse(err)
		if err != nil {
			return err
		}
		page, err := c.jobsPage(app.JobQuery{State: form.Get("state"), Kind: form.Get("kind")})
		if err != nil {
			return err
		}
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	return c.redirect(view.JobsPath(form.Get("state"), form.Get("kind"), ""), view.NoteJobRetried)
}
