package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// maxIdle bounds the connections that are kept: one a worker, and nobody has more workers for mails than this.
const maxIdle = 8

// Transport brings messages to one SMTP server. It is safe for use by many at once; each mail has a connection to
// itself, and the next one takes it over if it comes within the idle timeout.
type Transport struct {
	o    SMTP
	tls  *tls.Config
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu      sync.Mutex
	idle    []*session // the one used last at the end
	closed  bool
	leaving sync.WaitGroup // sessions that are kept, or saying goodbye
}

// NewTransport checks the settings; it does not connect.
func NewTransport(o SMTP) (*Transport, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.setDefaults()
	return &Transport{
		o:    o,
		tls:  &tls.Config{ServerName: o.Host, RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		dial: new(net.Dialer).DialContext,
	}, nil
}

// Send brings one message, in wire form, to one recipient, and answers what the server said when it took it: one line of
// at most 300 bytes. from and to are as a Message has them. The error is a *DeliveryError.
//
// A connection kept from an earlier mail that turns out to be dead before the server has begun to read the message is
// replaced by a new one. After that nothing is tried twice: whether the server has the mail can't be known, and the
// caller's next attempt carries the same Message-ID.
func (t *Transport) Send(ctx context.Context, from, to string, wire []byte) (reply string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.o.MailTimeout, fmt.Errorf("the mail took longer than %v", t.o.MailTimeout))
	defer cancel()
	if !isEnvelope(from) || !isEnvelope(to) {
		return "", &DeliveryError{stage: stageMail, text: "MAIL: an address can't be put on an envelope", permanent: true}
	}
	if kept := t.take(); kept != nil {
		reply, failure := t.hand(ctx, kept, from, to, wire)
		if failure == nil {
			return reply, nil
		}
		if !failure.stale() || ctx.Err() != nil {
			return "", failure
		}
	}
	s, failure := t.open(ctx)
	if failure != nil {
		return "", failure
	}
	if reply, failure = t.hand(ctx, s, from, to, wire); failure != nil {
		return "", failure
	}
	return reply, nil
}

// Check connects, encrypts and signs in as for a mail, and sends none. The error is a *DeliveryError.
func (t *Transport) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.o.MailTimeout)
	defer cancel()
	s, failure := t.open(ctx)
	if failure != nil {
		return failure
	}
	t.keep(s)
	return nil
}

// Close ends the connections that are kept and waits until they are gone; a mail that is under way ends its own.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true
	idle := t.idle
	t.idle = nil
	t.mu.Unlock()
	for _, s := range idle {
		if s.expiry.Stop() {
			go t.leave(s)
		}
	}
	t.leaving.Wait()
	return nil
}

// hand gives one message to a session, and keeps the session if all went well.
func (t *Transport) hand(ctx context.Context, s *session, from, to string, wire []byte) (string, *DeliveryError) {
	stop := context.AfterFunc(ctx, func() { s.raw.Close() })
	reply, failure := s.transact(ctx, from, to, wire)
	if alive := stop(); !alive || failure != nil {
		// Without a QUIT: after a failure the server may be the one that no longer answers.
		s.raw.Close()
		return reply, failure
	}
	t.keep(s)
	return reply, nil
}

func (s *session) transact(ctx context.Context, from, to string, wire []byte) (string, *DeliveryError) {
	s.replies.nextMail()
	options := &smtp.MailOptions{Size: int64(len(wire)), UTF8: !isASCII(from) || !isASCII(to)}
	if offered, _ := s.client.Extension("SMTPUTF8"); options.UTF8 && !offered {
		return "", &DeliveryError{stage: stageMail, text: "MAIL: the address needs SMTPUTF8, which the server does not offer", permanent: true}
	}
	if err := s.client.Mail(from, options); err != nil {
		return "", fail(ctx, stageMail, err)
	}
	if err := s.client.Rcpt(to, nil); err != nil {
		return "", fail(ctx, stageRcpt, err)
	}
	data, err := s.client.Data()
	if err != nil {
		return "", fail(ctx, stageData, err)
	}
	if _, err := io.Copy(data, bytes.NewReader(wire)); err != nil {
		return "", fail(ctx, stageEnd, err)
	}
	taken, err := data.CloseWithResponse()
	if err != nil {
		return "", fail(ctx, stageEnd, err)
	}
	return oneLine("250 " + taken.StatusText), nil
}

// take gives out the session used last, if any is kept: it is the one most likely to be alive.
func (t *Transport) take() *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.idle) > 0 {
		last := len(t.idle) - 1
		s := t.idle[last]
		t.idle = t.idle[:last]
		if s.expiry.Stop() {
			t.leaving.Done()
			return s
		}
	}
	return nil
}

// keep holds a session ready for the next mail, and lets it go when none comes.
func (t *Transport) keep(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.idle) >= maxIdle {
		s.raw.Close()
		return
	}
	t.leaving.Add(1)
	s.expiry = time.AfterFunc(t.o.IdleTimeout, func() {
		t.forget(s)
		t.leave(s)
	})
	t.idle = append(t.idle, s)
}

func (t *Transport) forget(gone *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, s := range t.idle {
		if s == gone {
			t.idle = append(t.idle[:i], t.idle[i+1:]...)
			return
		}
	}
}

// leave says goodbye politely, but not for long.
func (t *Transport) leave(s *session) {
	defer t.leaving.Done()
	defer s.raw.Close()
	s.client.CommandTimeout = time.Second
	_ = s.client.Quit() // the connection is closed whatever the server answers
}

// isEnvelope tells whether an address can stand between the angle brackets of MAIL and RCPT.
func isEnvelope(address string) bool {
	return plain(address) && len(address) <= 1000 && strings.Contains(address, "@") && (strings.HasPrefix(address, `"`) || !strings.ContainsAny(address, "<> "))
}
