package app_test

import (
	"context"
	"slices"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestIgnoredPeersAreToldOutsideUntilTheNextStart(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	told := func() (peers []string) {
		must(t, w.Store.View(t.Context(), func(tx app.Tx) (err error) {
			peers, err = app.IgnoredPeers(tx)
			return err
		}))
		return peers
	}
	w.FlushSeen(t.Context())
	if w.Transactions() != 0 || told() != nil {
		t.Errorf("nothing costs %d transactions, and tells %v", w.Transactions(), told())
	}
	w.NoteIgnoredPeer("unix")
	w.NoteIgnoredPeer("192.0.2.7")
	if told() != nil {
		t.Error("a request writes")
	}
	w.FlushSeen(t.Context())
	w.FlushSeen(t.Context())
	if got := told(); !slices.Equal(got, []string{"192.0.2.7", "unix"}) || w.Transactions() != 1 {
		t.Errorf("told %v after %d transactions", got, w.Transactions())
	}
	w.NoteIgnoredPeer("192.0.2.8")
	over, end := context.WithCancel(t.Context())
	end()
	w.FlushSeen(over) // as the server stops
	w.FlushSeen(t.Context())
	if got := told(); len(got) != 3 {
		t.Errorf("after a write that was cut off, told %v", got)
	}
	next := w.Again(t)
	next.Start(t)
	next.NoteIgnoredPeer("192.0.2.9")
	next.Poll("a peer to be written beside the last-seen times", func() bool { return slices.Equal(told(), []string{"192.0.2.9"}) })
	next = next.Again(t)
	next.Start(t)
	next.Poll("a new start to forget them", func() bool {
		next.FlushSeen(t.Context())
		return told() == nil
	})
}
