package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
)

// factIgnoredPeers remembers whose forwarding headers the server ignores, for whoever looks from outside of its process.
const factIgnoredPeers = "ignored_peers"

// ignoredPeers gathers them until they are written, beside the requests: whoever sends one waits for no write.
type ignoredPeers struct {
	mu      sync.Mutex
	names   []string
	changed bool
	wake    *waker // whoever writes them
}

// NoteIgnoredPeer remembers that a peer sends forwarding headers that don't count. Whoever calls it bounds how many there
// are, and names each once.
func (a *Accounts) NoteIgnoredPeer(peer string) {
	a.peers.mu.Lock()
	defer a.peers.mu.Unlock()
	a.peers.names, a.peers.changed = append(a.peers.names, peer), true
	a.peers.wake.wake()
}

// take is what is to be written, or not changed.
func (p *ignoredPeers) take() (text string, changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.changed {
		return "", false
	}
	p.changed = false
	return strings.Join(slices.Sorted(slices.Values(p.names)), ","), true
}

// forgetIgnoredPeers begins anew with the server's settings, which may name them now.
func (a *Accounts) forgetIgnoredPeers(ctx context.Context) {
	err := a.view(context.WithoutCancel(ctx), func(tx Tx) error {
		peers, err := IgnoredPeers(tx)
		a.peers.mu.Lock()
		defer a.peers.mu.Unlock()
		a.peers.changed = a.peers.changed || len(peers) > 0
		return err
	})
	if err != nil {
		a.log.Warn("read whose forwarding headers were ignored", "error", err)
	}
}

// writeIgnoredPeers writes them, if there are others than before.
func (a *Accounts) writeIgnoredPeers(ctx context.Context) {
	text, changed := a.peers.take()
	if !changed {
		return
	}
	if err := a.store.Update(ctx, func(tx Tx) error { return tx.SetFact(factIgnoredPeers, text) }); err != nil {
		a.log.Warn("write whose forwarding headers are ignored", "error", err)
		a.peers.mu.Lock()
		defer a.peers.mu.Unlock()
		a.peers.changed = true // the next flush tries again: while the server stops, that is the last one
	}
}

// IgnoredPeers reads whose forwarding headers the server that runs, or ran last, ignored since its start.
func IgnoredPeers(tx Tx) ([]string, error) {
	text, err := tx.Fact(factIgnoredPeers)
	if errors.Is(err, ErrNoRow) || text == "" {
		return nil, nil
	}
	return strings.Split(text, ","), err
}
