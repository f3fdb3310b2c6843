package cli

import (
	"sync"
	"time"
)

// readDeadline ends a connection's reads. net/http says five times for every request when that is to be, mostly later than
// before, and as often the connection would move a timer of its own. Here one timer looks at what was said last, once it may
// have come to that, and the connection hears of a deadline only when it is over.
type readDeadline struct {
	mu     sync.Mutex
	wanted time.Time // zero: none
	looks  time.Time // when the timer goes off, never after wanted; zero: it does not run
	timer  *time.Timer
	over   bool // the connection was told that reading has ended
	closed bool
}

// SetReadDeadline takes effect at once, on a read that waits too.
func (c *patientConn) SetReadDeadline(at time.Time) error {
	d := &c.read
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = at
	if !at.IsZero() && at.Before(c.made) { // how net/http breaks off a read
		return c.endRead(at)
	}
	if !at.IsZero() && (d.looks.IsZero() || at.Before(d.looks)) {
		c.lookAt(at)
	}
	if !d.over {
		return nil
	}
	d.over = false
	return c.Conn.SetReadDeadline(time.Time{})
}

// endRead tells the connection that a deadline has passed. The lock is held, as below.
func (c *patientConn) endRead(at time.Time) error {
	c.read.over = true
	return c.Conn.SetReadDeadline(at)
}

func (c *patientConn) lookAt(at time.Time) {
	d := &c.read
	d.looks = at
	switch {
	case d.closed:
	case d.timer == nil:
		d.timer = time.AfterFunc(time.Until(at), c.look)
	default:
		d.timer.Reset(time.Until(at))
	}
}

// look ends reading if the time has come, or looks again when it will have.
func (c *patientConn) look() {
	d := &c.read
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks = time.Time{}
	switch {
	case d.wanted.IsZero():
	case time.Until(d.wanted) <= 0:
		_ = c.endRead(d.wanted) // one that is closed reads nothing
	default:
		c.lookAt(d.wanted)
	}
}

// Close closes the connection; its timer goes with it.
func (c *patientConn) Close() error {
	c.read.mu.Lock()
	c.read.closed = true
	if c.read.timer != nil {
		c.read.timer.Stop()
	}
	c.read.mu.Unlock()
	return c.Conn.Close()
}
