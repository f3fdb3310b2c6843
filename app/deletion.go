package app

import "context"

// DeleteOwnAccount deletes the acting account and all that is its own. Its username stays taken, its id is never given
// again, and the audit log keeps what happened, for 30 days with what is personal about it.
func (a *Accounts) DeleteOwnAccount(ctx context.Context, by Actor, current Secret) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	hash, err := a.askCurrentPassword(ctx, by, current)
	if err != nil {
		return err
	}
	return a.update(ctx, func(u *unit) error {
		user, err := u.stillHolds(by, hash)
		if err != nil {
			return err
		}
		return u.deleteAccount(by, user, nil)
	})
}

// WhyStay is why the acting account can't be deleted as things stand: it is the last active Owner; nil when it can.
func (a *Accounts) WhyStay(ctx context.Context, by Actor) (*Error, error) {
	if !by.IsUser() {
		return nil, errUnauthenticated
	}
	var why *Error
	err := a.view(ctx, func(tx Tx) error {
		u := &unit{Tx: tx, a: a}
		user, err := u.self(by)
		if err != nil {
			return err
		}
		why, err = asRefusal(u.keepAnOwner(user, CodeLastOwnerDelete))
		return err
	})
	return why, err
}

// deleteAccount removes an account, unless it is the last active Owner.
func (u *unit) deleteAccount(by Actor, user User, d details) error {
	if err := u.keepAnOwner(user, CodeLastOwnerDelete); err != nil {
		return err
	}
	avatars, err := u.AvatarsOf(user.ID)
	if err != nil {
		return err
	}
	if user.UsernameKey != "" {
		if err := u.RetireUsername(usernameDigest(user.UsernameKey), user.ID); err != nil {
			return err
		}
	}
	if err := u.audit(by, "user.deleted", &user, d); err != nil {
		return err
	}
	if err := u.ClearLoginFailures(failureDigest(user.EmailKey)); err != nil {
		return err
	}
	sessions, err := u.DeleteSessions(user.ID, "") // they would go with the row, but whoever listens learns of each
	if err != nil {
		return err
	}
	for _, id := range sessions {
		u.sessionEnded(by, user.ID, id)
	}
	if err := u.DeleteUser(user.ID); err != nil {
		return err
	}
	if err := u.NoteDeleted(user.ID); err != nil {
		return err
	}
	for _, avatar := range avatars {
		u.folders = append(u.folders, avatar.ID)
	}
	u.touch(user.ID)
	u.publish(by, Event{Name: EventUserDeleted, UserID: user.ID})
	return nil
}

// keepAnOwner refuses what would leave no active Owner. It is asked inside the transaction that would do it.
func (u *unit) keepAnOwner(user User, code Code) error {
	if !user.IsActive || !user.HasRole(RoleOwner) {
		return nil
	}
	owners, err := u.CountActive(RoleOwner)
	if err != nil || owners > 1 {
		return err
	}
	return Refuse(KindConflict, code, "This is the last active Owner. Make somebody else Owner first.")
}
