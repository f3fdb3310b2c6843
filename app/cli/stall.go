package cli

import (
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// writePatience is how long a client may take none of what is sent, or up to a quarter less: a deadline that has begun
// lately is not set anew, which would cost an answer as much as its route. It begins anew with each write, so that a slow
// line may take as long as it needs and a stream may live for ever, while one that stands still frees its connection. What
// is read has its bounds elsewhere: headers in http.Server, bodies where they are read.
const writePatience = time.Minute

// patientListener gives connections that end when a write stands still.
type patientListener struct{ net.Listener }

// Accept waits for the next connection.
func (l patientListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err // as it is: http.Server asks whether it is temporary, and whether the listener was closed
	}
	return newPatientConn(conn), nil
}

type patientConn struct {
	net.Conn
	made time.Time
	set  atomic.Int64 // when the deadline of writes was set last, in nanoseconds since made
	lent atomic.Bool  // a deadline of somebody else's holds
	read readDeadline
}

func newPatientConn(conn net.Conn) *patientConn {
	c := &patientConn{Conn: conn, made: time.Now()}
	c.set.Store(-int64(writePatience))
	return c
}

// SetWriteDeadline takes the deadline of a stream. Taking one back begins patience anew rather than ending it: net/http does
// so after every answer, and the next one is not to stand still either.
func (c *patientConn) SetWriteDeadline(at time.Time) error {
	if !at.IsZero() {
		c.lent.Store(true)
		return c.Conn.SetWriteDeadline(at)
	}
	if c.lent.Load() {
		c.lent.Store(false)
		c.set.Store(-int64(writePatience))
	}
	return nil
}

// SetDeadline sets both.
func (c *patientConn) SetDeadline(at time.Time) error {
	return errors.Join(c.SetReadDeadline(at), c.SetWriteDeadline(at))
}

// writePiece is sent under one deadline: a line of 10 kbit/s takes that much in the time.
const writePiece = 64 << 10

// Write sends p, or fails once a piece of it finds no room for writePatience. The deadline is the machine's time,
// whatever the clock of the accounts says.
func (c *patientConn) Write(p []byte) (n int, err error) {
	for {
		if now := time.Since(c.made); now-time.Duration(c.set.Load()) > writePatience/4 {
			if err := c.Conn.SetWriteDeadline(c.made.Add(now + writePatience)); err != nil {
				return n, err
			}
			c.set.Store(int64(now))
		}
		sent, err := c.Conn.Write(p[n:min(n+writePiece, len(p))])
		if n += sent; err != nil || n == len(p) {
			return n, err
		}
	}
}
