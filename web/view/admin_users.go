package view

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorward/app"
)

// Users is the directory of accounts, one page of it.
type Users struct {
	Frame
	Query        UsersQuery
	Rows         []UserRow
	Total        int
	TotalIsLeast bool // there are more than Total: a search stops counting
	Page         int  // from 1
	Pages        int  // as far as was counted
	More         bool // there is a next page, counted or not
	Roles        []string
	Columns      Columns
}

// UsersQuery is what the address of the list asks for. Every part may be "".
type UsersQuery struct {
	Search    string
	Role      string // by name
	Status    string // active or inactive
	Confirmed string // true or false
	Sort      string // an order of the JSON API, with - in front for descending
}

// ReadUsersQuery takes what is the list's out of an address' query.
func ReadUsersQuery(q url.Values) UsersQuery {
	return UsersQuery{q.Get("search"), q.Get("role"), q.Get("status"), q.Get("confirmed"), q.Get("sort")}
}

// Narrow tells whether not every account fits.
func (q UsersQuery) Narrow() bool { return q.Search+q.Role+q.Status+q.Confirmed != "" }

// At is the query of one page of this list, with its ?; "" for the first page of all accounts.
func (q UsersQuery) At(page int) string {
	values := url.Values{}
	for name, value := range map[string]string{"search": q.Search, "role": q.Role, "status": q.Status, "confirmed": q.Confirmed, "sort": q.Sort} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if page > 1 {
		values.Set("page", strconv.Itoa(page))
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// UserRow is one account in the list.
type UserRow struct {
	ID        int64
	Face      Face
	Email     string
	Username  string
	Roles     []string
	Active    bool
	Confirmed bool
	You       bool
	Created   time.Time
	Seen      time.Time // zero for never
	Place     string
	Timezone  string
	Locale    string
}

// NewUserRow is an account as the list shows it; you is the id of who asks.
func NewUserRow(u *app.User, you int64) UserRow {
	return UserRow{
		ID: u.ID, Face: NewFace(u), Email: u.Email, Username: u.Username, Roles: u.Roles, Active: u.IsActive, Confirmed: u.IsConfirmed(),
		You: u.ID == you, Created: u.CreatedAt, Seen: u.LastSeenAt, Place: newMaking(u).Place, Timezone: u.Timezone, Locale: u.Locale,
	}
}

// Usual tells an account that is as most are: there is nothing to say about its state.
func (r UserRow) Usual() bool { return r.Active && r.Confirmed }

// At is the account's path.
func (r UserRow) At() string { return UserPath(r.ID) }

// Language is the name of the account's language, "" for none.
func (r UserRow) Language() string {
	if r.Locale == "" {
		return ""
	}
	return languageName(r.Locale)
}

func (*Users) template() (file, layout string) { return "admin_users", "admin" }

// Return is the query of this page, to come back to.
func (p *Users) Return() string { return p.Query.At(p.Page) }

// Last is the last page that is known of.
func (p *Users) Last() int {
	switch {
	case p.More:
		return max(p.Pages, p.Page+1)
	case len(p.Rows) > 0:
		return max(p.Pages, p.Page) // a search stops counting
	}
	return p.Pages
}

// Previous is the page before this one, 0 for none.
func (p *Users) Previous() int {
	if p.Page > 1 && p.Pages > 0 {
		return min(p.Page-1, p.Last())
	}
	return 0
}

// Next is the page after this one, 0 for none.
func (p *Users) Next() int {
	if p.Page < p.Last() {
		return p.Page + 1
	}
	return 0
}

// Numbers are the pages to go to at once: the first, the last and those around this one, with 0 for a gap.
func (p *Users) Numbers() []int {
	var numbers []int
	for n := 1; n <= p.Last(); n++ {
		switch near := n >= p.Page-1 && n <= p.Page+1; {
		case near || n == 1 || n == p.Last():
			numbers = append(numbers, n)
		case numbers[len(numbers)-1] != 0:
			numbers = append(numbers, 0)
			n = max(n, min(p.Page-2, p.Last()-1)) // a list has thousands of pages
		}
	}
	return numbers
}

// Orders are the ways to sort the list, for a choice of them, each by its name in the address.
func (p *Users) Orders() []string {
	return []string{"-created_at", "created_at", "last_name", "-last_name", "email", "-email", "username", "-username", "-last_seen_at", "last_seen_at"}
}

// Order is the present one.
func (p *Users) Order() string {
	if p.Query.Sort == "" {
		return "-created_at"
	}
	return p.Query.Sort
}

// Columns are the columns that the list shows besides who it is, in order.
type Columns []string

// allColumns are all that there are, as they are shown; the template `users-column` says what each is called.
var allColumns = []string{"email", "username", "roles", "state", "seen", "made", "place", "zone", "language"}

// usualColumns are shown until somebody chooses.
var usualColumns = Columns{"email", "roles", "state", "seen", "made"}

// ParseColumns reads what a browser kept of a choice; the usual ones where it kept nothing that can be read.
func ParseColumns(text string) Columns {
	if text == "" {
		return usualColumns
	}
	return NewColumns(strings.Split(text, "."))
}

// NewColumns puts chosen columns in order, and leaves out what is none.
func NewColumns(chosen []string) Columns {
	columns := Columns{}
	for _, c := range allColumns {
		if slices.Contains(chosen, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// String is what a browser keeps.
func (c Columns) String() string { return strings.Join(append([]string{"who"}, c...), ".") }

// Has tells whether a column is shown.
func (c Columns) Has(column string) bool { return slices.Contains(c, column) }

// All are all columns to choose from.
func (Columns) All() []string { return allColumns }

// Heading is the head of a column.
type Heading struct {
	Column string
	Link   string // the query that sorts by it; "" where the list can't be sorted by it
	Sorted string // ascending or descending, as aria-sort says it; "" when it is sorted by another
}

// columnSorts are the orders of the columns that have one, as they are when first asked for: names from A, times from now.
var columnSorts = map[string]string{"who": "last_name", "email": "email", "username": "username", "seen": "-last_seen_at", "made": "-created_at"}

// Headings are the heads of the columns shown.
func (p *Users) Headings() []Heading {
	headings := []Heading{p.heading("who")}
	for _, c := range p.Columns {
		headings = append(headings, p.heading(c))
	}
	return headings
}

func (p *Users) heading(column string) Heading {
	h := Heading{Column: column}
	first, sorts := columnSorts[column]
	if !sorts {
		return h
	}
	other := "-" + first
	if name, descending := strings.CutPrefix(first, "-"); descending {
		other = name
	}
	to := first
	switch p.Order() {
	case first:
		h.Sorted, to = direction(first), other
	case other:
		h.Sorted = direction(other)
	}
	query := p.Query
	query.Sort = to
	h.Link = query.At(1)
	return h
}

func direction(order string) string {
	if strings.HasPrefix(order, "-") {
		return "descending"
	}
	return "ascending"
}
