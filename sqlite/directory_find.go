package sqlite

import (
	"encoding/json"
	"math"

	"doorward/app"
)

// finding is what is known of a search once it was looked into.
type finding struct {
	way     source
	all     []place // all who fit, in the listing's order; nil where they are too many to gather
	follows bool    // users_search can give them in that order
	many    bool    // a search of one or two letters fits so many that users_search was not asked
}

// find looks into a search, once.
func (l *listing) find() (*finding, error) {
	if l.found != nil {
		return l.found, nil
	}
	f := &finding{}
	var err error
	if f.many, err = l.fitsMany(); err != nil {
		return nil, err
	}
	if f.way, err = l.shortest(f.many); err != nil {
		return nil, err
	}
	if f.follows, err = l.follows(f.way); err != nil {
		return nil, err
	}
	if f.way.size <= l.t.effort.follow || !f.follows && f.way.size <= l.t.effort.gather {
		f.all, err = l.gather(f.way)
	}
	l.found = f
	return f, err
}

// fitsMany tells whether a tenth of the newest accounts fit a search of one or two letters.
func (l *listing) fitsMany() (bool, error) {
	if !isShort(l.search) {
		return false, nil
	}
	newest := l.everywhere()
	newest.order, newest.ascending, newest.states, newest.role = orders[app.ByCreation], false, everyState, 0
	newest.span = span{newest.order.start(), end}
	some := l.t.effort.probe / 10
	found, _, err := newest.nearby(l.t.effort.probe, 0, some)
	return len(found) == some, err
}

// everywhere is the listing from the beginning.
func (l *listing) everywhere() *listing {
	everywhere := *l
	everywhere.span = span{l.order.start(), end}
	return &everywhere
}

// shortest is the source that gives the fewest accounts.
func (l *listing) shortest(many bool) (best source, err error) {
	best = l.manyParts(partsOf(l.search, 2))
	if !many {
		if best, err = l.byParts(); err != nil {
			return best, err
		}
	}
	if l.role != 0 {
		n, err := l.holders(l.role, everyState)
		if err != nil {
			return best, err
		}
		if n < best.size {
			best = source{fromRole, whereRole, []any{l.role}, n, ""}
		}
	}
	if l.states != everyState {
		n, err := l.holders(0, l.states)
		if err != nil {
			return best, err
		}
		if n < best.size {
			best = source{fromState, whereState, l.stateArgs(), n, ""}
		}
	}
	return best, nil
}

// byParts asks users_search: for the ids, where they are few. Every other part tells nearly as much as all of them and is
// half the work, but where it gives many, all of them may still give few.
func (l *listing) byParts() (source, error) {
	var parts string
	for _, every := range []int{2, 1} {
		parts = partsOf(l.search, every)
		ids, err := list(l.t, "ask for parts", value[int64], idsQuery, parts, l.t.effort.gather+1)
		if err != nil {
			return source{}, err
		}
		if len(ids) <= l.t.effort.gather {
			text, err := json.Marshal(ids)
			if err != nil {
				return source{}, l.t.failed("ask for parts", err)
			}
			return source{fromIDs, whereIDs, []any{string(text)}, len(ids), parts}, nil
		}
		if isExact(l.search) {
			break
		}
	}
	return l.manyParts(parts), nil
}

// manyParts is the way by parts that were not asked for all that they give.
func (l *listing) manyParts(parts string) source {
	return source{fromParts, whereParts, []any{parts}, l.t.effort.many, parts}
}

// stateArgs are the states of the mask; -1, which nobody is in, in place of the others.
func (l *listing) stateArgs() []any {
	args := make([]any, 4)
	for state := range args {
		args[state] = -1
		if l.states>>state&1 == 1 {
			args[state] = state
		}
	}
	return args
}

// readFound gives who fits a search, from an offset on.
func (l *listing) readFound(offset, limit int) ([]place, error) {
	if offset > 0 {
		if all, err := l.fitting(); err != nil || offset >= all {
			return []place{}, err
		}
	}
	f, err := l.find()
	switch {
	case err != nil:
		return nil, err
	case f.all != nil:
		return l.part(f.all, offset, limit), nil
	case f.follows:
		return l.follow(f.way, offset, limit)
	}
	found, whole, err := l.nearby(l.t.effort.walk+2*offset+20*limit, offset, limit)
	if err != nil || len(found) == limit || whole {
		return found, err
	}
	return l.sort(f.way, offset, limit)
}

// part is what of all who fit is in the listing's span, from an offset on.
func (l *listing) part(all []place, offset, limit int) []place {
	inSpan := []place{}
	for _, p := range all {
		if l.span.behind.before(p) && p.before(l.span.before) {
			inSpan = append(inSpan, p)
		}
	}
	inSpan = inSpan[min(offset, len(inSpan)):]
	return inSpan[:min(limit, len(inSpan))]
}

// gather reads all who fit from a source, wherever they stand, and sorts them.
func (l *listing) gather(s source) ([]place, error) {
	return l.everywhere().sort(s, 0, math.MaxInt)
}

// sort reads who fits from a source and gives some of them in order.
func (l *listing) sort(s source, offset, limit int) ([]place, error) {
	return list(l.t, "gather users", scanPlace, l.order.gatherQuery(s, l.direction()), append(l.args(l.span, limit, offset), s.args...)...)
}

// follow reads who fits by id, which is the order.
func (l *listing) follow(s source, offset, limit int) ([]place, error) {
	args := append(l.args(l.span, limit, offset), s.parts, l.span.behind.id, l.span.before.id)
	return list(l.t, "follow users", scanPlace, l.order.followQuery(l.direction()), args...)
}

// follows tells whether a source can give its accounts in the listing's order, and hardly any that don't fit.
func (l *listing) follows(s source) (bool, error) {
	if s.parts == "" || isShort(l.search) || l.order.number != orders[app.ByCreation].number || l.role != 0 || l.states != everyState {
		return false, nil
	}
	_, err := l.t.Fact(factOutOfOrder)
	if err == app.ErrNoRow {
		return true, nil
	}
	return false, err
}

// factOutOfOrder is there once an account was made with the clock put back.
const factOutOfOrder = "created_out_of_order"

// nearby gives who fits among so many accounts at the beginning of the span; whole says that there are no more in it.
func (l *listing) nearby(most, offset, limit int) (found []place, whole bool, err error) {
	s := l.span
	far, err := one(l.t, "look ahead", scanPlace, l.order.farQuery(l.direction()), s.behind.key, s.behind.id, s.before.key, s.before.id, most)
	switch {
	case err == app.ErrNoRow:
		whole = true
	case err != nil:
		return nil, false, err
	case l.ascending:
		s.before = far
	default:
		s.behind = far
	}
	found, err = l.walk(s, offset, limit)
	return found, whole, err
}

// countFound counts who fits a search, at most so many, wherever they stand.
func (l *listing) countFound(most int) (int, error) {
	f, err := l.find()
	switch {
	case err != nil:
		return 0, err
	case f.all != nil:
		return min(len(f.all), most), nil
	case f.many:
		found, whole, err := l.everywhere().nearby(l.t.effort.walk+10*most, 0, most)
		if err != nil || len(found) == most || whole {
			return len(found), err
		}
	case isExact(l.search) && l.role == 0 && l.states == everyState && most <= l.t.effort.gather:
		return most, nil // users_search gave more than that
	}
	everywhere := l.everywhere()
	args := append(everywhere.args(everywhere.span, most, 0), f.way.args...)
	return one(l.t, "count found users", value[int], l.order.countQuery(f.way), args...)
}
