package app

import "context"

// GetUser reads an account for whoever manages accounts; they see every one, whatever its rank.
func (a *Accounts) GetUser(ctx context.Context, by Actor, id int64) (User, error) {
	return a.read(ctx, by, UserOf(id))
}

// GetUserByEmail reads the account that an address belongs to, however it is typed.
func (a *Accounts) GetUserByEmail(ctx context.Context, by Actor, email string) (User, error) {
	return a.lookUp(ctx, by, func(tx Tx) (User, error) { return tx.FindUserByEmail(EmailKey(email)) })
}

// GetFirstUser reads the account of the lowest id there is.
func (a *Accounts) GetFirstUser(ctx context.Context, by Actor) (User, error) {
	return a.lookUp(ctx, by, Tx.FirstUser)
}

// GetFirstAdmin reads the first Owner, or else the first Admin, by id, active or not: whom a script acts as that needs
// somebody who manages accounts.
func (a *Accounts) GetFirstAdmin(ctx context.Context, by Actor) (User, error) {
	return a.lookUp(ctx, by, func(tx Tx) (User, error) {
		owner, err := tx.FirstUserWithRole(RoleOwner)
		if err != nil && ignoreMissing(err) == nil {
			return tx.FirstUserWithRole(RoleAdmin)
		}
		return owner, err
	})
}

// lookUp reads one account for whoever manages accounts; one that is missing is not_found.
func (a *Accounts) lookUp(ctx context.Context, by Actor, find func(Tx) (User, error)) (User, error) {
	if err := administers(by); err != nil {
		return User{}, err
	}
	var user User
	err := a.view(ctx, func(tx Tx) (err error) {
		user, err = find(tx)
		return err
	})
	return user, err
}
