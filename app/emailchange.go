package app

import (
	"context"
	"errors"
	"strconv"
)

// CheckEmailChange runs the checks of an e-mail change that reveal nothing and need no current password.
func (a *Accounts) CheckEmailChange(by Actor, in EmailInput) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	email, _, problem := CleanEmail(in.Email)
	switch {
	case problem != nil:
		return Invalid(*problem)
	case email == by.User.Email:
		return Invalid(FieldError{Field: "email", Rule: RuleDidNotChange, Message: "That is your address already."})
	}
	return nil
}

// RequestEmailChange mails a link to the new address and a notice to the present one. Nothing changes until the link is
// used. A taken address is refused, or with concealed accounts silently goes no further; there the present address is told
// once it was changed, for a notice before would tell whoever asks that the other is free.
func (a *Accounts) RequestEmailChange(ctx context.Context, by Actor, in EmailInput) error {
	if err := a.CheckEmailChange(by, in); err != nil {
		return err
	}
	email, key, _ := CleanEmail(in.Email)
	refund, err := a.limits.take(
		attempt{"email change", strconv.FormatInt(by.ID, 10), a.policy.Limits.Confirmation},
		attempt{"email change to", key, a.policy.Limits.Confirmation},
	)
	if err != nil {
		return err
	}
	current, err := a.askCurrentPassword(ctx, by, in.Current)
	if err != nil {
		refund() // guesses have a limit of their own, and no mail would have gone
		return err
	}
	return a.update(ctx, func(u *unit) error {
		user, err := u.stillHolds(by, current)
		if err != nil {
			return err
		}
		if err := u.audit(by, "email.change_requested", &user, details{"email": email}); err != nil {
			return err
		}
		if err := emailFree(u, key, user.ID); err != nil {
			if u.a.policy.ConcealAccounts && errors.Is(err, errEmailTaken) {
				return nil
			}
			return err
		}
		return u.mailEmailChange(by, user, email)
	})
}

var errEmailTaken = Invalid(FieldError{Field: "email", Rule: RuleTaken, Message: "That address has an account already.", Case: "email_taken_by_other"})

// emailFree refuses an address that belongs to another account.
func emailFree(tx Tx, key string, userID int64) error {
	holder, err := tx.FindUserByEmail(key)
	if err != nil {
		return ignoreMissing(err)
	}
	if holder.ID != userID {
		return errEmailTaken
	}
	return nil
}

func (u *unit) mailEmailChange(by Actor, user User, email string) error {
	secret, token, err := u.issueToken(TokenEmailChange, user.ID, email, emailChangeLife)
	if err != nil {
		return err
	}
	link := u.mailTo(MailEmailChange, user, by)
	link.To, link.Name, link.NewEmail = email, "", email // nothing is proven about the new address yet
	link.Token, link.TokenID, link.Expires = secret, token.ID, token.ExpiresAt
	if err := u.sendMail(user.ID, link); err != nil || u.a.policy.ConcealAccounts {
		return err // where a taken address gets no further, a notice to the asker's own would tell that this one is free
	}
	notice := u.mailTo(MailEmailChanging, user, by)
	notice.NewEmail = email
	return u.sendMail(user.ID, notice)
}

// FindEmailChange tells the account that acts what its link would change.
func (a *Accounts) FindEmailChange(ctx context.Context, by Actor, token Secret) (PendingEmailChange, error) {
	if !by.IsUser() {
		return PendingEmailChange{}, errUnauthenticated
	}
	var pending PendingEmailChange
	err := a.view(ctx, func(tx Tx) error {
		t, user, err := tokenOwner(tx, TokenEmailChange, token)
		if err == nil && user.ID != by.ID {
			return errInvalidToken
		}
		pending = PendingEmailChange{OldEmail: user.Email, NewEmail: t.Email}
		return err
	})
	return pending, err
}

// ChangeEmail uses an e-mail change link, in a session of the account that it is for. The address is checked again, is
// confirmed by this, and the old one is told.
func (a *Accounts) ChangeEmail(ctx context.Context, by Actor, token Secret) (User, error) {
	if !by.IsUser() {
		return User{}, errUnauthenticated
	}
	var changed User
	err := a.update(ctx, func(u *unit) error {
		if _, err := u.self(by); err != nil {
			return err
		}
		t, user, err := u.useToken(TokenEmailChange, token)
		if err != nil {
			return err
		}
		if user.ID != by.ID {
			return errInvalidToken
		}
		if err := emailFree(u, t.EmailKey, user.ID); err != nil {
			return err
		}
		changed, err = u.changeEmail(by, user, t.Email)
		return err
	})
	return changed, err
}

// changeEmail moves a proven account to a proven address.
func (u *unit) changeEmail(by Actor, user User, email string) (User, error) {
	old := user
	user.Email, user.EmailKey = email, EmailKey(email)
	if err := u.proveAddress(&user); err != nil {
		return User{}, err
	}
	if err := u.UpdateUser(user); err != nil {
		return User{}, err
	}
	if err := u.emailMoved(by, old, user); err != nil {
		return User{}, err
	}
	u.touch(user.ID)
	u.publish(by, Event{Name: EventUserUpdated, UserID: user.ID})
	if !old.IsConfirmed() {
		u.publish(by, Event{Name: EventUserConfirmed, UserID: user.ID})
	}
	return u.FindUser(user.ID)
}

// emailMoved is what follows from an account's row having another address: links that were mailed to the old one end,
// its wrong passwords are counted under the new one, and the old one is told.
func (u *unit) emailMoved(by Actor, old, user User) error {
	if err := u.DeleteTokens(user.ID); err != nil {
		return err
	}
	if err := u.moveLoginFailures(old.EmailKey, user.EmailKey); err != nil {
		return err
	}
	told := details{"from": old.Email, "to": user.Email}
	if old.IsConfirmed() && !user.IsConfirmed() {
		told["confirmed"] = false
		u.publish(by, Event{Name: EventUserUnconfirmed, UserID: user.ID})
	}
	if err := u.audit(by, "email.changed", &user, told); err != nil {
		return err
	}
	notice := u.mailTo(MailEmailChanged, old, by)
	notice.NewEmail = user.Email
	return u.sendMail(user.ID, notice)
}

// moveLoginFailures lets an account's count of wrong passwords follow it to its new address: neither a fresh hundred
// guesses, nor a stranger's guesses at the new address, come with the move.
func (u *unit) moveLoginFailures(from, to string) error {
	if from == to {
		return nil
	}
	failures, err := u.LoginFailures(failureDigest(from))
	if err != nil {
		return err
	}
	if err := u.ClearLoginFailures(failureDigest(to)); err != nil {
		return err
	}
	for range min(failures, lockedAfter) {
		if _, err := u.AddLoginFailure(failureDigest(to), false); err != nil {
			return err
		}
	}
	return u.ClearLoginFailures(failureDigest(from))
}
