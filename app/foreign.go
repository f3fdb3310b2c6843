package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"
)

// foreignLog is how far the audit log was looked through for what other processes did.
type foreignLog struct {
	mu   sync.Mutex
	last int64 // the newest entry by then
}

// forget begins anew, with a log that does so.
func (l *foreignLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = 0
}

const (
	// foreignLook bounds how many entries one look reads, newest first: what a command did lies among what the server did in
	// the second before it was noticed. Of a command that does more, the last of it is told.
	foreignLook     = 1000
	foreignPatience = 5 * time.Second
)

// shellEvents are the events of what the shell does, by the audit entry of it.
var shellEvents = map[string]string{
	"user.created":     EventUserCreated,
	"user.updated":     EventUserUpdated,
	"user.activated":   EventUserUpdated,
	"user.deactivated": EventUserUpdated,
	"user.confirmed":   EventUserConfirmed,
	"user.unconfirmed": EventUserUnconfirmed,
	"user.deleted":     EventUserDeleted,
	"session.deleted":  EventSessionDeleted,
	"role.assigned":    EventRoleAssigned,
	"role.removed":     EventRoleRemoved,
}

// foreignChange is called after another process changed the store: what is cached may be stale, and streams tell of it as
// of what is done here.
func (a *Accounts) foreignChange() {
	ctx, cancel := context.WithTimeout(context.Background(), foreignPatience)
	defer cancel()
	a.sessions.forgetAll()
	a.apiKeys.forgetAll()
	a.tellForeign(ctx, a.events.publish) // before a stream ends by it
	a.forgetAll()
}

// tellForeign looks through what the audit log got since the last look, and tells of what the shell did. The server itself
// writes no entry of the shell.
func (a *Accounts) tellForeign(ctx context.Context, tell func(Event)) {
	a.foreign.mu.Lock()
	defer a.foreign.mu.Unlock()
	var rows []AuditRow
	err := a.view(ctx, func(tx Tx) (err error) {
		switch last, err := tx.LastAudit(); {
		case errors.Is(err, ErrNoRow), err == nil && last.ID <= a.foreign.last:
			return nil
		case err != nil:
			return err
		}
		rows, err = tx.ListAudit(AuditFilter{Limit: foreignLook})
		return err
	})
	if err != nil {
		a.log.Warn("read what the shell did", "error", err)
		return
	}
	for _, row := range slices.Backward(rows) {
		if row.ID > a.foreign.last && row.ActorKind == ActorShell {
			if e, told := shellEvent(row); told {
				tell(e)
			}
		}
	}
	if len(rows) > 0 {
		a.foreign.last = rows[0].ID
	}
}

// shellEvent is what streams tell of an entry; not told: nothing.
func shellEvent(row AuditRow) (e Event, told bool) {
	name, told := shellEvents[row.Action]
	if !told {
		return Event{}, false
	}
	var who actorOpen
	var whom struct {
		Details struct {
			Role    string `json:"role"`
			Session string `json:"session"` // "" when all of an account's sessions ended
		} `json:"details"`
	}
	// An entry just written is whole; were it erased, there would be no name to tell.
	_, _ = json.Unmarshal(row.ActorOpen, &who), json.Unmarshal(row.TargetOpen, &whom)
	return Event{
		Name: name, At: row.At, UserID: row.TargetID, Actor: EventActor{row.ActorKind, row.ActorID, who.Name},
		Role: whom.Details.Role, SessionID: whom.Details.Session,
	}, true
}
