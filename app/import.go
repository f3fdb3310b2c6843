package app

import (
	"context"
	"errors"
	"io"
	"strings"
)

// importBatch is how many accounts share a transaction: enough that its cost is small, few enough that nobody waits
// behind it for long. More are slower, too: until the transaction is over, each statement pays for the pages that all of
// those before it changed.
const importBatch = 50

// ImportOptions say how to import.
type ImportOptions struct {
	DryRun    bool                      // everything is checked and nothing changed
	WithRoles bool                      // the rows' roles count, Owner included; otherwise all get the default role
	Problem   func(line int, err error) // told each row that is skipped as bad; may be nil
	Progress  func(rows int)            // told now and then how many rows were read; may be nil
}

// ImportReport counts what an import did.
type ImportReport struct {
	Added   int
	Present int // skipped: the address has an account already, which is never changed
	Bad     int // skipped: against a rule
}

// Import makes accounts from rows until next answers io.EOF. A *BadRow from next, and a row against a rule, is told and
// skipped; any other error ends the import, what was added before stays, and the same import again adds the rest. It is for
// Owners and the shell. No mail goes out.
func (a *Accounts) Import(ctx context.Context, by Actor, next func() (AccountRow, error), o ImportOptions) (ImportReport, error) {
	if by.Rank < RankOwner {
		return ImportReport{}, errForbidden
	}
	run := &importRun{a: a, by: by, o: o}
	for {
		row, err := next()
		var bad *BadRow
		switch {
		case errors.Is(err, io.EOF):
			return run.report, run.flush(ctx)
		case errors.As(err, &bad):
			run.isBad(bad.Line, bad.Err)
		case err != nil:
			return run.report, errors.Join(err, run.flush(ctx))
		default:
			run.take(row)
		}
		if len(run.batch) >= importBatch {
			if err := run.flush(ctx); err != nil {
				return run.report, err
			}
		}
	}
}

// importRun is one import on its way.
type importRun struct {
	a      *Accounts
	by     Actor
	o      ImportOptions
	report ImportReport
	batch  []importRow
	rows   int
	dry    dryRun
}

// importRow is a row that passed the rules that need no look at other accounts.
type importRow struct {
	line  int
	user  User
	hash  Secret
	roles []string
}

func (r *importRun) isBad(line int, err error) {
	r.rows++
	r.report.Bad++
	if r.o.Problem != nil {
		r.o.Problem(line, err)
	}
}

func (r *importRun) take(row AccountRow) {
	checked, err := r.a.checkRow(row)
	if err != nil {
		r.isBad(row.Line, err)
		return
	}
	if r.o.WithRoles {
		checked.roles = row.Roles
	}
	r.rows++
	r.batch = append(r.batch, checked)
}

// checkRow holds the rules of a row, as everywhere; all that is wrong with it at once.
func (a *Accounts) checkRow(row AccountRow) (importRow, error) {
	var errs fieldErrors
	var problem *FieldError
	user := User{Username: row.Username, Timezone: row.Timezone, Locale: row.Locale, IsActive: row.IsActive == nil || *row.IsActive, ConfirmedAt: row.ConfirmedAt}
	if user.Email, user.EmailKey, problem = CleanEmail(row.Email); problem != nil {
		errs = append(errs, *problem)
	}
	if row.Username != "" {
		if problem := checkUsername(row.Username); problem != nil {
			errs = append(errs, *problem)
		}
		user.UsernameKey = usernameKey(row.Username)
	}
	user.FirstName = cleanName(&errs, "first_name", row.FirstName)
	user.LastName = cleanName(&errs, "last_name", row.LastName)
	if !CheckTimezone(row.Timezone) {
		errs.add("user_timezone", RuleUnknown, "Choose a time zone such as Europe/Paris, or whole hours from -12 to +14.")
	}
	if !CheckLocale(row.Locale) {
		errs.add("preferred_locale", RuleUnknown, "Choose a language such as en or en-GB.")
	}
	user.CustomFields = cleanCustom(&errs, row.CustomFields)
	if row.PasswordHash != "" {
		if err := CheckPasswordHash(row.PasswordHash); err != nil {
			errs.add("password_hash", RuleNotValid, "The hash can't be used: "+err.Error()+".")
		}
	}
	if err := errs.err(); err != nil {
		return importRow{}, err
	}
	return importRow{line: row.Line, user: user, hash: row.PasswordHash}, nil
}

// rowOutcome is what became of one row of a batch.
type rowOutcome struct {
	present bool
	err     error
}

