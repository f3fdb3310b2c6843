package app

import (
	"context"
	"errors"
)

// trailLength is how much of the audit log is shown beside an account.
const trailLength = 20

// Inspection is an account as whoever manages accounts looks at it, and what they may do to it as things stand. Every act
// decides again when it is done.
type Inspection struct {
	User        User
	HasPassword bool           // false until somebody set one
	Sessions    []Session      // the valid ones, newest first
	Places      []Place        // of each session's address
	Roles       []RoleStanding // all that there are
	Trail       []AuditEntry   // what it did and what happened to it, newest first
	TrailIsLong bool           // the audit log has more of it
	Refused     Refusals
}

// RoleStanding is a role beside an account: whether it is held, and why it can't be taken or given.
type RoleStanding struct {
	Role    Role
	Held    bool
	Refused *Error // of taking it when it is held, else of giving it; nil when that may be
}

// Refusals say why acts on an account may not be; nil for those that may.
type Refusals struct {
	Change       *Error // names, time zone, language, custom fields, picture, sessions
	Email        *Error
	Confirmation *Error
	Status       *Error // of deactivating an active account, of activating another
	Password     *Error
	Delete       *Error
}

// InspectUser reads all about one account at one moment. Looking is no act on it, so that rank does not matter.
func (a *Accounts) InspectUser(ctx context.Context, by Actor, id int64) (Inspection, error) {
	if err := administers(by); err != nil {
		return Inspection{}, err
	}
	var in Inspection
	err := a.view(ctx, func(tx Tx) (err error) {
		in, err = (&unit{Tx: tx, a: a}).inspect(by, id)
		return err
	})
	for _, s := range in.Sessions {
		in.Places = append(in.Places, a.PlaceOf(s.IP))
	}
	return in, err
}

func (u *unit) inspect(by Actor, id int64) (in Inspection, err error) {
	if in.User, err = u.FindUser(id); err != nil {
		return in, err
	}
	hash, err := u.PasswordHash(id)
	if err != nil {
		return in, err
	}
	in.HasPassword = hash != ""
	if in.Sessions, err = u.a.sessionsIn(u, id, u.Now()); err != nil {
		return in, err
	}
	if in.Roles, err = u.roleStandings(by, in.User); err != nil {
		return in, err
	}
	if in.Trail, in.TrailIsLong, err = u.trail(id); err != nil {
		return in, err
	}
	in.Refused, err = u.refusals(by, in.User)
	return in, err
}

// refusals asks of each act what the act itself asks before it does anything.
func (u *unit) refusals(by Actor, user User) (r Refusals, err error) {
	ask := func(into **Error, may func(Actor, int64) (User, error)) {
		if err == nil {
			_, refused := may(by, user.ID)
			*into, err = asRefusal(refused)
		}
	}
	status := u.managedOther
	if user.IsActive {
		status = u.mayDeactivate
	}
	ask(&r.Change, u.managed)
	ask(&r.Email, u.unlessOwn(notOwnEmail))
	ask(&r.Confirmation, u.managedOther)
	ask(&r.Status, status)
	ask(&r.Password, u.unlessOwn(notOwnPassword))
	ask(&r.Delete, u.mayDelete)
	return r, err
}

// unlessOwn is managed behind a check of whose account it is.
func (u *unit) unlessOwn(check func(Actor, int64) error) func(Actor, int64) (User, error) {
	return func(by Actor, id int64) (User, error) {
		if err := check(by, id); err != nil {
			return User{}, err
		}
		return u.managed(by, id)
	}
}

func (u *unit) roleStandings(by Actor, user User) ([]RoleStanding, error) {
	roles, err := u.ListRoles()
	if err != nil {
		return nil, err
	}
	standings := make([]RoleStanding, len(roles))
	for i, role := range roles {
		held, may := user.HasRole(role.Name), u.mayAssign
		if held {
			may = u.mayRemove
		}
		_, err := may(by, user.ID, role.Name)
		refused, err := asRefusal(err)
		if err != nil {
			return nil, err
		}
		standings[i] = RoleStanding{role, held, refused}
	}
	return standings, nil
}

func (u *unit) trail(userID int64) (entries []AuditEntry, long bool, err error) {
	rows, err := u.ListAudit(AuditFilter{UserID: userID, Limit: trailLength + 1})
	if err != nil {
		return nil, false, err
	}
	long = len(rows) > trailLength
	for _, row := range rows[:min(len(rows), trailLength)] {
		entries = append(entries, u.a.openEntry(row))
	}
	return entries, long, nil
}

// asRefusal tells a refusal of an act from an error of asking.
func asRefusal(err error) (*Error, error) {
	var refused *Error
	if errors.As(err, &refused) && (refused.Kind == KindForbidden || refused.Kind == KindConflict || refused.Kind == KindInvalid) {
		return refused, nil
	}
	return nil, err
}
