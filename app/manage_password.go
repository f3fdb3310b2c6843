package app

import "context"

// SetUserPassword sets another account's password, under the rules of every new one. It ends every session and mailed
// link of the account, forgets its wrong guesses and tells its address. One's own is changed by ChangePassword.
func (a *Accounts) SetUserPassword(ctx context.Context, by Actor, id int64, in PasswordInput) error {
	if err := administers(by); err != nil {
		return err
	}
	if err := notOwnPassword(by, id); err != nil {
		return err
	}
	user, present, err := a.findManaged(ctx, by, id)
	if err != nil {
		return err
	}
	var errs fieldErrors
	a.policy.checkPassword(&errs, in, user.Email, user.Username)
	if err := errs.err(); err != nil {
		return err
	}
	if err := a.mustDiffer(ctx, by, present, in.Password); err != nil {
		return err
	}
	hash, err := a.hash(ctx, by, in.Password)
	if err != nil {
		return storeError(err)
	}
	return a.update(ctx, func(u *unit) error {
		user, err := u.managed(by, id)
		if err != nil {
			return err
		}
		user.UpdatedAt = u.Now()
		if err := u.UpdateUser(user); err != nil {
			return err
		}
		return u.setPassword(by, user, hash, "password.set")
	})
}

func notOwnPassword(by Actor, id int64) error {
	if by.IsUser() && by.ID == id {
		return errOwnPassword
	}
	return nil
}

// mustDiffer refuses a new password that fits the present hash; "" fits nothing.
func (a *Accounts) mustDiffer(ctx context.Context, by Actor, present, password Secret) error {
	if present == "" {
		return nil
	}
	same, _, err := a.matches(ctx, by, present, password)
	if err != nil {
		return storeError(err)
	}
	if same {
		return Invalid(passwordIsPresent)
	}
	return nil
}
