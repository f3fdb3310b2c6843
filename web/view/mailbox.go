package view

import (
	"net/url"
	"strconv"
	"time"
)

// Mailbox lists the mails that are kept because the site has no mail server.
type Mailbox struct {
	Frame
	Key   string // opens the mailbox without a session, "" with one
	Mails []MailRow
}

// MailRow is one kept mail in the list.
type MailRow struct {
	ID      int64
	To      string
	Subject string
	At      time.Time
	Error   string // why it can't be shown, "" for a good one
}

func (*Mailbox) template() (file, layout string) { return "mailbox", "wide" }

// At is where a mail of the list is, below the site's prefix.
func (p *Mailbox) At(id int64) string {
	return "/mailbox/" + strconv.FormatInt(id, 10) + keyQuery(p.Key)
}

// keyQuery carries the mailbox' key on.
func keyQuery(key string) string {
	if key == "" {
		return ""
	}
	return "?" + url.Values{"key": {key}}.Encode()
}
