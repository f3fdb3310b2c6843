package app

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxRoleChars        = 50
	maxDescriptionChars = 500
)

// RoleInput is a new role. Who holds it has the rank of a User: what it opens is for the apps behind to say.
type RoleInput struct {
	Name        string
	Description string // "" for none
}

// RoleChanges are what a role is to be called from now on; nil leaves a part as it is.
type RoleChanges struct {
	Name        *string
	Description *string
}

var (
	errRoleNotFound = Refuse(KindNotFound, CodeRoleNotFound, "There is no role of exactly that name.")
	errSystemRole   = Refuse(KindForbidden, CodeForbidden, "Owner, Admin and User are the system's own: they can't be renamed or deleted.").Named("system_role")
	errRoleInUse    = Refuse(KindConflict, CodeRoleInUse, "Somebody holds this role, or an API key acts with it. Take it from them first.")
	errRoleTaken    = Invalid(FieldError{Field: "name", Rule: RuleTaken, Message: "There is a role of that name already.", Case: "role_taken"})
)

// ListRoles lists all roles: the system's by rank, then the others by name, each with the count of accounts that hold it.
func (a *Accounts) ListRoles(ctx context.Context, by Actor) ([]Role, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	var roles []Role
	err := a.view(ctx, func(tx Tx) (err error) {
		roles, err = tx.ListRoles()
		return err
	})
	return roles, err
}

// CreateRole makes a role that accounts can be given.
func (a *Accounts) CreateRole(ctx context.Context, by Actor, in RoleInput) (Role, error) {
	if err := administers(by); err != nil {
		return Role{}, err
	}
	var errs fieldErrors
	role := Role{Name: cleanRoleName(&errs, in.Name), Description: cleanDescription(&errs, in.Description)}
	if err := errs.err(); err != nil {
		return Role{}, err
	}
	err := a.update(ctx, func(u *unit) error {
		if err := u.stillAdministers(by); err != nil {
			return err
		}
		return u.createRole(by, &role)
	})
	return role, err
}

// createRole adds a role and gives it its id.
func (u *unit) createRole(by Actor, role *Role) (err error) {
	role.CreatedAt = u.Now()
	if role.ID, err = u.InsertRole(*role); err != nil {
		return roleTaken(err)
	}
	return u.audit(by, "role.created", nil, details{"role": role.Name, "description": role.Description})
}

// UpdateRole changes a role's name or description. Everybody who holds it holds it by the new name from the next request.
// A system role keeps its name.
func (a *Accounts) UpdateRole(ctx context.Context, by Actor, name string, in RoleChanges) (Role, error) {
	if err := administers(by); err != nil {
		return Role{}, err
	}
	var errs fieldErrors
	var to RoleChanges
	if in.Name != nil {
		clean := cleanRoleName(&errs, *in.Name)
		to.Name = &clean
	}
	if in.Description != nil {
		clean := cleanDescription(&errs, *in.Description)
		to.Description = &clean
	}
	if err := errs.err(); err != nil {
		return Role{}, err
	}
	var role Role
	err := a.update(ctx, func(u *unit) error {
		if err := u.stillAdministers(by); err != nil {
			return err
		}
		before, err := u.findRole(name)
		if err != nil {
			return err
		}
		role, err = u.updateRole(by, before, to)
		return err
	})
	return role, err
}

func (u *unit) updateRole(by Actor, before Role, to RoleChanges) (Role, error) {
	after, changed := before, details{}
	if to.Name != nil && *to.Name != before.Name {
		if before.IsSystem {
			return Role{}, errSystemRole
		}
		after.Name = *to.Name
		changed["name"] = map[string]string{"from": before.Name, "to": after.Name}
	}
	if to.Description != nil && *to.Description != before.Description {
		after.Description = *to.Description
		changed["description"] = map[string]string{"from": before.Description, "to": after.Description}
	}
	if len(changed) == 0 {
		return before, nil
	}
	if err := u.Tx.UpdateRole(after); err != nil {
		return Role{}, roleTaken(err)
	}
	if after.Name != before.Name {
		u.touchAll() // who holds it may be everybody: forgetting all is quicker than finding them
	}
	return after, u.audit(by, "role.updated", nil, details{"role": before.Name, "changed": changed})
}

// DeleteRole removes a role that no account holds and no API key acts with. That new accounts get it (`--default-role`)
// does not keep it: they get User then.
func (a *Accounts) DeleteRole(ctx context.Context, by Actor, name string) error {
	if err := administers(by); err != nil {
		return err
	}
	return a.update(ctx, func(u *unit) error {
		if err := u.stillAdministers(by); err != nil {
			return err
		}
		role, err := u.findRole(name)
		switch {
		case err != nil:
			return err
		case role.IsSystem:
			return errSystemRole
		}
		inUse, err := u.RoleInUse(role.ID)
		switch {
		case err != nil:
			return err
		case inUse:
			return errRoleInUse
		}
		if err := u.Tx.DeleteRole(role.ID); err != nil {
			return err
		}
		return u.audit(by, "role.deleted", nil, details{"role": role.Name, "description": role.Description})
	})
}

// findRole finds a role by its exact name, or says that there is none.
func (u *unit) findRole(name string) (Role, error) {
	role, err := u.FindRole(name)
	if errors.Is(err, ErrNoRow) {
		return Role{}, errRoleNotFound
	}
	return role, err
}

// stillAdministers is administers, asked in the transaction of an act that is on no account.
func (u *unit) stillAdministers(by Actor) error {
	rank, err := u.rankNow(by)
	if err == nil && rank < RankAdmin {
		return errForbidden
	}
	return err
}

// roleTaken says of a broken unique name which field it came in.
func roleTaken(err error) error {
	var taken *Taken
	if errors.As(err, &taken) {
		return errRoleTaken
	}
	return err
}

// cleanRoleName trims a role's name and holds its rule. The names `.` and `..` would be lost in a path, where roles are
// named.
func cleanRoleName(errs *fieldErrors, name string) string {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		errs.add("name", RuleRequired, "A role needs a name.").Case = "role_unnamed"
	case utf8.RuneCountInString(name) > maxRoleChars:
		errs.add("name", RuleTooLong, "A role's name has at most 50 characters.").named("role_name_long", maxRoleChars)
	case name == "." || name == ".." || strings.ContainsFunc(name, notInRoleName):
		errs.add("name", RuleInvalidFormat, "A role's name is made of letters from A to Z, digits, spaces and . _ -").Case = "role_name_letters"
	}
	return name
}

func notInRoleName(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune(" ._-", r)
}

// cleanDescription trims a description and holds its rule. It may run over several lines.
func cleanDescription(errs *fieldErrors, text string) string {
	text = strings.TrimSpace(text)
	unreadable := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }
	switch {
	case utf8.RuneCountInString(text) > maxDescriptionChars:
		errs.add("description", RuleTooLong, "A description has at most 500 characters.").Limit = maxDescriptionChars
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unreadable):
		errs.add("description", RuleInvalidFormat, "A description can't hold control characters.")
	}
	return text
}
