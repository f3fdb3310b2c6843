package view

import (
	"net/url"
	"strconv"
	"time"

	"doorward/app"
)

// Users is the directory of accounts, one page of it.
type Users struct {
	Frame
	Search string
	Rows   []UserRow
	Total  int
	Least  bool // there are more than Total, and more than Pages
	More   bool // there are more behind this page
	Page   int  // from 1
	Pages  int
}

// UserRow is one account in the list.
type UserRow struct {
	Face      Face
	Email     string
	Username  string
	Roles     []string
	Active    bool
	Confirmed bool
	You       bool
	Created   time.Time
	Seen      time.Time // zero for never
}

// NewUserRow is an account as the list shows it; you is the id of who asks.
func NewUserRow(u *app.User, you int64) UserRow {
	return UserRow{
		Face: NewFace(u), Email: u.Email, Username: u.Username, Roles: u.Roles, Active: u.IsActive, Confirmed: u.IsConfirmed(),
		You: u.ID == you, Created: u.CreatedAt, Seen: u.LastSeenAt,
	}
}

// Usual tells an account that is as most are: there is nothing to say about its state.
func (r UserRow) Usual() bool { return r.Active && r.Confirmed }

func (*Users) template() (file, layout string) { return "admin_users", "admin" }

// At is the query of another page of the same search.
func (p *Users) At(page int) string {
	q := url.Values{}
	if p.Search != "" {
		q.Set("search", p.Search)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return "?" + q.Encode()
}

// Previous and Next are the neighbouring pages, 0 for none.
func (p *Users) Previous() int {
	switch {
	case p.Page < 2 || p.Pages == 0:
		return 0
	case p.Least:
		return p.Page - 1
	}
	return min(p.Page-1, p.Pages)
}

// Next is the page after this one, 0 for none.
func (p *Users) Next() int {
	if p.More {
		return p.Page + 1
	}
	return 0
}
