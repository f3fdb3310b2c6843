package app

import "context"

// Whose says which account an operation is about: the acting one, or another that the actor manages.
type Whose struct {
	another bool
	id      int64
}

// Own is the account that acts.
func Own() Whose { return Whose{} }

// UserOf is the account of an id, for whoever manages accounts.
func UserOf(id int64) Whose { return Whose{another: true, id: id} }

// may is asked before anything is looked up.
func (w Whose) may(by Actor) error {
	switch {
	case w.another:
		return administers(by)
	case !by.IsUser():
		return errUnauthenticated
	}
	return nil
}

// in reads the account in the transaction of the act, and refuses where by's rank does not reach.
func (w Whose) in(u *unit, by Actor) (User, error) {
	if w.another {
		return u.managed(by, w.id)
	}
	return u.self(by)
}

// self reads the acting account in the transaction of its own act. One that is gone or deactivated by then, or whose
// session has ended since the request came in, acts no more: a body may take its time, an upload minutes.
func (u *unit) self(by Actor) (User, error) {
	if _, err := u.FindSession(by.Session.ID); err != nil {
		return User{}, asUnauthenticated(err)
	}
	user, err := u.FindUser(by.ID)
	if err != nil {
		return User{}, asUnauthenticated(err)
	}
	if !user.IsActive {
		return User{}, errUnauthenticated
	}
	return user, nil
}

// read reads the account for showing it. Whoever manages accounts sees every one, whatever its rank.
func (a *Accounts) read(ctx context.Context, by Actor, whose Whose) (User, error) {
	if err := whose.may(by); err != nil {
		return User{}, err
	}
	if !whose.another {
		return *by.User, nil
	}
	var user User
	err := a.view(ctx, func(tx Tx) (err error) {
		user, err = tx.FindUser(whose.id)
		return err
	})
	return user, err
}

// changeUser runs one change over an account's row, in a transaction of its own.
func (a *Accounts) changeUser(ctx context.Context, by Actor, whose Whose, change func(*unit, *User) error) (User, error) {
	var user User
	err := a.update(ctx, func(u *unit) (err error) {
		user, err = u.changeUser(by, whose, change)
		return err
	})
	return user, err
}

// changeUser runs change over the row as it is now, so that two writers of different things both stay, and writes what
// came of it. change holds every rule that depends on the row, and writes nothing itself: what it refuses leaves no trace.
func (u *unit) changeUser(by Actor, whose Whose, change func(*unit, *User) error) (User, error) {
	before, err := whose.in(u, by)
	if err != nil {
		return User{}, err
	}
	after := before
	if err := change(u, &after); err != nil {
		return User{}, err
	}
	return u.saveUser(by, before, after)
}
