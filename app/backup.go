package app

import (
	"context"
	"time"
)

// PictureFiles tells which files the pictures have, by folder: what a backup must hold beside the database. A picture that
// is still to be made has its upload, one that failed has none.
func (a *Accounts) PictureFiles(ctx context.Context, yield func(folder string, names []string) error) error {
	for after := ""; ; {
		var batch []Avatar
		err := a.view(ctx, func(tx Tx) (err error) {
			batch, err = tx.AvatarsFrom(after, exportBatch)
			return err
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, avatar := range batch {
			after = avatar.ID
			var names []string
			switch avatar.Status {
			case AvatarReady:
				names = Variants()
			case AvatarProcessing:
				names = []string{uploadName}
			}
			if err := yield(avatar.ID, names); err != nil {
				return err
			}
		}
	}
}

// forever is beyond every session's end.
const forever = 100 * 365 * 24 * time.Hour

// Restored does what a restored database needs before it is served: every session ends, since some of them may have ended
// after the backup was made, and the log says what happened. It answers how many sessions that were, and the API keys that
// work again. It is the shell's.
func (a *Accounts) Restored(ctx context.Context, by Actor, madeAt time.Time) (ended int, keys []Key, err error) {
	if by.Kind != ActorShell {
		return 0, nil, errForbidden
	}
	for batch := purgeBatch; batch == purgeBatch; ended += batch {
		err := a.update(ctx, func(u *unit) error {
			over, err := u.DeleteExpiredSessions(u.Now().Add(forever), time.Time{}, purgeBatch)
			batch = len(over)
			return err
		})
		if err != nil {
			return ended, nil, err
		}
	}
	err = a.update(ctx, func(u *unit) (err error) {
		if keys, err = u.ListKeys(); err != nil {
			return err
		}
		if err := u.SetFact(factBaseURL, ""); err != nil { // it may be brought back elsewhere, to be looked at
			return err
		}
		return u.audit(by, "restore", nil, details{"made_at": madeAt.UTC().Format(timeForm), "sessions_ended": ended, "keys": len(keys)})
	})
	return ended, keys, err
}
