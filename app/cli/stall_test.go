package cli

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// slowConn takes what is written, each piece in its time, and notes the pieces. None may begin near its deadline.
type slowConn struct {
	net.Conn
	pieces   []int
	takes    time.Duration
	deadline time.Time
	set      int
	broken   error
}

func (c *slowConn) SetWriteDeadline(at time.Time) error {
	c.deadline = at
	c.set++
	return nil
}

func (c *slowConn) Write(p []byte) (int, error) {
	if time.Until(c.deadline) < writePatience*3/4 {
		return 0, os.ErrDeadlineExceeded
	}
	time.Sleep(c.takes)
	if c.broken != nil && len(c.pieces) > 0 {
		return 1, c.broken
	}
	c.pieces = append(c.pieces, len(p))
	return len(p), nil
}

func TestEachPieceOfAWriteHasItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for size, pieces := range map[int]int{0: 1, 1: 1, writePiece: 1, writePiece + 1: 2, 10 * writePiece: 10} {
			slow := &slowConn{takes: writePatience / 2}
			n, err := newPatientConn(slow).Write(make([]byte, size))
			if n != size || err != nil || len(slow.pieces) != pieces || slow.set != pieces {
				t.Errorf("%d bytes: %d, %v, in pieces of %v under %d deadlines", size, n, err, slow.pieces, slow.set)
			}
		}
		quick := &slowConn{takes: time.Second}
		conn := newPatientConn(quick)
		for range 600 {
			if _, err := conn.Write([]byte("data: beat\n\n")); err != nil {
				t.Fatal(err)
			}
		}
		if seconds := int(writePatience / 4 / time.Second); quick.set > 600/seconds+1 {
			t.Errorf("%d deadlines for 600 writes a second apart", quick.set)
		}
		stuck := errors.New("stuck")
		n, err := newPatientConn(&slowConn{broken: stuck}).Write(make([]byte, 3*writePiece))
		if n != writePiece+1 || !errors.Is(err, stuck) {
			t.Errorf("a write that stands still: %d, %v", n, err)
		}
	})
}
