package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

const (
	// maxBulk is how many accounts one call changes.
	maxBulk = 1000
	// bulkTurn is how many of them share a transaction: few enough that nobody else's write waits long (a few
	// milliseconds), enough that a thousand don't cost a thousand commits.
	bulkTurn = 25
)

// BulkResult is what became of one account: how it is now, or why it did not change.
type BulkResult struct {
	ID   int64
	User User
	Err  *Error // nil when it went well
}

// UpdateUsers is UpdateUser for many accounts, each on its own: what is refused for one changes nothing for the others.
// Results come in the order of the ids, an id that was named twice once. What would be refused for every account (a
// protected name, a value against its rule) is refused at once, and nothing is changed.
func (a *Accounts) UpdateUsers(ctx context.Context, by Actor, ids []int64, changes Changes) ([]BulkResult, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	if err := checkBulk(ids, changes); err != nil {
		return nil, err
	}
	up, err := readUpdate(changes, permits{email: true, reserved: true})
	if err != nil {
		return nil, err
	}
	ids = unique(ids)
	results := make([]BulkResult, 0, len(ids))
	for turn := range slices.Chunk(ids, bulkTurn) {
		var done []BulkResult
		err := a.update(ctx, func(u *unit) (err error) {
			done, err = u.updateUsers(by, turn, up)
			return err
		})
		switch {
		case err == nil:
			results = append(results, done...)
		case len(results) == 0:
			return nil, err
		default: // what was done stays done, and is told
			a.log.Warn("bulk change stopped", "done", len(results), "of", len(ids), "error", err)
			return append(results, unchanged(ids[len(results):], AsError(err))...), nil
		}
	}
	return results, nil
}

func checkBulk(ids []int64, changes Changes) error {
	var errs fieldErrors
	switch {
	case len(ids) == 0:
		errs.add("ids", RuleRequired, "Name the accounts by their ids, one at least.")
	case len(ids) > maxBulk:
		errs.add("ids", RuleTooLong, fmt.Sprintf("At most %d accounts are changed at once.", maxBulk))
	}
	if changes == nil {
		errs.add("fields", RuleRequired, "Say which fields get which values.")
	}
	return errs.err()
}

// unique keeps the first of each.
func unique(ids []int64) []int64 {
	seen := make(map[int64]bool, len(ids))
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}

func unchanged(ids []int64, why *Error) []BulkResult {
	results := make([]BulkResult, len(ids))
	for i, id := range ids {
		results[i] = BulkResult{ID: id, Err: why}
	}
	return results
}

// updateUsers changes some accounts in one transaction. A refusal is one account's result, and has written nothing
// (see changeUser); any other error undoes them all.
func (u *unit) updateUsers(by Actor, ids []int64, up *update) ([]BulkResult, error) {
	rank, err := u.rankNow(by)
	if err != nil {
		return nil, err
	}
	if rank < RankAdmin { // taken away meanwhile: that is no account's result
		return nil, errForbidden
	}
	results := make([]BulkResult, len(ids))
	for i, id := range ids {
		user, err := u.updateUser(by, id, up)
		var refused *Error
		switch {
		case errors.Is(err, ErrNoRow):
			refused = errNotFound
		case err != nil && !errors.As(err, &refused):
			return nil, err
		}
		results[i] = BulkResult{ID: id, User: user, Err: refused}
	}
	return results, nil
}
