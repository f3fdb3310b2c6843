package app

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// seenEvery is how often gathered last-seen times are written.
const seenEvery = 10 * time.Second

// seenLog gathers when sessions, users and keys were last seen, so that a request costs no write.
type seenLog struct {
	mu sync.Mutex
	seenTimes
	written seenTimes // what was taken last to be written: whoever read a row before that finds it here
}

type seenTimes struct {
	sessions map[string]time.Time
	users    map[int64]time.Time
	keys     map[int64]time.Time
}

func newSeenTimes() seenTimes {
	return seenTimes{map[string]time.Time{}, map[int64]time.Time{}, map[int64]time.Time{}}
}

func newSeenLog() *seenLog { return &seenLog{seenTimes: newSeenTimes(), written: newSeenTimes()} }

func (l *seenLog) note(session string, user int64, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sessions[session], l.users[user] = at, at
}

func (l *seenLog) session(id string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return latest(l.sessions[id], l.written.sessions[id])
}

func (l *seenLog) noteKey(id int64, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[id] = at
}

func (l *seenLog) key(id int64) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return latest(l.keys[id], l.written.keys[id])
}

// take is what was noted since it was last asked. Nothing is written to it any more: it is read without the lock.
func (l *seenLog) take() seenTimes {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isEmpty() {
		return seenTimes{}
	}
	l.written, l.seenTimes = l.seenTimes, newSeenTimes()
	return l.written
}

func (s seenTimes) isEmpty() bool {
	return len(s.sessions) == 0 && len(s.users) == 0 && len(s.keys) == 0
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// flushSeen writes last-seen times in batches until ctx ends, and once more then; whose forwarding headers are ignored it
// writes at once, for whoever sets up a proxy and asks `doorward doctor` why addresses are wrong.
func (a *Accounts) flushSeen(ctx context.Context) {
	every := time.NewTicker(seenEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			a.FlushSeen(ctx)
		case <-a.peers.wake.signal:
			a.writeIgnoredPeers(context.WithoutCancel(ctx)) // one row
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			a.FlushSeen(last)
			return
		}
	}
}

// seenBatch is how many accounts' last-seen times share a transaction: each moves its account in the directory, and nobody
// is to wait behind many of them.
const seenBatch = 100

// FlushSeen writes the last-seen times gathered so far, and whose forwarding headers are ignored. What can't be written is
// lost: it is a minute's worth at most.
func (a *Accounts) FlushSeen(ctx context.Context) {
	a.writeIgnoredPeers(ctx)
	seen := a.seen.take()
	if seen.isEmpty() {
		return
	}
	chunks := slices.Collect(slices.Chunk(slices.Sorted(maps.Keys(seen.users)), seenBatch))
	for i := range max(1, len(chunks)) {
		users := map[int64]time.Time{}
		if i < len(chunks) {
			for _, id := range chunks[i] {
				users[id] = seen.users[id]
			}
		}
		if err := a.writeSeen(ctx, seen, users, i == 0); err != nil {
			a.log.Warn("write last-seen times", "error", err)
			return
		}
	}
}

// writeSeen writes some users' times, and with them, once, those of all sessions and keys.
func (a *Accounts) writeSeen(ctx context.Context, seen seenTimes, users map[int64]time.Time, first bool) error {
	return a.store.Update(ctx, func(tx Tx) error {
		if first {
			if err := tx.TouchSessions(seen.sessions); err != nil {
				return err
			}
			if err := tx.TouchKeys(seen.keys); err != nil {
				return err
			}
		}
		return tx.TouchUsers(users)
	})
}
