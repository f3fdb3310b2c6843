package mail

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"doorward/app"
)

const (
	// maxCaught bounds the mails that are kept; beyond it the oldest go.
	maxCaught = 1000
	// hangs is how long a delivery takes that hangs.
	hangs = 10 * time.Second
)

// Catcher keeps mails instead of sending them, for development. It is an app.MailCatcher.
type Catcher struct {
	composer *Composer

	mu     sync.Mutex
	mails  []app.CaughtMail // oldest first
	lastID int64
	next   chan struct{} // closed when a mail comes
	how    string        // the deliveries to come fail this way
	left   int           // so many of them
}

var _ app.MailCatcher = (*Catcher)(nil)

// NewCatcher makes an empty one.
func NewCatcher(c *Composer) *Catcher { return &Catcher{composer: c, next: make(chan struct{})} }

var addresses = regexp.MustCompile(`https?://[^\s<>"]+`)

// Deliver keeps the mail, or fails as it was told to.
func (c *Catcher) Deliver(ctx context.Context, m app.Mail) error {
	message, err := c.composer.Compose(m)
	if err != nil {
		return err
	}
	if how := c.failure(); how != "" {
		return fault(ctx, how)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	c.mails = append(c.mails, app.CaughtMail{
		ID: c.lastID, To: m.To, Subject: message.Subject, At: m.At, Text: message.Text, HTML: message.HTML,
		Links: addresses.FindAllString(message.Text, -1),
	})
	if len(c.mails) > maxCaught {
		c.mails = c.mails[len(c.mails)-maxCaught:]
	}
	close(c.next)
	c.next = make(chan struct{})
	return nil
}

// failure is how this delivery is to fail, "" for not.
func (c *Catcher) failure() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 {
		return ""
	}
	c.left--
	return c.how
}

// fault is what a delivery answers that fails on purpose.
func fault(ctx context.Context, how string) error {
	switch how {
	case "permfail":
		return &DeliveryError{Code: 550, stage: stageRcpt, text: "RCPT: 550 no such mailbox, as asked for", permanent: true}
	case "hang":
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(hangs):
			return errors.New("the server did not answer in time, as asked for")
		}
	case "drop":
		return errors.New("the server closed the connection, as asked for")
	}
	return &DeliveryError{Code: 451, stage: stageRcpt, text: "RCPT: 451 try again later, as asked for"}
}

// Fail makes the next n deliveries fail.
func (c *Catcher) Fail(how string, n int) (ok bool) {
	if !slices.Contains([]string{"tempfail", "permfail", "hang", "drop"}, how) || n < 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.how, c.left = how, n
	return true
}

// List answers the mails to an address, newest first.
func (c *Catcher) List(to string) []app.CaughtMail {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list(to)
}

func (c *Catcher) list(to string) []app.CaughtMail {
	found := []app.CaughtMail{}
	for _, m := range slices.Backward(c.mails) {
		if isTo(m, to) {
			found = append(found, m)
		}
	}
	return found
}

func isTo(m app.CaughtMail, to string) bool { return to == "" || strings.EqualFold(m.To, to) }

// Wait answers the mails to an address at once when there are some, else when the first comes, else none.
func (c *Catcher) Wait(ctx context.Context, to string) []app.CaughtMail {
	for {
		c.mu.Lock()
		found, next := c.list(to), c.next
		c.mu.Unlock()
		if len(found) > 0 {
			return found
		}
		select {
		case <-next:
		case <-ctx.Done():
			return found
		}
	}
}

// Delete forgets the mails to an address.
func (c *Catcher) Delete(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mails = slices.DeleteFunc(c.mails, func(m app.CaughtMail) bool { return isTo(m, to) })
}

// Reset forgets mails and failures to come.
func (c *Catcher) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mails, c.left, c.lastID = nil, 0, 0
}
