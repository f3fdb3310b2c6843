package view

import (
	"slices"

	"doorward/app"
)

// UserNew makes an account for somebody else.
type UserNew struct {
	Frame
	Email               string
	FirstName, LastName string
	Username            string
	Timezone, Locale    string
	Roles               []NewRole
	Confirmed, Active   bool
	Rule                Rule
	Errors              Errors // of email, first_name, last_name, username, roles, user_timezone, preferred_locale and password
}

// UserNewFields are what the form holds, in its order.
func UserNewFields() []string {
	return []string{"email", "first_name", "last_name", "username", "password", "roles", "user_timezone", "preferred_locale"}
}

// NewRole is a role that the new account can be given.
type NewRole struct {
	Name        string
	Description string
	Chosen      bool
}

// NewRoles are roles that may be given, some of them chosen.
func NewRoles(roles []app.Role, chosen ...string) []NewRole {
	list := make([]NewRole, 0, len(roles))
	for _, r := range roles {
		list = append(list, NewRole{r.Name, r.Description, slices.Contains(chosen, r.Name)})
	}
	return list
}

func (*UserNew) template() (file, layout string) { return "admin_user_new", "admin" }

// Zones are the time zones to choose from.
func (p *UserNew) Zones() []ZoneGroup { return zonesWith(p.Timezone) }

// Languages are the languages to choose from.
func (p *UserNew) Languages() []Language { return languagesWith(p.Locale) }

// Password is the field for a password, which may be left out.
func (p *UserNew) Password() OptionalPassword {
	return OptionalPassword{NewPassword{"password", p.Rule, p.Errors}}
}
