package cli

import (
	"fmt"
	"strconv"

	"doorward/app"
)

// roleCommand is `doorward role`.
type roleCommand struct {
	List   roleListCommand   `cmd:"" settings:"config,data,log-format,log-level" help:"List the roles and how many accounts hold each."`
	Add    roleAddCommand    `cmd:"" settings:"config,data,log-format,log-level" help:"Make a role."`
	Delete roleDeleteCommand `cmd:"" settings:"config,data,log-format,log-level" help:"Delete a role that nobody holds."`
}

// roleListCommand is `doorward role list`.
type roleListCommand struct {
	JSON bool `name:"json" help:"As JSON, with the names that the API has."`
}

// roleLine is a role as the API has it.
type roleLine struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
	IsSystem    bool    `json:"is_system"`
	UserCount   int     `json:"user_count"`
}

// Run lists the roles.
func (c roleListCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		roles, err := a.ListRoles(in.ctx, by)
		if err != nil {
			return err
		}
		list, rows := make([]roleLine, len(roles)), make([][]string, len(roles))
		for i, r := range roles {
			list[i] = roleLine{r.Name, textOrNull(r.Description), r.IsSystem, r.UserCount}
			rows[i] = []string{r.Name, strconv.Itoa(r.UserCount), r.Description}
		}
		if c.JSON {
			return in.printJSON(map[string]any{"roles": list})
		}
		return in.printTable([]string{"NAME", "ACCOUNTS", "DESCRIPTION"}, rows)
	})
}

// roleAddCommand is `doorward role add NAME`.
type roleAddCommand struct {
	Name        string `arg:"" help:"1 to 50 ASCII letters, digits, spaces, dots, hyphens and underscores."`
	Description string `help:"What the role is for." placeholder:"TEXT"`
}

// Run makes the role.
func (c roleAddCommand) Run(in *invocation) error {
	return in.withAccounts(true, func(a *app.Accounts, by app.Actor) error {
		role, err := a.CreateRole(in.ctx, by, app.RoleInput{Name: c.Name, Description: c.Description})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.Out, "made role %s\n", role.Name)
		return err
	})
}

// roleDeleteCommand is `doorward role delete NAME`.
type roleDeleteCommand struct {
	Name string `arg:"" help:"The role's exact name."`
}

// Run deletes the role.
func (c roleDeleteCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		if err := a.DeleteRole(in.ctx, by, c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(in.Out, "deleted role %s\n", c.Name)
		return err
	})
}
