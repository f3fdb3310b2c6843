package app

import (
	"testing"
	"time"
)

// chain makes n rows that hold.
func chain(t *testing.T, key [32]byte, n int) []AuditRow {
	t.Helper()
	var rows []AuditRow
	var before Digest
	for i := range n {
		row := AuditRow{ID: int64(i + 1), At: time.UnixMicro(int64(i) * 1000).UTC(), Action: "user.updated", ActorKind: ActorUser, ActorID: 3, TargetID: 4}
		var err error
		if row.ActorOpen, row.ActorSalt, row.ActorDigest, err = seal(actorOpen{Name: "ada"}); err != nil {
			t.Fatal(err)
		}
		if row.TargetOpen, row.TargetSalt, row.TargetDigest, err = seal(targetOpen{Email: "ada@example.org"}); err != nil {
			t.Fatal(err)
		}
		row.MAC = auditMAC(key, before, row)
		before = row.MAC
		rows = append(rows, row)
	}
	return rows
}

// brokenAt is the index of the first row that doesn't hold; -1 when all do.
func brokenAt(key [32]byte, rows []AuditRow) int {
	var before Digest
	for i, row := range rows {
		if !row.Holds(key, before) {
			return i
		}
		before = row.MAC
	}
	return -1
}

func TestTheAuditChainBreaksWhereARowWasTouched(t *testing.T) {
	t.Parallel()
	key := [32]byte{9}
	if at := brokenAt(key, chain(t, key, 5)); at != -1 {
		t.Fatalf("an untouched chain breaks at %d", at)
	}
	for name, touch := range map[string]func(*AuditRow){
		"id":                  func(r *AuditRow) { r.ID++ },
		"time":                func(r *AuditRow) { r.At = r.At.Add(time.Microsecond) },
		"action":              func(r *AuditRow) { r.Action = "user.deleted" },
		"actor kind":          func(r *AuditRow) { r.ActorKind = ActorShell },
		"actor":               func(r *AuditRow) { r.ActorID++ },
		"target":              func(r *AuditRow) { r.TargetID++ },
		"actor's open part":   func(r *AuditRow) { r.ActorOpen = []byte(`{"name":"eve"}`) },
		"actor's salt":        func(r *AuditRow) { r.ActorSalt = []byte("salt") },
		"actor's digest":      func(r *AuditRow) { r.ActorDigest = DigestOf("x") },
		"actor's part anew":   func(r *AuditRow) { r.ActorOpen, r.ActorSalt, r.ActorDigest, _ = seal(actorOpen{Name: "eve"}) },
		"target's open part":  func(r *AuditRow) { r.TargetOpen = []byte(`{}`) },
		"target's salt":       func(r *AuditRow) { r.TargetSalt = nil },
		"target's digest":     func(r *AuditRow) { r.TargetDigest = DigestOf("x") },
		"value":               func(r *AuditRow) { r.MAC[0] ^= 1 },
		"action across texts": func(r *AuditRow) { r.Action, r.ActorKind = "user.updatedu", "ser" },
	} {
		rows := chain(t, key, 5)
		touch(&rows[2])
		if at := brokenAt(key, rows); at != 2 {
			t.Errorf("%s changed: breaks at %d, want 2", name, at)
		}
	}
}

func TestTheAuditChainBreaksWhereRowsWereRemovedInsertedOrSwapped(t *testing.T) {
	t.Parallel()
	key := [32]byte{9}
	rows := chain(t, key, 5)
	removed := append(append([]AuditRow{}, rows[:2]...), rows[3:]...)
	if at := brokenAt(key, removed); at != 2 {
		t.Errorf("a row removed: breaks at %d", at)
	}
	if at := brokenAt(key, rows[1:]); at != 0 {
		t.Errorf("the first row removed: breaks at %d", at)
	}
	inserted := append(append(append([]AuditRow{}, rows[:2]...), rows[1]), rows[2:]...)
	if at := brokenAt(key, inserted); at != 2 {
		t.Errorf("a row inserted: breaks at %d", at)
	}
	swapped := append([]AuditRow{}, rows...)
	swapped[2], swapped[3] = swapped[3], swapped[2]
	if at := brokenAt(key, swapped); at != 2 {
		t.Errorf("rows swapped: breaks at %d", at)
	}
	if at := brokenAt([32]byte{8}, rows); at != 0 {
		t.Errorf("under another key: breaks at %d", at)
	}
}

func TestErasingOpenPartsLeavesTheChainWhole(t *testing.T) {
	t.Parallel()
	key := [32]byte{9}
	rows := chain(t, key, 3)
	rows[1].ActorOpen, rows[1].ActorSalt = nil, nil
	rows[2].TargetOpen, rows[2].TargetSalt = nil, nil
	if at := brokenAt(key, rows); at != -1 {
		t.Errorf("breaks at %d", at)
	}
	if rows[0].ActorDigest == rows[1].ActorDigest {
		t.Error("two entries of one actor have the same digest: a guess can be tried")
	}
}
