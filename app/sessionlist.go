package app

import (
	"context"
	"strings"
	"time"
)

// ListAllSessions reads a page of everybody's valid sessions, newest first, each with its account, for Admins and Owners.
func (a *Accounts) ListAllSessions(ctx context.Context, by Actor, q SessionQuery) (SessionPage, error) {
	if err := administers(by); err != nil {
		return SessionPage{}, err
	}
	if err := checkPage(q.Page, q.PageSize); err != nil {
		return SessionPage{}, err
	}
	a.writeSeenForIdle(ctx)
	now := a.clock()
	page := SessionPage{Page: q.Page, PageSize: q.PageSize, Sessions: []UserSession{}}
	err := a.view(ctx, func(tx Tx) error {
		list, total, err := tx.PageSessions(SessionFilter{
			Search: strings.TrimSpace(q.Search), Now: now, SeenSince: a.idleFrom(now), Limit: q.PageSize, Offset: (q.Page - 1) * q.PageSize,
		})
		if err != nil {
			return err
		}
		page.TotalCount, page.TotalIsLeast = total.Count, total.IsLeast
		page.Sessions, err = withUsers(tx, list)
		return err
	})
	for i := range page.Sessions {
		one := &page.Sessions[i]
		a.lastSeen(&one.Session)
		one.Place, one.Within = a.PlaceOf(one.IP), reaches(by.Rank, one.User)
	}
	page.TotalPages = (page.TotalCount + q.PageSize - 1) / q.PageSize
	return page, err
}

// withUsers reads the account of each session.
func withUsers(tx Tx, list []Session) ([]UserSession, error) {
	full := make([]UserSession, 0, len(list))
	users := map[int64]User{}
	for _, s := range list {
		user, known := users[s.UserID]
		if !known {
			var err error
			if user, err = tx.FindUser(s.UserID); err != nil {
				return nil, err
			}
			users[s.UserID] = user
		}
		full = append(full, UserSession{Session: s, User: user})
	}
	return full, nil
}

// lastSeen moves a session's last-seen time on by what is not written yet.
func (a *Accounts) lastSeen(s *Session) {
	if seen := a.seen.session(s.ID); seen.After(s.LastSeenAt) {
		s.LastSeenAt = seen
	}
}

// GetSessionStats counts everybody's valid sessions, for Admins and Owners. Today began at midnight, UTC.
func (a *Accounts) GetSessionStats(ctx context.Context, by Actor) (SessionStats, error) {
	if err := administers(by); err != nil {
		return SessionStats{}, err
	}
	a.writeSeenForIdle(ctx)
	now := a.clock()
	var stats SessionStats
	err := a.view(ctx, func(tx Tx) (err error) {
		stats, err = tx.CountSessions(now, a.idleFrom(now), midnight(now))
		return err
	})
	return stats, err
}

// writeSeenForIdle writes the last-seen times first where they decide which sessions are valid: the rows learn of the
// last minute's use only later.
func (a *Accounts) writeSeenForIdle(ctx context.Context) {
	if a.policy.SessionIdle > 0 {
		a.FlushSeen(ctx)
	}
}

// idleFrom is the earliest time at which a session may have been seen that is not idle now; zero without an idle limit.
// isOver says that one is idle once the limit's whole length has passed.
func (a *Accounts) idleFrom(now time.Time) time.Time {
	if a.policy.SessionIdle == 0 {
		return time.Time{}
	}
	return now.Add(-a.policy.SessionIdle).Truncate(time.Microsecond).Add(time.Microsecond)
}
