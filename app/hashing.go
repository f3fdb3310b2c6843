package app

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashWait is how much work may wait for a hashing slot; beyond it a request is told to come back.
const hashWait = 3 * time.Second

// hashPool bounds how many passwords are hashed at one time, and how much hashing may wait, so that a storm of logins
// takes neither the machine nor the session checks with it.
type hashPool struct {
	slots   chan struct{}
	waiting atomic.Int64
	each    atomic.Int64 // nanoseconds that one hash took lately
	hashed  atomic.Int64 // pieces of hashing begun since the start
	cost    int
	once    sync.Once
	fake    Secret
}

func newHashPool(cost int) *hashPool {
	return &hashPool{slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0))), cost: cost}
}

// run does one piece of hashing, or answers `overloaded` when the wait would be longer than hashWait. What fn returns
// is returned.
func (p *hashPool) run(ctx context.Context, fn func() error) error {
	behind := p.waiting.Add(1) - int64(cap(p.slots)) // how many must end before this one begins; a free slot makes nobody wait
	defer p.waiting.Add(-1)
	if time.Duration(behind*p.each.Load()/int64(cap(p.slots))) > hashWait {
		return errOverloaded
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	p.hashed.Add(1)
	began := time.Now() // how long a core works: no rule depends on it
	err := fn()
	took := int64(time.Since(began))
	p.each.Store((p.each.Load()*7 + took) / 8)
	return err
}

// decoy is a hash at today's cost that no password fits, made when it is first needed. It is what an unknown address is
// compared with, so that it takes as long as a known one.
func (p *hashPool) decoy() Secret {
	p.once.Do(func() {
		hash, err := bcrypt.GenerateFromPassword([]byte(newSecret().Reveal()), p.cost)
		if err != nil {
			panic(err) // the cost was checked by New and the secret has 43 bytes
		}
		p.fake = Secret(hash)
	})
	return p.fake
}
