package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"
)

// pruneEvery is how long a checkpoint serves at least: each is an entry of its own, which would else come every hour.
const pruneEvery = 24 * time.Hour

// checkpoint is what an `audit.pruned` entry says: the entries up to Through were removed, the last of which had Value.
// The chain goes on from there. The newest one counts; the zero value stands for a log that was never pruned.
type checkpoint struct {
	Through int64
	Value   Digest
	Broken  int64 // the entry at which the chain did not hold when it was pruned; 0 for none
	at      time.Time
	entry   int64
}

// errCheckpoint says that the newest `audit.pruned` entry isn't the one that was written.
var errCheckpoint = errors.New("the newest checkpoint does not hold: run doorward audit verify")

// lastCheckpoint reads the newest checkpoint. That it follows on the entry before it is not asked: VerifyAudit comes to
// that when it gets there.
func lastCheckpoint(tx Tx) (checkpoint, error) {
	rows, err := tx.ListAudit(AuditFilter{Action: auditPruned, Limit: 1})
	if err != nil || len(rows) == 0 {
		return checkpoint{}, err
	}
	row := rows[0]
	said := struct {
		Details struct {
			Through int64  `json:"through"`
			Value   string `json:"value"`
			Broken  int64  `json:"broken_at"`
		} `json:"details"`
	}{}
	if openDigest(row.TargetOpen, row.TargetSalt) != row.TargetDigest || json.Unmarshal(row.TargetOpen, &said) != nil {
		return checkpoint{entry: row.ID}, errCheckpoint
	}
	cp := checkpoint{Through: said.Details.Through, Broken: said.Details.Broken, at: row.At, entry: row.ID}
	n, err := hex.Decode(cp.Value[:], []byte(said.Details.Value))
	if err != nil || n != len(cp.Value) || cp.Through < 1 || cp.Through >= row.ID {
		return checkpoint{entry: row.ID}, errCheckpoint
	}
	return cp, nil
}

// provenCheckpoint is lastCheckpoint for whoever is about to remove what is behind it. One that was made without the key,
// or under a key that was lost, counts as none: nothing goes on its word.
func (a *Accounts) provenCheckpoint(tx Tx) (checkpoint, error) {
	cp, err := lastCheckpoint(tx)
	if err == nil && cp.entry != 0 {
		err = a.proveCheckpoint(tx, cp)
	}
	if errors.Is(err, errCheckpoint) {
		a.log.Warn("prune audit log", "error", err)
		return checkpoint{}, nil
	}
	return cp, err
}

// proveCheckpoint asks that a checkpoint's entry follows on the one before it.
func (a *Accounts) proveCheckpoint(tx Tx, cp checkpoint) error {
	walk := auditWalk{a.keys.Audit, cp.Through, cp.Value}
	if before := cp.entry - 1; before > cp.Through {
		rows, err := tx.AuditAfter(before-1, 1)
		if err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].ID != before {
			return errCheckpoint
		}
		walk.last, walk.mac = before, rows[0].MAC
	}
	rows, err := tx.AuditAfter(cp.entry-1, 1)
	if err != nil {
		return err
	}
	if len(rows) == 0 || walk.step(rows[0], nil) != nil {
		return errCheckpoint
	}
	return nil
}

// pruneAudit removes entries that are older than the policy keeps them, behind a checkpoint that is durable before the
// first of them goes. What an earlier run left behind one goes in any case.
func (a *Accounts) pruneAudit(ctx context.Context) error {
	cp, err := a.removePruned(ctx)
	if err != nil {
		return err
	}
	keep, now := a.policy.AuditKeep, a.clock()
	if age := now.Sub(cp.at); keep == 0 || age >= 0 && age < min(pruneEvery, keep) {
		return nil
	}
	next, err := a.outdated(ctx, cp, now.Add(-keep), now)
	if err != nil || next.Through == cp.Through {
		return err
	}
	if next.Broken != cp.Broken {
		a.log.Error("the audit log did not hold where it was pruned", "entry", next.Broken)
	}
	if err := a.update(ctx, func(u *unit) error { return u.addCheckpoint(next) }); err != nil {
		return err
	}
	_, err = a.removePruned(ctx)
	return err
}

// outdated makes the checkpoint up to the entry before the first one that is to be kept: made at or after a time. One
// from the future (the clock was wrong once) is neither, so that it keeps nothing in the log. On its way it follows the
// chain: what was wrong with it must not go unsaid with the entries.
func (a *Accounts) outdated(ctx context.Context, cp checkpoint, keepFrom, now time.Time) (checkpoint, error) {
	walk := auditWalk{a.keys.Audit, cp.Through, cp.Value}
	broken := cp.Broken
	for at := cp.Through; ; {
		var rows []AuditRow
		err := a.view(ctx, func(tx Tx) (err error) {
			rows, err = tx.AuditAfter(at, purgeBatch)
			return err
		})
		if err != nil {
			return cp, err
		}
		for _, row := range rows {
			if broken == 0 {
				if found := walk.step(row, nil); found != nil {
					broken = found.ID
				}
			}
			switch {
			case row.At.Before(keepFrom):
				cp.Through, cp.Value, cp.Broken = row.ID, row.MAC, broken
			case !row.At.After(now):
				return cp, nil
			}
		}
		if len(rows) < purgeBatch {
			return cp, nil
		}
		at = rows[len(rows)-1].ID
	}
}

// addCheckpoint writes that the entries up to one are pruned, unless somebody wrote as much meanwhile.
func (u *unit) addCheckpoint(next checkpoint) error {
	cp, err := u.a.provenCheckpoint(u)
	if err != nil || cp.Through >= next.Through {
		return err
	}
	d := details{"through": next.Through, "value": hex.EncodeToString(next.Value[:]), "entries": next.Through - cp.Through}
	if next.Broken != 0 {
		d["broken_at"] = next.Broken
	}
	return u.audit(System(), auditPruned, nil, d)
}

// removePruned removes what is left behind the newest checkpoint, in bounded transactions, and answers it.
func (a *Accounts) removePruned(ctx context.Context) (cp checkpoint, err error) {
	for {
		left := false
		err := a.view(ctx, func(tx Tx) (err error) {
			if cp, err = a.provenCheckpoint(tx); err != nil {
				return err
			}
			rows, err := tx.AuditAfter(0, 1)
			left = len(rows) > 0 && rows[0].ID <= cp.Through
			return err
		})
		if err != nil || !left {
			return cp, err
		}
		if err := a.update(ctx, func(u *unit) error {
			_, err := u.DeleteAudit(cp.Through, purgeBatch)
			return err
		}); err != nil {
			return cp, err
		}
	}
}
