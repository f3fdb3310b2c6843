package sqlite

import (
	"time"

	"doorward/app"
)

// PasswordHash reads the stored hash; "" for none.
func (t *tx) PasswordHash(userID int64) (app.Secret, error) {
	hash, err := one(t, "read password hash", value[string], `SELECT password_hash FROM users WHERE id = $1`, userID)
	return app.Secret(hash), err
}

// SetPasswordHash stores a hash; "" takes the password away.
func (t *tx) SetPasswordHash(userID int64, hash app.Secret) error {
	return t.execOne("set password hash", `UPDATE users SET password_hash = $2, password_mark = '' WHERE id = $1`, userID, hash.Reveal())
}

// RehashPassword stores another hash of the same password.
func (t *tx) RehashPassword(userID int64, hash app.Secret, mark string) error {
	return t.execOne("rehash password", `UPDATE users SET password_hash = $2, password_mark = $3 WHERE id = $1`, userID, hash.Reveal(), mark)
}

// PasswordMark reads the name that a password kept.
func (t *tx) PasswordMark(userID int64) (string, error) {
	return one(t, "read password mark", value[string], `SELECT password_mark FROM users WHERE id = $1`, userID)
}

// RetireUsername keeps the digest of a username that was given up.
func (t *tx) RetireUsername(d app.Digest, userID int64) error {
	_, err := t.exec("retire username", `
		INSERT INTO retired_usernames (digest, user_id, retired_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING`,
		d[:], userID, t.now.UnixMicro())
	return err
}

// RetiredUsername tells who gave a username up; 0 for nobody.
func (t *tx) RetiredUsername(d app.Digest) (int64, error) {
	return orZero(one(t, "find retired username", value[int64], `SELECT user_id FROM retired_usernames WHERE digest = $1`, d[:]))
}

// UsernamesLeft counts the usernames that an account gave up.
func (t *tx) UsernamesLeft(userID int64) (int, error) {
	return one(t, "count retired usernames", value[int], `SELECT COUNT(*) FROM retired_usernames WHERE user_id = $1`, userID)
}

// LoginFailures counts wrong passwords in a row.
func (t *tx) LoginFailures(d app.Digest) (int, error) {
	return orZero(one(t, "read login failures", value[int], `SELECT failures FROM login_failures WHERE digest = $1`, d[:]))
}

// AddLoginFailure counts one more.
func (t *tx) AddLoginFailure(d app.Digest, ownerless bool) (int, error) {
	return one(t, "add login failure", value[int], `
		INSERT INTO login_failures (digest, failures, failed_at, ownerless) VALUES ($1, 1, $2, $3)
		ON CONFLICT (digest) DO UPDATE SET
			failures = failures + 1,
			failed_at = excluded.failed_at,
			ownerless = min(ownerless, excluded.ownerless)
		RETURNING failures`,
		d[:], t.now.UnixMicro(), ownerless)
}

// ClearLoginFailures forgets them.
func (t *tx) ClearLoginFailures(d app.Digest) error {
	_, err := t.exec("clear login failures", `DELETE FROM login_failures WHERE digest = $1`, d[:])
	return err
}

const deleteOwnerlessFailures = `
	DELETE FROM login_failures
	WHERE digest IN (SELECT digest FROM login_failures WHERE ownerless = 1 AND failed_at < $1 ORDER BY failed_at LIMIT $2)`

// DeleteOwnerlessFailures forgets what was counted without an account.
func (t *tx) DeleteOwnerlessFailures(before time.Time, limit int) (int, error) {
	return t.exec("delete ownerless failures", deleteOwnerlessFailures, before.UnixMicro(), limit)
}
