package app

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// Streams also tell of what another process changed, such as a command of the shell. It has no way to hand its events
// over, but each change's audit entry was committed with it: what the log holds that this process didn't write is told
// once the store says that somebody else wrote.

// elsewhereBatch is how many entries are read at one time.
const elsewhereBatch = 500

// ledger tells this process' audit entries from others'. An entry is noted before its transaction commits, for whoever
// reads may see it the moment it did; one that was rolled back leaves a note behind that no entry fits.
type ledger struct {
	mu      sync.Mutex
	known   bool             // floor is
	floor   int64            // entries up to this are told, or our own
	own     map[int64]Digest // of entries above it: their MACs, which no two share
	settled map[int64]bool   // those of them that are committed
}

func newLedger() *ledger { return &ledger{own: map[int64]Digest{}, settled: map[int64]bool{}} }

// begin says where the log stood; only the first time counts.
func (l *ledger) begin(last int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known {
		l.known, l.floor = true, last
	}
}

// wrote notes an entry of this process.
func (l *ledger) wrote(id int64, mac Digest) {
	l.begin(id - 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if id > l.floor {
		l.own[id] = mac
	}
}

// settle says that entries of this process are committed. Those that follow on the floor need not be remembered.
func (l *ledger) settle(ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if id > l.floor {
			l.settled[id] = true
		}
	}
	for l.settled[l.floor+1] {
		l.floor++
		l.forget(l.floor)
	}
}

func (l *ledger) forget(id int64) {
	delete(l.own, id)
	delete(l.settled, id)
}

// from is where to read on; not ok before anything is known.
func (l *ledger) from() (floor int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.floor, l.known
}

// pass moves the floor over an entry, and tells whether another process wrote it.
func (l *ledger) pass(id int64, mac Digest) (foreign bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id <= l.floor {
		return false // it settled meanwhile
	}
	foreign = l.own[id] != mac
	for l.floor < id {
		l.floor++
		l.forget(l.floor)
	}
	return foreign
}

// listenElsewhere notes where the log stands, if that is not known yet: what comes after it is told.
func (a *Accounts) listenElsewhere(ctx context.Context) error {
	if _, known := a.ledger.from(); known {
		return nil
	}
	return a.view(ctx, func(tx Tx) error {
		last, err := tx.LastAudit()
		if ignoreMissing(err) != nil {
			return err
		}
		a.ledger.begin(last.ID)
		return nil
	})
}

// tellElsewhere publishes what another process changed.
func (a *Accounts) tellElsewhere(ctx context.Context) error {
	for {
		floor, known := a.ledger.from()
		if !known {
			return nil // no stream was opened and nothing written: there is nobody to tell
		}
		var rows []AuditRow
		err := a.view(ctx, func(tx Tx) (err error) {
			rows, err = tx.AuditAfter(floor, elsewhereBatch)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if a.ledger.pass(row.ID, row.MAC) {
				for _, e := range a.eventsOf(row) {
					a.events.publish(e)
				}
			}
		}
		if len(rows) < elsewhereBatch {
			return nil
		}
	}
}

// eventsOf are the events of an audit entry, as the operation that wrote it publishes them.
func (a *Accounts) eventsOf(row AuditRow) []Event {
	entry := a.openEntry(row)
	var d struct {
		Session string `json:"session"`
		Role    string `json:"role"`
		FirstID int64  `json:"first_id"`
		LastID  int64  `json:"last_id"`
	}
	if len(entry.Details) > 0 && json.Unmarshal(entry.Details, &d) != nil {
		return nil // no entry of ours
	}
	e := Event{
		At: row.At, UserID: row.TargetID, SessionID: d.Session, Role: d.Role,
		Actor: EventActor{entry.ActorKind, entry.ActorID, entry.ActorName},
	}
	switch row.Action {
	case "user.registered", "user.created":
		e.Name = EventUserCreated
	case "user.updated", "user.activated", "user.deactivated", "email.changed", "avatar.deleted":
		e.Name = EventUserUpdated
	case EventUserConfirmed, EventUserUnconfirmed, EventUserDeleted, EventSessionCreated, EventSessionDeleted, EventRoleAssigned, EventRoleRemoved:
		e.Name = row.Action
	case "import":
		return importedEvents(e, d.FirstID, d.LastID)
	default:
		return nil
	}
	return []Event{e}
}

// importedEvents is one for each account of an import's transaction, whose numbers follow each other.
func importedEvents(e Event, first, last int64) []Event {
	var list []Event
	e.Name = EventUserCreated
	for id := first; id > 0 && id <= last; id++ {
		e.UserID = id
		list = append(list, e)
	}
	return list
}

// elsewherePatience bounds a look at what another process wrote.
const elsewherePatience = 10 * time.Second

// changedElsewhere is called after another process changed the store: nothing that is cached holds, and there may be
// new jobs. Streams first tell what happened, then look whether they may go on.
func (a *Accounts) changedElsewhere() {
	a.sessions.forgetAll()
	a.apiKeys.forgetAll()
	ctx, cancel := context.WithTimeout(context.Background(), elsewherePatience)
	defer cancel()
	if err := a.tellElsewhere(ctx); err != nil {
		a.log.Warn("tell what another process changed", "error", err)
	}
	a.events.doubt(streamOwner{})
	for _, w := range a.wakers {
		w.wake()
	}
}
