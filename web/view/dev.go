package view

import "time"

// Dev is the page of `doorward dev`. It and its kin are for developers and in English alone.
type Dev struct {
	Frame
	Accounts []DevAccount
	Mails    []DevMailRow
}

// DevAccount is an account that one click signs in as.
type DevAccount struct {
	Email string
	Roles []string
}

// DevMailRow is a mail that was kept from leaving.
type DevMailRow struct {
	ID      int64
	To      string
	Subject string
	At      time.Time
}

func (*Dev) template() (file, layout string) { return "dev", "wide" }

// DevMail is one such mail.
type DevMail struct {
	Frame
	To      string
	Subject string
	At      time.Time
	Text    string
}

// Spans cuts the text at its links.
func (p *DevMail) Spans() []Span { return spansOf(p.Text) }

func (*DevMail) template() (file, layout string) { return "dev_mail", "wide" }

// StoryBook lists the stories.
type StoryBook struct {
	Frame
	Names []string
}

func (*StoryBook) template() (file, layout string) { return "story_book", "wide" }
