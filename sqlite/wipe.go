package sqlite

import (
	"context"

	"doorward/app"
)

var _ app.Wiper = (*Store)(nil)

// wiped empties every table that a user of the store can write to, in an order that foreign keys allow; what cascades or
// triggers see to isn't named. Ids of users and custom roles begin anew, those of jobs don't: one that runs meanwhile must not meet another
// under its own.
var wiped = []string{
	`DELETE FROM users`,
	`DELETE FROM retired_usernames`,
	`DELETE FROM login_failures`,
	`DELETE FROM jobs`,
	`DELETE FROM audit_log`,
	`DELETE FROM deleted_users`,
	`DELETE FROM api_keys`,
	`DELETE FROM roles WHERE is_system = 0`,
	`DELETE FROM daily_figures`,
	`DELETE FROM facts`,
	`DELETE FROM directory_blocks WHERE role > 0 OR id > 0`, // all but the first of each order, which the triggers counted down
	`INSERT INTO users_search (users_search) VALUES ('delete-all')`,
	`DELETE FROM sqlite_sequence WHERE name = 'users'`,
	`UPDATE sqlite_sequence SET seq = 3 WHERE name = 'roles'`,
}

// Wipe removes every row but those that the migrations brought and runs seed, as one Update. It is for development.
func (s *Store) Wipe(ctx context.Context, seed func(app.Tx) error) error {
	return s.Update(ctx, func(t app.Tx) error {
		for _, statement := range wiped {
			if _, err := t.(*tx).exec("wipe", statement); err != nil {
				return err
			}
		}
		return seed(t)
	})
}