// flush writes what was gathered in one transaction.
func (r *importRun) flush(ctx context.Context) error {
	batch := r.batch
	r.batch = r.batch[:0]
	if len(batch) > 0 {
		var outcomes []rowOutcome
		var err error
		if r.o.DryRun {
			err = r.a.view(ctx, func(tx Tx) error {
				outcomes, err = r.dry.try(tx, batch)
				return err
			})
		} else {
			err = r.a.update(ctx, func(u *unit) (err error) {
				outcomes, err = u.importBatch(r.by, batch)
				return err
			})
		}
		if err != nil {
			return err
		}
		for i, o := range outcomes {
			switch {
			case o.err != nil:
				r.report.Bad++
				if r.o.Problem != nil {
					r.o.Problem(batch[i].line, o.err)
				}
			case o.present:
				r.report.Present++
			default:
				r.report.Added++
			}
		}
	}
	if r.o.Progress != nil {
		r.o.Progress(r.rows)
	}
	return nil
}

// importBatch is the transaction of a batch. A row that can't be added harms no other.
func (u *unit) importBatch(by Actor, batch []importRow) ([]rowOutcome, error) {
	outcomes := make([]rowOutcome, len(batch))
	roles := map[string]*Role{}
	var added, first, last int64
	for i, row := range batch {
		id, outcome, err := u.importRow(row, roles)
		if err != nil {
			return nil, err
		}
		if outcomes[i] = outcome; id != 0 {
			if added++; first == 0 {
				first = id
			}
			last = id
		}
	}
	if added == 0 {
		return outcomes, nil
	}
	return outcomes, u.audit(by, "import", nil, details{"accounts": added, "first_id": first, "last_id": last})
}

// importRow adds one account; id is 0 when it was not.
func (u *unit) importRow(row importRow, known map[string]*Role) (id int64, o rowOutcome, err error) {
	assigned, bad, err := u.importRoles(row.roles, known)
	if err != nil || bad != nil {
		return 0, rowOutcome{err: bad}, err
	}
	user := row.user
	user.CreatedAt, user.UpdatedAt = u.Now(), u.Now()
	if user.Username == "" {
		if user.Username, err = freeUsername(u, user.Email); err != nil {
			return 0, o, err
		}
		user.UsernameKey = usernameKey(user.Username)
	} else if former, err := u.RetiredUsername(usernameDigest(user.UsernameKey)); err != nil {
		return 0, o, err
	} else if former != 0 {
		o, err = u.presentOr(user, "username")
		return 0, o, err
	}
	id, err = u.InsertUser(user)
	var taken *Taken
	switch {
	case errors.As(err, &taken):
		o, err = u.presentOr(user, taken.Field)
		return 0, o, err
	case err != nil:
		return 0, o, err
	}
	if row.hash != "" {
		if err := u.SetPasswordHash(id, row.hash); err != nil {
			return 0, o, err
		}
	}
	if err := u.ClearLoginFailures(failureDigest(user.EmailKey)); err != nil {
		return 0, o, err
	}
	for _, role := range assigned {
		if _, err := u.AssignRole(id, role.ID); err != nil {
			return 0, o, err
		}
		if role.Name == RoleOwner {
			if err := u.rememberOwner(); err != nil {
				return 0, o, err
			}
		}
	}
	return id, o, nil
}

// presentOr tells a row whose account is there already from one whose name belongs to somebody else.
func (u *unit) presentOr(user User, field string) (rowOutcome, error) {
	if field != "email" {
		_, err := u.FindUserByEmail(user.EmailKey)
		if errors.Is(err, ErrNoRow) {
			return rowOutcome{err: Invalid(FieldError{Field: field, Rule: RuleTaken, Message: takenMessage(field)})}, nil
		}
		if err != nil {
			return rowOutcome{}, err
		}
	}
	return rowOutcome{present: true}, nil
}

// importRoles finds the roles of a row: those it names, or the default. bad says that one isn't there.
func (u *unit) importRoles(names []string, known map[string]*Role) (roles []*Role, bad, err error) {
	if len(names) == 0 {
		role, err := defaultRole(u, u.a.policy.DefaultRole, known)
		return []*Role{role}, nil, err
	}
	for _, name := range names {
		role, err := knownRole(u, name, known)
		if err != nil {
			return nil, nil, err
		}
		if role == nil {
			return nil, Invalid(FieldError{Field: "roles", Rule: RuleUnknown, Message: "There is no role of that name: " + strings.ToValidUTF8(name, "?") + "."}), nil
		}
		roles = append(roles, role)
	}
	return roles, nil, nil
}

// defaultRole is what an account gets that names none: never Owner, and User where the setting names no role.
func defaultRole(tx Tx, name string, known map[string]*Role) (*Role, error) {
	if name != RoleOwner {
		if role, err := knownRole(tx, name, known); err != nil || role != nil {
			return role, err
		}
	}
	return knownRole(tx, RoleUser, known)
}

// knownRole finds a role once for many rows; nil when it isn't there.
func knownRole(tx Tx, name string, known map[string]*Role) (*Role, error) {
	if role, asked := known[name]; asked {
		return role, nil
	}
	role, err := tx.FindRole(name)
	if errors.Is(err, ErrNoRow) {
		known[name] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known[name] = &role
	return &role, nil
}
