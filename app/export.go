package app

import "context"

// exportBatch is how many accounts are read at one time.
const exportBatch = 500

// Export gives every account to yield, by id, with its stored hash only when that is asked for. What changes meanwhile may
// be told as it was or as it is; nobody is told twice or left out. It is for Owners and the shell.
func (a *Accounts) Export(ctx context.Context, by Actor, withHashes bool, yield func(AccountRow) error) error {
	if by.Rank < RankOwner {
		return errForbidden
	}
	for after := int64(0); ; {
		rows, last, err := a.exportFrom(ctx, after, withHashes)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := yield(row); err != nil {
				return err
			}
		}
		if len(rows) < exportBatch {
			return nil
		}
		after = last
	}
}

func (a *Accounts) exportFrom(ctx context.Context, after int64, withHashes bool) (rows []AccountRow, last int64, err error) {
	err = a.view(ctx, func(tx Tx) error {
		users, err := tx.UsersFrom(after, exportBatch)
		if err != nil {
			return err
		}
		rows = make([]AccountRow, 0, len(users))
		for _, user := range users {
			row := exported(user)
			if withHashes {
				if row.PasswordHash, err = tx.PasswordHash(user.ID); err != nil {
					return err
				}
			}
			rows, last = append(rows, row), user.ID
		}
		return nil
	})
	return rows, last, err
}

func exported(u User) AccountRow {
	return AccountRow{
		Email: u.Email, Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Timezone: u.Timezone, Locale: u.Locale,
		IsActive: &u.IsActive, ConfirmedAt: u.ConfirmedAt, Roles: u.Roles, CustomFields: u.CustomFields,
	}
}
