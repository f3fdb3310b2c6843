package app

import "encoding/base64"

// KnownDevice is a browser that logged in to an account before, or set its password by a mailed link.
type KnownDevice struct {
	UserID   int64
	ID       string
	Password string // names the password by which it came in: with another one set since, it is known no longer
}

// newDevice makes a browser known that just came in by the password of this hash.
func newDevice(userID int64, hash Secret) KnownDevice {
	return KnownDevice{UserID: userID, ID: newID(), Password: passwordMark(hash)}
}

// knows tells whether a browser came in to this account by the password that it has now. Whoever knew an earlier one (or
// registered the address before its owner did) counts among strangers.
func (d KnownDevice) knows(user *User, hash Secret) bool {
	return user != nil && d.UserID == user.ID && d.ID != "" && d.Password == passwordMark(hash)
}

// passwordMark is a name for a password's hash that leads back to nothing.
func passwordMark(hash Secret) string {
	mark := DigestOf("device\x00" + hash.Reveal())
	return base64.RawURLEncoding.EncodeToString(mark[:12])
}
