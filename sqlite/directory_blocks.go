package sqlite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"doorward/app"
)

// The blocks of directory_blocks tell on which page a place is. Level 1 counts some 100 accounts a block, level 2 some
// 10,000: a page by number adds up a hundred or so counts of level 2, a hundred of level 1, and passes over fewer than a
// hundred accounts, wherever it is.

const (
	levelAccounts = 1
	levelBlocks   = 2
)

// fitting adds up the states of a block that a mask ($4) lets through.
const fitting = `(($4 & 1) * n0 + ($4 >> 1 & 1) * n1 + ($4 >> 2 & 1) * n2 + ($4 >> 3 & 1) * n3)`

// listWhere chooses the blocks of a level that are kept for everybody, or for a role.
const listWhere = `
	FROM directory_blocks
	WHERE sort = $1 + 0 AND level = $2 + 0 AND role = $3 + 0`

// stretchWhere chooses those that begin in a stretch of the order.
const stretchWhere = listWhere + ` AND (key, id) >= ($5, $6) AND (key, id) < ($7, $8)`

const (
	totalQuery = `SELECT total(` + fitting + `)` + listWhere
	// The two below give many numbers as one text, which spares a call for each.
	groupCountsQuery = `SELECT coalesce(group_concat(n, ' '), '') FROM (SELECT ` + fitting + ` AS n` + listWhere + ` ORDER BY key, id)`
	blockCountsQuery = `SELECT coalesce(group_concat(n, ' '), '') FROM (SELECT ` + fitting + ` AS n` + stretchWhere + ` ORDER BY key, id)`
	nthGroupQuery    = `SELECT key, id` + listWhere + ` ORDER BY key, id LIMIT 2 OFFSET $4`
	nthBlockQuery    = `SELECT key, id` + stretchWhere + ` ORDER BY key, id LIMIT 1 OFFSET $4`
	heldQuery        = `SELECT n0 + n1 + n2 + n3 FROM directory_blocks WHERE sort = $1 + 0 AND level = 1 AND role = 0 AND key = $2 AND id = $3 + 0`
	followingQuery   = `
		SELECT key, id FROM directory_blocks
		WHERE sort = $1 + 0 AND level = $2 + 0 AND role = 0 AND (key, id) > ($3, $4)
		ORDER BY key, id LIMIT 1`
)

// someQuery gives, of the blocks that have a part in a span and somebody who fits, the first or the last one, with its end.
func someQuery(direction string) string {
	const holding = `(
		SELECT h.key, h.id FROM directory_blocks h
		WHERE h.sort = $1 + 0 AND h.level = $2 + 0 AND h.role = 0 AND (h.key, h.id) <= ($5, $6)
		ORDER BY h.key DESC, h.id DESC LIMIT 1)`
	const following = ` FROM directory_blocks f
		WHERE f.sort = $1 + 0 AND f.level = $2 + 0 AND f.role = 0 AND (f.key, f.id) > (b.key, b.id)
		ORDER BY f.key, f.id LIMIT 1)`
	return `
		SELECT b.key, b.id, (SELECT f.key` + following + `, (SELECT f.id` + following + `
		FROM directory_blocks b
		WHERE b.sort = $1 + 0 AND b.level = $2 + 0 AND b.role = $3 + 0
			AND (b.key, b.id) >= ` + holding + ` AND (b.key, b.id) < ($7, $8) AND ` + fitting + ` > 0
		ORDER BY b.key ` + direction + `, b.id ` + direction + ` LIMIT 1`
}

// fitting counts who fits the filter, wherever they stand. It is asked for once.
func (l *listing) fitting() (int, error) {
	if l.total < 0 {
		n, err := l.holders(l.role, l.states)
		if err != nil {
			return 0, err
		}
		l.total = n
	}
	return l.total, nil
}

// holders counts who holds a role (0: everybody) in the states of a mask.
func (l *listing) holders(role int64, states int) (int, error) {
	n, err := one(l.t, "count users", value[float64], totalQuery, orders[app.ByCreation].number, levelBlocks, role, states)
	return int(n), err
}

// readBlocks gives who fits, from an offset on, by way of the blocks.
func (l *listing) readBlocks(offset, limit int) ([]place, error) {
	if offset == 0 {
		return l.readFrom(l.span, 0, limit)
	}
	total, err := l.fitting()
	if err != nil || offset >= total {
		return []place{}, err
	}
	first, n := offset, min(limit, total-offset) // as counted in ascending order
	if !l.ascending {
		first = total - offset - n
	}
	upwards := *l
	upwards.ascending = true
	begins, pass, held, err := upwards.passOver(first)
	if err != nil {
		return nil, err
	}
	read := upwards.readFrom
	if pass+n <= held { // all of them are in that block
		read = upwards.walk
		if err := upwards.sparing(begins, held); err != nil {
			return nil, err
		}
	}
	found, err := read(span{justBefore(begins), end}, pass, n)
	if !l.ascending {
		slices.Reverse(found)
	}
	return found, err
}

