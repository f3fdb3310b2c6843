package view

import (
	"net/url"
	"slices"
	"time"

	"doorward/app"
)

// Jobs lists background jobs, one page of them.
type Jobs struct {
	Frame
	State app.JobState // "" for all
	Kind  app.JobKind  // "" for all
	Rows  []JobRow
	Later bool   // the page does not begin with the newest
	Next  string // the cursor of the next page; "" at the end
}

// JobRow is one job.
type JobRow struct {
	ID       int64
	Kind     app.JobKind
	State    app.JobState
	Attempts int
	Reason   string // why it failed, or why it waits; "" for none
	UserID   int64  // 0 for no account
	At       time.Time
}

func (*Jobs) template() (file, layout string) { return "admin_jobs", "admin" }

// NewJobs is a page of jobs as it was asked for.
func NewJobs(f Frame, q app.JobQuery, found *app.JobPage) *Jobs {
	p := &Jobs{Frame: f, State: app.JobState(q.State), Kind: app.JobKind(q.Kind), Later: q.Cursor != "", Next: found.Next}
	for _, j := range found.Jobs {
		row := JobRow{ID: j.ID, Kind: j.Kind, State: j.State, Attempts: j.Attempts, Reason: j.LastError, UserID: j.UserID, At: j.FinishedAt}
		switch {
		case j.State == app.JobWaiting:
			row.At = j.NextAt
		case row.At.IsZero():
			row.At = j.CreatedAt
		}
		if j.State == app.JobDone {
			row.Reason = ""
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// States are the choices of a state; "" is all.
func (*Jobs) States() []app.JobState { return append([]app.JobState{""}, app.JobStates()...) }

// To is the list of a state. The kind stays where it can.
func (p *Jobs) To(state app.JobState) string { return JobsPath(string(state), string(p.Kind), "") }

// OfAllKinds is the list of the same state.
func (p *Jobs) OfAllKinds() string { return JobsPath(string(p.State), "", "") }

// Older and Newest are the neighbouring pages.
func (p *Jobs) Older() string { return JobsPath(string(p.State), string(p.Kind), p.Next) }

// Newest is the first page of the list.
func (p *Jobs) Newest() string { return JobsPath(string(p.State), string(p.Kind), "") }

// JobsPath is a list of jobs. What is no choice is left out, so that nothing else can be put into the address.
func JobsPath(state, kind, cursor string) string {
	q := url.Values{}
	if slices.Contains(app.JobStates(), app.JobState(state)) {
		q.Set("state", state)
		if slices.Contains(app.JobKinds(), app.JobKind(kind)) {
			q.Set("kind", kind)
		}
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if len(q) == 0 {
		return "/admin/jobs"
	}
	return "/admin/jobs?" + q.Encode()
}

// Retriable tells a job that can be tried again: one that failed, or that waits since an attempt did not work.
func (r JobRow) Retriable() bool {
	return r.State == app.JobFailed || r.State == app.JobWaiting && r.Attempts > 0
}

// Tried tells whether saying how often it was tried says anything.
func (r JobRow) Tried() bool { return r.Attempts > 1 || r.State == app.JobFailed }

// UserPath is the account's page.
func (r JobRow) UserPath() string { return UserPath(r.UserID) }
