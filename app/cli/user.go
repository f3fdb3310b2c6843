package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"

	"doorward/app"
)

// userCommand is `doorward user`. An account is named by its e-mail address.
type userCommand struct {
	Add           userAddCommand           `cmd:"" settings:"config,data,default-role,default-status,bcrypt-cost,password-min,password-require,log-format,log-level" help:"Make an account."`
	List          userListCommand          `cmd:"" settings:"config,data,log-format,log-level" help:"List accounts, newest first."`
	Show          userShowCommand          `cmd:"" settings:"config,data,log-format,log-level" help:"Show an account."`
	Password      userPasswordCommand      `cmd:"" settings:"config,data,bcrypt-cost,password-min,password-require,log-format,log-level" help:"Set a password; every session of the account ends."`
	Confirm       userConfirmCommand       `cmd:"" settings:"config,data,log-format,log-level" help:"Take the address as confirmed."`
	ResetLink     userResetLinkCommand     `cmd:"" settings:"config,data,listen,base-url,acme-domain,log-format,log-level" help:"Print a link that sets a password, good for an hour."`
	Status        userStatusCommand        `cmd:"" settings:"config,data,log-format,log-level" help:"Activate an account, or deactivate it and end its sessions."`
	Role          userRoleCommand          `cmd:"" settings:"config,data,log-format,log-level" help:"Give or take a role."`
	Delete        userDeleteCommand        `cmd:"" settings:"config,data,log-format,log-level" help:"Delete an account and all that is its own."`
	AssignMissing userAssignMissingCommand `cmd:"" settings:"config,data,log-format,log-level" help:"Give a role to each active account that has none."`
}

// withUser runs fn on the account with an address.
func (in *invocation) withUser(email string, fn func(a *app.Accounts, by app.Actor, user app.User) error) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		user, err := a.GetUserByEmail(in.ctx, by, email)
		if app.AsError(err).Code == app.CodeNotFound && err != nil {
			return fmt.Errorf("no account has the address %s", quote(email))
		}
		if err != nil {
			return err
		}
		return fn(a, by, user)
	})
}

// tell prints one line about what was done to an account.
func (in *invocation) tell(user app.User, format string, args ...any) error {
	_, err := fmt.Fprintf(in.Out, "account %d, %s: %s\n", user.ID, user.Email, fmt.Sprintf(format, args...))
	return err
}

// readPassword reads a password from standard input: all of it but one line end.
func (in *invocation) readPassword() (app.Secret, error) {
	const most = 1 << 10 // far over what a password may have
	text, err := io.ReadAll(io.LimitReader(in.In, most))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return app.Secret(withoutNewline(string(text))), nil
}

// userAddCommand is `doorward user add EMAIL`.
type userAddCommand struct {
	Email         string `arg:"" help:"The address."`
	Role          string `help:"The role; else the default one. Owner makes the first Owner without a link." placeholder:"ROLE"`
	PasswordStdin bool   `help:"Read the password from standard input; else the address is mailed a link to set one."`
	Confirmed     bool   `help:"Take the address as confirmed."`
}

// Run makes the account.
func (c userAddCommand) Run(in *invocation) error {
	input := app.NewUserInput{Email: c.Email, Confirmed: c.Confirmed}
	if c.Role != "" {
		input.Roles = []string{c.Role}
	}
	how := "made; its address is mailed a link to set a password (user reset-link prints one)"
	if c.PasswordStdin {
		password, err := in.readPassword()
		if err != nil {
			return err
		}
		input.Password, how = &password, "made"
	}
	return in.withAccounts(true, func(a *app.Accounts, by app.Actor) error {
		user, err := a.CreateUser(in.ctx, by, input)
		if err != nil {
			return err
		}
		return in.tell(user, "%s", how)
	})
}

// userPasswordCommand is `doorward user password EMAIL --password-stdin`.
type userPasswordCommand struct {
	Email         string `arg:"" help:"The account's address."`
	PasswordStdin bool   `required:"" help:"Read the password from standard input: on a command line others could see it."`
}

// Run sets the password.
func (c userPasswordCommand) Run(in *invocation) error {
	password, err := in.readPassword()
	if err != nil {
		return err
	}
	return in.withUser(c.Email, func(a *app.Accounts, by app.Actor, user app.User) error {
		if err := a.SetUserPassword(in.ctx, by, user.ID, app.PasswordInput{Password: password}); err != nil {
			return err
		}
		return in.tell(user, "has a new password, and its sessions ended")
	})
}

// userConfirmCommand is `doorward user confirm EMAIL`.
type userConfirmCommand struct {
	Email string `arg:"" help:"The account's address."`
}

