package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

const (
	// jobPoll is the net under the wakers: how long a worker sleeps at most.
	jobPoll = 15 * time.Second
	// jobMostWait is longer than any job is put off for.
	jobMostWait = 3 * time.Hour
	// jobGrace is how long a job may go on once the server is told to stop.
	jobGrace = 10 * time.Second
	// jobKeep is how long finished jobs are shown.
	jobKeep = 7 * 24 * time.Hour
)

// outcome is what became of one attempt at a job.
type outcome struct {
	state   JobState
	reason  string
	wait    time.Duration // with JobWaiting
	payload []byte        // with JobWaiting: what the job is to know from now on; nil for no change
}

func done() outcome                { return outcome{state: JobDone} }
func failed(reason string) outcome { return outcome{state: JobFailed, reason: reason} }
func again(reason string, wait time.Duration) outcome {
	return outcome{state: JobWaiting, reason: reason, wait: wait}
}

// waker wakes one sleeping worker, who wakes the next once it found work.
type waker struct{ signal chan struct{} }

func newWaker() *waker { return &waker{make(chan struct{}, 1)} }

func (w *waker) wake() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// Wake makes every worker look for work that is due, every stream whether its time is up, and the purge whether its hour
// has come, after the clock was moved.
func (a *Accounts) Wake() {
	a.events.doubt(streamOwner{})
	for _, w := range a.wakers {
		w.wake()
	}
	a.moved.wake()
}

// work claims and does jobs of one kind until ctx ends. A job that runs then may end within jobGrace.
func (a *Accounts) work(ctx context.Context, kind JobKind, handle func(context.Context, Job) outcome) {
	for ctx.Err() == nil {
		job, err := a.claim(ctx, kind)
		switch {
		case err == nil:
			a.wakers[kind].wake() // there may be more
			a.do(ctx, job, handle)
		case errors.Is(err, ErrNoRow):
			a.sleep(ctx, kind)
		default:
			if ctx.Err() == nil {
				a.log.Warn("claim a job", "kind", kind, "error", err)
			}
			a.sleep(ctx, kind)
		}
	}
}

func (a *Accounts) claim(ctx context.Context, kind JobKind) (Job, error) {
	next, err := a.nextJobAt(ctx, kind)
	if err != nil {
		return Job{}, err
	}
	switch now := a.clock(); {
	case next.IsZero():
		return Job{}, ErrNoRow // looking costs no write
	case next.After(now.Add(jobMostWait)):
		if err := a.recallJobs(ctx, kind); err != nil {
			return Job{}, err
		}
	case next.After(now):
		return Job{}, ErrNoRow
	}
	var job Job
	err = a.store.Update(ctx, func(tx Tx) (err error) {
		job, err = tx.ClaimJob(kind, tx.Now(), tx.Now().Add(mailLease))
		return err
	})
	return job, err
}

func (a *Accounts) nextJobAt(ctx context.Context, kind JobKind) (next time.Time, err error) {
	err = a.store.View(ctx, func(tx Tx) (err error) {
		next, err = tx.NextJobAt(kind)
		return err
	})
	return next, err
}

// sleep waits until the next job is due, somebody wakes, or jobPoll passed.
func (a *Accounts) sleep(ctx context.Context, kind JobKind) {
	wait := jobPoll
	if next, err := a.nextJobAt(ctx, kind); err == nil && !next.IsZero() {
		wait = min(wait, max(next.Sub(a.clock()), 50*time.Millisecond))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-a.wakers[kind].signal:
	}
}

// do runs one job and writes down what became of it. A panic in a handler fails that job only.
func (a *Accounts) do(ctx context.Context, job Job, handle func(context.Context, Job) outcome) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(jobGrace, cancel) })
	defer stop()
	result := a.guarded(running, job, handle)
	a.jobs.note(result.state)
	if result.state != JobDone {
		a.log.Warn("job not done", "kind", job.Kind, "job", job.ID, "attempt", job.Attempts, "state", result.state, "reason", result.reason)
	}
	if err := a.settle(context.WithoutCancel(ctx), job, result); err != nil {
		a.log.Error("write a job's result", "job", job.ID, "error", err) // its lease ends and it runs again
	}
}

func (a *Accounts) guarded(ctx context.Context, job Job, handle func(context.Context, Job) outcome) (result outcome) {
	defer func() {
		if r := recover(); r != nil {
			a.log.Error("job panicked", "kind", job.Kind, "job", job.ID, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			result = failed("the work on it crashed; the log has the details")
		}
	}()
	return handle(ctx, job)
}

func (a *Accounts) settle(ctx context.Context, job Job, result outcome) error {
	return a.store.Update(ctx, func(tx Tx) error {
		job := job
		job.State, job.LastError, job.LeaseUntil = result.state, result.reason, time.Time{}
		switch result.state {
		case JobDone:
			job.Payload, job.FinishedAt = nil, tx.Now()
		case JobFailed:
			job.FinishedAt = tx.Now()
		case JobWaiting:
			job.NextAt = tx.Now().Add(result.wait)
			if result.payload != nil {
				job.Payload = result.payload
			}
		}
		return ignoreMissing(tx.UpdateJob(job))
	})
}

// releaseJobs gives back what a process that was killed had claimed. The data folder's lock says that nobody else runs any.
func (a *Accounts) releaseJobs(ctx context.Context) error {
	return a.store.Update(ctx, func(tx Tx) error {
		jobs, err := tx.ListJobs(JobFilter{State: JobRunning, Limit: 1000})
		for _, j := range jobs {
			j.State, j.NextAt, j.LeaseUntil = JobWaiting, tx.Now(), time.Time{}
			if j.Kind == JobAvatar {
				j.Payload = interrupted(j.Payload)
			}
			if err := tx.UpdateJob(j); err != nil {
				return err
			}
		}
		return err
	})
}

// interrupted notes in an avatar job that the program ended while it ran.
func interrupted(payload []byte) []byte {
	var p avatarPayload
	if json.Unmarshal(payload, &p) != nil {
		return payload // its handler tells
	}
	p.Interrupted++
	noted, err := json.Marshal(p)
	if err != nil {
		return payload
	}
	return noted
}

// recallJobs makes jobs due that wait for longer than any job does: the clock was ahead when they were put off, and has been
// set back since.
func (a *Accounts) recallJobs(ctx context.Context, kind JobKind) error {
	recalled := 0
	err := a.store.Update(ctx, func(tx Tx) error {
		recalled = 0
		jobs, err := tx.ListJobs(JobFilter{Kind: kind, State: JobWaiting, Limit: 1000})
		for _, j := range jobs {
			if !j.NextAt.After(tx.Now().Add(jobMostWait)) {
				continue
			}
			recalled++
			j.NextAt = tx.Now()
			if err := tx.UpdateJob(j); err != nil {
				return err
			}
		}
		return err
	})
	if err == nil && recalled > 0 {
		a.log.Warn("the clock was set back: jobs that waited for a time far ahead are due now", "kind", kind, "jobs", recalled)
	}
	return err
}
