package sqlite

import (
	"cmp"
	"math"
	"strings"

	"doorward/app"
)

// order is one way to sort the directory, then by id.
type order struct {
	number int    // in directory_blocks
	column string // of users
	tie    string // of users: the id, by the name by which the index knows it
	index  string // on both
	text   bool   // rather than a number
}

var orders = map[app.UserSort]order{
	app.ByCreation: {1, "created_at", "number", "users_by_creation", false},
	app.ByEmail:    {2, "email_key", "id", "users_unique_email", true},
	app.ByUsername: {3, "username_order", "number", "users_by_username", true},
	app.ByLastName: {4, "last_name_key", "number", "users_by_last_name", true},
	app.ByLastSeen: {5, "last_seen_order", "number", "users_by_last_seen", false},
}

// selected is what a query selects of a user u to scan its place.
func (o order) selected() string { return `u.` + o.column + `, u.` + o.tie }

// sorted is the ORDER BY of it, ASC or DESC.
func (o order) sorted(direction string) string {
	return `ORDER BY u.` + o.column + ` ` + direction + `, u.` + o.tie + ` ` + direction
}

// within is the condition that a user u stands in a span of the order, $1 to $4.
func (o order) within() string {
	return `(` + o.selected() + `) > ($1, $2) AND (` + o.selected() + `) < ($3, $4)`
}

// place is where an account stands in an order: a key (a string or an int64) and an id.
type place struct {
	key any
	id  int64
}

// end is behind every place: SQLite sorts a blob behind all else.
var end = place{[]byte{0xff}, math.MaxInt64}

// start is before every place, and just before the first block.
func (o order) start() place {
	if o.text {
		return place{"", -1}
	}
	return place{int64(-math.MaxInt64), -1}
}

// place is a place as it was given out.
func (o order) place(p app.UserPlace) place {
	if o.text {
		return place{p.Text, p.ID}
	}
	return place{p.Number, p.ID}
}

// justBefore is what a span begins behind, so that p is in it.
func justBefore(p place) place { return place{p.key, p.id - 1} }

// given is a place as it is given out.
func (p place) given() *app.UserPlace {
	given := &app.UserPlace{ID: p.id}
	switch key := p.key.(type) {
	case string:
		given.Text = key
	case int64:
		given.Number = key
	}
	return given
}

// before tells whether p stands before q in an order.
func (p place) before(q place) bool {
	switch key := p.key.(type) {
	case string:
		if other, ok := q.key.(string); ok {
			return cmp.Or(strings.Compare(key, other), cmp.Compare(p.id, q.id)) < 0
		}
	case int64:
		if other, ok := q.key.(int64); ok {
			return cmp.Or(cmp.Compare(key, other), cmp.Compare(p.id, q.id)) < 0
		}
	}
	_, isEnd := q.key.([]byte)
	_, atEnd := p.key.([]byte)
	return isEnd && !atEnd
}

func scanPlace(row scanner) (p place, err error) {
	err = row.Scan(&p.key, &p.id)
	return p, err
}

// span is a stretch of an order: what stands behind `behind` and before `before`, neither of them in it.
type span struct{ behind, before place }

// cut is what two spans have in common.
func (s span) cut(other span) span {
	if s.behind.before(other.behind) {
		s.behind = other.behind
	}
	if other.before.before(s.before) {
		s.before = other.before
	}
	return s
}
