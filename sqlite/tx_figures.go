package sqlite

import (
	"time"

	"doorward/app"
)

const countKept = `
	SELECT
		(SELECT value FROM kept_counts WHERE name = 'users'),
		(SELECT value FROM kept_counts WHERE name = 'active_users'),
		(SELECT value FROM kept_counts WHERE name = 'confirmed_users')`

// CountAccounts reads the kept counts.
func (t *tx) CountAccounts() (app.AccountCounts, error) {
	return one(t, "count accounts", scanAccountCounts, countKept)
}

func scanAccountCounts(row scanner) (c app.AccountCounts, err error) {
	err = row.Scan(&c.All, &c.Active, &c.Confirmed)
	return c, err
}

// The kept count has all sessions; those that are over go hourly, so that few are to be taken off it.
const (
	countKeptSessions = `SELECT value FROM kept_counts WHERE name = 'sessions'`
	countExpired      = `SELECT count(*) FROM sessions WHERE expires_at <= $1`
	countIdle         = `SELECT count(*) FROM sessions WHERE coalesce(last_seen_at, created_at) < $1 AND expires_at > $2`
)

// CountValidSessions takes those that are over off the kept count.
func (t *tx) CountValidSessions(now, seenSince time.Time) (int, error) {
	all, err := one(t, "count sessions", value[int], countKeptSessions)
	if err != nil {
		return 0, err
	}
	expired, err := one(t, "count expired sessions", value[int], countExpired, now.UnixMicro())
	if err != nil || seenSince.IsZero() {
		return all - expired, err
	}
	idle, err := one(t, "count idle sessions", value[int], countIdle, seenSince.UnixMicro(), now.UnixMicro())
	return all - expired - idle, err
}

const countJobs = `SELECT count(*) FROM (SELECT 1 FROM jobs WHERE kind = $1 AND state = $2 LIMIT $3)`

// CountJobs stops at limit.
func (t *tx) CountJobs(kind app.JobKind, state app.JobState, limit int) (int, error) {
	return one(t, "count jobs", value[int], countJobs, string(kind), string(state), limit)
}

// DatabaseSize counts pages, without looking at any.
func (t *tx) DatabaseSize() (int64, error) {
	pages, err := one(t, "count pages", value[int64], `PRAGMA page_count`)
	if err != nil {
		return 0, err
	}
	size, err := one(t, "read page size", value[int64], `PRAGMA page_size`)
	return pages * size, err
}

// microsPerDay turns a time into the day that daily_figures are kept by.
const microsPerDay = int64(24 * time.Hour / time.Microsecond)

const selectFigures = `
	SELECT
		day,
		registrations,
		logins,
		failed_logins,
		present
	FROM daily_figures
	WHERE day >= $1
	ORDER BY day`

// FiguresSince reads the days from one on.
func (t *tx) FiguresSince(from time.Time) ([]app.DayFigures, error) {
	return list(t, "read daily figures", scanFigures, selectFigures, from.UnixMicro()/microsPerDay)
}

func scanFigures(row scanner) (app.DayFigures, error) {
	var f app.DayFigures
	var day int64
	err := row.Scan(
		&day,
		&f.Registrations,
		&f.Logins,
		&f.FailedLogins,
		&f.Present,
	)
	f.Day = time.UnixMicro(day * microsPerDay).UTC()
	return f, err
}
