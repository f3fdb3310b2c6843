package cli

import (
	"errors"
	"net"
	"testing"
	"time"
)

// slowConn takes what is written and notes the pieces and whether each had a deadline of its own.
type slowConn struct {
	net.Conn
	pieces []int
	fresh  bool
	broken error
}

func (c *slowConn) SetWriteDeadline(at time.Time) error {
	c.fresh = time.Until(at) > writePatience/2
	return nil
}

func (c *slowConn) Write(p []byte) (int, error) {
	if !c.fresh {
		return 0, errors.New("no deadline")
	}
	c.fresh = false
	if c.broken != nil && len(c.pieces) > 0 {
		return 1, c.broken
	}
	c.pieces = append(c.pieces, len(p))
	return len(p), nil
}

func TestEachPieceOfAWriteHasItsOwnDeadline(t *testing.T) {
	t.Parallel()
	for size, pieces := range map[int]int{0: 1, 1: 1, writePiece: 1, writePiece + 1: 2, 10 * writePiece: 10} {
		slow := &slowConn{}
		n, err := patientConn{slow}.Write(make([]byte, size))
		if n != size || err != nil || len(slow.pieces) != pieces {
			t.Errorf("%d bytes: %d, %v, in pieces of %v", size, n, err, slow.pieces)
		}
	}
	stuck := errors.New("stuck")
	n, err := patientConn{&slowConn{broken: stuck}}.Write(make([]byte, 3*writePiece))
	if n != writePiece+1 || !errors.Is(err, stuck) {
		t.Errorf("a write that stands still: %d, %v", n, err)
	}
}
