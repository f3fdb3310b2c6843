package app

import (
	"context"
	"errors"
)

// RoleStats are how many accounts there are, and how many hold each of the system's roles, active or not.
type RoleStats struct {
	TotalUsers int
	OwnerCount int
	AdminCount int
	UserCount  int
}

// RoleStats reads kept counts: it costs the same with ten accounts and with a million.
func (a *Accounts) RoleStats(ctx context.Context, by Actor) (RoleStats, error) {
	if err := administers(by); err != nil {
		return RoleStats{}, err
	}
	var stats RoleStats
	err := a.view(ctx, func(tx Tx) (err error) {
		if stats.TotalUsers, err = tx.CountUsers(); err != nil {
			return err
		}
		for name, count := range map[string]*int{
			RoleOwner: &stats.OwnerCount, RoleAdmin: &stats.AdminCount, RoleUser: &stats.UserCount,
		} {
			role, err := tx.FindRole(name)
			if err != nil {
				return err
			}
			*count = role.UserCount
		}
		return nil
	})
	return stats, err
}

// RoleQuery chooses who holds a role. Page is from 1, PageSize 1 to 100; outside is refused.
type RoleQuery struct {
	Role     string // the exact name
	Page     int
	PageSize int
}

// UsersWithRole lists one page of the accounts that hold a role, active or not, by e-mail. Nobody holds an unknown one.
func (a *Accounts) UsersWithRole(ctx context.Context, by Actor, q RoleQuery) ([]User, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	if err := checkPage(q.Page, q.PageSize); err != nil {
		return nil, err
	}
	users := []User{}
	err := a.view(ctx, func(tx Tx) error {
		role, err := tx.FindRole(q.Role)
		if err != nil {
			return ignoreMissing(err)
		}
		users, err = tx.ListUsersWithRole(role.ID, q.PageSize, (q.Page-1)*q.PageSize)
		return err
	})
	return users, err
}

// AssignRoleByEmail is AssignRole for whoever types whose it is to be, and answers the account.
func (a *Accounts) AssignRoleByEmail(ctx context.Context, by Actor, email, name string) (User, error) {
	return a.manage(ctx, by, func(u *unit) (User, error) {
		user, err := u.findByTypedEmail("email", email)
		if err != nil {
			return User{}, err
		}
		if user, err = u.mayAssign(by, user.ID, name); err != nil {
			return User{}, err
		}
		role, err := u.findRole(name)
		if err != nil {
			return User{}, err
		}
		if err := u.giveRole(by, user, role, nil); err != nil {
			return User{}, err
		}
		return u.FindUser(user.ID)
	})
}

// findByTypedEmail finds an account by what somebody typed into a field.
func (u *unit) findByTypedEmail(field, typed string) (User, error) {
	_, key, problem := CleanEmail(typed)
	if problem != nil {
		problem.Field = field
		return User{}, Invalid(*problem)
	}
	user, err := u.FindUserByEmail(key)
	if errors.Is(err, ErrNoRow) {
		return User{}, Invalid(FieldError{Field: field, Rule: RuleUnknown, Message: "No account has that address.", Case: "address_unknown"})
	}
	return user, err
}
