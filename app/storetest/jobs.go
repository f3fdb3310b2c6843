package storetest

import (
	"time"

	"doorward/app"
)

// job is a mail that is due.
func (r *room) job() app.Job {
	now := r.clock.Now()
	return app.Job{Kind: app.JobMail, State: app.JobWaiting, NextAt: now, Payload: []byte(`{"to":"ada"}`), CreatedAt: now}
}

func (r *room) queue(j app.Job) app.Job {
	r.Helper()
	r.update(func(tx app.Tx) (err error) { j.ID, err = tx.InsertJob(j); return err })
	return j
}

// claim takes a mail with a lease of a minute; the zero Job when none is due.
func (r *room) claim(now time.Time) (job app.Job) {
	r.Helper()
	r.update(func(tx app.Tx) error {
		var err error
		if job, err = tx.ClaimJob(app.JobMail, now, now.Add(time.Minute)); err != nil {
			r.noRow("claim", err)
			job = app.Job{}
		}
		return nil
	})
	return job
}

func (r *room) jobIDs(f app.JobFilter) []int64 {
	r.Helper()
	ids := []int64{}
	r.view(func(tx app.Tx) error {
		all, err := tx.ListJobs(f)
		if all == nil {
			r.Errorf("the list is nil")
		}
		for _, j := range all {
			ids = append(ids, j.ID)
		}
		return err
	})
	return ids
}

