package app

import "context"

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
