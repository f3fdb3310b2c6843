package cli

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// toldConn counts how often it is told when reading ends.
type toldConn struct {
	net.Conn
	told int
}

func (c *toldConn) SetReadDeadline(at time.Time) error {
	c.told++
	return c.Conn.SetReadDeadline(at)
}

func piped(t *testing.T) (*patientConn, *toldConn, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	told := &toldConn{Conn: near}
	conn := newPatientConn(told)
	t.Cleanup(func() {
		conn.Close()
		far.Close()
	})
	return conn, told, far
}

func TestAReadEndsWhenItWasAskedToLast(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{time.Second, headerPatience, idlePatience, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			conn, _, far := piped(t)
			for range 2 {
				began := time.Now()
				must(t, conn.SetReadDeadline(began.Add(30*time.Second)))
				must(t, conn.SetReadDeadline(time.Time{}))
				must(t, conn.SetReadDeadline(began.Add(after)))
				if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != after {
					t.Errorf("a read of %s took %s: %v", after, time.Since(began), err)
				}
				must(t, conn.SetReadDeadline(time.Time{}))
				go func() {
					time.Sleep(3 * time.Hour)
					_, _ = far.Write([]byte("x"))
				}()
				if n, err := conn.Read(make([]byte, 1)); n != 1 || err != nil || time.Since(began) != after+3*time.Hour {
					t.Errorf("a read without an end took %s: %d, %v", time.Since(began)-after, n, err)
				}
			}
		})
	}
}

func TestAReadThatWaitsIsBrokenOffAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn, told, far := piped(t)
		for range 100 { // as net/http goes from request to request
			must(t, conn.SetReadDeadline(time.Now().Add(idlePatience)))
			go func() { _, _ = far.Write([]byte("x")) }()
			if n, err := conn.Read(make([]byte, 1)); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			must(t, conn.SetReadDeadline(time.Now().Add(headerPatience)))
			must(t, conn.SetReadDeadline(time.Now().Add(headerPatience)))
			must(t, conn.SetReadDeadline(time.Time{}))
			ended := make(chan error)
			began := time.Now()
			go func() {
				_, err := conn.Read(make([]byte, 1))
				ended <- err
			}()
			time.Sleep(7 * time.Second)
			must(t, conn.SetReadDeadline(time.Unix(1, 0)))
			if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != 7*time.Second {
				t.Fatalf("broken off after %s with %v", time.Since(began), err)
			}
			must(t, conn.SetReadDeadline(time.Time{}))
		}
		if told.told != 200 {
			t.Errorf("the connection was told %d times in 100 requests", told.told)
		}
	})
}

func TestAnAnswerStandsStillForAMinuteAtMostWhicheverOfItsConnectionItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn, _, far := piped(t)
		go func() { _, _ = far.Read(make([]byte, 1)) }()
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		stuck := func() time.Duration {
			began := time.Now()
			if _, err := conn.Write([]byte("y")); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("what nobody takes ended with %v", err)
			}
			return time.Since(began)
		}
		must(t, conn.SetWriteDeadline(time.Time{})) // as net/http does after each answer
		if took := stuck(); took > writePatience {
			t.Errorf("a second answer stood still for %s", took)
		}
		must(t, conn.SetDeadline(time.Now().Add(writePatience/8)))
		time.Sleep(writePatience / 8)
		must(t, conn.SetDeadline(time.Time{}))
		if took := stuck(); took != writePatience {
			t.Errorf("an answer after a stream stood still for %s", took)
		}
	})
}
