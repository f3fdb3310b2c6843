package app

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	// mailPatience is how long delivery is tried again after temporary errors.
	mailPatience = 48 * time.Hour
	// mailLease is how long one delivery may take before another worker takes it over.
	mailLease = 3 * time.Minute
)

// mailPayload is a waiting mail as its job keeps it: open but for the token, so that mails can be written anew when the
// data folder's keys are lost.
type mailPayload struct {
	Mail   Mail   `json:"mail"`
	Sealed []byte `json:"sealed,omitempty"` // nonce and XChaCha20-Poly1305 of the token, bound to the mail's ID
	// Since is when delivery first failed: mailPatience counts from there, for a mail may have been kept for weeks before
	// there was a server.
	Since time.Time `json:"since,omitzero"`
}

// sendMail queues a mail in the transaction of what caused it.
func (u *unit) sendMail(userID int64, m Mail) error {
	m.ID, m.At = newID(), u.Now()
	payload := mailPayload{Mail: m}
	if m.Token != "" {
		sealed, err := sealToken(u.a.keys.Seal, m)
		if err != nil {
			return fmt.Errorf("seal mail token: %w", err)
		}
		payload.Sealed = sealed
	}
	encoded, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("encode mail: %w", err)
	}
	_, err = u.InsertJob(Job{Kind: JobMail, State: JobWaiting, NextAt: u.Now(), UserID: userID, Payload: encoded, CreatedAt: u.Now()})
	u.wake[JobMail] = true
	return err
}

// mailTo begins a mail to the address that the database has, with a name only where the address is proven. Language and
// device of whoever acts are told where that is the account itself, or somebody who may be: not those of an
// administrator or a program.
func (u *unit) mailTo(kind MailKind, user User, by Actor) Mail {
	m := Mail{Kind: kind, To: user.Email, Locale: user.Locale, Timezone: user.Timezone}
	if user.IsConfirmed() {
		m.Name = user.DisplayName()
	}
	if by.Kind != ActorSystem && (by.Kind != ActorUser || by.ID != user.ID) {
		return m
	}
	if m.Locale == "" {
		m.Locale = by.Client.Locale
	}
	if by.Client.IP.IsValid() {
		m.Device, m.IP = DeviceName(by.Client.UserAgent), by.Client.IP.String()
	}
	return m
}

// mailToken mails a user a fresh token.
func (u *unit) mailToken(kind MailKind, p TokenPurpose, user User, by Actor, life time.Duration) error {
	secret, token, err := u.issueToken(p, user.ID, user.Email, life)
	if err != nil {
		return err
	}
	m := u.mailTo(kind, user, by)
	m.Token, m.TokenID, m.Expires = secret, token.ID, token.ExpiresAt
	return u.sendMail(user.ID, m)
}

func tokenCipher(key [32]byte) (cipher.AEAD, error) { return chacha20poly1305.NewX(key[:]) }

func sealToken(key [32]byte, m Mail) ([]byte, error) {
	aead, err := tokenCipher(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, []byte(m.Token.Reveal()), []byte(m.ID)), nil
}

// openMail reads a waiting mail with its token.
func openMail(key [32]byte, payload []byte) (Mail, error) {
	var p mailPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return Mail{}, fmt.Errorf("decode mail: %w", err)
	}
	if len(p.Sealed) == 0 {
		return p.Mail, nil
	}
	aead, err := tokenCipher(key)
	if err != nil {
		return Mail{}, err
	}
	if len(p.Sealed) < aead.NonceSize() {
		return Mail{}, errors.New("decode mail: sealed token is too short")
	}
	nonce, sealed := p.Sealed[:aead.NonceSize()], p.Sealed[aead.NonceSize():]
	token, err := aead.Open(nil, nonce, sealed, []byte(p.Mail.ID))
	if err != nil {
		return Mail{}, errors.New("the token can't be unsealed with this data folder's keys")
	}
	p.Mail.Token = Secret(token)
	return p.Mail, nil
}

// deliverMail is the handler of mail jobs.
func (a *Accounts) deliverMail(ctx context.Context, j Job) outcome {
	m, err := openMail(a.keys.Seal, j.Payload)
	if err != nil {
		return failed(err.Error())
	}
	if m.TokenID != 0 {
		good, err := a.tokenStillGood(ctx, m.TokenID)
		if err != nil {
			return again(err.Error(), mailWait(j.Attempts))
		}
		if !good {
			return failed("its link is no longer good")
		}
	}
	err = a.courier.Deliver(ctx, m)
	var permanent interface{ Permanent() bool }
	switch {
	case err == nil:
		return done()
	case errors.As(err, &permanent) && permanent.Permanent():
		return failed(err.Error())
	}
	return a.deliverLater(j, err)
}

// deliverLater is what becomes of a mail after a temporary error.
func (a *Accounts) deliverLater(j Job, cause error) outcome {
	var p mailPayload
	if err := json.Unmarshal(j.Payload, &p); err != nil {
		return failed("decode mail: " + err.Error())
	}
	if j.Attempts <= 1 || p.Since.IsZero() {
		p.Since = a.clock()
	}
	if a.clock().Sub(p.Since) >= mailPatience {
		return failed("given up after 48 hours: " + cause.Error())
	}
	result := again(cause.Error(), mailWait(j.Attempts))
	var err error
	if result.payload, err = json.Marshal(p); err != nil {
		return failed("encode mail: " + err.Error())
	}
	return result
}

// tokenStillGood asks whether a mailed token was neither used, ended nor outlived.
func (a *Accounts) tokenStillGood(ctx context.Context, id int64) (bool, error) {
	var good bool
	err := a.view(ctx, func(tx Tx) error {
		t, err := tx.TokenByID(id)
		good = err == nil && tx.Now().Before(t.ExpiresAt)
		return ignoreMissing(err)
	})
	return good, err
}

// mailWait grows from half a minute to two hours.
func mailWait(attempts int) time.Duration {
	wait := 30 * time.Second << min(max(attempts-1, 0), 8)
	return min(wait, 2*time.Hour)
}

// MailboxKey opens the kept mailbox by the link that is printed at a start on a loopback address.
func (a *Accounts) MailboxKey() Secret { return a.mailbox }

// KeptMails lists the mails that are kept because no SMTP server is set up, newest first, at most 200. It is for an
// Owner's session, or whoever holds the key that was printed at the start.
func (a *Accounts) KeptMails(ctx context.Context, by Actor, key Secret) ([]KeptMail, error) {
	switch {
	case !a.MailIsKept():
		return nil, errNotFound
	case key != "" && sameSecret(key, a.mailbox):
	case by.IsUser() && by.Rank == RankOwner:
	case by.IsUser():
		return nil, errForbidden
	default:
		return nil, errUnauthenticated
	}
	var list []KeptMail
	err := a.view(ctx, func(tx Tx) error {
		jobs, err := tx.ListJobs(JobFilter{Kind: JobMail, State: JobWaiting, Limit: 200})
		list = make([]KeptMail, 0, len(jobs))
		for _, j := range jobs {
			kept := KeptMail{JobID: j.ID, State: j.State}
			if kept.Mail, err = openMail(a.keys.Seal, j.Payload); err != nil {
				kept.Error = err.Error()
			}
			list = append(list, kept)
		}
		return err
	})
	return list, err
}
