package app

import (
	"context"
	"errors"
	"strings"
	"time"
)

const (
	// overviewDays is how many days the overview looks back, today among them.
	overviewDays = 30
	// enoughJobs is where counting jobs stops: that they are very many is all that matters then.
	enoughJobs = 1000
)

// Facts that remember when the last backup was made, and to which file.
const (
	factBackedUpAt = "backed_up_at"
	factBackedUpTo = "backed_up_to"
)

// Overview is how an installation stands, for whoever runs it. It is read from kept counts and short ranges of indexes:
// with a million accounts it costs what it costs with ten.
type Overview struct {
	Accounts   AccountCounts
	Sessions   int   // valid ones
	Size       int64 // of the database, in bytes
	Mails      JobCounts
	Pictures   JobCounts
	Days       []DayFigures // the last 30 (UTC) with today, oldest first, none left out
	BackedUpAt time.Time    // when `doorward backup` last made one; zero for never
	BackupDue  bool         // never, or longer ago than BackupOverdue
	Trouble    string       // why nothing can be written, for a person; "" when all is well
}

// BackupOverdue is when the last backup is so long ago that whoever runs the site is told.
const BackupOverdue = 7 * 24 * time.Hour

// AccountCounts are how many accounts there are.
type AccountCounts struct {
	All       int
	Active    int // not deactivated
	Confirmed int
}

// JobCounts are how many background jobs of a kind are to be done, running ones among them, and how many were given up.
type JobCounts struct{ Waiting, Failed Total }

// DayFigures are what happened on one day, UTC.
type DayFigures struct {
	Day           time.Time // its midnight
	Registrations int       // people who made themselves an account
	Logins        int       // sessions that were made
	FailedLogins  int
	Present       int // accounts that made or used a session
}

// Today are the figures of the day so far.
func (o Overview) Today() DayFigures { return o.Days[len(o.Days)-1] }

// Overview reads how the installation stands, for Admins and Owners.
func (a *Accounts) Overview(ctx context.Context, by Actor) (Overview, error) {
	if err := administers(by); err != nil {
		return Overview{}, err
	}
	now := a.clock()
	var o Overview
	err := a.view(ctx, func(tx Tx) (err error) {
		if o.Accounts, err = tx.CountAccounts(); err != nil {
			return err
		}
		if o.Sessions, err = tx.CountValidSessions(now, a.idleFrom(now)); err != nil {
			return err
		}
		if o.Size, err = tx.DatabaseSize(); err != nil {
			return err
		}
		if o.Mails, err = countJobs(tx, JobMail); err != nil {
			return err
		}
		if o.Pictures, err = countJobs(tx, JobAvatar); err != nil {
			return err
		}
		if o.Days, err = lastDays(tx, now); err != nil {
			return err
		}
		o.BackedUpAt, err = BackedUpAt(tx)
		o.BackupDue = now.Sub(o.BackedUpAt) > BackupOverdue
		return err
	})
	if err := a.store.Ready(ctx); err != nil {
		o.Trouble = err.Error()
	}
	return o, err
}

func countJobs(tx Tx, kind JobKind) (JobCounts, error) {
	var counts [3]int
	for i, state := range []JobState{JobWaiting, JobRunning, JobFailed} {
		var err error
		if counts[i], err = tx.CountJobs(kind, state, enoughJobs); err != nil {
			return JobCounts{}, err
		}
	}
	atMost := func(n int) Total { return Total{min(n, enoughJobs), n >= enoughJobs} }
	return JobCounts{atMost(counts[0] + counts[1]), atMost(counts[2])}, nil
}

// lastDays puts a day without figures in where the store has none.
func lastDays(tx Tx, now time.Time) ([]DayFigures, error) {
	today := midnight(now)
	known, err := tx.FiguresSince(today.AddDate(0, 0, 1-overviewDays))
	if err != nil {
		return nil, err
	}
	days := make([]DayFigures, overviewDays)
	for i := range days {
		days[i].Day = today.AddDate(0, 0, i+1-overviewDays)
		for len(known) > 0 && !known[0].Day.After(days[i].Day) {
			days[i], known = known[0], known[1:]
		}
	}
	return days, nil
}

// midnight is when the day of t began, UTC.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// BackedUpAt reads when the last backup was made; zero for never.
func BackedUpAt(tx Tx) (time.Time, error) {
	text, err := tx.Fact(factBackedUpAt)
	if errors.Is(err, ErrNoRow) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(timeForm, text)
}

// BackedUp remembers that a backup was made to a file, for the overview and for the day when it is needed. It is the shell's.
func (a *Accounts) BackedUp(ctx context.Context, by Actor, file string) error {
	if by.Kind != ActorShell {
		return errForbidden
	}
	return a.update(ctx, func(u *unit) error {
		return errors.Join(u.SetFact(factBackedUpAt, u.Now().UTC().Format(timeForm)), u.SetFact(factBackedUpTo, file))
	})
}

// WayBack says, for the log and the shell, which backup would replace a database that is damaged.
func (a *Accounts) WayBack(ctx context.Context) string {
	return a.wayBack(ctx, func(file string) string { return file })
}

// wayBack names the newest backup's file as shown has it.
func (a *Accounts) wayBack(ctx context.Context, shown func(file string) string) string {
	var at time.Time
	var file string
	err := a.view(ctx, func(tx Tx) (err error) {
		if at, err = BackedUpAt(tx); err != nil || at.IsZero() {
			return err
		}
		file, err = tx.Fact(factBackedUpTo)
		return ignoreMissing(err)
	})
	switch {
	case err != nil:
		return "restore the newest backup; which that is can't be read here any more"
	case at.IsZero():
		return "no backup is known here; copies from before migrations lie in the data folder's backups"
	case file == "":
		return "restore the newest backup, made at " + at.Format(timeForm)
	}
	return "restore the newest backup, " + shown(file) + " of " + at.Format(timeForm)
}

// baseName is a file's name without its folders, which are nobody's business but the operator's.
func baseName(file string) string { return file[strings.LastIndexAny(file, `/\`)+1:] }
