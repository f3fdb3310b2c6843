package sqlite

import (
	"strings"

	"doorward/app"
)

// roleKey is what makes a role's name unique.
func roleKey(name string) string { return strings.ToLower(name) }

const selectRole = `
	SELECT
		r.id,
		r.name,
		r.description,
		r.is_system,
		r.user_count,
		r.created_at
	FROM roles r`

func scanRole(row scanner) (app.Role, error) {
	var r app.Role
	err := row.Scan(
		&r.ID,
		&r.Name,
		&r.Description,
		&r.IsSystem,
		&r.UserCount,
		(*timeColumn)(&r.CreatedAt),
	)
	return r, err
}

// ListRoles reads all, by rank, then name.
func (t *tx) ListRoles() ([]app.Role, error) {
	return list(t, "list roles", scanRole, selectRole+` ORDER BY r.rank DESC, r.name`)
}

// FindRole looks a role up by its exact name. The key is asked for too, since that is what has an index.
func (t *tx) FindRole(name string) (app.Role, error) {
	return one(t, "find role", scanRole, selectRole+` WHERE r.name_key = $1 AND r.name = $2`, roleKey(name), name)
}

// InsertRole adds a custom role: the system's are there from the first migration.
func (t *tx) InsertRole(r app.Role) (int64, error) {
	return one(t, "insert role", value[int64], `
		INSERT INTO roles (name, name_key, description, rank, is_system, created_at)
		VALUES ($1, $2, $3, 0, 0, $4)
		RETURNING id`,
		r.Name, roleKey(r.Name), r.Description, r.CreatedAt.UnixMicro())
}

// UpdateRole writes name and description.
func (t *tx) UpdateRole(r app.Role) error {
	return t.execOne("update role", `UPDATE roles SET name = $1, name_key = $2, description = $3 WHERE id = $4`,
		r.Name, roleKey(r.Name), r.Description, r.ID)
}

// RoleInUse tells whether a user holds a role, or a key that works acts with it.
func (t *tx) RoleInUse(roleID int64) (bool, error) {
	return one(t, "look for use of a role", value[bool], `
		SELECT EXISTS (SELECT 1 FROM role_assignments WHERE role_id = $1)
			OR EXISTS (SELECT 1 FROM api_keys WHERE role_id = $1 AND revoked_at IS NULL)`,
		roleID)
}

// DeleteRole removes a role. A revoked key's row outlives its role, and must refer to one: it does nothing, so it is
// moved to the least of them.
func (t *tx) DeleteRole(roleID int64) error {
	_, err := t.exec("part revoked keys from a role", `
		UPDATE api_keys SET role_id = (SELECT id FROM roles WHERE rank = 1) WHERE role_id = $1 AND revoked_at IS NOT NULL`,
		roleID)
	if err != nil {
		return err
	}
	return t.execOne("delete role", `DELETE FROM roles WHERE id = $1`, roleID)
}

// AssignRole gives a role to a user. A missing user or role is app.ErrNoRow.
func (t *tx) AssignRole(userID, roleID int64) (bool, error) {
	n, err := t.exec("assign role", `
		INSERT INTO role_assignments (user_id, role_id, assigned_at) VALUES ($1, $2, $3) ON CONFLICT (user_id, role_id) DO NOTHING`,
		userID, roleID, t.now.UnixMicro())
	return n > 0, err
}

// RemoveRole takes a role from a user.
func (t *tx) RemoveRole(userID, roleID int64) (bool, error) {
	n, err := t.exec("remove role", `DELETE FROM role_assignments WHERE user_id = $1 AND role_id = $2`, userID, roleID)
	return n > 0, err
}

// CountActive counts active users with a role.
func (t *tx) CountActive(role string) (int, error) {
	return one(t, "count active users", value[int], `
		SELECT count(*)
		FROM role_assignments ra
		JOIN users u ON u.id = ra.user_id
		WHERE ra.role_id = (SELECT id FROM roles WHERE name_key = $1 AND name = $2) AND u.is_active = 1`,
		roleKey(role), role)
}

// CountUsers reads the kept count of all users.
func (t *tx) CountUsers() (int, error) {
	return one(t, "count users", value[int], `SELECT value FROM kept_counts WHERE name = 'users'`)
}

// UsersWithoutRole lists active users who hold no role, by id.
func (t *tx) UsersWithoutRole(after int64, limit int) ([]int64, error) {
	return list(t, "list users without a role", value[int64], `
		SELECT w.user_id
		FROM users_without_role w
		JOIN users u ON u.id = w.user_id
		WHERE w.user_id > $1 AND u.is_active = 1
		ORDER BY w.user_id
		LIMIT $2`,
		after, limit)
}

// The two ways to the users with a role, by e-mail. CROSS JOIN keeps the order in which the tables are read.
const (
	// sortHolders reads all who hold the role and sorts them: cheap where few do.
	sortHolders = `
		SELECT u.id
		FROM role_assignments ra INDEXED BY role_assignments_by_role
		CROSS JOIN users u
		WHERE ra.role_id = $1 AND u.id = ra.user_id
		ORDER BY u.email_key
		LIMIT $2 OFFSET $3`
	// walkAddresses reads users by e-mail until enough who hold the role are found: cheap where most do.
	walkAddresses = `
		SELECT u.id
		FROM users u INDEXED BY users_unique_email
		CROSS JOIN role_assignments ra
		WHERE ra.user_id = u.id AND ra.role_id = $1
		ORDER BY u.email_key
		LIMIT $2 OFFSET $3`
)

// ListUsersWithRole reads one page of the users with a role, by e-mail. The kept counts tell which way reads fewer rows:
// all who hold the role, or as many users as it takes to meet that many of them.
func (t *tx) ListUsersWithRole(roleID int64, limit, offset int) ([]app.User, error) {
	holders, err := orZero(one(t, "count users with role", value[int], `SELECT user_count FROM roles WHERE id = $1`, roleID))
	if err != nil || holders == 0 {
		return []app.User{}, err
	}
	total, err := t.CountUsers()
	if err != nil {
		return nil, err
	}
	page := sortHolders
	if walked := float64(offset+limit) * float64(total) / float64(holders); walked < float64(holders) {
		page = walkAddresses
	}
	return list(t, "list users with role", scanUser, selectUser+` WHERE u.id IN (`+page+`) ORDER BY u.email_key`, roleID, limit, offset)
}
