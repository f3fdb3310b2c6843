package mail

import (
	"errors"
	"net"
)

const (
	maxReplyLine  = 1000     // bytes; RFC 5321 allows 512
	maxReplyBytes = 64 << 10 // of all replies to one mail
)

var errTalkative = errors.New("the server says too much")

// repliesConn bounds what a server can make us read. A line that is too long is cut rather than refused, so that a wordy
// 550 is still a 550; without a bound on the whole, a reply of endless lines would fill the memory.
type repliesConn struct {
	net.Conn
	first  []byte // read before anything of the connection; see greeted
	column int
	left   int
}

func limitReplies(conn net.Conn) *repliesConn { return &repliesConn{Conn: conn, left: maxReplyBytes} }

// greeted is a connection whose greeting was read already: go-smtp's client wants one at its start, and a server gives
// none after STARTTLS.
func greeted(conn net.Conn) *repliesConn {
	c := limitReplies(conn)
	c.first = []byte("220 ready\r\n")
	return c
}

// nextMail allows as much again.
func (c *repliesConn) nextMail() { c.left = maxReplyBytes }

func (c *repliesConn) Read(p []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	for {
		n, err := c.Conn.Read(p)
		if c.left -= n; c.left < 0 {
			return 0, errTalkative
		}
		if kept := c.cut(p[:n]); kept > 0 || err != nil || len(p) == 0 {
			return kept, err
		}
	}
}

// cut drops, in place, what goes beyond the longest line.
func (c *repliesConn) cut(p []byte) int {
	kept := 0
	for _, b := range p {
		if b == '\n' {
			c.column = 0
		} else if c.column++; c.column > maxReplyLine {
			continue
		}
		p[kept] = b
		kept++
	}
	return kept
}
