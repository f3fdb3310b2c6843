package mail

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"doorward/app"
)

// patience bounds what a test waits for; nothing that goes well takes it.
const patience = 20 * time.Second

// letterBox is a real SMTP server on loopback that keeps what it gets and refuses what it is told to refuse.
type letterBox struct {
	user, password string // "" for a server without AUTH
	refuse         func(verb, argument string) error

	mu       sync.Mutex
	got      []received
	opened   int
	left     chan struct{} // a value for each connection that ended
	lastConn net.Conn
}

type received struct {
	from, to, hello string
	body            string
	utf8, encrypted bool
}

func (b *letterBox) mails() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]received(nil), b.got...)
}

func (b *letterBox) connections() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// hangUp ends the last connection from the server's side.
func (b *letterBox) hangUp(t testing.TB) {
	t.Helper()
	b.mu.Lock()
	b.lastConn.Close()
	b.mu.Unlock()
	receive(t, b.left)
}

func (b *letterBox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened++
	b.lastConn = c.Conn()
	_, encrypted := c.TLSConnectionState()
	return &boxSession{box: b, letter: received{hello: c.Hostname(), encrypted: encrypted}}, nil
}

type boxSession struct {
	box    *letterBox
	letter received
}

func (s *boxSession) Reset() {}
func (s *boxSession) Logout() error {
	select {
	case s.box.left <- struct{}{}:
	default: // more than any test counts
	}
	return nil
}

func (s *boxSession) answer(verb, argument string) error {
	if s.box.refuse == nil {
		return nil
	}
	return s.box.refuse(verb, argument)
}

func (s *boxSession) AuthMechanisms() []string {
	if s.box.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *boxSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.box.user || password != s.box.password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *boxSession) Mail(from string, o *smtp.MailOptions) error {
	s.letter.from, s.letter.utf8 = from, o.UTF8
	return s.answer("MAIL", from)
}

func (s *boxSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.letter.to = to
	return s.answer("RCPT", to)
}

func (s *boxSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.answer("DATA", ""); err != nil {
		return err
	}
	s.letter.body = string(body)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.got = append(s.box.got, s.letter)
	return nil
}

// serve starts the letter box and answers the settings to reach it.
func (b *letterBox) serve(t testing.TB, mode TLSMode, change func(*smtp.Server)) SMTP {
	t.Helper()
	b.left = make(chan struct{}, 1000)
	server := smtp.NewServer(b)
	server.Domain = "mail.example.org"
	server.ErrorLog = log.New(io.Discard, "", 0)
	o := SMTP{TLS: mode, Username: b.user, Password: app.Secret(b.password)}
	if mode == TLSRequired || mode == TLSImplicit {
		server.TLSConfig, o.RootCAs = certificate(t)
	}
	if mode == TLSNone {
		server.AllowInsecureAuth = true
	}
	if change != nil {
		change(server)
	}
	l := listen(t)
	if mode == TLSImplicit {
		l = tls.NewListener(l, server.TLSConfig)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		l.Close() // which the server doesn't know yet if it was closed before it began to serve
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return reach(o, l)
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func reach(o SMTP, l net.Listener) SMTP {
	o.Host, o.Port = "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	o.ConnectTimeout, o.CommandTimeout, o.MailTimeout = patience, patience, patience
	return o
}

// certificate makes a server's certificate for 127.0.0.1, and a pool that trusts it.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

// script is a server of a few lines: it says and hears what the test writes down, on each connection.
type script struct {
	settings SMTP
	heard    chan string // everything a connection said, when it ended
}

func newScript(t testing.TB, mode TLSMode, talk func(c *talker)) *script {
	t.Helper()
	l := listen(t)
	s := &script{settings: reach(SMTP{TLS: mode}, l), heard: make(chan string, 100)}
	var conversations sync.WaitGroup
	conversations.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conversations.Go(func() {
				c := &talker{Conn: conn}
				c.in = bufio.NewReader(io.TeeReader(conn, &c.record))
				defer func() {
					conn.Close()
					s.heard <- c.record.String()
				}()
				talk(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		conversations.Wait()
	})
	return s
}

type talker struct {
	net.Conn
	in     *bufio.Reader
	record strings.Builder
}

// say answers; a client that is gone already hears nothing.
func (c *talker) say(lines string) { _, _ = io.WriteString(c.Conn, lines+"\r\n") }

// hear reads one line; "" at the end.
func (c *talker) hear() string {
	line, _ := c.in.ReadString('\n')
	return strings.TrimRight(line, "\r\n")
}

// hearData reads up to the lone dot, or the end.
func (c *talker) hearData() {
	for line := c.hear(); line != "."; line = c.hear() {
		if _, err := c.in.Peek(1); err != nil {
			return
		}
	}
}

// hearOut reads until the client is gone, or says goodbye.
func (c *talker) hearOut() {
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		if line == "QUIT\r\n" {
			c.say("221 bye")
		}
	}
}

// until plays an ordinary server until the client says verb, and leaves the answer to the test.
func (c *talker) until(verb string) {
	if verb == "" {
		return
	}
	c.say("220 mail.example.org ready")
	for {
		line := c.hear()
		word, _, _ := strings.Cut(line, " ")
		switch {
		case line == "" || word == verb:
			return
		case word == "EHLO":
			c.say("250-mail.example.org\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000")
		case word == "AUTH":
			c.say("235 welcome")
		case word == "DATA":
			c.say("354 go on")
			c.hearData()
			if verb == "." {
				return
			}
			c.say("250 taken")
		default:
			c.say("250 fine")
		}
	}
}

func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

func newTransport(t testing.TB, o SMTP) *Transport {
	t.Helper()
	transport, err := NewTransport(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	return transport
}

const testBody = "Subject: hello\r\n\r\nline\r\n.dots\r\n..\r\n.\r\nend\r\n"

func send(t testing.TB, transport *Transport) (string, error) {
	t.Helper()
	return transport.Send(context.Background(), "no-reply@example.org", "ada@example.org", []byte(testBody))
}

func mustSend(t testing.TB, transport *Transport) {
	t.Helper()
	if _, err := send(t, transport); err != nil {
		t.Fatal(err)
	}
}

// mustFail asks that err is a DeliveryError of this permanence that says these words.
func mustFail(t testing.TB, err error, permanent bool, words string) *DeliveryError {
	t.Helper()
	var failure *DeliveryError
	if !errors.As(err, &failure) {
		t.Fatalf("%v is no DeliveryError", err)
	}
	if failure.Permanent() != permanent || !strings.Contains(failure.Error(), words) {
		t.Fatalf("permanent %t: %s; want %t and %q", failure.Permanent(), failure, permanent, words)
	}
	if text := failure.Error(); len(text) > maxErrorBytes || strings.ContainsAny(text, "\r\n\x00\x1b") {
		t.Fatalf("not one short line: %q", text)
	}
	return failure
}
