package app

import (
	"context"
	"sync"
	"time"
)

// seenEvery is how often gathered last-seen times are written.
const seenEvery = 10 * time.Second

// seenLog gathers when sessions and users were last seen, so that a request costs no write.
type seenLog struct {
	mu       sync.Mutex
	sessions map[string]time.Time
	users    map[int64]time.Time
}

func newSeenLog() *seenLog {
	return &seenLog{sessions: map[string]time.Time{}, users: map[int64]time.Time{}}
}

func (l *seenLog) note(session string, user int64, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sessions[session], l.users[user] = at, at
}

func (l *seenLog) session(id string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sessions[id]
}

func (l *seenLog) take() (map[string]time.Time, map[int64]time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sessions, users := l.sessions, l.users
	l.sessions, l.users = map[string]time.Time{}, map[int64]time.Time{}
	return sessions, users
}

// flushSeen writes last-seen times in batches until ctx ends, and once more then.
func (a *Accounts) flushSeen(ctx context.Context) {
	every := time.NewTicker(seenEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			a.FlushSeen(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			a.FlushSeen(last)
			return
		}
	}
}

// FlushSeen writes the last-seen times gathered so far. What can't be written is lost: it is a minute's worth at most.
func (a *Accounts) FlushSeen(ctx context.Context) {
	sessions, users := a.seen.take()
	if len(sessions) == 0 && len(users) == 0 {
		return
	}
	err := a.store.Update(ctx, func(tx Tx) error {
		if err := tx.TouchSessions(sessions); err != nil {
			return err
		}
		return tx.TouchUsers(users)
	})
	if err != nil {
		a.log.Warn("write last-seen times", "error", err)
	}
}
