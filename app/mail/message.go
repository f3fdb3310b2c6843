package mail

import (
	"bytes"
	"fmt"
	"io"
	netmail "net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Message is a composed mail. It holds links with tokens in them: neither it nor its wire form belongs in a log.
type Message struct {
	Subject string
	Text    string // the plain part, lines ended by \n
	HTML    string // the same as HTML; the operator's logo, if there is one, is `cid:logo.…` in it
	Links   []string
	From    string // the envelope's addresses, as they stand between the angle brackets of MAIL and RCPT
	To      string

	from, to *netmail.Address
	id       string // the Message-ID without its brackets
	at       time.Time
	lang     string
	logo     *picture
}

// picture is a file that travels in the mail.
type picture struct {
	name  string // its Content-ID too
	media string
	data  []byte
}

// WriteTo writes the message in wire form: CRLF, multipart/alternative, quoted-printable. Date and Message-ID are the
// same each time (the boundaries between the parts are not).
func (m Message) WriteTo(w io.Writer) (int64, error) {
	if m.from == nil || m.to == nil {
		return 0, fmt.Errorf("write mail: not a composed message")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	msg.ToMailAddress(m.to)
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.at.UTC())
	msg.SetMessageIDWithValue(m.id)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All") // Exchange's word for the same
	msg.SetGenHeader("Content-Language", m.lang)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	if m.logo != nil {
		msg.EmbedReadSeeker(m.logo.name, bytes.NewReader(m.logo.data),
			gomail.WithFileContentType(gomail.ContentType(m.logo.media)))
	}
	n, err := msg.WriteTo(w)
	if err != nil {
		return n, fmt.Errorf("write mail: %w", err)
	}
	return n, nil
}

// Bytes is the wire form.
func (m Message) Bytes() ([]byte, error) {
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
