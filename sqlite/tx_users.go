package sqlite

import (
	"maps"
	"slices"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"doorward/app"
)

// userColumns are what scanUser reads, with roles and avatar, so that a user is always read in one statement. They
// belong to userTables.
const userColumns = `
	u.id,
	u.email,
	u.email_key,
	u.username,
	coalesce(u.username_key, ''),
	u.first_name,
	u.last_name,
	u.is_active,
	u.confirmed_at,
	u.timezone,
	u.locale,
	u.custom_fields,
	coalesce(u.avatar_id, ''),
	u.registration_ip,
	u.registration_user_agent,
	u.registration_country,
	u.registration_region,
	u.registration_city,
	u.self_registered,
	u.logged_in_at,
	u.last_seen_at,
	u.created_at,
	u.updated_at,
	(SELECT group_concat(r.rank || r.name, char(10))
		FROM role_assignments ra JOIN roles r ON r.id = ra.role_id WHERE ra.user_id = u.id),
	coalesce(a.id, ''),
	coalesce(a.status, ''),
	coalesce(a.sha256, ''),
	coalesce(a.format, ''),
	coalesce(a.width, 0),
	coalesce(a.height, 0),
	coalesce(a.error, ''),
	a.created_at`

// userTables joins the avatar that a user shows: the chosen one, or else the newest.
const userTables = `users u
	LEFT JOIN avatars a ON a.id = coalesce(u.avatar_id,
		(SELECT newest.id FROM avatars newest WHERE newest.user_id = u.id ORDER BY newest.created_at DESC, newest.seq DESC LIMIT 1))`

const selectUser = `SELECT ` + userColumns + ` FROM ` + userTables

// userDest is where userColumns go.
func userDest(u *app.User, a *app.Avatar) []any {
	return []any{
		&u.ID,
		&u.Email,
		&u.EmailKey,
		&u.Username,
		&u.UsernameKey,
		&u.FirstName,
		&u.LastName,
		&u.IsActive,
		(*timeColumn)(&u.ConfirmedAt),
		&u.Timezone,
		&u.Locale,
		(*fieldsColumn)(&u.CustomFields),
		&u.AvatarID,
		(*addrColumn)(&u.Registration.IP),
		&u.Registration.UserAgent,
		&u.Registration.Country,
		&u.Registration.Region,
		&u.Registration.City,
		&u.SelfRegistered,
		(*timeColumn)(&u.LoggedInAt),
		(*timeColumn)(&u.LastSeenAt),
		(*timeColumn)(&u.CreatedAt),
		(*timeColumn)(&u.UpdatedAt),
		(*rolesColumn)(&u.Roles),
		&a.ID,
		&a.Status,
		&a.SHA256,
		&a.Format,
		&a.Width,
		&a.Height,
		&a.Error,
		(*timeColumn)(&a.CreatedAt),
	}
}

// setAvatar gives the user the avatar that was scanned with them, if there was one.
func setAvatar(u *app.User, a *app.Avatar) {
	if a.ID != "" {
		a.UserID = u.ID
		u.Avatar = a
	}
}

func scanUser(row scanner) (app.User, error) {
	var u app.User
	var a app.Avatar
	err := row.Scan(userDest(&u, &a)...)
	setAvatar(&u, &a)
	return u, err
}

// FindUser reads a user by id.
func (t *tx) FindUser(id int64) (app.User, error) {
	return one(t, "find user", scanUser, selectUser+` WHERE u.id = $1`, id)
}

// FindUserByEmail reads a user by the key of their address.
func (t *tx) FindUserByEmail(key string) (app.User, error) {
	return one(t, "find user by e-mail", scanUser, selectUser+` WHERE u.email_key = $1`, key)
}

// FindUserByUsername reads a user by the key of their username; "" is nobody's.
func (t *tx) FindUserByUsername(key string) (app.User, error) {
	return one(t, "find user by username", scanUser, selectUser+` WHERE u.username_key = $1`, key)
}

// FirstUser reads the user of the lowest id.
func (t *tx) FirstUser() (app.User, error) {
	return one(t, "find first user", scanUser, selectUser+` ORDER BY u.id LIMIT 1`)
}

// FirstUserWithRole reads the user of the lowest id with a role.
func (t *tx) FirstUserWithRole(role string) (app.User, error) {
	return one(t, "find first user with role", scanUser, selectUser+`
		WHERE u.id = (
			SELECT min(ra.user_id) FROM role_assignments ra
			WHERE ra.role_id = (SELECT id FROM roles WHERE name_key = $1 AND name = $2))`,
		roleKey(role), role)
}

