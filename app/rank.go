package app

// Who may act on whom (contract section 3, "Rank"): who manages accounts acts only on those of lower rank, an Owner on
// everybody, and nobody changes their own roles, status or confirmation.

var errNotOneself = Refuse(KindForbidden, CodeForbidden, "Nobody changes their own roles, status or confirmation. Ask another administrator.").Named("oneself")

// administers refuses whoever manages no accounts. It is asked before anything is looked up: who may not act at all is
// told so before what is missing.
func administers(by Actor) error {
	if by.Rank < RankAdmin {
		return errForbidden
	}
	return nil
}

// managed reads the account that by is about to act on, in the transaction of the act, and refuses where by's rank (as it
// is now, not as it was when the request came) does not reach.
func (u *unit) managed(by Actor, id int64) (User, error) {
	rank, err := u.rankNow(by)
	if err != nil {
		return User{}, err
	}
	if rank < RankAdmin {
		return User{}, errForbidden
	}
	user, err := u.FindUser(id)
	if err != nil {
		return User{}, err
	}
	if !reaches(rank, user) {
		return User{}, errRankTooLow
	}
	return user, nil
}

// reaches tells whether a rank that manages accounts acts on this one.
func reaches(rank Rank, user User) bool { return rank == RankOwner || user.Rank() < rank }

// managedOther is managed for what nobody does to themselves.
func (u *unit) managedOther(by Actor, id int64) (User, error) {
	if by.IsUser() && by.ID == id {
		return User{}, errNotOneself
	}
	return u.managed(by, id)
}

// rankNow is by's rank inside this transaction: a session that ended, roles that were taken or a key that was revoked a
// moment ago count.
func (u *unit) rankNow(by Actor) (Rank, error) {
	if by.Kind == ActorKey {
		key, err := u.FindKey(by.ID)
		if err != nil {
			return RankNone, asUnauthenticated(err)
		}
		return RankOf([]string{key.Role}), nil
	}
	if !by.IsUser() {
		return by.Rank, nil
	}
	user, err := u.self(by)
	if err != nil {
		return RankNone, err
	}
	return user.Rank(), nil
}

// asUnauthenticated is what a missing session or account means for whoever acts by it.
func asUnauthenticated(err error) error {
	if ignoreMissing(err) == nil {
		return errUnauthenticated
	}
	return err
}

// HandsOut tells whether a rank gives and takes the named role: Owner and Admin are an Owner's to hand out.
func (r Rank) HandsOut(name string) bool { return r == RankOwner || RankOf([]string{name}) <= RankUser }
