package app

import (
	"sync/atomic"
	"time"
)

// DevClock is a clock that development moves forward, so that an expiry can be tested without waiting for it.
type DevClock struct {
	real  func() time.Time
	ahead atomic.Int64
}

// NewDevClock begins at the real time.
func NewDevClock(real func() time.Time) *DevClock { return &DevClock{real: real} }

// Now reads the clock.
func (c *DevClock) Now() time.Time { return c.real().Add(time.Duration(c.ahead.Load())) }

// maxAhead bounds how far the clock is moved: times are kept as integers that end some centuries from now.
const maxAhead = 100 * 365 * 24 * time.Hour

// advance moves the clock; not ok beyond its bound, where it stays.
func (c *DevClock) advance(d time.Duration) (ok bool) {
	if ahead := time.Duration(c.ahead.Load()) + d; ahead < 0 || ahead > maxAhead {
		return false
	}
	c.ahead.Add(int64(d))
	return true
}

func (c *DevClock) reset() { c.ahead.Store(0) }
