package app

import (
	"slices"
	"sync"
	"sync/atomic"
)

// sessionCacheSize bounds how many presented values are kept (about 1.5 KB each with a small account).
const sessionCacheSize = 16_384

const cacheShards = 16

// Checked is a session that was found good, with its user. It is shared between requests and never changed: what
// changes makes a new one.
type Checked struct {
	Session Session
	User    User
	bodies  [fingerprints]atomic.Pointer[[]byte]
	told    atomic.Pointer[[]string] // who it is, as Identity keeps it
	noted   atomic.Pointer[[]Digest] // differing fingerprints that were written down, the latest maxNoted
}

// maxNoted bounds how many of a session's differing fingerprints are remembered without asking the store.
const maxNoted = 8

func (c *Checked) isNoted(pair Digest) bool {
	noted := c.noted.Load()
	return noted != nil && slices.Contains(*noted, pair)
}

// note remembers a pair. Of two at one time one may be lost, which costs a look at the store.
func (c *Checked) note(pair Digest) {
	list := []Digest{pair}
	if noted := c.noted.Load(); noted != nil {
		list = append(list, (*noted)[:min(len(*noted), maxNoted-1)]...)
	}
	c.noted.Store(&list)
}

// Body keeps one ready answer for each fingerprint value, so that a hit costs no encoding.
func (c *Checked) Body(f Fingerprint, encode func() []byte) []byte {
	if ready := c.bodies[f].Load(); ready != nil {
		return *ready
	}
	body := encode()
	c.bodies[f].Store(&body)
	return body
}

// Identity keeps who the user is in the words of whoever tells it, so that a hit costs no writing either.
func (c *Checked) Identity(of func(*User) []string) []string {
	if ready := c.told.Load(); ready != nil {
		return *ready
	}
	words := of(&c.User)
	c.told.Store(&words)
	return words
}

// sessionCache keeps checked sessions by the SHA-256 of what was presented (a whole cookie, or a bearer token), so that
// a hit costs neither the cookie's decoding nor a query. Entries go after each commit that touches their user.
type sessionCache struct {
	size       int // of each shard
	generation atomic.Uint64
	shards     [cacheShards]cacheShard
	mu         sync.Mutex
	byUser     map[int64]map[Digest]struct{}
}

type cacheShard struct {
	mu      sync.RWMutex
	entries map[Digest]*Checked
	_       [64]byte // shards are hot from every core
}

func newSessionCache(size int) *sessionCache {
	c := &sessionCache{size: max(1, size/cacheShards), byUser: map[int64]map[Digest]struct{}{}}
	for i := range c.shards {
		c.shards[i].entries = map[Digest]*Checked{}
	}
	return c
}

func (c *sessionCache) shard(key Digest) *cacheShard { return &c.shards[key[0]%cacheShards] }

func (c *sessionCache) get(key Digest) *Checked {
	s := c.shard(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.entries[key]
}

// put keeps an entry, unless anything was forgotten since generation was read: then the entry may be older than a
// revocation, and the next request reads again.
func (c *sessionCache) put(key Digest, entry *Checked, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation.Load() != generation {
		return
	}
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.entries[key]; !there && len(s.entries) >= c.size {
		for victim, old := range s.entries { // any: a map's order is as good as random
			delete(s.entries, victim)
			c.unindex(old.User.ID, victim)
			break
		}
	}
	s.entries[key] = entry
	keys := c.byUser[entry.User.ID]
	if keys == nil {
		keys = map[Digest]struct{}{}
		c.byUser[entry.User.ID] = keys
	}
	keys[key] = struct{}{}
}

func (c *sessionCache) unindex(userID int64, key Digest) {
	keys := c.byUser[userID]
	delete(keys, key)
	if len(keys) == 0 {
		delete(c.byUser, userID)
	}
}

// forgetUser drops every entry of a user.
func (c *sessionCache) forgetUser(userID int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation.Add(1)
	for key := range c.byUser[userID] {
		s := c.shard(key)
		s.mu.Lock()
		delete(s.entries, key)
		s.mu.Unlock()
	}
	delete(c.byUser, userID)
}

// forgetAll drops everything, after another process wrote.
func (c *sessionCache) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation.Add(1)
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		clear(s.entries)
		s.mu.Unlock()
	}
	clear(c.byUser)
}

// len counts the entries.
func (c *sessionCache) len() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.RLock()
		n += len(s.entries)
		s.mu.RUnlock()
	}
	return n
}
