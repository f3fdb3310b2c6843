package app

import (
	"time"
)

// How long mailed tokens are good.
const (
	confirmationLife  = 7 * 24 * time.Hour
	emailChangeLife   = 7 * 24 * time.Hour
	passwordResetLife = time.Hour
)

// issueToken stores a token for a user under its digest, bound to an address, and answers what is mailed.
func (u *unit) issueToken(p TokenPurpose, userID int64, email string, life time.Duration) (Secret, Token, error) {
	secret := newSecret()
	t := Token{
		Purpose: p, UserID: userID, Email: email, EmailKey: EmailKey(email),
		CreatedAt: u.Now(), ExpiresAt: u.Now().Add(life),
	}
	id, err := u.InsertToken(t, DigestOf(secret.Reveal()))
	t.ID = id
	return secret, t, err
}

// tokenOwner reads the account that a token is for, as long as the token is good: not expired, and the account's address
// still the one it was mailed to. Anything else is `invalid_token`, without telling which.
func tokenOwner(tx Tx, p TokenPurpose, token Secret) (Token, User, error) {
	t, err := tx.FindToken(p, DigestOf(token.Reveal()))
	if err != nil {
		return Token{}, User{}, asInvalidToken(err)
	}
	if !tx.Now().Before(t.ExpiresAt) {
		return Token{}, User{}, errInvalidToken
	}
	return boundOwner(tx, t)
}

// useToken takes a token's single use, in the transaction of its effect.
func (u *unit) useToken(p TokenPurpose, token Secret) (Token, User, error) {
	t, err := u.UseToken(p, DigestOf(token.Reveal()), u.Now())
	if err != nil {
		return Token{}, User{}, asInvalidToken(err)
	}
	return boundOwner(u, t)
}

func boundOwner(tx Tx, t Token) (Token, User, error) {
	user, err := tx.FindUser(t.UserID)
	if err != nil {
		return Token{}, User{}, asInvalidToken(err)
	}
	if t.Purpose != TokenEmailChange && t.EmailKey != user.EmailKey {
		return Token{}, User{}, errInvalidToken
	}
	return t, user, nil
}

func asInvalidToken(err error) error {
	if ignoreMissing(err) == nil {
		return errInvalidToken
	}
	return err
}
