package app

import "encoding/base64"

// KnownDevice is a browser that logged in to an account before, or set its password by a mailed link.
type KnownDevice struct {
	UserID   int64
	ID       string
	Password string // names the password by which it came in: with another one set since, it is known no longer
}

// newDevice makes a browser known that just came in by the password of this hash.
func newDevice(tx Tx, userID int64, hash Secret) (KnownDevice, error) {
	mark, err := passwordMark(tx, userID, hash)
	return KnownDevice{UserID: userID, ID: newID(), Password: mark}, err
}

// knows tells whether a browser came in to this account by the password that it has now. Whoever knew an earlier one (or
// registered the address before its owner did) counts among strangers.
func (d KnownDevice) knows(tx Tx, user User, hash Secret) (bool, error) {
	if d.UserID != user.ID || d.ID == "" {
		return false, nil
	}
	mark, err := passwordMark(tx, user.ID, hash)
	return d.Password == mark, err
}

// passwordMark is a name for an account's password that leads back to nothing. It is made of the password's first hash, and
// kept when a login stores another: at another cost it is still the same password.
func passwordMark(tx Tx, userID int64, hash Secret) (string, error) {
	kept, err := tx.PasswordMark(userID)
	if err != nil || kept != "" {
		return kept, err
	}
	mark := DigestOf("device\x00" + hash.Reveal())
	return base64.RawURLEncoding.EncodeToString(mark[:12]), nil
}
