package web

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// jobView is a job, without what it is about.
type jobView struct {
	ID        int64      `json:"id"`
	Kind      string     `json:"kind" enum:"mail,avatar"`
	State     string     `json:"state" enum:"waiting,running,failed,done"`
	Attempts  int        `json:"attempts"`
	NextAt    *time.Time `json:"next_at" doc:"When it is due; null once it is done or failed."`
	LastError *string    `json:"last_error" doc:"Why the last attempt did not work."`
	UserID    *int64     `json:"user_id"`
}

type jobsAnswer struct {
	Jobs       []jobView `json:"jobs" nullable:"false"`
	NextCursor *string   `json:"next_cursor" doc:"For the next page; null at the end."`
}

type jobAnswer struct {
	Job jobView `json:"job"`
}

func viewJob(j *app.Job) jobView {
	v := jobView{
		ID: j.ID, Kind: string(j.Kind), State: string(j.State), Attempts: j.Attempts,
		LastError: text(j.LastError), UserID: numberOrNull(j.UserID),
	}
	if j.State == app.JobWaiting || j.State == app.JobRunning {
		v.NextAt = moment(j.NextAt)
	}
	return v
}

func getJobs(c *call) error {
	query := c.r.URL.Query()
	page, err := c.s.accounts.ListJobs(c.r.Context(), c.actor, app.JobQuery{
		State: query.Get("state"), Cursor: query.Get("cursor"), PageSize: query.Get("page_size"),
	})
	if err != nil {
		return err
	}
	answer := jobsAnswer{make([]jobView, len(page.Jobs)), text(page.Next)}
	for i := range page.Jobs {
		answer.Jobs[i] = viewJob(&page.Jobs[i])
	}
	return c.sendJSON(http.StatusOK, answer)
}

func docGetJobs() *operation {
	return &operation{
		id: "listJobs", tag: "Jobs", summary: "Mails and pictures in the background",
		about:   "Newest first. What is done or failed goes after a week.",
		query:   append([]parameter{{"state", huma.TypeString, "waiting, running, failed or done."}}, cursorParameters...),
		gives:   []given{{http.StatusOK, "One page.", jobsAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

func postJobRetry(c *call) error {
	id, err := c.pathID()
	if err != nil {
		return err
	}
	job, err := c.s.accounts.RetryJob(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, jobAnswer{viewJob(&job)})
}

func docPostJobRetry() *operation {
	return &operation{
		id: "retryJob", tag: "Jobs", summary: "Try a job again that failed or waits",
		about:   "It is due at once. A mail whose link is no longer good fails again. A job that runs or is done, or a picture whose upload is gone, is refused with `not_valid` on `state`.",
		gives:   []given{{http.StatusOK, "The job, waiting.", jobAnswer{}}},
		refuses: []app.Code{app.CodeNotFound, app.CodeValidationFailed},
	}
}
