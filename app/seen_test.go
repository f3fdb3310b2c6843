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

// What was taken is read without the lock: it must be nobody else's any more, also when it was nothing.
func TestWhatIsTakenOfTheSeenTimesIsNotWrittenAnyMore(t *testing.T) {
	t.Parallel()
	l := newSeenLog()
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	nothing := l.take()
	l.note("s", 1, at)
	if !nothing.isEmpty() {
		t.Errorf("it was empty when it was taken, and is now %v", nothing)
	}
	something := l.take()
	l.note("t", 2, at)
	l.noteKey(3, at)
	if len(something.sessions) != 1 || len(something.users) != 1 || len(something.keys) != 0 || l.session("s") != at || l.session("t") != at {
		t.Errorf("taken were %v, and %v and %v are found", something, l.session("s"), l.session("t"))
	}
}
