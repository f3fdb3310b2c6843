package app

import (
	"errors"
	"hash/maphash"
	"strings"
)

// dryRun tells what an import would do. What earlier rows of the same file would have taken is remembered by 64-bit
// hashes, some 40 MB for a million rows.
type dryRun struct {
	seed              maphash.Seed
	emails, usernames map[uint64]struct{}
	roles             map[string]*Role
}

// try looks at a batch without changing anything.
func (d *dryRun) try(tx Tx, batch []importRow) ([]rowOutcome, error) {
	if d.emails == nil {
		d.seed, d.emails, d.usernames, d.roles = maphash.MakeSeed(), map[uint64]struct{}{}, map[uint64]struct{}{}, map[string]*Role{}
	}
	outcomes := make([]rowOutcome, len(batch))
	for i, row := range batch {
		var err error
		if outcomes[i], err = d.tryRow(tx, row); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

func (d *dryRun) tryRow(tx Tx, row importRow) (rowOutcome, error) {
	for _, name := range row.roles {
		role, err := knownRole(tx, name, d.roles)
		if err != nil {
			return rowOutcome{}, err
		}
		if role == nil {
			return rowOutcome{err: Invalid(FieldError{Field: "roles", Rule: RuleUnknown, Message: "There is no role of that name: " + strings.ToValidUTF8(name, "?") + "."})}, nil
		}
	}
	email := maphash.String(d.seed, row.user.EmailKey)
	if _, there := d.emails[email]; there {
		return rowOutcome{present: true}, nil
	}
	switch _, err := tx.FindUserByEmail(row.user.EmailKey); {
	case err == nil:
		return rowOutcome{present: true}, nil
	case !errors.Is(err, ErrNoRow):
		return rowOutcome{}, err
	}
	if key := row.user.UsernameKey; key != "" {
		name := maphash.String(d.seed, key)
		free, err := usernameFree(tx, key, 0)
		if err != nil {
			return rowOutcome{}, err
		}
		if _, there := d.usernames[name]; there || !free {
			return rowOutcome{err: Invalid(FieldError{Field: "username", Rule: RuleTaken, Message: takenMessage("username")})}, nil
		}
		d.usernames[name] = struct{}{}
	}
	d.emails[email] = struct{}{}
	return rowOutcome{}, nil
}
