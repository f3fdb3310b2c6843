package app

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// AuditActions are the published names of what the log tells of, in the order in which a choice of them is shown.
func AuditActions() []string { return slices.Clone(auditActions) }

var auditActions = []string{
	"user.registered", "user.created", "user.updated", "user.deleted", "user.confirmed", "user.unconfirmed", "user.activated", "user.deactivated",
	"login.failed", "session.created", "session.deleted",
	"password.changed", "password.reset_requested", "password.reset", "password.set",
	"email.change_requested", "email.changed",
	"role.assigned", "role.removed", "role.created", "role.updated", "role.deleted",
	"avatar.updated", "avatar.deleted", "key.created", "key.revoked", "fingerprint.mismatch",
	"import", "restore", auditErased, auditPruned,
}

// What the log tells of itself.
const (
	auditErased = "audit.erased" // the personal values of an account that is gone, its target
	auditPruned = "audit.pruned" // everything up to an entry; see checkpoint
)

// details say what changed, by name. They never hold a secret; personal values are fine, since they lie in the part that
// can be erased.
type details map[string]any

// actorOpen is the part of an entry that says who did it. It is personal to the actor.
type actorOpen struct {
	Name      string `json:"name,omitempty"`
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
}

// targetOpen is the part of an entry that says whom it concerns and what changed. It is personal to the target.
type targetOpen struct {
	Email   string  `json:"email,omitempty"`
	Details details `json:"details,omitempty"`
}

// audit writes an entry in the transaction of what it tells of, so that neither exists without the other. target may be nil.
//
// The chain: each row's MAC is HMAC-SHA-256, under the data folder's key, over the MAC before it and everything of the
// row but the open parts, which it covers by salted digests. So an open part and its salt can be erased (30 days after
// its account's deletion) without breaking the chain, and what is left of it tells nothing.
func (u *unit) audit(by Actor, action string, target *User, d details) error {
	if !slices.Contains(auditActions, action) {
		return fmt.Errorf("audit %s: it is no published action", action)
	}
	row := AuditRow{ID: 1, At: u.Now(), Action: action, ActorKind: by.Kind, ActorID: by.ID}
	var before Digest
	switch last, err := u.LastAudit(); {
	case err == nil:
		row.ID, before = last.ID+1, last.MAC
	case !errors.Is(err, ErrNoRow):
		return err
	}
	who := actorOpen{Name: by.Name, UserAgent: by.Client.UserAgent}
	if by.Client.IP.IsValid() {
		who.IP = by.Client.IP.String()
	}
	if by.Client.KeyID != 0 && by.Kind != ActorKey { // a key spoke for whoever acts
		d = maps.Clone(d)
		if d == nil {
			d = details{}
		}
		d["by_key"] = by.Client.KeyID
	}
	whom := targetOpen{Details: d}
	if target != nil {
		row.TargetID, whom.Email = target.ID, target.Email
	}
	var err error
	if row.ActorOpen, row.ActorSalt, row.ActorDigest, err = seal(who); err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	if row.TargetOpen, row.TargetSalt, row.TargetDigest, err = seal(whom); err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	row.MAC = auditMAC(u.a.keys.Audit, before, row)
	return u.InsertAudit(row)
}

// seal encodes an open part and digests it with a salt of its own, so that a guess at an erased part can't be tried.
func seal(part any) (open, salt []byte, digest Digest, err error) {
	if open, err = json.Marshal(part); err != nil {
		return nil, nil, Digest{}, err
	}
	salt = make([]byte, 16)
	rand.Read(salt)
	return open, salt, openDigest(open, salt), nil
}

func openDigest(open, salt []byte) Digest {
	h := sha256.New()
	h.Write(salt)
	h.Write(open)
	return Digest(h.Sum(nil))
}

// auditMAC is the chain's next value. Every part is fixed in length or preceded by it, so that no two rows read alike.
func auditMAC(key [32]byte, before Digest, r AuditRow) Digest {
	mac := hmac.New(sha256.New, key[:])
	number := func(n int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		mac.Write(b[:])
	}
	text := func(s string) {
		number(int64(len(s)))
		mac.Write([]byte(s))
	}
	text("doorward audit 1")
	mac.Write(before[:])
	number(r.ID)
	number(r.At.UnixMicro())
	text(r.Action)
	text(string(r.ActorKind))
	number(r.ActorID)
	number(r.TargetID)
	mac.Write(r.ActorDigest[:])
	mac.Write(r.TargetDigest[:])
	return Digest(mac.Sum(nil))
}

// Holds tells whether a row follows the one before it (the zero Digest before the first), and its open parts, where they
// are not erased, are the ones it was made with.
func (r AuditRow) Holds(key [32]byte, before Digest) bool {
	walk := auditWalk{key, r.ID - 1, before}
	return walk.step(r, nil) == nil
}
