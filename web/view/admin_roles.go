package view

import (
	"net/url"

	"doorward/app"
)

// Roles lists the roles, and makes one.
type Roles struct {
	Frame
	Figures     []Figure // their names are texts of admin_roles
	Rows        []app.Role
	Name        string // as typed
	Description string
	Errors      Errors // of name and description
}

func (*Roles) template() (file, layout string) { return "admin_roles", "admin" }

// NewRolesPage is the page of all roles.
func NewRolesPage(f Frame, roles []app.Role, stats app.RoleStats) *Roles {
	count := func(name, role string, n int) Figure {
		to := "/admin/users"
		if role != "" {
			to = holdersPath(role)
		}
		return Figure{Name: name, Count: app.Total{Count: n}, To: to}
	}
	return &Roles{Frame: f, Rows: roles, Figures: []Figure{
		count("accounts", "", stats.TotalUsers), count("owners", app.RoleOwner, stats.OwnerCount),
		count("admins", app.RoleAdmin, stats.AdminCount), count("users", app.RoleUser, stats.UserCount),
	}}
}

// RolePath is the page of a role.
func RolePath(name string) string { return "/admin/roles/" + url.PathEscape(name) }

func holdersPath(role string) string { return "/admin/users?" + url.Values{"role": {role}}.Encode() }

// At is a role's page, and Holders the list of who holds it.
func (*Roles) At(role app.Role) string { return RolePath(role.Name) }

// Holders is the list of who holds a role.
func (*Roles) Holders(role app.Role) string { return holdersPath(role.Name) }

// Role is one role with what can be done about it.
type Role struct {
	Frame
	Role        app.Role
	HandsOut    bool // whoever asks gives and takes it
	Name        string
	Description string
	Errors      Errors // of name and description
	Email       string // as typed
	GiveErrors  Errors // of email
}

func (*Role) template() (file, layout string) { return "admin_role", "admin" }

// NewRolePage is the page of a role.
func NewRolePage(f Frame, role app.Role, by app.Actor) *Role {
	return &Role{Frame: f, Role: role, HandsOut: by.Rank.HandsOut(role.Name), Name: role.Name, Description: role.Description}
}

// At is the role's page; what is done to it is below.
func (p *Role) At() string { return RolePath(p.Role.Name) }

// Holders is the list of who holds it.
func (p *Role) Holders() string { return holdersPath(p.Role.Name) }

// Ranks tells a role whose holders manage other accounts.
func (p *Role) Ranks() bool { return app.RankOf([]string{p.Role.Name}) > app.RankUser }
