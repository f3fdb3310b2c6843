package app

import (
	"context"
)

// RequestConfirmation mails a fresh confirmation link to an address whose account is not confirmed. It answers and costs
// the same whatever the address; the mail goes to the address as the account has it.
func (a *Accounts) RequestConfirmation(ctx context.Context, by Actor, email string) error {
	key, err := a.takeMailAttempt(by, email, "confirmation", a.policy.Limits.Confirmation)
	if err != nil {
		return err
	}
	return a.update(ctx, func(u *unit) error {
		if err := u.noteMailAsked(); err != nil {
			return err
		}
		user, err := u.FindUserByEmail(key)
		if err != nil || user.IsConfirmed() {
			return ignoreMissing(err)
		}
		return u.mailToken(MailConfirmation, TokenConfirmation, user, by, confirmationLife)
	})
}

// takeMailAttempt counts a request for a mail under its address and IP, and answers the address' key.
func (a *Accounts) takeMailAttempt(by Actor, email, rule string, limit Limit) (string, error) {
	_, key, problem := CleanEmail(email)
	if problem != nil {
		return "", Invalid(*problem)
	}
	_, err := a.limits.take(
		attempt{rule, key, limit},
		attempt{"mail ip", ipKey(by.Client.IP), a.policy.Limits.MailIP},
	)
	return key, err
}

// noteMailAsked writes one row whatever the address, so that asking costs one commit for unknown addresses too.
func (u *unit) noteMailAsked() error {
	return u.SetFact("mail_asked_at", u.Now().Format(timeForm))
}

// RequestOwnConfirmation mails a fresh confirmation link to the account that acts; `already_confirmed` when there is no need.
func (a *Accounts) RequestOwnConfirmation(ctx context.Context, by Actor) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	if by.User.IsConfirmed() {
		return errAlreadyConfirmed
	}
	if _, err := a.takeMailAttempt(by, by.User.Email, "confirmation", a.policy.Limits.Confirmation); err != nil {
		return err
	}
	return a.update(ctx, func(u *unit) error {
		user, err := u.self(by)
		if err != nil {
			return err
		}
		if user.IsConfirmed() {
			return errAlreadyConfirmed
		}
		return u.mailToken(MailConfirmation, TokenConfirmation, user, by, confirmationLife)
	})
}

// FindConfirmation tells what a confirmation link is about, and changes nothing: mail scanners fetch it.
func (a *Accounts) FindConfirmation(ctx context.Context, token Secret) (PendingConfirmation, error) {
	var pending PendingConfirmation
	err := a.view(ctx, func(tx Tx) error {
		_, user, err := tokenOwner(tx, TokenConfirmation, token)
		pending = pendingConfirmation(user)
		return err
	})
	return pending, err
}

func pendingConfirmation(user User) PendingConfirmation {
	p := PendingConfirmation{
		Email: MaskEmail(user.Email), RegisteredAt: user.CreatedAt, Deniable: deniable(user),
	}
	origin := user.Registration
	if origin.IP.IsValid() {
		p.IP = origin.IP.String()
	}
	if origin.IP.IsValid() || origin.UserAgent != "" { // behind a socket there may be no address
		p.Device = DeviceName(origin.UserAgent)
	}
	return p
}

// deniable tells whether "this wasn't me" may delete the account: not one that manages others.
func deniable(user User) bool { return !user.IsConfirmed() && user.Rank() == RankUser }

// Confirm uses a confirmation link: whoever holds it receives mail at the account's address. The answer's second value
// says when and from which device the account was made.
func (a *Accounts) Confirm(ctx context.Context, by Actor, token Secret) (User, PendingConfirmation, error) {
	var user User
	err := a.update(ctx, func(u *unit) (err error) {
		if _, user, err = u.useToken(TokenConfirmation, token); err != nil {
			return err
		}
		self := actAs(user, by)
		user, err = u.confirm(self, user)
		return err
	})
	return user, pendingConfirmation(user), err
}

// actAs is the actor behind a mailed link: the account that it was mailed to.
func actAs(user User, by Actor) Actor {
	return Actor{Kind: ActorUser, ID: user.ID, Name: user.Username, Rank: user.Rank(), Client: by.Client}
}

// confirm marks an account's address as proven, and makes the username that a concealed account waited for.
func (u *unit) confirm(by Actor, user User) (User, error) {
	if user.IsConfirmed() {
		return user, u.DeleteTokens(user.ID, TokenConfirmation)
	}
	if err := u.proveAddress(&user); err != nil {
		return User{}, err
	}
	if err := u.UpdateUser(user); err != nil {
		return User{}, err
	}
	if err := u.DeleteTokens(user.ID, TokenConfirmation); err != nil {
		return User{}, err
	}
	if err := u.audit(by, "user.confirmed", &user, nil); err != nil {
		return User{}, err
	}
	u.touch(user.ID)
	u.publish(by, Event{Name: EventUserConfirmed, UserID: user.ID})
	return u.FindUser(user.ID)
}

// proveAddress sets what follows from a proof of the address; the caller writes the row. Whoever proved it came back, so
// that the account is not abandoned should an admin take the confirmation away again.
func (u *unit) proveAddress(user *User) error {
	user.ConfirmedAt, user.UpdatedAt = u.Now(), u.Now()
	if user.LoggedInAt.IsZero() {
		user.LoggedInAt = u.Now()
	}
	if user.Username != "" {
		return nil
	}
	name, err := freeUsername(u, user.Email)
	user.Username, user.UsernameKey = name, usernameKey(name)
	return err
}

// DenyConfirmation is "this wasn't me": it deletes the unconfirmed account that somebody made with the address.
func (a *Accounts) DenyConfirmation(ctx context.Context, by Actor, token Secret) error {
	return a.update(ctx, func(u *unit) error {
		_, user, err := u.useToken(TokenConfirmation, token)
		if err != nil {
			return err
		}
		if !deniable(user) {
			return errForbidden
		}
		return u.deleteAccount(actAs(user, by), user, details{"why": "the address' owner did not make it"})
	})
}
