package storetest

import (
	"time"

	"doorward/app"
)

// accounts asks how many there are.
func (r *room) accounts(what string, all, active, confirmed int) {
	r.Helper()
	r.view(func(tx app.Tx) error {
		got, err := tx.CountAccounts()
		r.equal(what, got, app.AccountCounts{All: all, Active: active, Confirmed: confirmed})
		return err
	})
}

// valid asks how many sessions are valid.
func (r *room) valid(what string, now, seenSince time.Time, want int) {
	r.Helper()
	r.view(func(tx app.Tx) error {
		got, err := tx.CountValidSessions(now, seenSince)
		r.equal(what, got, want)
		return err
	})
}

// days asks for the figures from the day of t on.
func (r *room) days(what string, t time.Time, want ...app.DayFigures) {
	r.Helper()
	r.view(func(tx app.Tx) error {
		got, err := tx.FiguresSince(t)
		r.equal(what, got, append([]app.DayFigures{}, want...))
		return err
	})
}

// deed is a row of the log about an action at a time.
func (r *room) deed(id int64, action string, at time.Time) app.AuditRow {
	row := r.entry(id)
	row.Action, row.At = action, at
	return row
}

func figures() []story {
	today := start.Truncate(24 * time.Hour)
	return []story{
		{"accounts are counted by their states as these change", func(r *room) {
			r.accounts("none", 0, 0, 0)
			user, bare := r.someone(), r.person()
			bare.IsActive, bare.ConfirmedAt = false, time.Time{}
			bare = r.add(bare)
			r.accounts("one of each", 2, 1, 1)
			bare.IsActive = true
			r.update(func(tx app.Tx) error { return tx.UpdateUser(bare) })
			r.accounts("activated", 2, 2, 1)
			bare.ConfirmedAt = start
			r.update(func(tx app.Tx) error { return tx.UpdateUser(bare) })
			r.accounts("confirmed", 2, 2, 2)
			bare.ConfirmedAt, bare.FirstName = start.Add(time.Hour), "Else"
			r.update(func(tx app.Tx) error { return tx.UpdateUser(bare) })
			r.accounts("confirmed as before", 2, 2, 2)
			user.IsActive, user.ConfirmedAt = false, time.Time{}
			r.update(func(tx app.Tx) error { return tx.UpdateUser(user) })
			r.accounts("neither", 2, 1, 1)
			r.update(func(tx app.Tx) error { return tx.DeleteUser(bare.ID) })
			r.accounts("one is gone", 1, 0, 0)
			_ = r.Update(r.Context(), func(tx app.Tx) error {
				try[int64](r, "add")(tx.InsertUser(r.person()))
				return errUndo
			})
			r.accounts("an undone one", 1, 0, 0)
		}},
		{"valid sessions are counted whether those that are over were removed or not", func(r *room) {
			user, other := r.someone(), r.someone()
			short, long, idle, others := r.session(user, "short"), r.session(user, "long"), r.session(user, "idle"), r.session(other, "others")
			long.ExpiresAt, idle.ExpiresAt = start.Add(3*time.Hour), start.Add(3*time.Hour)
			idle.LastSeenAt, long.LastSeenAt = time.Time{}, start.Add(2*time.Hour)
			r.open(short, long, idle, others)
			r.valid("all", start, time.Time{}, 4)
			r.valid("at the end of two", short.ExpiresAt, time.Time{}, 2)
			r.valid("just before", short.ExpiresAt.Add(-time.Microsecond), time.Time{}, 4)
			r.valid("seen at the moment", start, idle.CreatedAt, 4)
			r.valid("seen later", start, idle.CreatedAt.Add(time.Microsecond), 3)
			r.valid("both limits", short.ExpiresAt, start.Add(2*time.Hour), 1)
			r.update(func(tx app.Tx) error {
				try[[]app.Session](r, "purge")(tx.DeleteExpiredSessions(short.ExpiresAt, time.Time{}, 10))
				return nil
			})
			r.valid("purged", short.ExpiresAt, time.Time{}, 2)
			r.update(func(tx app.Tx) error { return tx.DeleteSession(user.ID, "idle") })
			r.valid("ended", short.ExpiresAt, time.Time{}, 1)
			r.update(func(tx app.Tx) error { return tx.DeleteUser(user.ID) })
			r.valid("gone with their account", start, time.Time{}, 0)
		}},
		{"jobs are counted by kind and state up to a limit", func(r *room) {
			for _, state := range []app.JobState{app.JobWaiting, app.JobWaiting, app.JobWaiting, app.JobFailed} {
				job := r.job()
				if job.State = state; state == app.JobFailed {
					job.FinishedAt = start
				}
				r.queue(job)
			}
			r.claim(start)
			r.view(func(tx app.Tx) error {
				for state, want := range map[app.JobState]int{app.JobWaiting: 2, app.JobRunning: 1, app.JobFailed: 1, app.JobDone: 0} {
					r.equal(string(state), try[int](r, "count")(tx.CountJobs(app.JobMail, state, 10)), want)
				}
				r.equal("of another kind", try[int](r, "count")(tx.CountJobs(app.JobAvatar, app.JobWaiting, 10)), 0)
				r.equal("up to one", try[int](r, "count")(tx.CountJobs(app.JobMail, app.JobWaiting, 1)), 1)
				return nil
			})
		}},
		{"a database that holds more is larger", func(r *room) {
			var before, after int64
			r.view(func(tx app.Tx) error { before = try[int64](r, "size")(tx.DatabaseSize()); return nil })
			for range 20 {
				job := r.job()
				job.Payload = make([]byte, 16<<10)
				r.queue(job)
			}
			r.view(func(tx app.Tx) error { after = try[int64](r, "size")(tx.DatabaseSize()); return nil })
			r.equal("grown by what it holds", before > 0 && after >= before+20*16<<10, true)
		}},
		{"registrations and logins are counted by the day of their row, whatever becomes of it", func(r *room) {
			r.days("nothing", time.Time{})
			yesterday := today.AddDate(0, 0, -1)
			r.log(
				r.deed(1, "user.registered", yesterday),
				r.deed(2, "session.created", today.Add(-time.Microsecond)),
				r.deed(3, "session.created", today),
				r.deed(4, "login.failed", start),
				r.deed(5, "session.created", start),
				r.deed(6, "user.created", start),
				r.deed(7, "session.deleted", start),
			)
			before := app.DayFigures{Day: yesterday, Registrations: 1, Logins: 1}
			now := app.DayFigures{Day: today, Logins: 2, FailedLogins: 1}
			r.days("both days", yesterday.Add(time.Hour), before, now)
			r.days("today", today, now)
			r.update(func(tx app.Tx) error {
				try[int](r, "prune")(tx.DeleteAudit(7, 10))
				return nil
			})
			r.days("pruned", yesterday, before, now)
			r.days("tomorrow", today.AddDate(0, 0, 1))
		}},
		{"an account is present once for each day on which it was seen", func(r *room) {
			user, fresh := r.someone(), r.person()
			fresh.LastSeenAt = time.Time{}
			fresh = r.add(fresh)
			touch := func(at time.Time, ids ...int64) {
				seen := map[int64]time.Time{}
				for _, id := range ids {
					seen[id] = at
				}
				r.update(func(tx app.Tx) error { return tx.TouchUsers(seen) })
			}
			touch(start, user.ID, fresh.ID) // user was seen today before
			r.days("the first day", today, app.DayFigures{Day: today, Present: 1})
			touch(start.Add(time.Hour), user.ID, fresh.ID)
			tomorrow := today.AddDate(0, 0, 1)
			touch(tomorrow, user.ID, fresh.ID)
			touch(start.Add(2*time.Hour), user.ID) // never back
			touch(tomorrow.Add(time.Hour), user.ID)
			r.days("two days", today, app.DayFigures{Day: today, Present: 1}, app.DayFigures{Day: tomorrow, Present: 2})
		}},
	}
}