// Run confirms.
func (c userConfirmCommand) Run(in *invocation) error {
	return in.withUser(c.Email, func(a *app.Accounts, by app.Actor, user app.User) error {
		if _, err := a.ConfirmUser(in.ctx, by, user.ID); err != nil {
			return err
		}
		return in.tell(user, "confirmed")
	})
}

// userResetLinkCommand is `doorward user reset-link EMAIL`.
type userResetLinkCommand struct {
	Email string `arg:"" help:"The account's address."`
}

// Run prints the link alone, so that a script can take it.
func (c userResetLinkCommand) Run(in *invocation, parsed *kong.Context) error {
	return in.withUser(c.Email, func(a *app.Accounts, by app.Actor, user app.User) error {
		base, err := in.linkBase(a, parsed)
		if err != nil {
			return err
		}
		token, err := a.IssuePasswordReset(in.ctx, by, user.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.Out, "%s/reset-password/%s\n", base, token.Reveal())
		return err
	})
}

// linkBase is what a link begins with: by the settings that were given, else as the data folder's server has it.
func (in *invocation) linkBase(a *app.Accounts, parsed *kong.Context) (string, error) {
	if !slices.ContainsFunc([]string{"base-url", "listen", "acme-domain"}, func(name string) bool { return wasGiven(parsed, name) }) {
		if base, err := a.NotedBaseURL(in.ctx); base != "" || err != nil {
			return base, err
		}
	}
	base, err := in.settings.ExpectedBaseURL()
	if err != nil {
		return "", err
	}
	return strings.TrimRight(base.String(), "/"), nil
}

// userStatusCommand is `doorward user status EMAIL on|off`.
type userStatusCommand struct {
	Email  string `arg:"" help:"The account's address."`
	Status string `arg:"" enum:"on,off" help:"on or off."`
}

// Run changes the status.
func (c userStatusCommand) Run(in *invocation) error {
	return in.withUser(c.Email, func(a *app.Accounts, by app.Actor, user app.User) error {
		if _, err := a.SetUserStatus(in.ctx, by, user.ID, c.Status == "on"); err != nil {
			return err
		}
		if c.Status == "on" {
			return in.tell(user, "active")
		}
		return in.tell(user, "inactive, and its sessions ended")
	})
}

// userRoleCommand is `doorward user role EMAIL add|remove ROLE`.
type userRoleCommand struct {
	Email string `arg:"" help:"The account's address."`
	Act   string `arg:"" name:"add|remove" enum:"add,remove" help:"add or remove."`
	Role  string `arg:"" help:"The role's exact name."`
}

// Run changes the roles and says which there are then.
func (c userRoleCommand) Run(in *invocation) error {
	return in.withUser(c.Email, func(a *app.Accounts, by app.Actor, user app.User) error {
		change := a.AssignRole
		if c.Act == "remove" {
			change = a.RemoveRole
		}
		roles, err := change(in.ctx, by, user.ID, c.Role)
		if err != nil {
			return err
		}
		if len(roles) == 0 {
			return in.tell(user, "has no role now")
		}
		return in.tell(user, "is %s now", strings.Join(roles, ", "))
	})
}

// userDeleteCommand is `doorward user delete EMAIL`.
type userDeleteCommand struct {
	Email string `arg:"" help:"The account's address."`
}

// Run asks whoever sits at a terminal, and deletes.
func (c userDeleteCommand) Run(in *invocation) error {
	return in.withUser(c.Email, func(a *app.Accounts, by app.Actor, user app.User) error {
		if file, ok := in.In.(*os.File); ok && isatty.IsTerminal(file.Fd()) {
			fmt.Fprintf(in.Err, "This deletes account %d, %s, with its sessions, pictures and fields, for good. Type yes to go on: ", user.ID, user.Email)
			if said, err := bufio.NewReader(in.In).ReadString('\n'); err != nil || strings.TrimSpace(said) != "yes" {
				return errors.New("nothing was deleted")
			}
		}
		if err := a.DeleteUser(in.ctx, by, user.ID); err != nil {
			return err
		}
		return in.tell(user, "deleted")
	})
}

// userAssignMissingCommand is `doorward user assign-missing`.
type userAssignMissingCommand struct {
	NoOwner bool `help:"Make nobody Owner, also where there is no active one."`
}

// Run gives the roles and counts them.
func (c userAssignMissingCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		given, err := a.AssignMissingRoles(in.ctx, by, !c.NoOwner)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.Out, "%d accounts had no role: %d became Owner, %d became User\n", given.TotalProcessed, given.AssignedOwner, given.AssignedUsers)
		return err
	})
}
