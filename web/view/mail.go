package view

import (
	"strconv"
	"strings"
	"time"
)

// Mail is one kept mail as its receiver would see it.
type Mail struct {
	Frame
	ID      int64
	Key     string // opens the mailbox without a session, "" with one
	To      string
	Subject string
	At      time.Time
	Text    string
	HTML    bool   // there is an HTML part, shown in a frame of its own
	Error   string // why it can't be shown, "" for a good one
}

func (*Mail) template() (file, layout string) { return "mail", "wide" }

// Back is where the list is, below the site's prefix.
func (p *Mail) Back() string { return "/mailbox" + keyQuery(p.Key) }

// Part is where the HTML part is, below the site's prefix.
func (p *Mail) Part() string {
	return "/mailbox/" + strconv.FormatInt(p.ID, 10) + "/html" + keyQuery(p.Key)
}

// Span is a piece of a mail's text; with Link it is an address to follow.
type Span struct {
	Text string
	Link bool
}

// Spans cuts the text at its links.
func (p *Mail) Spans() []Span { return spansOf(p.Text) }

// spansOf cuts a text at its links. Only a word that begins like a web address is one.
func spansOf(text string) []Span {
	var spans []Span
	rest, plain := text, 0
	for plain < len(rest) {
		start := linkStart(rest[plain:])
		if start < 0 {
			break
		}
		start += plain
		end := start + strings.IndexAny(rest[start:]+"\n", " \t\r\n<>\"")
		link := strings.TrimRight(rest[start:end], ".,;:!?)")
		spans = append(spans, Span{rest[:start], false}, Span{link, true})
		rest, plain = rest[start+len(link):], 0
	}
	return append(spans, Span{rest, false})
}

func linkStart(text string) int {
	at := -1
	for _, scheme := range []string{"https://", "http://"} {
		if i := strings.Index(text, scheme); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	return at
}
