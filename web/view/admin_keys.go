package view

import (
	"time"

	"doorward/app"
)

// Keys lists the API keys, and makes one.
type Keys struct {
	Frame
	Rows     []KeyRow
	Roles    []string // to choose from
	Name     string   // as typed
	Role     string
	Errors   Errors // of name, role and current_password
	Username string // of who makes it, for the browser's store of passwords
	Made     *MadeKey
}

// KeyRow is one key.
type KeyRow struct {
	ID      int64
	Name    string
	Role    string
	Created time.Time
	Used    time.Time // zero for never
}

// Admin tells a key that manages accounts.
func (r KeyRow) Admin() bool { return app.RankOf([]string{r.Role}) > app.RankUser }

// MadeKey is a new key with its secret, which is shown this once.
type MadeKey struct {
	Name   string
	Secret app.Secret
}

func (*Keys) template() (file, layout string) { return "admin_keys", "admin" }

// NewKeys is the page of all keys.
func NewKeys(f Frame, keys []app.Key, roles []app.Role) *Keys {
	p := &Keys{Frame: f, Role: app.RoleUser, Username: f.Me.Email}
	for _, key := range keys {
		p.Rows = append(p.Rows, KeyRow{ID: key.ID, Name: key.Name, Role: key.Role, Created: key.CreatedAt, Used: key.LastUsedAt})
	}
	for _, role := range roles {
		p.Roles = append(p.Roles, role.Name)
	}
	return p
}
