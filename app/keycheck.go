package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// keyNoteEvery is how often a key's use is noted. With seenEvery it bounds how old last_used_at can be.
const keyNoteEvery = 10 * time.Second

// CheckKey finds the key whose secret a request presents, and is who acts by it. It is on the path of every request of an
// app's server: a key that was seen before costs no row. An unknown or revoked one answers `unauthenticated`.
func (a *Accounts) CheckKey(ctx context.Context, secret Secret, client Client) (Actor, error) {
	digest := DigestOf(secret.Reveal())
	key := a.apiKeys.get(digest)
	if key == nil {
		var err error
		if key, err = a.readKey(ctx, digest); err != nil {
			return Actor{}, err
		}
	}
	a.noteKey(key)
	client.KeyID = key.id
	return Actor{Kind: ActorKey, ID: key.id, Name: key.name, Rank: key.rank, Client: client}, nil
}

// readKey is a miss: look up, keep. The cache's generation is noted before the read.
func (a *Accounts) readKey(ctx context.Context, digest Digest) (*checkedKey, error) {
	generation := a.apiKeys.generation.Load()
	var found Key
	err := a.view(ctx, func(tx Tx) (err error) {
		found, err = tx.KeyByDigest(digest)
		return err
	})
	switch {
	case errors.Is(err, errNotFound):
		return nil, errUnauthenticated
	case err != nil:
		return nil, err
	}
	key := &checkedKey{id: found.ID, name: found.Name, rank: RankOf([]string{found.Role})}
	a.apiKeys.put(digest, key, generation)
	return key, nil
}

// noteKey notes that a key was used. The row is written later, with others.
func (a *Accounts) noteKey(key *checkedKey) {
	now := a.clock()
	last := key.notedAt.Load()
	if now.UnixNano()-last >= int64(keyNoteEvery) && key.notedAt.CompareAndSwap(last, now.UnixNano()) {
		a.seen.noteKey(key.id, now.Truncate(time.Microsecond)) // as the store keeps times
	}
}

// checkedKey is a key that was found good. It has no role's name, only its rank, which is for good: roles that have one
// can't be renamed, and a role that a key acts with can't be deleted.
type checkedKey struct {
	id      int64
	name    string
	rank    Rank
	notedAt atomic.Int64 // Unix nanoseconds
}

// keyCache keeps checked keys by the digest of their secret. Only keys that work are in it, so it needs no bound.
type keyCache struct {
	generation atomic.Uint64
	mu         sync.RWMutex
	entries    map[Digest]*checkedKey
}

func newKeyCache() *keyCache { return &keyCache{entries: map[Digest]*checkedKey{}} }

func (c *keyCache) get(d Digest) *checkedKey {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries[d]
}

// put keeps a key, unless anything was forgotten since generation was read: then what was read may be older than a
// revocation, and the next request reads again.
func (c *keyCache) put(d Digest, key *checkedKey, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation.Load() == generation {
		c.entries[d] = key
	}
}

// forget drops one key, after its revocation.
func (c *keyCache) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation.Add(1)
	for d, key := range c.entries {
		if key.id == id {
			delete(c.entries, d)
		}
	}
}

// forgetAll drops everything, after another process wrote.
func (c *keyCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation.Add(1)
	clear(c.entries)
}
