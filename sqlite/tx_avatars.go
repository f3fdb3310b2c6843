package sqlite

import "doorward/app"

const selectAvatar = `
	SELECT
		id,
		user_id,
		status,
		sha256,
		format,
		width,
		height,
		error,
		created_at
	FROM avatars`

func scanAvatar(row scanner) (app.Avatar, error) {
	var a app.Avatar
	err := row.Scan(
		&a.ID,
		&a.UserID,
		&a.Status,
		&a.SHA256,
		&a.Format,
		&a.Width,
		&a.Height,
		&a.Error,
		(*timeColumn)(&a.CreatedAt),
	)
	return a, err
}

// InsertAvatar adds a row. The same picture of the same user again is app.Taken, unless the earlier one failed.
func (t *tx) InsertAvatar(a app.Avatar) error {
	_, err := t.exec("insert avatar", `
		INSERT INTO avatars (id, user_id, status, sha256, format, width, height, error, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID,
		a.UserID,
		string(a.Status),
		a.SHA256,
		a.Format,
		a.Width,
		a.Height,
		a.Error,
		a.CreatedAt.UnixMicro())
	return err
}

// FindAvatar reads by id.
func (t *tx) FindAvatar(id string) (app.Avatar, error) {
	return one(t, "find avatar", scanAvatar, selectAvatar+` WHERE id = $1`, id)
}

// AvatarsOf reads a user's, newest first.
func (t *tx) AvatarsOf(userID int64) ([]app.Avatar, error) {
	return list(t, "list avatars", scanAvatar, selectAvatar+` WHERE user_id = $1 ORDER BY created_at DESC, seq DESC`, userID)
}

// UpdateAvatar writes status, format, width, height and error.
func (t *tx) UpdateAvatar(a app.Avatar) error {
	return t.execOne("update avatar", `
		UPDATE avatars SET status = $2, format = $3, width = $4, height = $5, error = $6 WHERE id = $1`,
		a.ID, string(a.Status), a.Format, a.Width, a.Height, a.Error)
}

// DeleteAvatar removes a row; the user who chose it has none chosen then.
func (t *tx) DeleteAvatar(id string) error {
	return t.execOne("delete avatar", `DELETE FROM avatars WHERE id = $1`, id)
}

// SetAvatar chooses one of the user's own; another's is app.ErrNoRow.
func (t *tx) SetAvatar(userID int64, avatarID string) error {
	return t.execOne("set avatar", `
		UPDATE users SET avatar_id = $2
		WHERE id = $1 AND ($2 IS NULL OR EXISTS (SELECT 1 FROM avatars WHERE id = $2 AND user_id = $1))`,
		userID, orNull(avatarID))
}

// KnownAvatars tells which ids have a row.
func (t *tx) KnownAvatars(ids []string) (map[string]bool, error) {
	known := make(map[string]bool, len(ids))
	for _, id := range ids {
		has, err := orZero(one(t, "look for avatar", value[bool], `SELECT 1 FROM avatars WHERE id = $1`, id))
		if err != nil {
			return nil, err
		}
		if has {
			known[id] = true
		}
	}
	return known, nil
}

// AvatarsFrom reads avatars by id, from after on.
func (t *tx) AvatarsFrom(after string, limit int) ([]app.Avatar, error) {
	return list(t, "read avatars by id", scanAvatar, selectAvatar+` WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}
