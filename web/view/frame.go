package view

import (
	"time"

	"doorward/app"
	"doorward/app/lang"
)

// Frame is what stands around a page's own content. Every page struct embeds one.
type Frame struct {
	Me    *Me            // who is signed in; nil for a stranger
	Note  Note           // what just happened, in one line at the top; "" for nothing
	Alert *Problem       // what went wrong; nil for nothing
	Retry time.Duration  // with Alert: when to try again; 0 for no such time
	Here  string         // the path of the entry of the side list that is this page; "" for none
	Now   time.Time      // what relative times are reckoned from
	Zone  *time.Location // what exact times are told in; nil for UTC
	Lang  string         // what the page is read in, a shipped language; "" for English

	Self string // where the page is, to come back to it in another language; "" for nowhere

	texts *lang.Texts // while it is rendered
}

// Me is who is signed in.
type Me struct {
	ID      int64
	Face    Face
	Email   string
	Admin   bool // of rank Admin or above: sees the way to /admin
	Owner   bool // of rank Owner: sees the way to /admin/keys too
	Limited bool // is to confirm the address before anything else
	Mailbox bool // an Owner of a site that keeps its mails: sees the way to /mailbox
}

// NewMe is the signed-in person of a page.
func NewMe(u *app.User, limited, mailIsKept bool) *Me {
	return &Me{
		ID: u.ID, Face: NewFace(u), Email: u.Email, Limited: limited,
		Admin:   u.Rank() >= app.RankAdmin && !limited,
		Owner:   u.Rank() == app.RankOwner && !limited,
		Mailbox: u.Rank() == app.RankOwner && !limited && mailIsKept,
	}
}

// NewFrame is the frame of a page for somebody; me is nil for a stranger.
func NewFrame(me *app.User, limited, mailIsKept bool, now time.Time) Frame {
	f := Frame{Now: now}
	if me != nil {
		f.Me = NewMe(me, limited, mailIsKept)
		f.Zone = zoneOf(me.Timezone)
	}
	return f
}

// Around gives a page's frame to whoever fills in what has just happened.
func (f *Frame) Around() *Frame { return f }

// Framed is a Page with its Frame: every page of this package.
type Framed interface {
	Page
	Around() *Frame
}

// When tells a time in this frame.
func (f *Frame) When(t time.Time) (Moment, error) { return newMoment(f.texts, t, f.Now, f.Zone) }

// DayName is a day of the present year or the one before, as the language writes it.
func (f *Frame) DayName(day time.Time) string { return f.texts.MonthDay(day) }

// Sections are the parts of administration that somebody sees, by their paths. API keys are an Owner's alone.
func (f *Frame) Sections() []string {
	sections := []string{"/admin", "/admin/users", "/admin/roles", "/admin/sessions", "/admin/audit", "/admin/jobs"}
	if f.Me.Owner {
		sections = append(sections, "/admin/keys")
	}
	return sections
}

// Stamp is the server's time, from which the script of relative times goes on.
func (f *Frame) Stamp() string { return f.Now.UTC().Format(time.RFC3339) }
