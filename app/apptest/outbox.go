package apptest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"doorward/app"
)

// patience is how long a test waits for what background work should bring.
const patience = 20 * time.Second

// Outbox is a Courier that keeps what it delivers.
type Outbox struct {
	mu      sync.Mutex
	mails   []app.Mail
	taken   map[int]bool
	arrived chan struct{} // closed and made anew with each mail
	fail    []error
	tries   int
}

// Deliver keeps the mail, or fails as Fail said.
func (o *Outbox) Deliver(_ context.Context, m app.Mail) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tries++
	if len(o.fail) > 0 {
		err := o.fail[0]
		o.fail = o.fail[1:]
		o.announce()
		if err != nil {
			return err
		}
	}
	o.mails = append(o.mails, m)
	o.announce()
	return nil
}

// Fail makes the next deliveries fail with these errors, one each.
func (o *Outbox) Fail(errs ...error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = append(o.fail, errs...)
}

// Tries counts deliveries tried so far.
func (o *Outbox) Tries() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tries
}

// All lists what was delivered so far, oldest first.
func (o *Outbox) All() []app.Mail {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]app.Mail(nil), o.mails...)
}

func (o *Outbox) announce() {
	if o.arrived != nil {
		close(o.arrived)
	}
	o.arrived = nil
}

// next finds the oldest mail of a kind to an address that was not taken, or a channel that tells of the next arrival.
func (o *Outbox) next(kind app.MailKind, to string) (app.Mail, bool, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, m := range o.mails {
		if !o.taken[i] && m.Kind == kind && strings.EqualFold(m.To, to) {
			if o.taken == nil {
				o.taken = map[int]bool{}
			}
			o.taken[i] = true
			return m, true, nil
		}
	}
	if o.arrived == nil {
		o.arrived = make(chan struct{})
	}
	return app.Mail{}, false, o.arrived
}

// Mail takes the oldest mail of a kind to an address, waiting for it. Each mail is taken once.
func (w *World) Mail(kind app.MailKind, to string) app.Mail {
	w.T.Helper()
	end := time.After(patience)
	for {
		m, found, arrived := w.Outbox.next(kind, to)
		if found {
			return m
		}
		select {
		case <-arrived:
		case <-end:
			w.T.Fatalf("no %s mail to %s came; delivered: %v\nlog:\n%s", kind, to, w.Outbox.kinds(), w.Log)
		}
	}
}

// AwaitTry waits until n deliveries were tried.
func (w *World) AwaitTry(n int) {
	w.T.Helper()
	end := time.After(patience)
	for {
		w.Outbox.mu.Lock()
		tries := w.Outbox.tries
		if w.Outbox.arrived == nil {
			w.Outbox.arrived = make(chan struct{})
		}
		arrived := w.Outbox.arrived
		w.Outbox.mu.Unlock()
		if tries >= n {
			return
		}
		select {
		case <-arrived:
		case <-end:
			w.T.Fatalf("%d deliveries were tried, want %d", tries, n)
		}
	}
}

func (o *Outbox) kinds() []string {
	var list []string
	for _, m := range o.All() {
		list = append(list, string(m.Kind)+" to "+m.To)
	}
	return list
}

// NoMail fails the test if anything of a kind to an address was delivered so far.
func (w *World) NoMail(t testing.TB, kind app.MailKind, to string) {
	t.Helper()
	for _, m := range w.Outbox.All() {
		if m.Kind == kind && strings.EqualFold(m.To, to) {
			t.Errorf("a %s mail went to %s", kind, to)
		}
	}
}
