package app

import "context"

// CheckPasswordChange runs the checks of a password change that need no current password.
func (a *Accounts) CheckPasswordChange(by Actor, in PasswordInput) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	var errs fieldErrors
	a.policy.checkPassword(&errs, in, by.User.Email, by.User.Username)
	return errs.err()
}

// ChangePassword sets the acting account's password. Every session and mailed link of the account ends; the one that
// acts goes on with the fresh session that is returned.
func (a *Accounts) ChangePassword(ctx context.Context, by Actor, in PasswordInput) (Grant, error) {
	if err := a.CheckPasswordChange(by, in); err != nil {
		return Grant{}, err
	}
	current, err := a.askCurrentPassword(ctx, by, in.Current)
	if err != nil {
		return Grant{}, err
	}
	if in.Password == in.Current {
		return Grant{}, Invalid(passwordIsPresent)
	}
	hash, err := a.hash(ctx, by, in.Password)
	if err != nil {
		return Grant{}, storeError(err)
	}
	var grant *Grant
	err = a.update(ctx, func(u *unit) error {
		user, err := u.stillHolds(by, current)
		if err != nil {
			return err
		}
		user.UpdatedAt = u.Now()
		if err := u.UpdateUser(user); err != nil {
			return err
		}
		if err := u.setPassword(by, user, hash, "password.changed"); err != nil {
			return err
		}
		grant, err = u.newSession(by, user, by.Session.Remember, "")
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	return *grant, nil
}

// errWrongCurrent answers a wrong or empty current password.
var errWrongCurrent = Invalid(FieldError{Field: "current_password", Rule: RuleNotValid, Message: "That is not your current password."})

// askCurrentPassword compares the acting account's password, under a limit of its own, and answers the hash that it fits.
func (a *Accounts) askCurrentPassword(ctx context.Context, by Actor, password Secret) (Secret, error) {
	refund, err := a.limits.take(attempt{"current password", by.User.EmailKey, a.policy.Limits.Current})
	if err != nil {
		return "", err
	}
	var hash Secret
	err = a.view(ctx, func(tx Tx) (err error) {
		if hash, err = tx.PasswordHash(by.ID); err != nil {
			return asUnauthenticated(err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	right, _, err := a.matches(ctx, by, hash, password)
	switch {
	case err != nil:
		refund()
		return "", storeError(err)
	case !right:
		return "", errWrongCurrent
	}
	refund()
	return hash, nil
}

// stillHolds reads the acting account again inside the transaction: it is there, active, its password is the one that was
// compared and its session has not ended meanwhile.
func (u *unit) stillHolds(by Actor, hash Secret) (User, error) {
	now, err := u.PasswordHash(by.ID)
	if err != nil {
		return User{}, asUnauthenticated(err)
	}
	if now != hash {
		return User{}, errWrongCurrent // said first: of two changes at once, the later learns why it came to nothing
	}
	return u.self(by)
}
