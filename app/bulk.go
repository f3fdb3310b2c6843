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

// BulkResult is what became of one account, or why it did not change.
type BulkResult struct {
	ID   int64
	User User   // as it is now; zero where there is none
	Err  *Error // nil when it went well
}

// BulkAct names what can be done to many accounts at once.
type BulkAct string

// The acts on many accounts. BulkUpdate is done by UpdateUsers, the others by ActOnUsers.
const (
	BulkActivate   BulkAct = "activate"
	BulkDeactivate BulkAct = "deactivate"
	BulkConfirm    BulkAct = "confirm"
	BulkUpdate     BulkAct = "update"
)

// bulkActs are how each is asked for one account, and how it is done; nil where that needs more than the account.
var bulkActs = map[BulkAct]struct {
	may, do func(*unit, Actor, int64) (User, error)
}{
	BulkActivate:   {(*unit).managedOther, (*unit).activate},
	BulkDeactivate: {(*unit).mayDeactivate, (*unit).deactivate},
	BulkConfirm:    {(*unit).managedOther, (*unit).confirmOther},
	BulkUpdate:     {(*unit).managed, nil},
}

var errUnknownAct = Invalid(FieldError{Field: "act", Rule: RuleUnknown, Message: "Choose what is to be done with these accounts."})

// AskUsers tells what would become of each account as things stand, and does nothing: how it is now, or why the act would
// be refused.
func (a *Accounts) AskUsers(ctx context.Context, by Actor, ids []int64, act BulkAct) ([]BulkResult, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	how, known := bulkActs[act]
	if !known {
		return nil, errUnknownAct
	}
	if err := checkIDs(ids); err != nil {
		return nil, err
	}
	var results []BulkResult
	err := a.view(ctx, func(tx Tx) (err error) {
		results, err = (&unit{Tx: tx, a: a}).onEach(by, unique(ids), how.may)
		return err
	})
	return results, err
}

// ActOnUsers does one act on many accounts, each on its own: what is refused for one changes nothing for the others.
// Results come in the order of the ids, an id that was named twice once. That it is so already is fine.
func (a *Accounts) ActOnUsers(ctx context.Context, by Actor, ids []int64, act BulkAct) ([]BulkResult, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	how := bulkActs[act]
	if how.do == nil {
		return nil, errUnknownAct
	}
	if err := checkIDs(ids); err != nil {
		return nil, err
	}
	return a.inTurns(ctx, by, ids, how.do)
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
	return a.inTurns(ctx, by, ids, func(u *unit, by Actor, id int64) (User, error) { return u.updateUser(by, id, up) })
}

// inTurns acts on many accounts, some of them in each transaction.
func (a *Accounts) inTurns(ctx context.Context, by Actor, ids []int64, act func(*unit, Actor, int64) (User, error)) ([]BulkResult, error) {
	ids = unique(ids)
	results := make([]BulkResult, 0, len(ids))
	for turn := range slices.Chunk(ids, bulkTurn) {
		var done []BulkResult
		err := a.update(ctx, func(u *unit) (err error) {
			done, err = u.onEach(by, turn, act)
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
	if err := errs.gather(checkIDs(ids)); err != nil {
		return err
	}
	if changes == nil {
		errs.add("fields", RuleRequired, "Say which fields get which values.")
	}
	return errs.err()
}

func checkIDs(ids []int64) error {
	var errs fieldErrors
	switch {
	case len(ids) == 0:
		errs.add("ids", RuleRequired, "Select at least one account.")
	case len(ids) > maxBulk:
		errs.add("ids", RuleTooLong, fmt.Sprintf("At most %d accounts are changed at once.", maxBulk))
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

// onEach acts on some accounts in one transaction. A refusal is one account's result, and has written nothing (every act
// asks before it writes); any other error undoes them all.
func (u *unit) onEach(by Actor, ids []int64, act func(*unit, Actor, int64) (User, error)) ([]BulkResult, error) {
	rank, err := u.rankNow(by)
	if err != nil {
		return nil, err
	}
	if rank < RankAdmin { // taken away meanwhile: that is no account's result
		return nil, errForbidden
	}
	results := make([]BulkResult, len(ids))
	for i, id := range ids {
		user, err := act(u, by, id)
		var refused *Error
		switch {
		case errors.Is(err, ErrNoRow):
			refused = errNotFound
		case errors.As(err, &refused): // by its rank, say: whoever manages accounts may still know which one it is
			if user, err = u.FindUser(id); ignoreMissing(err) != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		}
		results[i] = BulkResult{ID: id, User: user, Err: refused}
	}
	return results, nil
}
