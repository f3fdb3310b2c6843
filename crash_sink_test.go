package main

import (
	"io"
	"log"
	"mime"
	"net"
	netmail "net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// sink is a real SMTP server on loopback that takes every mail. It outlives the server that is killed.
type sink struct {
	url string

	mu      sync.Mutex
	letters map[letterKey]map[string]int // how often each Message-ID came
	links   map[letterKey]string         // the newest link's token
	changed chan struct{}                // closed at the next delivery
}

// letterKey is who got a mail about what.
type letterKey struct{ to, about string }

// What the mails of this test are about, told by their subjects.
const (
	aboutConfirmation = "confirmation"
	aboutReset        = "reset"
	aboutNewPassword  = "new password"
)

var subjects = map[string]string{
	"Confirm your e-mail address": aboutConfirmation,
	"Set a new password":          aboutReset,
	"Your password":               aboutNewPassword,
}

func startSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{
		url:     "smtp://" + l.Addr().String(),
		letters: map[letterKey]map[string]int{}, links: map[letterKey]string{}, changed: make(chan struct{}),
	}
	server := smtp.NewServer(s)
	server.Domain = "sink.example"
	server.ErrorLog = log.New(io.Discard, "", 0) // a client that is killed breaks off
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return s
}

// NewSession makes the sink a backend of go-smtp.
func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }

type sinkSession struct {
	sink *sink
	to   string
}

func (*sinkSession) Reset()                                      {}
func (*sinkSession) Logout() error                               { return nil }
func (*sinkSession) Mail(string, *smtp.MailOptions) error        { return nil }
func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }

var tokenInLetter = regexp.MustCompile(`/(?:confirm|reset-password)/([A-Za-z0-9_-]+)`)

func (s *sinkSession) Data(r io.Reader) error {
	message, err := netmail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(message.Body)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		return err
	}
	about := "something else: " + subject
	for begin, what := range subjects {
		if strings.HasPrefix(subject, begin) {
			about = what
		}
	}
	unfolded := strings.ReplaceAll(string(body), "=\r\n", "") // of quoted-printable; a token has nothing that it would encode
	link := tokenInLetter.FindStringSubmatch(unfolded)
	s.sink.keep(letterKey{s.to, about}, message.Header.Get("Message-ID"), link)
	return nil
}

func (s *sink) keep(key letterKey, id string, link []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.letters[key] == nil {
		s.letters[key] = map[string]int{}
	}
	s.letters[key][id]++
	if link != nil {
		s.links[key] = link[1]
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// take is the token of the newest mail to somebody, once; "" when none came.
func (s *sink) take(to, about string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	link := s.links[letterKey{to, about}]
	delete(s.links, letterKey{to, about})
	return link
}

// count is how many different mails came, and the channel that closes when another does.
func (s *sink) count(to, about string) (different int, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.letters[letterKey{to, about}]), s.changed
}

// doubled is how many mails came again under the same Message-ID.
func (s *sink) doubled() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ids := range s.letters {
		for _, times := range ids {
			n += times - 1
		}
	}
	return n
}
