package sqlite

import (
	"time"

	"doorward/app"
)

const tokenColumns = `
	id,
	purpose,
	user_id,
	email,
	email_key,
	created_at,
	expires_at`

const selectToken = `SELECT ` + tokenColumns + ` FROM tokens`

func scanToken(row scanner) (app.Token, error) {
	var t app.Token
	err := row.Scan(
		&t.ID,
		&t.Purpose,
		&t.UserID,
		&t.Email,
		&t.EmailKey,
		(*timeColumn)(&t.CreatedAt),
		(*timeColumn)(&t.ExpiresAt),
	)
	return t, err
}

// InsertToken stores a token under its digest and answers the row's id.
func (t *tx) InsertToken(token app.Token, d app.Digest) (int64, error) {
	return one(t, "insert token", value[int64], `
		INSERT INTO tokens (purpose, digest, user_id, email, email_key, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		RETURNING id`,
		string(token.Purpose),
		d[:],
		token.UserID,
		token.Email,
		token.EmailKey,
		token.CreatedAt.UnixMicro(),
		token.ExpiresAt.UnixMicro())
}

// FindToken reads by purpose and digest.
func (t *tx) FindToken(p app.TokenPurpose, d app.Digest) (app.Token, error) {
	return one(t, "find token", scanToken, selectToken+` WHERE digest = $1 AND purpose = $2`, d[:], string(p))
}

// TokenByID reads by id.
func (t *tx) TokenByID(id int64) (app.Token, error) {
	return one(t, "find token by id", scanToken, selectToken+` WHERE id = $1`, id)
}

// TokensOf reads a user's tokens that are still good, newest first.
func (t *tx) TokensOf(userID int64, now time.Time) ([]app.Token, error) {
	return list(t, "list tokens", scanToken, selectToken+` WHERE user_id = $1 AND expires_at > $2 ORDER BY id DESC`, userID, now.UnixMicro())
}

// UseToken removes a token that is still good, and answers it.
func (t *tx) UseToken(p app.TokenPurpose, d app.Digest, now time.Time) (app.Token, error) {
	return one(t, "use token", scanToken, `
		DELETE FROM tokens WHERE digest = $1 AND purpose = $2 AND expires_at > $3 RETURNING `+tokenColumns,
		d[:], string(p), now.UnixMicro())
}

// DeleteTokens removes a user's tokens, of the named purposes or all.
func (t *tx) DeleteTokens(userID int64, purposes ...app.TokenPurpose) error {
	if len(purposes) == 0 {
		_, err := t.exec("delete tokens", `DELETE FROM tokens WHERE user_id = $1`, userID)
		return err
	}
	for _, p := range purposes {
		_, err := t.exec("delete tokens", `DELETE FROM tokens WHERE user_id = $1 AND purpose = $2`, userID, string(p))
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteExpiredTokens removes tokens that are over, and counts them.
func (t *tx) DeleteExpiredTokens(now time.Time, limit int) (int, error) {
	return t.exec("delete expired tokens", `
		DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`,
		now.UnixMicro(), limit)
}

// SetTokenDigest gives a token another value.
func (t *tx) SetTokenDigest(id int64, d app.Digest) error {
	return t.execOne("set token digest", `UPDATE tokens SET digest = $2 WHERE id = $1`, id, d[:])
}
