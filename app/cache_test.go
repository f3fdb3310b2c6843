package app

import (
	"fmt"
	"sync"
	"testing"
)

func entryOf(user int64, session string) *Checked {
	return &Checked{Session: Session{ID: session, UserID: user}, User: User{ID: user}}
}

func TestTheCacheGivesWhatWasPutUntilItsUserIsForgotten(t *testing.T) {
	t.Parallel()
	c := newSessionCache(1000)
	ada, eve := DigestOf("ada"), DigestOf("eve")
	c.put(ada, entryOf(1, "a"), 0)
	c.put(eve, entryOf(2, "e"), 0)
	c.forgetUser(1)
	if c.get(ada) != nil {
		t.Error("a forgotten user's entry is still there")
	}
	if c.get(eve) == nil {
		t.Error("another user's entry went too")
	}
	c.forgetAll()
	if c.get(eve) != nil || len(c.byUser) != 0 {
		t.Error("something outlived forgetAll")
	}
}

func TestAReadThatBeganBeforeARevocationIsNotKept(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]func(*sessionCache){
		"of the user": func(c *sessionCache) { c.forgetUser(1) },
		"of all":      func(c *sessionCache) { c.forgetAll() },
	} {
		c := newSessionCache(1000)
		generation := c.generation.Load()
		revoke(c)
		c.put(DigestOf("ada"), entryOf(1, "a"), generation)
		if c.get(DigestOf("ada")) != nil {
			t.Errorf("%s: the stale entry is kept", name)
		}
		c.put(DigestOf("ada"), entryOf(1, "a"), c.generation.Load())
		if c.get(DigestOf("ada")) == nil {
			t.Errorf("%s: a fresh entry is not kept", name)
		}
	}
}

func TestTheCacheStaysWithinItsSizeAndItsIndexKeepsUp(t *testing.T) {
	t.Parallel()
	c := newSessionCache(160)
	for i := range 5000 {
		c.put(DigestOf(fmt.Sprint(i)), entryOf(int64(i%7), "s"), 0)
	}
	entries, indexed := 0, 0
	for i := range c.shards {
		entries += len(c.shards[i].entries)
	}
	for _, keys := range c.byUser {
		indexed += len(keys)
	}
	if entries > 160 || entries != indexed {
		t.Errorf("%d entries, %d indexed, room for 160", entries, indexed)
	}
	for user := range int64(7) {
		c.forgetUser(user)
	}
	for i := range c.shards {
		if n := len(c.shards[i].entries); n != 0 {
			t.Errorf("%d entries can't be forgotten", n)
		}
	}
}

func TestTheCacheIsSafeForManyAtOnce(t *testing.T) {
	t.Parallel()
	c := newSessionCache(64)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 300 {
				key := DigestOf(fmt.Sprint(i % 90))
				switch (i + w) % 4 {
				case 0:
					c.put(key, entryOf(int64(i%5), "s"), c.generation.Load())
				case 1:
					c.forgetUser(int64(i % 5))
				case 2:
					if i%50 == 0 {
						c.forgetAll()
					}
				default:
					c.get(key)
				}
			}
		})
	}
	all.Wait()
}

func TestAReadyAnswerIsEncodedOnceForEachFingerprint(t *testing.T) {
	t.Parallel()
	c := entryOf(1, "a")
	encoded := 0
	for range 3 {
		for _, f := range []Fingerprint{FingerprintOK, FingerprintIP, FingerprintUserAgent, FingerprintMismatch} {
			body := c.Body(f, func() []byte { encoded++; return []byte(f.String()) })
			if string(body) != f.String() {
				t.Errorf("the body for %s says %s", f, body)
			}
		}
	}
	if encoded != 4 {
		t.Errorf("encoded %d times, want 4", encoded)
	}
}
