package app

import (
	"testing"
	"time"
)

// TestASeenTimeIsKnownUntilItsRowTellsIt looks between taking the times and writing them: a session that was used a
// moment ago must not look idle then.
func TestASeenTimeIsKnownUntilItsRowTellsIt(t *testing.T) {
	t.Parallel()
	l := newSeenLog()
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	l.note("s", 1, at)
	l.noteKey(7, at)
	if taken := l.take(); !taken.sessions["s"].Equal(at) || !taken.users[1].Equal(at) || !taken.keys[7].Equal(at) {
		t.Fatalf("taken are %+v", taken)
	}
	l.take() // by somebody beside, while the first is being written: there is nothing
	if !l.session("s").Equal(at) || !l.key(7).Equal(at) {
		t.Error("what is being written is forgotten")
	}
	l.note("s", 1, at.Add(time.Second))
	if !l.session("s").Equal(at.Add(time.Second)) {
		t.Error("the later time does not count")
	}
	if again := l.take(); !again.sessions["s"].Equal(at.Add(time.Second)) || len(again.keys) != 0 {
		t.Errorf("taken are %+v", again)
	}
}
