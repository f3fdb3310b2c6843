package app

import (
	"crypto/hmac"
	"fmt"
)

// auditWalk follows the chain from entry to entry. Its zero values stand before the first one.
type auditWalk struct {
	key  [32]byte
	last int64  // the entry that was reached
	mac  Digest // its value
}

// AuditBreak is the first entry at which the chain doesn't hold, and what is wrong with it.
type AuditBreak struct {
	ID     int64
	Reason string
}

func (b *AuditBreak) Error() string { return fmt.Sprintf("entry %d %s", b.ID, b.Reason) }

// What can be wrong with an entry.
const (
	breakMissing  = "is missing: it was removed"
	breakChanged  = "was changed after it was written"
	breakInserted = "was put in or moved here: the entry behind it belongs in its place"
	breakUnknown  = "does not follow on the one before it: it was changed or put in without the key, or entries before it were removed"
	breakFirst    = "does not hold: it was written without this data folder's key, or entries before it were removed"
	breakActor    = "does not say of who did it what it was written with"
	breakTarget   = "does not say of whom it concerns, or of what changed, what it was written with"
	breakErased   = "lost what it says of a person, and no entry tells that this was erased"
)

// step goes on to the next row, or says why it isn't the next. behind is the row after it, nil at the log's end: it helps
// to tell what happened.
func (w *auditWalk) step(row AuditRow, behind *AuditRow) *AuditBreak {
	switch {
	case row.ID != w.last+1:
		return &AuditBreak{w.last + 1, breakMissing}
	case !w.follows(w.mac, row):
		return &AuditBreak{row.ID, w.diagnose(row, behind)}
	case !partHolds(row.ActorOpen, row.ActorSalt, row.ActorDigest):
		return &AuditBreak{row.ID, breakActor}
	case !partHolds(row.TargetOpen, row.TargetSalt, row.TargetDigest):
		return &AuditBreak{row.ID, breakTarget}
	}
	w.last, w.mac = row.ID, row.MAC
	return nil
}

// follows tells whether a row has the value that the chain gives it behind another.
func (w *auditWalk) follows(before Digest, row AuditRow) bool {
	want := auditMAC(w.key, before, row)
	return hmac.Equal(want[:], row.MAC[:])
}

func (w *auditWalk) diagnose(row AuditRow, behind *AuditRow) string {
	if behind != nil {
		if w.follows(row.MAC, *behind) {
			return breakChanged // its value is the one that it was written with
		}
		moved := *behind
		moved.ID = row.ID
		if w.follows(w.mac, moved) {
			return breakInserted
		}
	}
	if w.last == 0 {
		return breakFirst
	}
	return breakUnknown
}

// partHolds tells whether an open part is the one that a row was made with, or is erased together with its salt.
func partHolds(open, salt []byte, digest Digest) bool {
	if open == nil {
		return salt == nil
	}
	return openDigest(open, salt) == digest
}
