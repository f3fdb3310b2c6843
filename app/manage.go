package app

import "context"

// Acts on another account. Each asks administers first, then reads the account inside its transaction by managed or
// managedOther (rank.go), so that who may is decided with the ranks as they are then, and works for a person, an API key
// and the shell alike. Making an account is in manage_creation.go.

// The refusals of what has a way of its own for oneself.
var (
	errOwnPassword = Refuse(KindForbidden, CodeForbidden, "Set your own password on the security page (PUT /me/password): it asks for the present one.").Named("own_password")
	errOwnDeletion = Refuse(KindForbidden, CodeForbidden, "Delete your own account on the security page (DELETE /me): it asks for your password.").Named("own_deletion")
)

// manage runs an act on one account that answers with the account as it is afterwards.
func (a *Accounts) manage(ctx context.Context, by Actor, act func(*unit) (User, error)) (User, error) {
	if err := administers(by); err != nil {
		return User{}, err
	}
	var user User
	err := a.update(ctx, func(u *unit) (err error) {
		user, err = act(u)
		return err
	})
	return user, err
}

// findManaged reads the account that by is about to act on before slow work begins, together with its password's hash.
// The act's transaction decides again.
func (a *Accounts) findManaged(ctx context.Context, by Actor, id int64) (user User, hash Secret, err error) {
	if err := administers(by); err != nil {
		return User{}, "", err
	}
	err = a.view(ctx, func(tx Tx) (err error) {
		if user, err = (&unit{Tx: tx, a: a}).managed(by, id); err != nil {
			return err
		}
		hash, err = tx.PasswordHash(id)
		return err
	})
	return user, hash, err
}

// SetUserStatus activates or deactivates another account. Deactivation ends every session, and activating again brings
// none back; the last active Owner stays active. That it is so already changes nothing.
func (a *Accounts) SetUserStatus(ctx context.Context, by Actor, id int64, active bool) (User, error) {
	return a.manage(ctx, by, func(u *unit) (User, error) {
		if active {
			return u.activate(by, id)
		}
		return u.deactivate(by, id)
	})
}

func (u *unit) activate(by Actor, id int64) (User, error) {
	user, err := u.managedOther(by, id)
	if err != nil || user.IsActive {
		return user, err
	}
	user.IsActive = true
	return u.saveStatus(by, user, "user.activated")
}

// mayDeactivate reads the account that by is about to deactivate, and refuses where that may not be.
func (u *unit) mayDeactivate(by Actor, id int64) (User, error) {
	user, err := u.managedOther(by, id)
	if err != nil {
		return User{}, err
	}
	return user, u.keepAnOwner(user, CodeLastOwnerDeactivate)
}

func (u *unit) deactivate(by Actor, id int64) (User, error) {
	user, err := u.mayDeactivate(by, id)
	if err != nil || !user.IsActive {
		return user, err
	}
	user.IsActive = false
	saved, err := u.saveStatus(by, user, "user.deactivated")
	if err != nil {
		return User{}, err
	}
	_, err = u.endSessions(by, &user, "", "the account was deactivated")
	return saved, err
}

func (u *unit) saveStatus(by Actor, user User, action string) (User, error) {
	user.UpdatedAt = u.Now()
	if err := u.UpdateUser(user); err != nil {
		return User{}, err
	}
	if err := u.audit(by, action, &user, nil); err != nil {
		return User{}, err
	}
	u.touch(user.ID)
	u.publish(by, Event{Name: EventUserUpdated, UserID: user.ID})
	return u.FindUser(user.ID)
}

// DeleteUser deletes another account and all that is its own, as DeleteOwnAccount does, unless it is the last active
// Owner. Nobody deletes themselves without their password.
func (a *Accounts) DeleteUser(ctx context.Context, by Actor, id int64) error {
	_, err := a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.mayDelete(by, id)
		if err != nil {
			return User{}, err
		}
		return User{}, u.deleteAccount(by, user, nil)
	})
	return err
}

// mayDelete reads the account that by is about to delete, and refuses where that may not be.
func (u *unit) mayDelete(by Actor, id int64) (User, error) {
	if by.IsUser() && by.ID == id {
		return User{}, u.refuseOwnDeletion(by)
	}
	user, err := u.managed(by, id)
	if err != nil {
		return User{}, err
	}
	return user, u.keepAnOwner(user, CodeLastOwnerDelete)
}

// refuseOwnDeletion says first what no other way would change.
func (u *unit) refuseOwnDeletion(by Actor) error {
	user, err := u.FindUser(by.ID)
	if err != nil {
		return asUnauthenticated(err)
	}
	if err := u.keepAnOwner(user, CodeLastOwnerDelete); err != nil {
		return err
	}
	return errOwnDeletion
}
