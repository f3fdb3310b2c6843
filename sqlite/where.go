package sqlite

import (
	"math"
	"strconv"
	"strings"
)

// where gathers the conditions of a list that is read by id, newest first. Each set of conditions makes one fixed text,
// so that its statement is prepared once and finds the index for it.
type where struct {
	text strings.Builder
	args []any
}

// before begins with rows whose id is below id; 0 for all.
func before(id int64) *where {
	if id == 0 {
		id = math.MaxInt64
	}
	w := &where{args: []any{id}}
	w.text.WriteString(` WHERE id < $1`)
	return w
}

// and adds a condition that compares with a value.
func (w *where) and(comparison string, value any) {
	w.text.WriteString(` AND ` + comparison + w.bind(value))
}

func (w *where) bind(value any) string {
	w.args = append(w.args, value)
	return `$` + strconv.Itoa(len(w.args))
}

// newestFirst ends the query with at most limit rows; 0 for all.
func (w *where) newestFirst(limit int) string {
	return w.text.String() + ` ORDER BY id DESC LIMIT ` + w.limit(limit)
}

// limit binds how many rows are read at most; 0 for all.
func (w *where) limit(rows int) string {
	if rows == 0 {
		rows = math.MaxInt
	}
	return w.bind(rows)
}
