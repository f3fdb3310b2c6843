package app

import (
	"context"
	"errors"
	"time"
)

const (
	purgeEvery = time.Hour
	// purgeBatch is how many rows one transaction removes, so that nobody waits behind it.
	purgeBatch = 500
	// orphanAge is how old a picture folder without a row must be before it counts as left over by a crash.
	orphanAge = time.Hour
	// guessKeep is how long wrong passwords for an address without an account are counted on. An account's are until it has
	// another password.
	guessKeep = 30 * 24 * time.Hour
)

// purgeHourly removes what is over, first a moment after the start, until ctx ends. The hours are also those of a clock
// that is moved, be it before this begins.
func (a *Accounts) purgeHourly(ctx context.Context) {
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	for purged := a.began; ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-a.moved.signal:
			if a.clock().Sub(purged) < purgeEvery {
				continue
			}
		}
		if err := a.Purge(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("purge", "error", err)
		}
		purged = a.clock()
		timer.Reset(purgeEvery)
	}
}

// Purge removes expired sessions and tokens, finished jobs, abandoned accounts, what was guessed at addresses that nobody
// has, and left-over picture folders, and what the audit log is to hold no longer.
func (a *Accounts) Purge(ctx context.Context) error {
	a.FlushSeen(ctx) // so that no session counts as idle that was used a moment ago
	for _, step := range []func(context.Context) (int, error){
		a.purgeSessions, a.purgeTokens, a.purgeJobs(JobDone), a.purgeJobs(JobFailed), a.purgeAbandoned, a.purgeGuesses,
	} {
		for {
			n, err := step(ctx)
			if err != nil {
				return err
			}
			if n < purgeBatch {
				break
			}
		}
	}
	return errors.Join(a.sweepFolders(ctx), a.eraseDeleted(ctx), a.pruneAudit(ctx))
}

func (a *Accounts) purgeSessions(ctx context.Context) (n int, err error) {
	err = a.update(ctx, func(u *unit) error {
		over, err := u.DeleteExpiredSessions(u.Now(), a.idleSince(u.Now()), purgeBatch)
		for _, s := range over {
			u.sessionEnded(System(), s.UserID, s.ID)
		}
		n = len(over)
		return err
	})
	return n, err
}

func (a *Accounts) purgeTokens(ctx context.Context) (n int, err error) {
	err = a.update(ctx, func(u *unit) (err error) {
		n, err = u.DeleteExpiredTokens(u.Now(), purgeBatch)
		return err
	})
	return n, err
}

func (a *Accounts) purgeJobs(state JobState) func(context.Context) (int, error) {
	return func(ctx context.Context) (n int, err error) {
		err = a.update(ctx, func(u *unit) (err error) {
			n, err = u.DeleteFinishedJobs(state, u.Now().Add(-jobKeep), purgeBatch)
			return err
		})
		return n, err
	}
}

func (a *Accounts) purgeGuesses(ctx context.Context) (n int, err error) {
	err = a.update(ctx, func(u *unit) (err error) {
		n, err = u.DeleteOwnerlessFailures(u.Now().Add(-guessKeep), purgeBatch)
		return err
	})
	return n, err
}

// purgeAbandoned deletes accounts that registered themselves, never confirmed and never came back. Who was given a rank
// meanwhile stays.
func (a *Accounts) purgeAbandoned(ctx context.Context) (n int, err error) {
	if a.policy.UnconfirmedKeep == 0 {
		return 0, nil
	}
	err = a.update(ctx, func(u *unit) error {
		ids, err := u.AbandonedUsers(u.Now().Add(-a.policy.UnconfirmedKeep), purgeBatch)
		if err != nil {
			return err
		}
		n = 0
		for _, id := range ids {
			user, err := u.FindUser(id)
			if err != nil {
				return err
			}
			if !deniable(user) {
				continue
			}
			n++
			if err := u.deleteAccount(System(), user, details{"why": "never confirmed"}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// sweepFolders removes picture folders that no row knows: a crash between an upload and its transaction leaves one.
func (a *Accounts) sweepFolders(ctx context.Context) error {
	a.sweep.Lock()
	defer a.sweep.Unlock()
	var old []string
	err := a.blobs.Folders(func(name string, changed time.Time) bool {
		if a.clock().Sub(changed) > orphanAge {
			old = append(old, name)
		}
		return ctx.Err() == nil
	})
	for len(old) > 0 && err == nil {
		batch := old[:min(len(old), purgeBatch)]
		old = old[len(batch):]
		err = a.sweepBatch(ctx, batch)
	}
	return err
}

func (a *Accounts) sweepBatch(ctx context.Context, folders []string) error {
	var known map[string]bool
	err := a.view(ctx, func(tx Tx) (err error) {
		known, err = tx.KnownAvatars(folders)
		return err
	})
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if !known[folder] {
			if err := a.blobs.RemoveFolder(folder); err != nil {
				return err
			}
			a.log.Info("removed a left-over avatar folder", "avatar", folder)
		}
	}
	return nil
}
