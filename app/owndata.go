package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"time"
)

// ownBatch is how many rows of one's own data are held at a time.
const ownBatch = 200

// OwnData is all that is kept about an account, for whoever it is about: no secret and no hash of one is in it. What can
// be long is read piece by piece while it is gone through. Where accounts are concealed, a link to a new address is left
// out, and so are its mail and what was delivered, which may have been it: there is none where that address is taken.
type OwnData struct {
	At             time.Time
	User           User
	HasPassword    bool
	WrongPasswords int      // in a row
	Avatars        []Avatar // newest first
	Links          []Token  // mailed and still good, newest first

	accounts *Accounts
}

// OwnMail is a mail to an account as it is kept: waiting, failed, or the mere fact that one was delivered.
type OwnMail struct {
	Job  Job  // without payload
	Mail Mail // without token; zero once delivered
}

// ExportOwnData reads all that is kept about the acting account.
func (a *Accounts) ExportOwnData(ctx context.Context, by Actor) (*OwnData, error) {
	if !by.IsUser() {
		return nil, errUnauthenticated
	}
	var data OwnData
	err := a.view(ctx, func(tx Tx) (err error) {
		data = OwnData{At: tx.Now(), accounts: a}
		if data.User, err = tx.FindUser(by.ID); err != nil {
			return asUnauthenticated(err)
		}
		hash, err := tx.PasswordHash(by.ID)
		if err != nil {
			return err
		}
		data.HasPassword = hash != ""
		if data.WrongPasswords, err = tx.LoginFailures(failureDigest(data.User.EmailKey)); err != nil {
			return err
		}
		if data.Avatars, err = tx.AvatarsOf(by.ID); err != nil {
			return err
		}
		if data.Links, err = tx.TokensOf(by.ID, tx.Now()); err != nil {
			return err
		}
		if a.policy.ConcealAccounts {
			data.Links = slices.DeleteFunc(data.Links, func(t Token) bool { return t.Purpose == TokenEmailChange })
		}
		return nil
	})
	return &data, err
}

// OpenOriginal opens an avatar's full-size picture; nil where there is none.
func (d *OwnData) OpenOriginal(avatar Avatar) (BlobReader, error) {
	if avatar.Status != AvatarReady {
		return nil, nil
	}
	file, err := d.accounts.blobs.Open(avatar.ID, VariantOriginal)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("open avatar: %w", err)
	}
	return file, nil
}

// Sessions goes through the account's sessions, newest first, those that are over but not purged yet too.
func (d *OwnData) Sessions(ctx context.Context) iter.Seq2[Session, error] {
	offset := 0
	return inBatches(ctx, d.accounts, func(tx Tx) ([]Session, error) {
		list, _, err := tx.PageSessions(SessionFilter{UserID: d.User.ID, Limit: ownBatch, Offset: offset})
		offset += len(list)
		for i := range list {
			d.accounts.lastSeen(&list[i])
		}
		return list, err
	})
}

// Mails goes through the mails to the account, newest first.
func (d *OwnData) Mails(ctx context.Context) iter.Seq2[OwnMail, error] {
	before := int64(0)
	all := inBatches(ctx, d.accounts, func(tx Tx) ([]OwnMail, error) {
		jobs, err := tx.ListJobs(JobFilter{Kind: JobMail, UserID: d.User.ID, Before: before, Limit: ownBatch})
		mails := make([]OwnMail, 0, len(jobs))
		for _, j := range jobs {
			before = j.ID
			mails = append(mails, ownMail(j))
		}
		return mails, err
	})
	if !d.accounts.policy.ConcealAccounts {
		return all
	}
	return func(yield func(OwnMail, error) bool) {
		for m, err := range all {
			if (err != nil || m.Mail.Kind != "" && m.Mail.Kind != MailEmailChange) && !yield(m, err) {
				return
			}
		}
	}
}

// ownMail reads what a mail's job holds open. Its token stays sealed.
func ownMail(j Job) OwnMail {
	var p mailPayload
	if len(j.Payload) > 0 && json.Unmarshal(j.Payload, &p) != nil {
		p = mailPayload{} // it will fail when it is delivered, and says why then
	}
	j.Payload = nil
	return OwnMail{j, p.Mail}
}

// Audit goes through the entries of the audit log that concern the account, newest first. Of those that also concern
// somebody else, what is that one's own is left out.
func (d *OwnData) Audit(ctx context.Context) iter.Seq2[AuditEntry, error] {
	before := int64(0)
	return inBatches(ctx, d.accounts, func(tx Tx) ([]AuditEntry, error) {
		rows, err := tx.ListAudit(AuditFilter{UserID: d.User.ID, Before: before, Limit: ownBatch})
		list := make([]AuditEntry, 0, len(rows))
		for _, row := range rows {
			before = row.ID
			list = append(list, d.accounts.openEntry(row).asSeenBy(d.User.ID))
		}
		return list, err
	})
}

// asSeenBy leaves out what an entry says of other accounts than the one that looks, and of keys and the shell.
func (e AuditEntry) asSeenBy(id int64) AuditEntry {
	if e.TargetID != 0 && e.TargetID != id {
		e.TargetEmail, e.Details = "", nil
	}
	itself := e.ActorKind == ActorUser && e.ActorID == id
	if !itself && e.ActorKind != ActorSystem { // a stranger may well have been the person themselves
		e.ActorName, e.IP, e.UserAgent = "", "", ""
	}
	return e
}

// inBatches reads batch after batch, each in a View of its own, until one is empty. An error is the last that is told.
func inBatches[T any](ctx context.Context, a *Accounts, next func(Tx) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			var batch []T
			err := a.view(ctx, func(tx Tx) (err error) {
				batch, err = next(tx)
				return err
			})
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range batch {
				if !yield(one, nil) {
					return
				}
			}
			if len(batch) == 0 {
				return
			}
		}
	}
}
