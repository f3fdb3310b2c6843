package app

import "context"

// ListUserSessions lists the valid sessions of an account, newest first, for whoever manages accounts: looking is no act
// on it, so that rank does not matter.
func (a *Accounts) ListUserSessions(ctx context.Context, by Actor, id int64) ([]Session, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	return a.validSessions(ctx, id)
}

// EndUserSessions ends every session of an account; the one that asks too, where it is one's own.
func (a *Accounts) EndUserSessions(ctx context.Context, by Actor, id int64) error {
	_, err := a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.managed(by, id)
		if err != nil {
			return User{}, err
		}
		_, err = u.endSessions(by, &user, "", "ended by whoever manages accounts")
		return User{}, err
	})
	return err
}

// EndUserSession ends one session of an account. One that is gone, or another's, answers `not_found`.
func (a *Accounts) EndUserSession(ctx context.Context, by Actor, id int64, session string) error {
	_, err := a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.managed(by, id)
		if err != nil {
			return User{}, err
		}
		return User{}, u.endSession(by, &user, session)
	})
	return err
}