func jobs() []story {
	return []story{
		{"a job is read back as stored", func(r *room) {
			user := r.someone()
			want := app.Job{
				Kind: app.JobAvatar, State: app.JobFailed, Attempts: 3, NextAt: start, LeaseUntil: start.Add(1000), LastError: "550 no",
				UserID: user.ID, Payload: []byte("{}"), CreatedAt: start.Add(2000), FinishedAt: start.Add(3000),
			}
			want = r.queue(want)
			r.view(func(tx app.Tx) error {
				r.equal("job", try[app.Job](r, "find")(tx.FindJob(want.ID)), want)
				r.equal("in the list", try[[]app.Job](r, "list")(tx.ListJobs(app.JobFilter{Limit: 1})), []app.Job{want})
				return nil
			})
		}},
		{"a job that is not there is no row", func(r *room) {
			r.update(func(tx app.Tx) error {
				_, err := tx.FindJob(999)
				r.noRow("find", err)
				job := r.job()
				job.ID = 999
				r.noRow("update", tx.UpdateJob(job))
				_, err = tx.ClaimJob(app.JobMail, start, start)
				r.noRow("claim", err)
				next := try[time.Time](r, "next")(tx.NextJobAt(app.JobMail))
				r.equal("next is zero", next.IsZero(), true)
				return nil
			})
		}},
		{"the job that is due longest is claimed first", func(r *room) {
			later, sooner, twin := r.job(), r.job(), r.job()
			later.NextAt, sooner.NextAt, twin.NextAt = start, start.Add(-time.Hour), start.Add(-time.Hour)
			later, sooner, twin = r.queue(later), r.queue(sooner), r.queue(twin)
			r.queue(func() app.Job { j := r.job(); j.NextAt = start.Add(time.Microsecond); return j }())
			r.queue(func() app.Job { j := r.job(); j.Kind, j.NextAt = app.JobAvatar, start.Add(-2*time.Hour); return j }())
			for _, want := range []int64{sooner.ID, twin.ID, later.ID, 0} {
				r.equal("claimed", r.claim(start).ID, want)
			}
		}},
		{"a claim marks the job running, leases it and counts the attempt", func(r *room) {
			want := r.queue(r.job())
			want.State, want.LeaseUntil, want.Attempts = app.JobRunning, start.Add(time.Minute), 1
			r.equal("claimed", r.claim(start), want)
			r.view(func(tx app.Tx) error {
				r.equal("stored", try[app.Job](r, "find")(tx.FindJob(want.ID)), want)
				return nil
			})
		}},
		{"a running job can be claimed again once its lease ended", func(r *room) {
			job := r.queue(r.job())
			r.claim(start)
			end := start.Add(time.Minute)
			r.equal("while leased", r.claim(end.Add(-time.Microsecond)).ID, int64(0))
			waiting := r.job()
			waiting.NextAt = end.Add(-time.Second) // due longer than the lease is over
			waiting = r.queue(waiting)
			r.equal("due longer", r.claim(end).ID, waiting.ID)
			again := r.claim(end)
			r.equal("then the leased", again.ID, job.ID)
			r.equal("attempts", again.Attempts, 2)
			r.equal("next is the other's lease's end", r.claim(end).ID, int64(0))
		}},
		{"finished jobs are not claimed", func(r *room) {
			for _, state := range []app.JobState{app.JobDone, app.JobFailed} {
				job := r.job()
				job.State, job.FinishedAt = state, start
				r.queue(job)
			}
			r.equal("claimed", r.claim(start.Add(time.Hour)).ID, int64(0))
		}},
		{"the next time is the earliest start or lease's end of a kind", func(r *room) {
			next := func() (at time.Time) {
				r.view(func(tx app.Tx) (err error) { at, err = tx.NextJobAt(app.JobMail); return err })
				return at
			}
			other := r.job()
			other.Kind, other.NextAt = app.JobAvatar, start.Add(-time.Hour)
			r.queue(other)
			r.equal("none", next().IsZero(), true)
			r.queue(r.job())
			r.equal("waiting", next(), start)
			r.claim(start)
			r.equal("running", next(), start.Add(time.Minute))
			soon := r.job()
			soon.NextAt = start.Add(time.Second)
			r.queue(soon)
			r.equal("both", next(), start.Add(time.Second))
		}},
		{"an update writes what an attempt changes", func(r *room) {
			user := r.someone()
			want := r.job()
			want.UserID = user.ID
			want = r.queue(want)
			written := app.Job{
				ID: want.ID, Kind: app.JobAvatar, State: app.JobDone, Attempts: 7, NextAt: start.Add(1000),
				LastError: "451 later", FinishedAt: start.Add(2000), CreatedAt: start.Add(3000),
			}
			r.update(func(tx app.Tx) error { return tx.UpdateJob(written) })
			want.State, want.Attempts, want.NextAt, want.LastError, want.FinishedAt = app.JobDone, 7, start.Add(1000), "451 later", start.Add(2000)
			r.view(func(tx app.Tx) error {
				got := try[app.Job](r, "find")(tx.FindJob(want.ID))
				r.equal("payload", len(got.Payload), 0)
				got.Payload = want.Payload
				r.equal("job", got, want)
				return nil
			})
		}},
		{"jobs are listed newest first, by each filter and all together", func(r *room) {
			user := r.someone()
			mail, mine, avatar := r.queue(r.job()), r.job(), r.job()
			mine.UserID = user.ID
			mine = r.queue(mine)
			avatar.Kind, avatar.State, avatar.FinishedAt, avatar.UserID = app.JobAvatar, app.JobDone, start, user.ID
			avatar = r.queue(avatar)
			for _, c := range []struct {
				filter app.JobFilter
				want   []int64
			}{
				{app.JobFilter{}, []int64{avatar.ID, mine.ID, mail.ID}},
				{app.JobFilter{Limit: 2}, []int64{avatar.ID, mine.ID}},
				{app.JobFilter{Before: mine.ID}, []int64{mail.ID}},
				{app.JobFilter{Kind: app.JobMail}, []int64{mine.ID, mail.ID}},
				{app.JobFilter{State: app.JobDone}, []int64{avatar.ID}},
				{app.JobFilter{UserID: user.ID}, []int64{avatar.ID, mine.ID}},
				{app.JobFilter{Kind: app.JobMail, State: app.JobWaiting, UserID: user.ID, Before: 1 << 40, Limit: 9}, []int64{mine.ID}},
				{app.JobFilter{State: app.JobRunning}, []int64{}},
			} {
				r.equal("ids", r.jobIDs(c.filter), c.want)
			}
		}},
		{"finished jobs are removed by state and age, a limited number at a time", func(r *room) {
			finished := func(state app.JobState, at time.Time) app.Job {
				job := r.job()
				job.State, job.FinishedAt = state, at
				return r.queue(job)
			}
			for range 3 {
				finished(app.JobDone, start)
			}
			recent := finished(app.JobDone, start.Add(time.Hour))
			failed := finished(app.JobFailed, start)
			waiting := r.queue(r.job())
			for _, want := range []int{2, 1, 0} {
				r.update(func(tx app.Tx) error {
					r.equal("removed", try[int](r, "remove")(tx.DeleteFinishedJobs(app.JobDone, start.Add(time.Hour), 2)), want)
					return nil
				})
			}
			r.equal("left", r.jobIDs(app.JobFilter{}), []int64{waiting.ID, failed.ID, recent.ID})
		}},
		{"an id is never given again", func(r *room) {
			job := r.job()
			job.State, job.FinishedAt = app.JobDone, start
			first := r.queue(job)
			r.update(func(tx app.Tx) error {
				_, err := tx.DeleteFinishedJobs(app.JobDone, start.Add(time.Hour), 9)
				return err
			})
			if second := r.queue(r.job()); second.ID <= first.ID {
				r.Errorf("id %d after %d", second.ID, first.ID)
			}
		}},
	}
}
