package authtest

import (
	"context"
	"strings"
	"sync"
	"time"

	"doorward/app"
	"doorward/app/mail"
)

// patience is how long a test waits for a mail: much longer than one ever takes.
const patience = 10 * time.Second

// Mail is a mail as its receiver would have it.
type Mail struct {
	To      string
	Subject string
	At      time.Time // by the Doorward's clock
	Text    string
	HTML    string
	Links   []string // the addresses in its text
}

// Link is the address that the mail is about: its first. "" where there is none.
func (m Mail) Link() string {
	if len(m.Links) == 0 {
		return ""
	}
	return m.Links[0]
}

// Token is the end of Link: what the JSON API takes, as in POST /api/v1/confirmations/TOKEN.
func (m Mail) Token() string { return m.Link()[strings.LastIndexByte(m.Link(), '/')+1:] }

// mailbox is a mail.Catcher that tells of each mail's coming, and remembers which ones a test has seen.
type mailbox struct {
	*mail.Catcher
	mu    sync.Mutex
	seen  map[int64]bool
	comes chan struct{} // closed and made anew with each mail
}

func newMailbox(c *mail.Composer) *mailbox {
	return &mailbox{Catcher: mail.NewCatcher(c), seen: map[int64]bool{}, comes: make(chan struct{})}
}

// Deliver keeps the mail, or fails as FailMails said.
func (b *mailbox) Deliver(ctx context.Context, m app.Mail) error {
	if err := b.Catcher.Deliver(ctx, m); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.comes)
	b.comes = make(chan struct{})
	return nil
}

func (b *mailbox) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.seen)
}

// take answers the oldest mail to an address that was not taken yet, or what tells of the next one's coming.
func (b *mailbox) take(to string) (app.CaughtMail, bool, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	mails := b.List(to)
	for i := len(mails) - 1; i >= 0; i-- {
		if !b.seen[mails[i].ID] {
			b.seen[mails[i].ID] = true
			return mails[i], true, nil
		}
	}
	return app.CaughtMail{}, false, b.comes
}

// Mail takes the oldest mail to an address that was not taken yet, and waits for it if none is there: mails go out in the
// background. Letter case does not matter.
func (s *Server) Mail(to string) Mail {
	s.helper()
	end := time.After(patience)
	for {
		found, ok, comes := s.mails.take(to)
		if ok {
			return mailOf(found)
		}
		select {
		case <-comes:
		case <-end:
			s.fail("no mail to %s came within %v", to, patience)
			return Mail{}
		}
	}
}

// Mails lists the mails to an address ("" for all) that came so far, newest first, taken or not.
func (s *Server) Mails(to string) []Mail {
	caught := s.mails.List(to)
	list := make([]Mail, len(caught))
	for i, m := range caught {
		list[i] = mailOf(m)
	}
	return list
}

func mailOf(m app.CaughtMail) Mail {
	return Mail{To: m.To, Subject: m.Subject, At: m.At, Text: m.Text, HTML: m.HTML, Links: m.Links}
}

// How a delivery can fail.
const (
	TempFail = "tempfail" // the mail server says 451: it is tried again, first within a minute by the clock
	PermFail = "permfail" // it says 550: the mail is given up at once
	Hang     = "hang"     // it does not answer, for 10 real seconds
	Drop     = "drop"     // it closes the connection
)

// FailMails makes the next deliveries fail.
func (s *Server) FailMails(how string, next int) {
	s.helper()
	if !s.mails.Fail(how, next) {
		s.fail("mails fail by tempfail, permfail, hang or drop, not by %q", how)
	}
}
