package web

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"doorward/app"
)

// defaultRolePage is how many accounts `GET /roles/{role}/users` answers when nothing is said: as many as a page may hold.
const defaultRolePage = 100

type roleView struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
	IsSystem    bool    `json:"is_system" doc:"Owner, Admin and User, which can't be renamed or deleted."`
	UserCount   int     `json:"user_count" doc:"Accounts that hold it, active or not."`
}

type roleAnswer struct {
	Role roleView `json:"role"`
}

type rolesAnswer struct {
	Roles []roleView `json:"roles" nullable:"false"`
}

type roleUsersAnswer struct {
	Users []userView `json:"users" nullable:"false"`
}

type roleStatsAnswer struct {
	TotalUsers int `json:"total_users"`
	OwnerCount int `json:"owner_count"`
	AdminCount int `json:"admin_count"`
	UserCount  int `json:"user_count"`
}

type missingRolesAnswer struct {
	AssignedOwner  int `json:"assigned_owner" doc:"0 or 1."`
	AssignedUsers  int `json:"assigned_users"`
	TotalProcessed int `json:"total_processed"`
}

func viewRole(r *app.Role) roleView {
	return roleView{Name: r.Name, Description: text(r.Description), IsSystem: r.IsSystem, UserCount: r.UserCount}
}

func getRoles(c *call) error {
	roles, err := c.s.accounts.ListRoles(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	answer := rolesAnswer{make([]roleView, len(roles))}
	for i := range roles {
		answer.Roles[i] = viewRole(&roles[i])
	}
	return c.sendJSON(http.StatusOK, answer)
}

func docGetRoles() *operation {
	return &operation{
		id: "listRoles", tag: "Roles", summary: "List roles", about: "The system's by rank, then the others by name.",
		gives: []given{{http.StatusOK, "All roles.", rolesAnswer{}}},
	}
}

type roleBody struct {
	Name        string `json:"name" minLength:"1" maxLength:"50" doc:"ASCII letters, digits, spaces and . _ -; unique without regard to case."`
	Description string `json:"description,omitempty" maxLength:"500"`
}

func postRole(c *call) error {
	body, err := decode[roleBody](c)
	if err != nil {
		return err
	}
	role, err := c.s.accounts.CreateRole(c.r.Context(), c.actor, app.RoleInput{Name: body.Name, Description: body.Description})
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusCreated, roleAnswer{viewRole(&role)})
}

func docPostRole() *operation {
	return &operation{
		id: "createRole", tag: "Roles", summary: "Make a role",
		about: "Whoever holds it ranks with a User; what it opens is for the apps behind to say.",
		takes: roleBody{}, example: `{"name": "Editor", "description": "Edits what others wrote"}`,
		gives:   []given{{http.StatusCreated, "The new role.", roleAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

// roleChangesBody keeps the description's raw value, to tell null from nothing.
type roleChangesBody struct {
	Name        *string        `json:"name,omitempty" minLength:"1" maxLength:"50"`
	Description jsontext.Value `json:"description,omitempty"`
}

func (b *roleChangesBody) changes() (app.RoleChanges, error) {
	changes := app.RoleChanges{Name: b.Name}
	if b.Description == nil {
		return changes, nil
	}
	changes.Description = new(string) // null clears, as empty does
	if err := json.Unmarshal(b.Description, changes.Description); err != nil {
		return changes, malformed("/description must be a text or null.")
	}
	return changes, nil
}

func patchRole(c *call) error {
	body, err := decode[roleChangesBody](c)
	if err != nil {
		return err
	}
	changes, err := body.changes()
	if err != nil {
		return err
	}
	role, err := c.s.accounts.UpdateRole(c.r.Context(), c.actor, c.r.PathValue("role"), changes)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, roleAnswer{viewRole(&role)})
}

func docPatchRole() *operation {
	return &operation{
		id: "updateRole", tag: "Roles", summary: "Rename or describe a role",
		about: "Everybody who holds it holds it by the new name from the next request. A system role keeps its name.",
		takes: roleChangesBody{}, example: `{"name": "Chief editor", "description": null}`,
		gives:   []given{{http.StatusOK, "The role as it is now.", roleAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeRoleNotFound, app.CodeForbidden},
	}
}

func deleteRole(c *call) error {
	if err := c.s.accounts.DeleteRole(c.r.Context(), c.actor, c.r.PathValue("role")); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteRole() *operation {
	return &operation{
		id: "deleteRole", tag: "Roles", summary: "Delete a role",
		about:   "Only one that no account holds and no API key acts with, and none of the system's.",
		gives:   []given{{http.StatusNoContent, "The role is gone.", nil}},
		refuses: []app.Code{app.CodeRoleNotFound, app.CodeRoleInUse, app.CodeForbidden},
	}
}

func getRoleUsers(c *call) error {
	query := c.r.URL.Query()
	users, err := c.s.accounts.UsersWithRole(c.r.Context(), c.actor, app.RoleQuery{
		Role: c.r.PathValue("role"), Page: pageNumber(query, "page", 1), PageSize: pageNumber(query, "page_size", defaultRolePage),
	})
	if err != nil {
		return err
	}
	answer := roleUsersAnswer{make([]userView, len(users))}
	for i := range users {
		answer.Users[i] = c.s.viewUser(&users[i], true)
	}
	return c.sendJSON(http.StatusOK, answer)
}

func docGetRoleUsers() *operation {
	return &operation{
		id: "listRoleUsers", tag: "Roles", summary: "List who holds a role",
		about: "By e-mail, active or not; 100 at a time, so ask for the next page while one is full. Nobody holds an unknown role: the list is empty.",
		query: []parameter{{"page", huma.TypeInteger, "From 1."}, {"page_size", huma.TypeInteger, "1 to 100, by default 100."}},
		gives: []given{{http.StatusOK, "One page.", roleUsersAnswer{}}}, refuses: []app.Code{app.CodeValidationFailed},
	}
}

func getRoleStats(c *call) error {
	stats, err := c.s.accounts.RoleStats(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, roleStatsAnswer(stats))
}

func docGetRoleStats() *operation {
	return &operation{
		id: "roleStats", tag: "Roles", summary: "Count accounts and who holds the system's roles", about: "Active or not.",
		gives: []given{{http.StatusOK, "The counts.", roleStatsAnswer{}}},
	}
}

type missingRolesBody struct {
	MakeFirstOwner *bool `json:"make_first_owner,omitempty" default:"true"`
}

func postMissingRoles(c *call) error {
	var body missingRolesBody
	if c.r.ContentLength != 0 {
		var err error
		if body, err = decode[missingRolesBody](c); err != nil {
			return err
		}
	}
	firstOwner := body.MakeFirstOwner == nil || *body.MakeFirstOwner
	done, err := c.s.accounts.AssignMissingRoles(c.r.Context(), c.actor, firstOwner)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, missingRolesAnswer(done))
}

func docPostMissingRoles() *operation {
	return &operation{
		id: "assignMissingRoles", tag: "Roles", summary: "Give a role to every active account that holds none",
		about: "User to each; but where there is no active Owner, Owner to the oldest of them, if an Owner's key asks and make_first_owner is not false. " +
			"It works in batches: what was done before an error or a lost connection stays, and asking again goes on from there.",
		takes: missingRolesBody{}, optional: true, example: `{"make_first_owner": false}`,
		gives: []given{{http.StatusOK, "How many got which.", missingRolesAnswer{}}},
	}
}
