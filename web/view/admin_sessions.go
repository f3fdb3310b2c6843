package view

import (
	"net/url"
	"strconv"

	"doorward/app"
)

// AllSessions lists everybody's valid sessions, one page of them.
type AllSessions struct {
	Frame
	Search string
	Rows   []UserSessionRow
	Total  app.Total
	Page   int // from 1
	Pages  int
}

// UserSessionRow is one session with its account.
type UserSessionRow struct {
	SessionRow
	UserID int64
	Face   Face
	Email  string
	Within bool // it may be ended
}

func (*AllSessions) template() (file, layout string) { return "admin_sessions", "admin" }

// NewAllSessions is the page of a search's sessions; current is the id of the session that asks.
func NewAllSessions(f Frame, search string, found *app.SessionPage, current string) *AllSessions {
	p := &AllSessions{
		Frame: f, Search: search, Page: found.Page, Pages: found.TotalPages, Total: app.Total{Count: found.TotalCount, IsLeast: found.TotalIsLeast},
	}
	for i := range found.Sessions {
		one := &found.Sessions[i]
		p.Rows = append(p.Rows, UserSessionRow{
			SessionRow: NewSessionRow(one.Session, one.Place, current), UserID: one.User.ID, Face: NewFace(&one.User), Email: one.User.Email,
			Within: one.Within,
		})
	}
	return p
}

// placeName is a place as people write it, from the small to the large.
func placeName(p app.Place) string {
	name := ""
	for _, part := range []string{p.City, p.Region, p.Country} {
		switch {
		case part == "":
		case name == "":
			name = part
		default:
			name += ", " + part
		}
	}
	return name
}

// At is the query of another page of the same search.
func (p *AllSessions) At(page int) string {
	q := url.Values{}
	if p.Search != "" {
		q.Set("search", p.Search)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return "?" + q.Encode()
}

// Previous is the page before this one, 0 for none.
func (p *AllSessions) Previous() int {
	if p.Page > 1 && p.Pages > 0 {
		return min(p.Page-1, p.Pages)
	}
	return 0
}

// Next is the page after this one, 0 for none.
func (p *AllSessions) Next() int {
	if p.Page < p.Pages {
		return p.Page + 1
	}
	return 0
}

// UserPath is the account's page.
func (r UserSessionRow) UserPath() string { return UserPath(r.UserID) }
