package app

import (
	"context"
	"encoding/json"
	"fmt"
)

// Renewal tells what RenewKeys did.
type Renewal struct {
	Mails   int // waiting mails that got a new link
	Entries int // of the audit log, chained anew because the key that chained them was lost
}

// RenewKeys makes the store fit keys that were made anew, the ones that this Accounts was given. Mails that wait get new
// tokens, since the old ones can't be unsealed any more: whoever has an old link asks for another. Where the audit key was
// lost too, the log is chained anew, which can't tell whether it held before. It is the shell's, with no server running; once
// more does no harm.
func (a *Accounts) RenewKeys(ctx context.Context, by Actor, auditKeyLost bool) (done Renewal, err error) {
	if by.Kind != ActorShell {
		return Renewal{}, errForbidden
	}
	if auditKeyLost {
		if done.Entries, err = a.chainAnew(ctx); err != nil {
			return done, err
		}
	}
	for before := int64(0); ; {
		var jobs []Job
		err := a.update(ctx, func(u *unit) (err error) {
			if jobs, err = u.ListJobs(JobFilter{Kind: JobMail, Before: before, Limit: purgeBatch}); err != nil {
				return err
			}
			renewed := 0
			for _, j := range jobs {
				ok, err := u.resealMail(j)
				if err != nil {
					return fmt.Errorf("renew mail %d: %w", j.ID, err)
				}
				if ok {
					renewed++
				}
			}
			done.Mails += renewed
			return nil
		})
		if err != nil {
			return done, err
		}
		if len(jobs) < purgeBatch {
			break
		}
		before = jobs[len(jobs)-1].ID
	}
	return done, a.update(ctx, func(u *unit) error {
		return u.audit(by, "restore", nil, details{"what": "keys", "mails": done.Mails, "entries_chained_anew": done.Entries})
	})
}

// resealMail gives a mail that is not delivered a new token, if its old one would still be good.
func (u *unit) resealMail(j Job) (bool, error) {
	var p mailPayload
	if len(j.Payload) == 0 || json.Unmarshal(j.Payload, &p) != nil || p.Mail.TokenID == 0 {
		return false, nil // delivered, without a link, or not to be read anyway
	}
	p.Sealed = nil // without one the mail ends as failed: its link is no longer good
	token := newSecret()
	err := u.SetTokenDigest(p.Mail.TokenID, DigestOf(token.Reveal()))
	if ignoreMissing(err) != nil {
		return false, err
	}
	good := err == nil
	if good {
		p.Mail.Token = token
		if p.Sealed, err = sealToken(u.a.keys.Seal, p.Mail); err != nil {
			return false, err
		}
	}
	if j.Payload, err = json.Marshal(p); err != nil {
		return false, err
	}
	return good, u.UpdateJob(j)
}

// chainAnew gives every entry the value that it has under today's key, oldest first.
func (a *Accounts) chainAnew(ctx context.Context) (entries int, err error) {
	cp, err := a.lostCheckpoint(ctx)
	if err != nil {
		return 0, err
	}
	last, mac := cp.Through, cp.Value
	for {
		var rows []AuditRow
		err := a.update(ctx, func(u *unit) (err error) {
			if rows, err = u.AuditAfter(last, purgeBatch); err != nil {
				return err
			}
			value := mac
			for _, row := range rows {
				value = auditMAC(a.keys.Audit, value, row)
				if err := u.SetAuditMAC(row.ID, value); err != nil {
					return err
				}
			}
			mac = value
			return nil
		})
		if err != nil || len(rows) == 0 {
			return entries, err
		}
		entries += len(rows)
		last = rows[len(rows)-1].ID
	}
}

// lostCheckpoint is where the chain begins: behind the newest checkpoint whose entry can be read, though nothing proves it.
func (a *Accounts) lostCheckpoint(ctx context.Context) (cp checkpoint, err error) {
	err = a.view(ctx, func(tx Tx) (err error) {
		cp, err = lastCheckpoint(tx)
		return err
	})
	return cp, err
}