// InsertUser adds a row and answers its id.
func (t *tx) InsertUser(u app.User) (int64, error) {
	args, err := userArgs(u)
	if err != nil {
		return 0, t.failed("insert user", err)
	}
	return one(t, "insert user", value[int64], `
		INSERT INTO users (
			email,
			email_key,
			username,
			username_key,
			first_name,
			last_name,
			is_active,
			confirmed_at,
			timezone,
			locale,
			custom_fields,
			avatar_id,
			registration_ip,
			registration_user_agent,
			registration_country,
			registration_region,
			registration_city,
			self_registered,
			logged_in_at,
			updated_at,
			search_text,
			last_name_key,
			last_seen_at,
			created_at
		) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
		RETURNING id`,
		append(args, micros(u.LastSeenAt), u.CreatedAt.UnixMicro())...)
}

// UpdateUser writes every column but id, created_at, the password and last_seen_at.
func (t *tx) UpdateUser(u app.User) error {
	args, err := userArgs(u)
	if err != nil {
		return t.failed("update user", err)
	}
	return t.execOne("update user", `
		UPDATE users SET
			email = $1,
			email_key = $2,
			username = $3,
			username_key = $4,
			first_name = $5,
			last_name = $6,
			is_active = $7,
			confirmed_at = $8,
			timezone = $9,
			locale = $10,
			custom_fields = $11,
			avatar_id = $12,
			registration_ip = $13,
			registration_user_agent = $14,
			registration_country = $15,
			registration_region = $16,
			registration_city = $17,
			self_registered = $18,
			logged_in_at = $19,
			updated_at = $20,
			search_text = $21,
			last_name_key = $22
		WHERE id = $23`,
		append(args, u.ID)...)
}

// userArgs are the columns that are both inserted and updated, in the order of both statements.
func userArgs(u app.User) ([]any, error) {
	fields, err := fieldsText(u.CustomFields)
	if err != nil {
		return nil, err
	}
	return []any{
		u.Email,
		u.EmailKey,
		u.Username,
		orNull(u.UsernameKey),
		u.FirstName,
		u.LastName,
		u.IsActive,
		micros(u.ConfirmedAt),
		u.Timezone,
		u.Locale,
		fields,
		orNull(u.AvatarID),
		addrText(u.Registration.IP),
		u.Registration.UserAgent,
		u.Registration.Country,
		u.Registration.Region,
		u.Registration.City,
		u.SelfRegistered,
		micros(u.LoggedInAt),
		u.UpdatedAt.UnixMicro(),
		searchText(u),
		folded(u.LastName),
	}, nil
}

// folded makes text comparable without regard to case, in every script. SQLite's own LIKE does so for ASCII only.
func folded(s string) string { return cases.Fold().String(norm.NFC.String(s)) }

// DeleteUser removes a user; the schema removes what is theirs, but for jobs that are not done.
func (t *tx) DeleteUser(id int64) error {
	if _, err := t.exec("delete user's jobs", `DELETE FROM jobs WHERE user_id = $1 AND state <> 'done'`, id); err != nil {
		return err
	}
	return t.execOne("delete user", `DELETE FROM users WHERE id = $1`, id)
}

// UsersFrom reads users by id, from after on.
func (t *tx) UsersFrom(after int64, limit int) ([]app.User, error) {
	return list(t, "read users by id", scanUser, selectUser+` WHERE u.id > $1 ORDER BY u.id LIMIT $2`, after, limit)
}

// TouchUsers moves last_seen_at forward.
func (t *tx) TouchUsers(seen map[int64]time.Time) error {
	for _, id := range slices.Sorted(maps.Keys(seen)) { // in the order of the rows, for the sake of the cache
		_, err := t.exec("touch user", `
			UPDATE users SET last_seen_at = $2 WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at < $2)`,
			id, seen[id].UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}

// AbandonedUsers lists accounts that were never confirmed and never logged in, oldest first.
func (t *tx) AbandonedUsers(before time.Time, limit int) ([]int64, error) {
	return list(t, "list abandoned users", value[int64], `
		SELECT id FROM users
		WHERE self_registered = 1 AND confirmed_at IS NULL AND logged_in_at IS NULL AND created_at < $1
		ORDER BY created_at, id
		LIMIT $2`,
		before.UnixMicro(), limit)
}
