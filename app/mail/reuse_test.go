package mail

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestMailsInARowShareAConnection(t *testing.T) {
	t.Parallel()
	// go-smtp's server begins a second session after STARTTLS, on the same connection.
	for mode, want := range map[TLSMode]int{TLSNone: 1, TLSImplicit: 1, TLSRequired: 2} {
		box := &letterBox{user: "ada", password: "correct horse"}
		transport := newTransport(t, box.serve(t, mode, nil))
		for range 20 {
			mustSend(t, transport)
		}
		if len(box.mails()) != 20 || box.connections() != want {
			t.Errorf("%d: %d mails over %d connections", mode, len(box.mails()), box.connections())
		}
	}
}

func TestAConnectionThatDiedMeanwhileIsReplaced(t *testing.T) {
	t.Parallel()
	box := &letterBox{}
	transport := newTransport(t, box.serve(t, TLSNone, nil))
	for range 3 {
		mustSend(t, transport)
		box.hangUp(t)
	}
	mustSend(t, transport)
	if len(box.mails()) != 4 || box.connections() != 4 {
		t.Errorf("%d mails over %d connections", len(box.mails()), box.connections())
	}
}

func TestAServerThatEndsTheConnectionPolitelyIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"MAIL", "RCPT", "DATA"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int32
			s := newScript(t, TLSNone, func(c *talker) {
				first := connections.Add(1) == 1
				c.until(".")
				c.say("250 taken")
				if !first {
					c.hearOut()
					return
				}
				for line := c.hear(); len(line) >= 4 && line[:4] != verb; line = c.hear() {
					c.say("250 fine")
				}
				c.say("421 enough")
				c.hearOut()
			})
			transport := newTransport(t, s.settings)
			mustSend(t, transport)
			mustSend(t, transport)
			if connections.Load() != 2 {
				t.Errorf("%d connections", connections.Load())
			}
		})
	}
}

func TestAMailThatMayHaveArrivedIsNotSentTwiceAtOnce(t *testing.T) {
	t.Parallel()
	var connections, mails atomic.Int32
	s := newScript(t, TLSNone, func(c *talker) {
		connections.Add(1)
		c.until(".")
		mails.Add(1)
		c.say("250 taken")
		for line := c.hear(); line != "DATA"; line = c.hear() {
			c.say("250 fine")
		}
		c.say("354 go on")
		c.hearData()
		mails.Add(1)
	})
	transport := newTransport(t, s.settings)
	mustSend(t, transport)
	_, err := send(t, transport)
	mustFail(t, err, false, "end of DATA: the server closed the connection")
	if connections.Load() != 1 || mails.Load() != 2 {
		t.Errorf("%d connections, %d mails", connections.Load(), mails.Load())
	}
}

func TestAFailureEndsItsConnection(t *testing.T) {
	t.Parallel()
	box := &letterBox{refuse: func(verb, argument string) error {
		if verb == "RCPT" && argument == "nobody@example.org" {
			return fmt.Errorf("no such user")
		}
		return nil
	}}
	transport := newTransport(t, box.serve(t, TLSNone, nil))
	mustSend(t, transport)
	if _, err := transport.Send(context.Background(), "a@example.org", "nobody@example.org", []byte(testBody)); err == nil {
		t.Fatal("taken")
	}
	receive(t, box.left)
	mustSend(t, transport)
	if box.connections() != 2 || len(box.mails()) != 2 {
		t.Errorf("%d mails over %d connections", len(box.mails()), box.connections())
	}
}

func TestAnIdleConnectionEndsByItself(t *testing.T) {
	t.Parallel()
	box := &letterBox{}
	o := box.serve(t, TLSNone, nil)
	o.IdleTimeout = time.Millisecond
	transport := newTransport(t, o)
	mustSend(t, transport)
	receive(t, box.left)
	mustSend(t, transport)
	receive(t, box.left)
}

func TestCloseEndsWhatIsKeptAndKeepsNothingMore(t *testing.T) {
	t.Parallel()
	box := &letterBox{}
	o := box.serve(t, TLSNone, nil)
	o.IdleTimeout = time.Hour
	transport := newTransport(t, o)
	mustSend(t, transport)
	for range 2 {
		if err := transport.Close(); err != nil {
			t.Fatal(err)
		}
	}
	receive(t, box.left)
	mustSend(t, transport)
	receive(t, box.left)
}

func TestManyWorkersEachHaveAConnection(t *testing.T) {
	t.Parallel()
	const workers, each = 6, 10
	box := &letterBox{}
	transport := newTransport(t, box.serve(t, TLSNone, nil))
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range each {
				if _, err := transport.Send(context.Background(), "a@example.org", "b@example.org", []byte(testBody)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if len(box.mails()) != workers*each || box.connections() > workers {
		t.Errorf("%d mails over %d connections", len(box.mails()), box.connections())
	}
}

func BenchmarkSend(b *testing.B) {
	for name, mode := range map[string]TLSMode{"plain": TLSNone, "tls": TLSImplicit} {
		for _, reuse := range []bool{true, false} {
			way := "/each its connection"
			if reuse {
				way = "/one connection"
			}
			b.Run(name+way, func(b *testing.B) {
				box := &letterBox{}
				transport := newTransport(b, box.serve(b, mode, nil))
				transport.closed = !reuse // then nothing is kept
				for b.Loop() {
					if _, err := send(b, transport); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
			})
		}
	}
}
