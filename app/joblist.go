package app

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// JobQuery chooses a page of the background jobs, as an address or a form says it; "" for none.
type JobQuery struct {
	State    string // one of JobStates
	Kind     string // one of JobKinds; only beside a state
	Cursor   string // the page before's Next
	PageSize string // 1 to 100; 50 by default
}

// JobPage is one page of jobs, newest first. They come without what they are about: a payload names people.
type JobPage struct {
	Jobs []Job
	Next string // the cursor of the next page; "" at the end
}

// JobStates lists the states of a job in the order in which it goes through them.
func JobStates() []JobState { return []JobState{JobWaiting, JobRunning, JobFailed, JobDone} }

// JobKinds lists the kinds of job.
func JobKinds() []JobKind { return []JobKind{JobMail, JobAvatar} }

// ListJobs reads a page of mails and pictures that wait, run, failed or are done, for Admins and Owners.
func (a *Accounts) ListJobs(ctx context.Context, by Actor, q JobQuery) (JobPage, error) {
	if err := administers(by); err != nil {
		return JobPage{}, err
	}
	filter, err := q.filter()
	if err != nil {
		return JobPage{}, err
	}
	size := filter.Limit
	filter.Limit++ // one more tells whether there is a next page
	var page JobPage
	err = a.view(ctx, func(tx Tx) (err error) {
		page.Jobs, err = tx.ListJobs(filter)
		return err
	})
	if len(page.Jobs) > size {
		page.Jobs = page.Jobs[:size]
		page.Next = strconv.FormatInt(page.Jobs[size-1].ID, 10)
	}
	for i := range page.Jobs {
		page.Jobs[i].Payload = nil
	}
	return page, err
}

func (q JobQuery) filter() (JobFilter, error) {
	var errs fieldErrors
	f := JobFilter{
		Kind:   JobKind(q.Kind),
		State:  JobState(q.State),
		Before: readCursor(&errs, q.Cursor),
		Limit:  readPageSize(&errs, q.PageSize, defaultListSize),
	}
	if q.Kind != "" && (q.State == "" || !slices.Contains(JobKinds(), f.Kind)) { // no index has a kind alone
		errs.add("kind", RuleUnknown, "A kind is mail or avatar, beside a state.")
	}
	if q.State != "" && !slices.Contains(JobStates(), f.State) {
		errs.add("state", RuleUnknown, "A job is waiting, running, failed or done.")
	}
	return f, errs.err()
}

// RetryJob makes a failed job due again, as if it had just been queued: a mail gets its 48 hours anew. A mail whose link
// is no longer good ends as failed again; a picture that was given up can't be made again, for its upload is gone. A job
// that waits for its next attempt makes it now, for whoever has mended the mail server, and waits on if it fails.
func (a *Accounts) RetryJob(ctx context.Context, by Actor, id int64) (Job, error) {
	if err := administers(by); err != nil {
		return Job{}, err
	}
	var job Job
	err := a.update(ctx, func(u *unit) (err error) {
		rank, err := u.rankNow(by)
		switch {
		case err != nil:
			return err
		case rank < RankAdmin:
			return errForbidden
		}
		if job, err = u.FindJob(id); err != nil {
			return err
		}
		if err := u.retriable(job); err != nil {
			return err
		}
		if job.State == JobFailed {
			job.State, job.Attempts, job.FinishedAt = JobWaiting, 0, time.Time{}
		}
		job.NextAt = u.Now()
		u.wake[job.Kind] = true
		return u.UpdateJob(job)
	})
	job.Payload = nil
	return job, err
}

// retriable refuses a job that is being done or is done, or that can't succeed.
func (u *unit) retriable(job Job) error {
	if job.State != JobFailed && job.State != JobWaiting {
		return Invalid(FieldError{Field: "state", Rule: RuleNotValid, Message: "Only a job that waits or has failed can be tried again.", Case: "job_not_retriable"})
	}
	if job.Kind != JobAvatar {
		return nil
	}
	var p avatarPayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return errUploadGone
	}
	avatar, err := u.FindAvatar(p.AvatarID)
	if ignoreMissing(err) == nil && avatar.Status != AvatarProcessing {
		return errUploadGone
	}
	return err
}

var errUploadGone = Invalid(FieldError{Field: "state", Rule: RuleNotValid, Message: "This picture was given up, and its upload is gone. It has to be uploaded again.", Case: "upload_gone"})