// sparing leaves the filter away where everybody in a block fits it, which spares a look at each who is passed over.
func (l *listing) sparing(begins place, held int) error {
	if l.everybody() {
		return nil
	}
	all, err := one(l.t, "count a block", value[int], heldQuery, l.order.number, begins.key, begins.id)
	if err == nil && all == held {
		l.states, l.role = everyState, 0
	}
	return err
}

// readFrom gives who fits in a span, but for so many at its beginning, who are all in its first block.
func (l *listing) readFrom(s span, pass, limit int) ([]place, error) {
	if l.everybody() {
		return l.walk(s, pass, limit)
	}
	found := []place{}
	err := l.eachBlock(s, func(part span) (more bool, err error) {
		places, err := l.walk(part, pass, limit-len(found))
		found, pass = append(found, places...), 0
		return len(found) < limit, err
	})
	return found, err
}

// passOver gives where the block begins in which the account is that has so many before it, in ascending order, how many of
// these are in that block too, and how many who fit it holds.
func (l *listing) passOver(n int) (begins place, pass, held int, err error) {
	of := []any{l.order.number, levelBlocks, l.role}
	position, n, _, err := l.nth(n, groupCountsQuery, append(of, l.states))
	if err != nil {
		return begins, 0, 0, err
	}
	groups, err := list(l.t, "find a group of blocks", scanPlace, nthGroupQuery, append(of, position)...)
	if err != nil || len(groups) == 0 {
		return begins, 0, 0, l.miscounted(err)
	}
	group := append(groups, end) // a role's last group ends with everything
	stretch := func(fourth int) []any {
		return []any{l.order.number, levelAccounts, l.role, fourth, group[0].key, group[0].id, group[1].key, group[1].id}
	}
	if position, pass, held, err = l.nth(n, blockCountsQuery, stretch(l.states)); err != nil {
		return begins, 0, 0, err
	}
	begins, err = one(l.t, "find a block", scanPlace, nthBlockQuery, stretch(position)...)
	return begins, pass, held, err
}

// nth finds, among blocks whose counts a query gives, the position of the one that holds the account with so many before
// it, how many of these are in that block too, and how many it holds.
func (l *listing) nth(n int, query string, args []any) (position, rest, held int, err error) {
	counts, err := one(l.t, "count blocks", value[string], query, args...)
	if err != nil {
		return 0, 0, 0, err
	}
	for text := range strings.SplitSeq(counts, " ") {
		if held, err = strconv.Atoi(text); err != nil {
			break // there were none
		}
		if n < held {
			return position, n, held, nil
		}
		n -= held
		position++
	}
	return 0, 0, 0, l.miscounted(nil)
}

// miscounted is what it means when blocks hold fewer accounts than their groups say.
func (l *listing) miscounted(err error) error {
	if err != nil {
		return err
	}
	return l.t.failed("count blocks", fmt.Errorf("blocks of order %d do not hold what they say", l.order.number))
}

// eachBlock gives visit the parts of a span in which somebody fits, a block each, in the listing's direction, until visit
// has enough.
func (l *listing) eachBlock(s span, visit func(span) (more bool, err error)) error {
	return l.eachOf(levelBlocks, s, func(group span) (bool, error) {
		more := true
		err := l.eachOf(levelAccounts, group, func(part span) (_ bool, err error) {
			more, err = visit(part)
			return more, err
		})
		return more, err
	})
}

// eachOf does so with the blocks of one level.
func (l *listing) eachOf(level int, rest span, visit func(span) (more bool, err error)) error {
	query := someQuery(l.direction())
	for {
		b, err := one(l.t, "find a block with somebody", scanBounds, query, l.order.number, level, l.role, l.states,
			rest.behind.key, rest.behind.id+1, rest.before.key, rest.before.id)
		if err != nil {
			_, err = orZero(b, err)
			return err
		}
		begins, ends := b[0], b[1]
		if more, err := visit(rest.cut(span{justBefore(begins), ends})); err != nil || !more {
			return err
		}
		if l.ascending {
			rest.behind = justBefore(ends)
		} else {
			rest.before = begins
		}
	}
}

// scanBounds reads where a block begins and ends.
func scanBounds(row scanner) (b [2]place, err error) {
	err = row.Scan(&b[0].key, &b[0].id, &b[1].key, &b[1].id)
	return b, err
}
