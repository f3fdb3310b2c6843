package app

import (
	"context"
)

// RequestPasswordReset mails a reset link to an account's address. It answers and costs the same whatever the address.
// Earlier links stay good for their hour, so that a stranger's request kills none.
func (a *Accounts) RequestPasswordReset(ctx context.Context, by Actor, email string) error {
	key, err := a.takeMailAttempt(by, email, "reset", a.policy.Limits.Reset)
	if err != nil {
		return err
	}
	return a.update(ctx, func(u *unit) error {
		user, err := u.FindUserByEmail(key)
		if ignoreMissing(err) != nil {
			return err
		}
		if err != nil {
			return u.audit(by, "password.reset_requested", nil, nil)
		}
		if err := u.audit(by, "password.reset_requested", &user, nil); err != nil {
			return err
		}
		return u.mailToken(MailPasswordReset, TokenPasswordReset, user, by, passwordResetLife)
	})
}

// FindPasswordReset tells whose password a reset link sets, masked, and changes nothing.
func (a *Accounts) FindPasswordReset(ctx context.Context, token Secret) (PendingReset, error) {
	var pending PendingReset
	err := a.view(ctx, func(tx Tx) error {
		_, user, err := tokenOwner(tx, TokenPasswordReset, token)
		pending.MaskedEmail = MaskEmail(user.Email)
		return err
	})
	return pending, err
}

// ResetPassword sets a new password by a mailed link. It confirms the address, and ends every session and every other
// link of the account. A password that is refused leaves the link usable. The browser that set it is a known one then, so
// that nobody who guesses at the account can keep its owner out.
func (a *Accounts) ResetPassword(ctx context.Context, by Actor, token Secret, in PasswordInput) (KnownDevice, error) {
	var user User
	var present Secret
	err := a.view(ctx, func(tx Tx) (err error) {
		if _, user, err = tokenOwner(tx, TokenPasswordReset, token); err != nil {
			return err
		}
		present, err = tx.PasswordHash(user.ID)
		return err
	})
	if err != nil {
		return KnownDevice{}, err
	}
	var errs fieldErrors
	a.policy.checkPassword(&errs, in, user.Email, user.Username)
	if err := errs.err(); err != nil {
		return KnownDevice{}, err
	}
	if err := a.mustDiffer(ctx, by, present, in.Password); err != nil {
		return KnownDevice{}, err
	}
	hash, err := a.hash(ctx, by, in.Password)
	if err != nil {
		return KnownDevice{}, storeError(err)
	}
	var device KnownDevice
	err = a.update(ctx, func(u *unit) error {
		_, user, err := u.useToken(TokenPasswordReset, token)
		if err != nil {
			return err
		}
		if err := u.resetPassword(actAs(user, by), user, hash); err != nil {
			return err
		}
		device, err = newDevice(u, user.ID, hash)
		return err
	})
	return device, err
}

func (u *unit) resetPassword(by Actor, user User, hash Secret) error {
	proven := !user.IsConfirmed()
	if proven {
		if err := u.proveAddress(&user); err != nil {
			return err
		}
	}
	user.UpdatedAt = u.Now()
	if err := u.UpdateUser(user); err != nil {
		return err
	}
	if err := u.setPassword(by, user, hash, "password.reset"); err != nil {
		return err
	}
	if !proven {
		return nil
	}
	u.publish(by, Event{Name: EventUserConfirmed, UserID: user.ID})
	return u.audit(by, "user.confirmed", &user, details{"why": "password reset"})
}

// setPassword stores a new hash and does what every new password means: all sessions and mailed links end, wrong guesses
// are forgotten, the account's address is told.
func (u *unit) setPassword(by Actor, user User, hash Secret, action string) error {
	if err := u.SetPasswordHash(user.ID, hash); err != nil {
		return err
	}
	if err := u.DeleteTokens(user.ID); err != nil {
		return err
	}
	if err := u.ClearLoginFailures(failureDigest(user.EmailKey)); err != nil {
		return err
	}
	if err := u.audit(by, action, &user, nil); err != nil {
		return err
	}
	if _, err := u.endSessions(by, &user, "", "the password changed"); err != nil {
		return err
	}
	u.touch(user.ID)
	return u.sendMail(user.ID, u.mailTo(MailPasswordChanged, user, by))
}
