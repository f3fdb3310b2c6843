package app

import (
	"context"
	"time"
)

// ConfirmUser confirms another account's address without its link. That it is confirmed already changes nothing.
func (a *Accounts) ConfirmUser(ctx context.Context, by Actor, id int64) (User, error) {
	return a.manage(ctx, by, func(u *unit) (User, error) { return u.confirmOther(by, id) })
}

func (u *unit) confirmOther(by Actor, id int64) (User, error) {
	user, err := u.managedOther(by, id)
	if err != nil {
		return User{}, err
	}
	return u.confirm(by, user)
}

// UnconfirmUser takes the confirmation of another account's address away. Sessions go on, with what an unconfirmed
// account may do. That it is not confirmed changes nothing.
func (a *Accounts) UnconfirmUser(ctx context.Context, by Actor, id int64) (User, error) {
	return a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.managedOther(by, id)
		if err != nil || !user.IsConfirmed() {
			return user, err
		}
		return u.unconfirm(by, user)
	})
}

// ToggleUserConfirmation confirms an unconfirmed account, and the other way round. Of two at once the second undoes the
// first.
func (a *Accounts) ToggleUserConfirmation(ctx context.Context, by Actor, id int64) (User, error) {
	return a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.managedOther(by, id)
		switch {
		case err != nil:
			return User{}, err
		case user.IsConfirmed():
			return u.unconfirm(by, user)
		}
		return u.confirm(by, user)
	})
}

// unconfirm leaves mailed links alone: whoever uses one proves the address anew, which is what is asked for now.
func (u *unit) unconfirm(by Actor, user User) (User, error) {
	user.ConfirmedAt, user.UpdatedAt = time.Time{}, u.Now()
	if err := u.UpdateUser(user); err != nil {
		return User{}, err
	}
	if err := u.audit(by, "user.unconfirmed", &user, nil); err != nil {
		return User{}, err
	}
	u.touch(user.ID)
	u.publish(by, Event{Name: EventUserUnconfirmed, UserID: user.ID})
	return u.FindUser(user.ID)
}

// SendUserConfirmation mails another account a fresh confirmation link; `already_confirmed` when there is no need. The
// limits on asking are for strangers: whoever manages accounts is known, and may mean it.
func (a *Accounts) SendUserConfirmation(ctx context.Context, by Actor, id int64) error {
	_, err := a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.managed(by, id)
		switch {
		case err != nil:
			return User{}, err
		case user.IsConfirmed():
			return User{}, errAlreadyConfirmed
		}
		return User{}, u.mailToken(MailConfirmation, TokenConfirmation, user, by, confirmationLife)
	})
	return err
}
