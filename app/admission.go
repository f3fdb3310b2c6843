package app

// Admit answers nil when the acting account may pass to what lies behind a proxy and asks for these roles: signed in,
// confirmed where the policy wants that, and holding every one of them. An Owner passes for an Admin.
func (a *Accounts) Admit(by Actor, roles ...string) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	if err := a.RequireConfirmed(by); err != nil {
		return err
	}
	for _, role := range roles {
		if !by.User.HasRole(role) && !(role == RoleAdmin && by.User.HasRole(RoleOwner)) {
			return errForbidden
		}
	}
	return nil
}
