package view

import (
	"time"

	"doorward/app"
)

// Sessions lists where the account is signed in.
type Sessions struct {
	Frame
	List []SessionRow
}

// SessionRow is one session in the list.
type SessionRow struct {
	ID       string
	Device   string // "Firefox on Linux"
	IP       string
	Place    string // "Lyon, France"; "" when not known
	Current  bool   // the one that this page was asked with
	Remember bool   // outlives the browser
	First    time.Time
	Last     time.Time
}

// NewSessionRow is a session as the list shows it, with where its address is; current is the id of the one that asks.
func NewSessionRow(s app.Session, place app.Place, current string) SessionRow {
	row := SessionRow{
		ID: s.ID, Device: app.DeviceName(s.UserAgent), Place: placeName(place), Current: s.ID == current, Remember: s.Remember,
		First: s.CreatedAt, Last: s.LastSeenAt,
	}
	if s.IP.IsValid() {
		row.IP = s.IP.Unmap().String()
	}
	return row
}

func (*Sessions) template() (file, layout string) { return "account_sessions", "account" }

// Others tells whether there is a session besides the one that asks.
func (p *Sessions) Others() bool {
	for _, row := range p.List {
		if !row.Current {
			return true
		}
	}
	return false
}
