package app

import (
	"context"
	"encoding/json"
	"time"
)

// setPasswordLife is how long the link is good that is mailed where an account was made without a password.
const setPasswordLife = 7 * 24 * time.Hour

// NewUserInput is what whoever manages accounts gives to make one for somebody else.
type NewUserInput struct {
	Email                string
	Password             *Secret // nil: a mail with a link to set one goes out
	PasswordConfirmation *Secret // when given, must match
	Username             string  // "": made from the e-mail
	FirstName            string
	LastName             string
	Roles                []string // nil: the operator's default role; empty: none
	Confirmed            bool
	IsActive             *bool // nil: the operator's default status
	Timezone             string
	Locale               string
	CustomFields         map[string]json.RawMessage
}

// CreateUser makes an account for somebody else. Without a password its address is mailed a link to set one; with one no
// mail goes out. Where such an account was registered from is not known, and it is never purged as abandoned.
func (a *Accounts) CreateUser(ctx context.Context, by Actor, in NewUserInput) (User, error) {
	if err := administers(by); err != nil {
		return User{}, err
	}
	if err := a.mayGive(by.Rank, in.Roles); err != nil {
		return User{}, err
	}
	user, err := a.checkNewUser(ctx, in)
	if err != nil {
		return User{}, err
	}
	var hash Secret
	if in.Password != nil {
		if hash, err = a.hash(ctx, by, *in.Password); err != nil {
			return User{}, storeError(err)
		}
	}
	return a.manage(ctx, by, func(u *unit) (User, error) { return u.createUser(by, user, hash, in) })
}

// mayGive refuses whoever gives a new account a role that is not theirs to give: only an Owner gives Admin and Owner,
// also where Admin is the default role (nil).
func (a *Accounts) mayGive(rank Rank, roles []string) error {
	if roles == nil && a.policy.DefaultRole == RoleAdmin {
		roles = []string{RoleAdmin}
	}
	given := RankOf(roles)
	switch {
	case rank >= RankOwner || given <= RankUser:
		return nil
	case given == RankOwner:
		return errOwnerProtected
	}
	return errRankOfRole
}

// createUser is the transaction of CreateUser. What was checked before the hash is checked again: names go, roles too.
func (u *unit) createUser(by Actor, user User, hash Secret, in NewUserInput) (User, error) {
	rank, err := u.rankNow(by)
	if err != nil {
		return User{}, err
	}
	if rank < RankAdmin {
		return User{}, errForbidden
	}
	if err := u.a.mayGive(rank, in.Roles); err != nil {
		return User{}, err
	}
	roles, err := u.a.checkNewUserAgainst(u, &user, in)
	if err != nil {
		return User{}, err
	}
	if err := u.firstOwnerByShell(by, &user, in.Roles); err != nil {
		return User{}, err
	}
	if user, err = u.addUser(by, user, hash, roles...); err != nil {
		return User{}, err
	}
	made := details{"username": user.Username, "roles": user.Roles, "confirmed": user.IsConfirmed(), "is_active": user.IsActive}
	if err := u.audit(by, "user.created", &user, made); err != nil {
		return User{}, err
	}
	if hash != "" {
		return user, nil
	}
	return user, u.mailToken(MailSetPassword, TokenPasswordReset, user, by, setPasswordLife)
}

// firstOwnerByShell makes the first Owner confirmed and active, as the set-up code does, when whoever has the machine
// makes the account.
func (u *unit) firstOwnerByShell(by Actor, user *User, roles []string) error {
	if by.Kind != ActorShell || RankOf(roles) < RankOwner {
		return nil
	}
	had, err := everOwner(u)
	if err == nil && !had {
		user.IsActive, user.ConfirmedAt = true, u.Now()
	}
	return err
}
