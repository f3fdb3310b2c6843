package app

import (
	"context"
	"slices"
)

// Who may give and take roles (contract section 3, "Rank"): an Admin any role but Owner and Admin, to and from accounts
// below; an Owner all of them, to and from everybody else; nobody their own.

var (
	errOwnerProtected     = Refuse(KindForbidden, CodeOwnerRoleProtected, "Only an Owner makes somebody else Owner.")
	errRankOfRole         = Refuse(KindForbidden, CodeRankTooLow, "Only an Owner gives or takes the roles Owner and Admin.").Named("rank_of_role")
	errAssignmentNotFound = Refuse(KindNotFound, CodeAssignmentNotFound, "That account does not hold a role of exactly that name.")
	errNoRoleToDemote     = Refuse(KindConflict, CodeNoRoleToDemote, "That account is neither Owner nor Admin.")
)

// UserRoles lists the roles that an account holds, by name. A program that asks whether it holds a certain one looks here.
func (a *Accounts) UserRoles(ctx context.Context, by Actor, userID int64) ([]string, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	var roles []string
	err := a.view(ctx, func(tx Tx) (err error) {
		roles, err = rolesByName(tx, userID)
		return err
	})
	return roles, err
}

func rolesByName(tx Tx, userID int64) ([]string, error) {
	user, err := tx.FindUser(userID)
	slices.Sort(user.Roles)
	return user.Roles, err
}

// AssignRole gives an account a role and answers all that it holds then, by name. That it holds it already is fine.
func (a *Accounts) AssignRole(ctx context.Context, by Actor, userID int64, name string) ([]string, error) {
	return a.changeRoles(ctx, by, userID, func(u *unit) error {
		user, err := u.mayAssign(by, userID, name)
		if err != nil {
			return err
		}
		role, err := u.findRole(name)
		if err != nil {
			return err
		}
		return u.giveRole(by, user, role, nil)
	})
}

// RemoveRole takes a role from an account and answers what it holds then, by name. It may be the last one: an account
// without roles ranks with the rest. The last active Owner keeps theirs.
func (a *Accounts) RemoveRole(ctx context.Context, by Actor, userID int64, name string) ([]string, error) {
	return a.changeRoles(ctx, by, userID, func(u *unit) error {
		user, err := u.mayRemove(by, userID, name)
		if err != nil {
			return err
		}
		return u.takeRole(by, user, name, CodeLastOwnerRemove)
	})
}

// mayAssign reads the account that by is about to give a role, and refuses where that may not be.
func (u *unit) mayAssign(by Actor, userID int64, name string) (User, error) {
	reaches, err := u.reachesRole(by, name)
	switch {
	case err != nil:
		return User{}, err
	case !reaches && name == RoleOwner:
		return User{}, errOwnerProtected
	}
	return u.holder(by, userID, reaches)
}

// mayRemove reads the account that by is about to take a role from, and refuses where that may not be.
func (u *unit) mayRemove(by Actor, userID int64, name string) (User, error) {
	reaches, err := u.reachesRole(by, name)
	if err != nil {
		return User{}, err
	}
	user, err := u.holder(by, userID, reaches)
	switch {
	case err != nil:
		return User{}, err
	case !user.HasRole(name):
		return User{}, errAssignmentNotFound
	case name == RoleOwner:
		return user, u.keepAnOwner(user, CodeLastOwnerRemove)
	}
	return user, nil
}

// PromoteToAdmin gives an account the role Admin and answers what it holds then. Only an Owner does.
func (a *Accounts) PromoteToAdmin(ctx context.Context, by Actor, userID int64) ([]string, error) {
	return a.AssignRole(ctx, by, userID, RoleAdmin)
}

// DemoteToUser takes Owner from an account that holds it, or else Admin, and sees to it that it is at least User. Only
// an Owner does. The last active Owner stays.
func (a *Accounts) DemoteToUser(ctx context.Context, by Actor, userID int64) ([]string, error) {
	return a.changeRoles(ctx, by, userID, func(u *unit) error {
		reaches, err := u.reachesRole(by, RoleAdmin)
		if err != nil {
			return err
		}
		user, err := u.holder(by, userID, reaches)
		if err != nil {
			return err
		}
		highest := RoleAdmin
		if user.HasRole(RoleOwner) {
			highest = RoleOwner
		}
		if !user.HasRole(highest) {
			return errNoRoleToDemote
		}
		if err := u.takeRole(by, user, highest, CodeLastOwnerDemote); err != nil {
			return err
		}
		least, err := u.findRole(RoleUser)
		if err != nil {
			return err
		}
		return u.giveRole(by, user, least, nil)
	})
}

// changeRoles runs a change of an account's roles and answers what it holds then, by name.
func (a *Accounts) changeRoles(ctx context.Context, by Actor, userID int64, change func(*unit) error) ([]string, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	var roles []string
	err := a.update(ctx, func(u *unit) error {
		if err := change(u); err != nil {
			return err
		}
		var err error
		roles, err = rolesByName(u, userID)
		return err
	})
	return roles, err
}

// reachesRole tells whether by may give and take the named role at all.
func (u *unit) reachesRole(by Actor, name string) (bool, error) {
	rank, err := u.rankNow(by)
	return rank.HandsOut(name), err
}

// holder reads the account whose roles by is about to change. reaches says whether the role is by's to hand out: nobody's
// own roles are, whatever the role.
func (u *unit) holder(by Actor, userID int64, reaches bool) (User, error) {
	switch {
	case by.IsUser() && by.ID == userID:
		return User{}, errNotOneself
	case !reaches:
		return User{}, errRankOfRole
	}
	return u.managed(by, userID)
}

// giveRole gives a role with all that follows from it: the audit entry, the event, the end of what is cached. Where it is
// held already nothing happens. Whether by may is the caller's to say; d may add to the entry.
func (u *unit) giveRole(by Actor, user User, role Role, d details) error {
	changed, err := u.Tx.AssignRole(user.ID, role.ID)
	if err != nil || !changed {
		return err
	}
	if role.Name == RoleOwner {
		if err := u.rememberOwner(); err != nil {
			return err
		}
	}
	return u.roleChanged(by, "role.assigned", user, role.Name, d)
}

// takeRole takes a role that the account holds, with all that follows from it. Where it is the last active Owner's, code
// says no.
func (u *unit) takeRole(by Actor, user User, name string, code Code) error {
	if name == RoleOwner {
		if err := u.keepAnOwner(user, code); err != nil {
			return err
		}
	}
	role, err := u.FindRole(name)
	if err != nil {
		return err
	}
	if _, err := u.Tx.RemoveRole(user.ID, role.ID); err != nil {
		return err
	}
	return u.roleChanged(by, "role.removed", user, name, nil)
}

func (u *unit) roleChanged(by Actor, action string, user User, role string, d details) error {
	entry := details{"role": role}
	for name, value := range d {
		entry[name] = value
	}
	u.touch(user.ID)
	u.publish(by, Event{Name: action, UserID: user.ID, Role: role})
	return u.audit(by, action, &user, entry)
}
