package app

import "context"

// missingRolesBatch is how many accounts one transaction gives a role, so that nobody waits long behind it.
const missingRolesBatch = 50

// MissingRoles tells how many accounts without a role got which.
type MissingRoles struct {
	AssignedOwner  int // 0 or 1
	AssignedUsers  int
	TotalProcessed int // both together
}

// AssignMissingRoles gives a role to each active account that holds none: User, but Owner to the oldest of them where
// there is no active Owner, firstOwner says so, and by is of an Owner's rank (who signed in as an Owner is one: that
// leaves an Owner's key and the shell). It works in batches, so what it did before an error stays; the next call goes on
// from there, and one that finds nobody changes nothing.
func (a *Accounts) AssignMissingRoles(ctx context.Context, by Actor, firstOwner bool) (MissingRoles, error) {
	if err := administers(by); err != nil {
		return MissingRoles{}, err
	}
	var all MissingRoles
	for last := int64(0); ; {
		var batch MissingRoles
		var ids []int64
		err := a.update(ctx, func(u *unit) (err error) {
			if ids, err = u.UsersWithoutRole(last, missingRolesBatch); err != nil {
				return err
			}
			batch, err = u.assignMissing(by, ids, firstOwner)
			return err
		})
		if err != nil {
			return MissingRoles{}, err
		}
		all.AssignedOwner += batch.AssignedOwner
		all.AssignedUsers += batch.AssignedUsers
		all.TotalProcessed += batch.TotalProcessed
		if len(ids) < missingRolesBatch {
			return all, nil
		}
		last = ids[len(ids)-1]
	}
}

// assignMissing gives roles to accounts without any, the oldest of which comes first.
func (u *unit) assignMissing(by Actor, ids []int64, firstOwner bool) (MissingRoles, error) {
	rank, err := u.rankNow(by)
	if err != nil {
		return MissingRoles{}, err
	}
	if rank < RankAdmin {
		return MissingRoles{}, errForbidden
	}
	owners, err := u.CountActive(RoleOwner)
	if err != nil {
		return MissingRoles{}, err
	}
	var done MissingRoles
	for i, id := range ids {
		name, count := RoleUser, &done.AssignedUsers
		if i == 0 && owners == 0 && firstOwner && rank == RankOwner {
			name, count = RoleOwner, &done.AssignedOwner
		}
		if err := u.giveMissing(by, id, name); err != nil {
			return MissingRoles{}, err
		}
		*count++
		done.TotalProcessed++
	}
	return done, nil
}

func (u *unit) giveMissing(by Actor, userID int64, name string) error {
	user, err := u.FindUser(userID)
	if err != nil {
		return err
	}
	role, err := u.findRole(name)
	if err != nil {
		return err
	}
	return u.giveRole(by, user, role, details{"why": "held no role"})
}
