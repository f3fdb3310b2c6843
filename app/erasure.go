package app

import (
	"context"
	"time"
)

// erasureAfter is how long after an account's deletion the audit log keeps what is personal about it.
const erasureAfter = 30 * 24 * time.Hour

// eraseDeleted erases what the audit log holds of accounts that are gone for long enough. Who they are is kept in the
// transaction of each deletion until the last of their entries is done, so that a crash only means to look again.
func (a *Accounts) eraseDeleted(ctx context.Context) error {
	for {
		var due []int64
		err := a.view(ctx, func(tx Tx) (err error) {
			due, err = tx.DeletedUsers(tx.Now().Add(-erasureAfter), purgeBatch)
			return err
		})
		if err != nil || len(due) == 0 {
			return err
		}
		for _, id := range due {
			if err := a.eraseAccount(ctx, id); err != nil {
				return err
			}
		}
	}
}

// eraseAccount goes through the entries that concern an account, newest first, in bounded transactions.
func (a *Accounts) eraseAccount(ctx context.Context, id int64) error {
	for before := int64(0); ; {
		var next int64
		err := a.update(ctx, func(u *unit) (err error) {
			next, err = u.eraseBatch(id, before)
			return err
		})
		if err != nil || next == 0 {
			return err
		}
		before = next
	}
}

// eraseBatch erases one batch and answers where the next one begins, 0 after the last. The entry that tells of it
// (audit.erased) is written with the first, so that nothing is ever erased that the chain doesn't know of.
func (u *unit) eraseBatch(id, before int64) (next int64, err error) {
	rows, err := u.ListAudit(AuditFilter{UserID: id, Before: before, Limit: purgeBatch})
	if err != nil {
		return 0, err
	}
	told := false
	for _, row := range rows {
		actor, target := row.personalTo(id)
		if !actor && !target {
			continue
		}
		if !told {
			if err := u.tellErasure(id); err != nil {
				return 0, err
			}
			told = true
		}
		if err := u.EraseAudit(row.ID, actor, target); err != nil {
			return 0, err
		}
	}
	if len(rows) < purgeBatch {
		return 0, u.ForgetDeleted(id)
	}
	return rows[len(rows)-1].ID, nil
}

// personalTo tells which of a row's open parts hold values that are personal to an account and not yet erased.
func (r AuditRow) personalTo(id int64) (actor, target bool) {
	if r.Action == auditErased {
		return false, false
	}
	return r.ActorOpen != nil && r.actorPartOf() == id, r.TargetOpen != nil && r.TargetID == id
}

// actorPartOf is the account to which the actor's part of a row is personal, 0 for none. Where no account acted, that is
// the one that the entry concerns: a stranger who failed to sign in is often the person themselves, and a key speaks for
// people. What the shell says of itself is nobody's.
func (r AuditRow) actorPartOf() int64 {
	switch r.ActorKind {
	case ActorUser:
		return r.ActorID
	case ActorSystem, ActorKey:
		return r.TargetID
	}
	return 0
}

// tellErasure writes, once, that an account's personal values are erased.
func (u *unit) tellErasure(id int64) error {
	told, err := erasureTold(u, id)
	if err != nil || told {
		return err
	}
	return u.audit(System(), auditErased, &User{ID: id}, nil)
}

// erasureTold tells whether the chain knows that an account's personal values are erased.
func erasureTold(tx Tx, id int64) (bool, error) {
	rows, err := tx.ListAudit(AuditFilter{TargetID: id, Action: auditErased, Limit: 1})
	return len(rows) > 0, err
}
