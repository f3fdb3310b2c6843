package main

import (
	"slices"
	"testing"
)

// fact is what the ledger knows of one thing: the value of the last write that was acknowledged, and those of writes after
// it whose answer never came, because the server was killed: they may have happened, or not.
type fact[T comparable] struct {
	sure  T
	maybe []T
}

// wrote notes a write, and whether its answer came.
func (f *fact[T]) wrote(value T, acknowledged bool) {
	if acknowledged {
		f.sure, f.maybe = value, nil
		return
	}
	f.maybe = append(f.maybe, value)
}

// candidates are the values that there may be, the newest last.
func (f *fact[T]) candidates() []T { return append([]T{f.sure}, f.maybe...) }

// settle takes what there is for sure, and tells whether that could be.
func (f *fact[T]) settle(found T) bool {
	possible := slices.Contains(f.candidates(), found)
	f.sure, f.maybe = found, nil
	return possible
}

// count is how often something happened, at least and at most.
type count struct{ least, most int }

func (c *count) add(acknowledged bool) {
	c.most++
	if acknowledged {
		c.least++
	}
}

// ledger is what one account's writes came to.
type ledger struct {
	email    string
	exists   fact[bool]
	password fact[string]
	profile  fact[int] // the number in the first name, and in a custom field beside it
	proven   fact[bool]
	picture  fact[string]      // SHA-256 of the upload, "" for none
	token    string            // of a session that is open; "" when there is none for sure
	ended    []string          // tokens of sessions that ended
	due      map[string]*count // mails, by what they are about
}

// causedMail notes that a write caused a mail, or may have.
func (l *ledger) causedMail(about string, acknowledged bool) {
	if l.due[about] == nil {
		l.due[about] = &count{}
	}
	l.due[about].add(acknowledged)
}

// endLinks notes that the links in the account's mails ended, or may have: what had not gone out by now need not any more.
func (l *ledger) endLinks(s *sink, abouts ...string) {
	for _, about := range abouts {
		if due := l.due[about]; due != nil {
			came, _ := s.count(l.email, about)
			due.least = min(due.least, came)
		}
	}
}

// tally is what the whole test prints.
type tally struct {
	rounds, acknowledged, doubted, lost int
	mailsDue, mailsLost, mailsDoubled   int
}

func (y tally) print(t *testing.T) {
	t.Helper()
	t.Logf("%d rounds: %d writes acknowledged, %d in doubt, %d lost; %d mails due, %d lost, %d doubled",
		y.rounds, y.acknowledged, y.doubted, y.lost, y.mailsDue, y.mailsLost, y.mailsDoubled)
}

func TestALedgerTellsWhatMayBe(t *testing.T) {
	t.Parallel()
	var f fact[string]
	f.wrote("first", true)
	f.wrote("second", false)
	f.wrote("third", false)
	for value, possible := range map[string]bool{"first": true, "second": true, "third": true, "": false, "other": false} {
		g := f
		if g.settle(value) != possible || g.sure != value || len(g.candidates()) != 1 {
			t.Errorf("%q: it is %v that this may be", value, !possible)
		}
	}
	f.wrote("fourth", true)
	if f.settle("third") {
		t.Error("what an acknowledged write replaced may be still")
	}
}
