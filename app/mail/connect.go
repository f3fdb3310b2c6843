package mail

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection, greeted, encrypted and signed in as the settings ask for.
type session struct {
	client  *smtp.Client
	raw     net.Conn // what is closed to end it at once, whatever TLS still wants to say
	replies *repliesConn
	expiry  *time.Timer // while it is kept
}

// open makes a session. When ctx ends, so does the connection.
func (t *Transport) open(ctx context.Context) (*session, *DeliveryError) {
	raw, err := t.connect(ctx)
	if err != nil {
		return nil, fail(ctx, stageConnect, err)
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	s, failure := t.greet(ctx, raw)
	if failure == nil {
		failure = t.signIn(ctx, s)
	}
	if !stop() && failure == nil {
		failure = fail(ctx, stageConnect, context.Cause(ctx))
	}
	if failure != nil {
		raw.Close()
		return nil, failure
	}
	return s, nil
}

func (t *Transport) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.o.ConnectTimeout)
	defer cancel()
	return t.dial(ctx, "tcp", t.o.address())
}

// greet hears the server's greeting, encrypts, and says hello.
func (t *Transport) greet(ctx context.Context, raw net.Conn) (*session, *DeliveryError) {
	var replies *repliesConn
	switch t.o.TLS {
	case TLSNone:
		replies = limitReplies(raw)
	case TLSImplicit:
		encrypted, err := t.handshake(ctx, raw)
		if err != nil {
			return nil, fail(ctx, stageTLS, err)
		}
		replies = limitReplies(encrypted)
	default:
		conn, failure := t.startTLS(ctx, raw)
		if failure != nil {
			return nil, failure
		}
		replies = greeted(conn)
	}
	client := smtp.NewClient(replies)
	client.CommandTimeout = t.o.CommandTimeout
	client.SubmissionTimeout = t.o.MailTimeout + time.Minute // the context's end comes first, and says why
	if err := client.Hello(t.hello(raw)); err != nil {
		return nil, fail(ctx, stageGreeting, err)
	}
	return &session{client: client, raw: raw, replies: replies}, nil
}

// startTLS speaks the part before encryption itself: go-smtp's client can only start TLS before it knows whether it is
// offered. The connection it answers is the encrypted one, or raw where TLS is not offered and not required.
func (t *Transport) startTLS(ctx context.Context, raw net.Conn) (net.Conn, *DeliveryError) {
	text := textproto.NewConn(limitReplies(raw))
	ask := func(want int, line string) (string, error) {
		return inTime(ctx, t.o.CommandTimeout, raw, func() (string, error) {
			if line != "" {
				if err := text.PrintfLine("%s", line); err != nil {
					return "", err
				}
			}
			_, message, err := text.ReadResponse(want)
			return message, err
		})
	}
	if _, err := ask(220, ""); err != nil {
		return nil, fail(ctx, stageGreeting, err)
	}
	extensions, err := ask(250, "EHLO "+t.hello(raw))
	if code, _, spoken := serverReply(err); err != nil && (!spoken || code/100 != 5) { // 5xx: an old server without extensions
		return nil, fail(ctx, stageGreeting, err)
	}
	offered := err == nil && offers(extensions, "STARTTLS")
	if !offered && t.o.TLS == TLSRequired {
		return nil, fail(ctx, stageTLS, errors.New("the server does not offer STARTTLS, and the settings require it"))
	}
	if offered {
		if _, err := ask(220, "STARTTLS"); err != nil {
			return nil, fail(ctx, stageTLS, err)
		}
	}
	// Whatever came early came from who knows whom, and would be taken for an answer given under TLS.
	if text.R.Buffered() > 0 {
		return nil, fail(ctx, stageTLS, errors.New("the server said more than it was asked"))
	}
	if !offered {
		return raw, nil
	}
	encrypted, err := t.handshake(ctx, raw)
	if err != nil {
		return nil, fail(ctx, stageTLS, err)
	}
	return encrypted, nil
}

func (t *Transport) handshake(ctx context.Context, raw net.Conn) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.o.CommandTimeout)
	defer cancel()
	conn := tls.Client(raw, t.tls)
	return conn, conn.HandshakeContext(ctx)
}

// inTime gives do a deadline on conn, and takes it away again.
func inTime(ctx context.Context, timeout time.Duration, conn net.Conn, do func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	answer, err := do()
	return answer, errors.Join(err, conn.SetDeadline(time.Time{}))
}

func offers(extensions, name string) bool {
	for line := range strings.Lines(extensions) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.EqualFold(word, name) {
			return true
		}
	}
	return false
}

// hello is what we call ourselves: the set name, or the connection's own address as a literal, which RFC 5321 asks for
// where there is no name, and which no server can find untrue.
func (t *Transport) hello(conn net.Conn) string {
	if t.o.Hello != "" {
		return t.o.Hello
	}
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return "localhost"
	}
	ip := local.Addr().Unmap().WithZone("")
	if ip.Is4() {
		return "[" + ip.String() + "]"
	}
	return "[IPv6:" + ip.String() + "]"
}

// signIn sends the password, over TLS or to this machine only.
func (t *Transport) signIn(ctx context.Context, s *session) *DeliveryError {
	user, password := t.o.Username, t.o.Password.Reveal()
	if user == "" {
		return nil
	}
	if _, encrypted := s.replies.Conn.(*tls.Conn); !encrypted && !isLoopback(s.raw.RemoteAddr()) {
		return fail(ctx, stageAuth, errors.New("the password is only sent over TLS, which the server does not offer"))
	}
	var mechanism sasl.Client
	switch {
	case s.client.SupportsAuth(sasl.Plain):
		mechanism = sasl.NewPlainClient("", user, password)
	case s.client.SupportsAuth(sasl.Login):
		mechanism = sasl.NewLoginClient(user, password)
	default:
		return fail(ctx, stageAuth, errors.New("the server offers neither PLAIN nor LOGIN"))
	}
	if err := s.client.Auth(mechanism); err != nil {
		spoken := base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
		failure := fail(ctx, stageAuth, err).without(spoken).without(password)
		return failure.without(base64.StdEncoding.EncodeToString([]byte(password)))
	}
	return nil
}

func isLoopback(addr net.Addr) bool {
	parsed, err := netip.ParseAddrPort(addr.String())
	return err == nil && parsed.Addr().Unmap().IsLoopback()
}
