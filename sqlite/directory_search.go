package sqlite

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"doorward/app"
)

// A search compares with search_text in the end; what comes before only keeps it from comparing with everybody's. Where
// few may fit, they are gathered: by the parts of the text that users_search knows, or by role or state, whichever gives
// fewer. Where many may, users_search is followed, if its order is what is asked for, or the order asked for is walked,
// since some who fit will stand near its beginning. Only where that finds too few (many fit, but all far from the
// beginning) are all of them sorted.

// searchEffort is where one way is left for another.
type searchEffort struct {
	gather int // accounts that are gathered without trying another way first
	follow int // the same, where users_search gives them in the order that is asked for
	many   int // what is taken for the number of those that users_search gives where it was not asked for all of them
	walk   int // accounts that are walked over before all who may fit are sorted
	probe  int // accounts that a search of one or two letters is tried on; if a tenth of them fit, many do
}

// usualEffort suits a million accounts: gathering so many costs as much as walking to the first ten of as many.
func usualEffort() searchEffort {
	return searchEffort{gather: 4000, follow: 1000, many: 100_000, walk: 3000, probe: 2000}
}

const (
	// partLetters is how many letters a part has in users_search.
	partLetters = 3
	// mostParts is about how many parts of a long search are looked up.
	mostParts = 32
	// mostLetters is more than search_text holds.
	mostLetters = 1200
)

// fieldEnd stands between the fields in searchText. No field holds it, so that nothing is found across two.
const fieldEnd = "\n"

// searchText is what a search looks into.
func searchText(u app.User) string {
	return folded(strings.Join([]string{u.Email, u.Username, u.FirstName, u.LastName}, fieldEnd))
}

// searchFor is what to look for in searchText; false where nothing can hold it.
func searchFor(typed string) (string, bool) {
	if !utf8.ValidString(typed) || len(typed) > mostLetters*utf8.UTFMax {
		return "", false
	}
	search := folded(typed)
	possible := utf8.RuneCountInString(search) <= mostLetters && !strings.ContainsAny(search, fieldEnd+"\x00")
	return search, possible
}

// isShort tells a search that is shorter than a part: many parts begin with it, and putting them together is work.
func isShort(search string) bool { return utf8.RuneCountInString(search) < partLetters }

// isExact tells a search that whoever users_search gives for it holds for sure.
func isExact(search string) bool { return utf8.RuneCountInString(search) <= partLetters }

// partsOf is the query to users_search for those whose text holds parts of a search, though perhaps not together: every
// so many of its parts, and the last one.
func partsOf(search string, every int) string {
	letters := []rune(search)
	if isShort(search) {
		return fmt.Sprintf(`"%x" *`, search)
	}
	last := len(letters) - partLetters
	every = max(every, last/mostParts)
	var parts []string
	for i := 0; i < last; i += every {
		parts = append(parts, fmt.Sprintf(`"%x"`, string(letters[i:i+partLetters])))
	}
	parts = append(parts, fmt.Sprintf(`"%x"`, string(letters[last:])))
	return strings.Join(parts, " ")
}

// source is a way to the accounts that may fit. Its arguments are behind those of args.
type source struct {
	from, where string
	args        []any
	size        int    // accounts that it gives, or searchEffort.many
	parts       string // what users_search was asked; "" for another way
}

// The ways. CROSS JOIN keeps the order in which the tables are read.
const (
	fromParts  = `users_search CROSS JOIN users u`
	whereParts = `users_search MATCH $10 AND u.id = users_search.rowid`
	fromRole   = `role_assignments ra CROSS JOIN users u`
	whereRole  = `ra.role_id = $10 + 0 AND u.id = ra.user_id`
	fromState  = `users u INDEXED BY users_by_state`
	whereState = `u.state IN ($10, $11, $12, $13)`
	fromIDs    = `json_each($10) listed CROSS JOIN users u`
	whereIDs   = `u.id = listed.value`

	// foundQuery gives the ids of so many whom a search finds, in no order.
	foundQuery = `SELECT u.id FROM users_search CROSS JOIN users u
		WHERE users_search MATCH $1 AND u.id = users_search.rowid AND instr(u.search_text, $2) > 0 LIMIT $3 + 0`

	idsQuery = `SELECT rowid FROM users_search WHERE users_search MATCH $1 LIMIT $2 + 0`
)

// gatherQuery reads who fits from a source and sorts them.
func (o order) gatherQuery(s source, direction string) string {
	return `SELECT ` + o.selected() + ` FROM ` + s.from + `
		WHERE ` + s.where + ` AND ` + o.within() + ` AND ` + fits + `
		` + o.sorted(direction) + `
		LIMIT $8 + 0 OFFSET $9`
}

// followQuery reads who fits from users_search in its own order, by id, without sorting.
func (o order) followQuery(direction string) string {
	return `SELECT ` + o.selected() + ` FROM ` + fromParts + `
		WHERE ` + whereParts + ` AND users_search.rowid > $11 AND users_search.rowid < $12 AND ` + o.within() + ` AND ` + fits + `
		ORDER BY users_search.rowid ` + direction + `
		LIMIT $8 + 0 OFFSET $9`
}

// countQuery counts who fits from a source, at most $8.
func (o order) countQuery(s source) string {
	return `SELECT count(*) FROM (SELECT 1 FROM ` + s.from + `
		WHERE ` + s.where + ` AND ` + o.within() + ` AND ` + fits + ` LIMIT $8 + 0 OFFSET $9)`
}

// farQuery gives the place that stands so many behind the beginning of a span.
func (o order) farQuery(direction string) string {
	return `SELECT ` + o.selected() + ` FROM users u INDEXED BY ` + o.index + `
		WHERE ` + o.within() + `
		` + o.sorted(direction) + `
		LIMIT 1 OFFSET $5`
}
