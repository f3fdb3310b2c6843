package web

import (
	"context"
	"net/http"

	"doorward/app"
)

// userRolesAnswer is what an account holds, by name.
type userRolesAnswer struct {
	Roles []string `json:"roles" nullable:"false" doc:"By name."`
}

// sendUserRoles answers a request for, or a change of, the roles of the account that the path names.
func (c *call) sendUserRoles(ask func(ctx context.Context, by app.Actor, userID int64) ([]string, error)) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	roles, err := ask(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, userRolesAnswer{roles})
}

// ofPathRole is a change of the role that the path names.
func (c *call) ofPathRole(change func(_ context.Context, by app.Actor, userID int64, role string) ([]string, error)) error {
	return c.sendUserRoles(func(ctx context.Context, by app.Actor, userID int64) ([]string, error) {
		return change(ctx, by, userID, c.r.PathValue("role"))
	})
}

func getUserRoles(c *call) error   { return c.sendUserRoles(c.s.accounts.UserRoles) }
func putUserRole(c *call) error    { return c.ofPathRole(c.s.accounts.AssignRole) }
func deleteUserRole(c *call) error { return c.ofPathRole(c.s.accounts.RemoveRole) }
func postPromotion(c *call) error  { return c.sendUserRoles(c.s.accounts.PromoteToAdmin) }
func postDemotion(c *call) error   { return c.sendUserRoles(c.s.accounts.DemoteToUser) }

func docGetUserRoles() *operation {
	return &operation{
		id: "listUserRoles", tag: "Roles", summary: "List an account's roles",
		gives: []given{{http.StatusOK, "Its roles.", userRolesAnswer{}}}, refuses: []app.Code{app.CodeNotFound},
	}
}

func docPutUserRole() *operation {
	return &operation{
		id: "assignRole", tag: "Roles", summary: "Give an account a role",
		about: "Only an Owner gives Admin (rank_too_low) and Owner (owner_role_protected); nobody changes their own roles. That it is held already is fine.",
		gives: []given{{http.StatusOK, "Its roles as they are now.", userRolesAnswer{}}},
		refuses: []app.Code{
			app.CodeForbidden, app.CodeOwnerRoleProtected, app.CodeRankTooLow, app.CodeNotFound, app.CodeRoleNotFound,
		},
	}
}

func docDeleteUserRole() *operation {
	return &operation{
		id: "removeRole", tag: "Roles", summary: "Take a role from an account",
		about: "Only an Owner takes Admin and Owner (rank_too_low), and the last active Owner keeps theirs. A role that it does not hold, or that is unknown, answers assignment_not_found.",
		gives: []given{{http.StatusOK, "Its roles as they are now.", userRolesAnswer{}}},
		refuses: []app.Code{
			app.CodeForbidden, app.CodeRankTooLow, app.CodeNotFound, app.CodeAssignmentNotFound, app.CodeLastOwnerRemove,
		},
	}
}

func docPostPromotion() *operation {
	return &operation{
		id: "promoteToAdmin", tag: "Roles", summary: "Make an account Admin", about: "Only an Owner does. That it is one already is fine.",
		gives:   []given{{http.StatusOK, "Its roles as they are now.", userRolesAnswer{}}},
		refuses: []app.Code{app.CodeForbidden, app.CodeRankTooLow, app.CodeNotFound},
	}
}

func docPostDemotion() *operation {
	return &operation{
		id: "demoteToUser", tag: "Roles", summary: "Take an account's rank",
		about: "Owner if it is held, or else Admin; at least User is left. Only an Owner does.",
		gives: []given{{http.StatusOK, "Its roles as they are now.", userRolesAnswer{}}},
		refuses: []app.Code{
			app.CodeForbidden, app.CodeRankTooLow, app.CodeNotFound, app.CodeNoRoleToDemote, app.CodeLastOwnerDemote,
		},
	}
}
