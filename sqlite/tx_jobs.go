package sqlite

import (
	"time"

	"doorward/app"
)

const jobColumns = `
	id,
	kind,
	state,
	attempts,
	next_at,
	lease_until,
	last_error,
	coalesce(user_id, 0),
	payload,
	created_at,
	finished_at`

const selectJob = `SELECT ` + jobColumns + ` FROM jobs`

func scanJob(row scanner) (app.Job, error) {
	var j app.Job
	err := row.Scan(
		&j.ID,
		&j.Kind,
		&j.State,
		&j.Attempts,
		(*timeColumn)(&j.NextAt),
		(*timeColumn)(&j.LeaseUntil),
		&j.LastError,
		&j.UserID,
		&j.Payload,
		(*timeColumn)(&j.CreatedAt),
		(*timeColumn)(&j.FinishedAt),
	)
	return j, err
}

// payload is never NULL: no payload is an empty one.
func payload(j app.Job) []byte {
	if j.Payload == nil {
		return []byte{}
	}
	return j.Payload
}

// InsertJob adds a job and answers its id.
func (t *tx) InsertJob(j app.Job) (int64, error) {
	return one(t, "insert job", value[int64], `
		INSERT INTO jobs (
			kind,
			state,
			attempts,
			next_at,
			lease_until,
			last_error,
			user_id,
			payload,
			created_at,
			finished_at
		) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		RETURNING id`,
		string(j.Kind),
		string(j.State),
		j.Attempts,
		j.NextAt.UnixMicro(),
		micros(j.LeaseUntil),
		j.LastError,
		idOrNull(j.UserID),
		payload(j),
		j.CreatedAt.UnixMicro(),
		micros(j.FinishedAt))
}

// FindJob reads by id.
func (t *tx) FindJob(id int64) (app.Job, error) {
	return one(t, "find job", scanJob, selectJob+` WHERE id = $1`, id)
}

// ClaimJob takes the job of a kind that is due longest.
func (t *tx) ClaimJob(kind app.JobKind, now, leaseUntil time.Time) (app.Job, error) {
	return one(t, "claim job", scanJob, `
		UPDATE jobs SET state = 'running', lease_until = $3, attempts = attempts + 1
		WHERE id = (SELECT id FROM jobs WHERE kind = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 1)
		RETURNING `+jobColumns,
		string(kind), now.UnixMicro(), leaseUntil.UnixMicro())
}

// UpdateJob writes what an attempt changes.
func (t *tx) UpdateJob(j app.Job) error {
	return t.execOne("update job", `
		UPDATE jobs SET
			state = $2,
			next_at = $3,
			lease_until = $4,
			attempts = $5,
			last_error = $6,
			payload = $7,
			finished_at = $8
		WHERE id = $1`,
		j.ID,
		string(j.State),
		j.NextAt.UnixMicro(),
		micros(j.LeaseUntil),
		j.Attempts,
		j.LastError,
		payload(j),
		micros(j.FinishedAt))
}

// ListJobs reads newest first.
func (t *tx) ListJobs(f app.JobFilter) ([]app.Job, error) {
	query, args := jobsQuery(f)
	return list(t, "list jobs", scanJob, query, args...)
}

func jobsQuery(f app.JobFilter) (query string, args []any) {
	w := before(f.Before)
	if f.Kind != "" {
		w.and(`kind = `, string(f.Kind))
	}
	if f.State != "" {
		w.and(`state = `, string(f.State))
	}
	if f.UserID != 0 {
		w.and(`user_id = `, f.UserID)
	}
	return selectJob + w.newestFirst(f.Limit), w.args
}

// NextJobAt is when the next job of a kind is due; the zero time when none waits.
func (t *tx) NextJobAt(kind app.JobKind) (time.Time, error) {
	return one(t, "find next job", scanTime, `SELECT min(due_at) FROM jobs WHERE kind = $1 AND due_at IS NOT NULL`, string(kind))
}

// DeleteFinishedJobs removes jobs that ended in a state before t, the oldest first, and counts them.
func (t *tx) DeleteFinishedJobs(state app.JobState, finishedBefore time.Time, limit int) (int, error) {
	return t.exec("delete finished jobs", `
		DELETE FROM jobs
		WHERE id IN (SELECT id FROM jobs WHERE state = $1 AND finished_at < $2 ORDER BY finished_at LIMIT $3)`,
		string(state), finishedBefore.UnixMicro(), limit)
}
