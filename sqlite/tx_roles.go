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
		(SELECT count(*) FROM role_assignments ra WHERE ra.role_id = r.id),
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
