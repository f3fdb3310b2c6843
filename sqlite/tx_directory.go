package sqlite

import (
	"encoding/json"
	"fmt"

	"doorward/app"
)

// everyState is the mask of all four states that an account can be in: bit n is state n.
const everyState = 1<<4 - 1

// ListUsers reads a part of the directory. What makes it quick at any size is in directory_blocks.go and
// directory_search.go.
func (t *tx) ListUsers(f app.UserFilter) (app.UserList, error) {
	none := app.UserList{Users: []app.User{}}
	l, any, err := t.listing(f)
	if err != nil || !any {
		return none, err
	}
	found, err := l.read(f.Offset, f.Limit+1) // one more, to know whether there is more
	if err != nil {
		return none, err
	}
	answer := none
	if len(found) > f.Limit {
		found = found[:f.Limit]
		if f.Limit > 0 {
			answer.Next = found[f.Limit-1].given()
		}
	}
	if answer.Users, err = t.usersAt(found); err != nil {
		return none, err
	}
	if f.Count > 0 {
		answer.Total, err = l.count(f.Count)
	}
	return answer, err
}

// usersAt reads whole users, in the order of their places.
func (t *tx) usersAt(places []place) ([]app.User, error) {
	ids := make([]int64, len(places))
	for i, p := range places {
		ids[i] = p.id
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, t.failed("list users", err)
	}
	return list(t, "list users", scanUser, selectUsersByID, string(text))
}

// selectUsersByID reads users in the order of a JSON array of ids.
const selectUsersByID = `SELECT ` + userColumns + ` FROM json_each($1) listed CROSS JOIN ` + userTables + ` WHERE u.id = listed.value ORDER BY listed.key`

// listing is one ListUsers on its way: what is looked for, in which order and from where.
type listing struct {
	t         *tx
	order     order
	ascending bool
	span      span
	states    int      // mask
	role      int64    // 0: any
	search    string   // folded; "" for any
	total     int      // who fit states and role; below 0 until it is asked for
	found     *finding // of a search, once it was looked into
}

// listing prepares a filter. any is false when nothing can fit it.
func (t *tx) listing(f app.UserFilter) (l *listing, any bool, err error) {
	if f.Sort == "" {
		f.Sort = app.ByCreation
	}
	o, known := orders[f.Sort]
	if !known {
		return nil, false, fmt.Errorf("sqlite: list users: no order %q", f.Sort)
	}
	l = &listing{t: t, order: o, ascending: f.Ascending, span: span{o.start(), end}, states: statesOf(f), total: -1}
	switch {
	case f.After != nil && f.Ascending:
		l.span.behind = o.place(*f.After)
	case f.After != nil:
		l.span.before = o.place(*f.After)
	}
	if f.Search != "" {
		if l.search, any = searchFor(f.Search); !any {
			return nil, false, nil
		}
	}
	if f.Role != "" {
		role, err := t.FindRole(f.Role)
		if err != nil {
			_, err = orZero(role, err)
			return nil, false, err
		}
		l.role = role.ID
	}
	return l, true, nil
}

// statesOf is the mask of the states that a filter lets through.
func statesOf(f app.UserFilter) int {
	mask := 0
	for state := range 4 {
		active, confirmed := state&1 == 1, state&2 == 2
		if (f.Active == nil || *f.Active == active) && (f.Confirmed == nil || *f.Confirmed == confirmed) {
			mask |= 1 << state
		}
	}
	return mask
}

// everybody tells that nobody is left out.
func (l *listing) everybody() bool { return l.states == everyState && l.role == 0 && l.search == "" }

// read gives the places of who fits, from an offset on.
func (l *listing) read(offset, limit int) ([]place, error) {
	switch {
	case l.search != "":
		return l.readFound(offset, limit)
	case l.everybody() && offset == 0:
		return l.walk(l.span, 0, limit)
	}
	return l.readBlocks(offset, limit)
}

// count counts who fits, wherever they stand: all of them, or with a search at most so many.
func (l *listing) count(most int) (int, error) {
	if l.search != "" {
		return l.countFound(most)
	}
	return l.fitting()
}

// Here and in the files beside, `+ 0` hides a number from the planner: it looks at the values that a column is compared
// with and that bound the rows, and a statement for which it did is prepared anew, which costs more than running it,
// whenever the value is another.

// fits is the condition of the filter on a user u. Its first line spares a look at the row where everybody fits.
const fits = `
	($5 = 15 OR $5 >> u.state & 1)
	AND ($6 = 0 OR EXISTS (SELECT 1 FROM role_assignments ra WHERE ra.user_id = u.id AND ra.role_id = $6 + 0))
	AND ($7 = '' OR instr(u.search_text, $7) > 0)`

// direction is how the order is read, in SQL.
func (l *listing) direction() string {
	if l.ascending {
		return "ASC"
	}
	return "DESC"
}

// args are what within and fits ask for, $1 to $7, with others behind them.
func (l *listing) args(s span, others ...any) []any {
	return append([]any{s.behind.key, s.behind.id, s.before.key, s.before.id, l.states, l.role, l.search}, others...)
}

// walkQuery reads a span along the order's index, without sorting, and passes over who does not fit.
func (o order) walkQuery(direction string) string {
	return `SELECT ` + o.selected() + ` FROM users u INDEXED BY ` + o.index + `
		WHERE ` + o.within() + ` AND ` + fits + `
		` + o.sorted(direction) + `
		LIMIT $8 + 0 OFFSET $9`
}

// walk gives who fits in a span. It costs a look at everybody who stands before the last of them.
func (l *listing) walk(s span, offset, limit int) ([]place, error) {
	return list(l.t, "walk the directory", scanPlace, l.order.walkQuery(l.direction()), l.args(s, limit, offset)...)
}
