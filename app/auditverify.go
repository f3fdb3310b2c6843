package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// verifyBatch is how many entries one View reads, so that memory stays small and the log of the store can be shortened.
const verifyBatch = 1000

// AuditMark is a place in the chain: how many entries there were, and the value of the last. Who keeps one elsewhere can
// later tell whether the log was cut or rewritten since, even by somebody who has the key.
type AuditMark struct {
	Length int64
	Value  Digest // the zero Digest of an empty log
}

// String is the mark as `doorward audit verify` prints it: LENGTH:VALUE.
func (m AuditMark) String() string { return fmt.Sprintf("%d:%x", m.Length, m.Value[:]) }

// ParseAuditMark reads what String wrote.
func ParseAuditMark(text string) (AuditMark, error) {
	length, value, _ := strings.Cut(strings.TrimSpace(text), ":")
	n, err := strconv.ParseUint(length, 10, 63)
	raw, hexErr := hex.DecodeString(value)
	if err != nil || hexErr != nil || len(raw) != len(Digest{}) {
		return AuditMark{}, errors.New("it is not LENGTH:VALUE, the last line that doorward audit verify printed")
	}
	return AuditMark{int64(n), Digest(raw)}, nil
}

// AuditReport is what VerifyAudit found.
type AuditReport struct {
	Mark      AuditMark   // the end of the log; of what holds, where Break says that it ends early
	Pruned    int64       // entries up to this one were pruned, 0 for none
	PrunedBad int64       // the entry at which the chain did not hold when it was pruned; 0 for none
	Erased    int         // personal parts that were erased
	Break     *AuditBreak // nil when the chain holds
}

// VerifyAudit goes through the whole audit log, for whoever has the shell, Admins and Owners. It reads in small pieces,
// beside everything else, and follows what is written meanwhile. An expected mark (nil for none) must still be part of
// the chain. A chain that doesn't hold is a result, not an error.
func (a *Accounts) VerifyAudit(ctx context.Context, by Actor, expect *AuditMark) (AuditReport, error) {
	if err := administers(by); err != nil {
		return AuditReport{}, err
	}
	v := verification{auditWalk: auditWalk{key: a.keys.Audit}, expect: expect, met: expect == nil}
	for more := true; more; {
		if err := a.view(ctx, func(tx Tx) (err error) {
			more, err = v.batch(tx)
			return err
		}); err != nil {
			return AuditReport{}, err
		}
	}
	v.report.Mark = AuditMark{v.last, v.mac}
	return v.report, nil
}

// verification is one run of VerifyAudit.
type verification struct {
	auditWalk
	expect *AuditMark
	met    bool // the expected mark was passed, and is right
	report AuditReport
	told   int64 // the account whose erasure was last found to be told of
}

// batch goes on by some entries and tells whether there are more to come.
func (v *verification) batch(tx Tx) (more bool, err error) {
	cp, err := lastCheckpoint(tx)
	if errors.Is(err, errCheckpoint) {
		v.report.Break = &AuditBreak{cp.entry, breakTarget}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if cp.Through > v.last { // at the beginning, or pruned past us meanwhile
		v.last, v.mac = cp.Through, cp.Value
	}
	v.report.Pruned, v.report.PrunedBad = cp.Through, cp.Broken
	if broken := v.compare(); broken != nil {
		v.report.Break = broken
		return false, nil
	}
	rows, err := tx.AuditAfter(v.last, verifyBatch+1)
	if err != nil {
		return false, err
	}
	for i := range rows[:min(len(rows), verifyBatch)] {
		var behind *AuditRow
		if i+1 < len(rows) {
			behind = &rows[i+1]
		}
		if v.report.Break, err = v.entry(tx, rows[i], behind); err != nil || v.report.Break != nil {
			return false, err
		}
	}
	if len(rows) > verifyBatch {
		return true, nil
	}
	if !v.met {
		v.report.Break = &AuditBreak{v.last + 1, fmt.Sprintf("is missing: the log was cut, %d entries were expected", v.expect.Length)}
	}
	return false, nil
}

// entry looks at one entry.
func (v *verification) entry(tx Tx, row AuditRow, behind *AuditRow) (*AuditBreak, error) {
	if broken := v.step(row, behind); broken != nil {
		return broken, nil
	}
	if broken, err := v.erasures(tx, row); broken != nil || err != nil {
		return broken, err
	}
	return v.compare(), nil
}

// compare holds the place that was reached against the expected mark.
func (v *verification) compare() *AuditBreak {
	switch {
	case v.met || v.last < v.expect.Length:
		return nil
	case v.last > v.expect.Length:
		return &AuditBreak{v.expect.Length, "was pruned since, so that its value can't be compared: expect a later answer of audit verify"}
	case v.mac != v.expect.Value:
		return &AuditBreak{v.last, "has another value than expected: the log was rewritten"}
	}
	v.met = true
	return nil
}

// erasures counts a row's erased parts and asks that the chain tells of each.
func (v *verification) erasures(tx Tx, row AuditRow) (*AuditBreak, error) {
	if row.ActorOpen == nil {
		if broken, err := v.erased(tx, row.ID, row.actorPartOf()); broken != nil || err != nil {
			return broken, err
		}
	}
	if row.TargetOpen == nil {
		return v.erased(tx, row.ID, row.TargetID)
	}
	return nil, nil
}

// erased counts a part that was personal to an account, 0 for none.
func (v *verification) erased(tx Tx, entry, account int64) (*AuditBreak, error) {
	v.report.Erased++
	if account != 0 && account == v.told {
		return nil, nil
	}
	told := false
	if account != 0 {
		var err error
		if told, err = erasureTold(tx, account); err != nil {
			return nil, err
		}
	}
	if !told {
		return &AuditBreak{entry, breakErased}, nil
	}
	v.told = account
	return nil, nil
}

// KeysFit tells whether the newest entry of the log was written with an audit key: not so when the data folder has keys of
// another one, whose entries from then on would hold under neither. A log too short to tell fits.
func KeysFit(tx Tx, key [32]byte) (bool, error) {
	last, err := tx.LastAudit()
	if err != nil {
		return true, ignoreMissing(err)
	}
	rows, err := tx.AuditAfter(last.ID-2, 2) // with the one before it, unless that was pruned
	if err != nil {
		return false, err
	}
	walk := auditWalk{key: key}
	if len(rows) == 2 {
		walk.mac = rows[0].MAC
	} else if last.ID > 1 {
		return true, nil
	}
	return walk.follows(walk.mac, last), nil
}
