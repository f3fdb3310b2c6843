package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Dev is what `doorward dev` has beside Accounts, for a developer's machine alone: sessions without passwords, a clock that
// moves, mails that stay here, and a way back to the beginning.
type Dev struct {
	a     *Accounts
	store Wiper
	clock *DevClock
	mails MailCatcher

	mu   sync.Mutex
	keys []devKey // that a reset makes anew
}

// Wiper is a store that can forget everything.
type Wiper interface {
	// Wipe removes every row but those that the migrations brought, gives users ids from 1 again, and runs seed, all as one
	// Update.
	Wipe(ctx context.Context, seed func(Tx) error) error
}

// MailCatcher keeps the mails that would have been sent.
type MailCatcher interface {
	Courier
	// List answers the mails to an address ("" for all), newest first; letter case does not matter.
	List(to string) []CaughtMail
	// Wait is List that waits for the first mail to come, until ctx ends: then the list is empty.
	Wait(ctx context.Context, to string) []CaughtMail
	// Delete forgets the mails to an address ("" for all).
	Delete(to string)
	// Fail makes the next n deliveries fail: tempfail, permfail, hang or drop. not ok for another word.
	Fail(how string, n int) (ok bool)
	// Reset forgets mails and failures to come.
	Reset()
}

// CaughtMail is a mail as its receiver would have it.
type CaughtMail struct {
	ID      int64
	To      string
	Subject string
	At      time.Time
	Text    string
	HTML    string
	Links   []string // the addresses in its text
}

// NewDev makes development's side of an Accounts. clock and mails are those that a was made with.
func NewDev(a *Accounts, store Wiper, clock *DevClock, mails MailCatcher) *Dev {
	return &Dev{a: a, store: store, clock: clock, mails: mails}
}

// Mails are those that were kept from leaving.
func (d *Dev) Mails() MailCatcher { return d.mails }

// Advance moves the clock and wakes whatever is due by then. Mails and pictures that are due already are done before, so
// that one whose delivery was to fail is tried again after the move rather than for the first time.
func (d *Dev) Advance(ctx context.Context, by time.Duration) (time.Time, error) {
	if by > 0 {
		if err := d.finishDueJobs(ctx); err != nil {
			return time.Time{}, storeError(err)
		}
	}
	if by <= 0 || !d.clock.advance(by) {
		return time.Time{}, Invalid(FieldError{Field: "advance", Rule: RuleOutOfRange, Message: "The clock moves forward, by 61m or 7d, and at most 100 years in all; a reset brings it back to now."})
	}
	d.a.Wake()
	return d.clock.Now(), nil
}

const (
	// duePatience bounds how long a move of the clock waits: a delivery that hangs holds it up no longer. On a machine that has
	// much else to do, a mail may take a second to go.
	duePatience = 5 * time.Second
	duePoll     = time.Millisecond
)

// finishDueJobs waits until no job runs or is due.
func (d *Dev) finishDueJobs(ctx context.Context) error {
	tick, end := time.NewTicker(duePoll), time.After(duePatience)
	defer tick.Stop()
	for {
		busy, err := d.isBusy(ctx)
		if err != nil || !busy {
			return err
		}
		select {
		case <-tick.C:
		case <-end:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *Dev) isBusy(ctx context.Context) (busy bool, err error) {
	err = d.a.view(ctx, func(tx Tx) error {
		running, err := tx.ListJobs(JobFilter{State: JobRunning, Limit: 1})
		busy = len(running) > 0
		for _, kind := range JobKinds() {
			next, failed := tx.NextJobAt(kind)
			err = errors.Join(err, failed)
			busy = busy || !next.IsZero() && !next.After(d.clock.Now())
		}
		return err
	})
	return busy, err
}

// SignInAs opens a session for an account without its password, where a login could.
func (d *Dev) SignInAs(ctx context.Context, by Actor, email string) (Grant, error) {
	_, key, problem := CleanEmail(email)
	if problem != nil {
		return Grant{}, Invalid(*problem)
	}
	var grant *Grant
	err := d.a.update(ctx, func(u *unit) error {
		user, err := u.FindUserByEmail(key)
		if err != nil {
			return err
		}
		if err := d.a.mayLogIn(&user); err != nil {
			return err
		}
		grant, err = u.newSession(by, user, false, "")
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	return *grant, nil
}

// DevUser is an account that a reset makes.
type DevUser struct {
	AccountRow
	Password    Secret // any that can be compared; no other rule holds
	Unconfirmed bool
}

// DevPassword is that of accounts for which none is given.
const DevPassword Secret = "password"

// Seeds are the accounts of a developer's machine.
func Seeds() []DevUser {
	seed := func(name, role string) DevUser {
		return DevUser{AccountRow: AccountRow{Email: name + "@example.test", Username: name, Roles: []string{role}}, Password: DevPassword}
	}
	return []DevUser{seed("owner", RoleOwner), seed("admin", RoleAdmin), seed("user", RoleUser)}
}

// Reset brings everything back to the beginning: the accounts given (confirmed unless they say when; User unless they name
// roles), with ids from 1 in their order, the roles given beside the system's, and nothing else; the clock to now. One bad account
// or role refuses the whole.
func (d *Dev) Reset(ctx context.Context, users []DevUser, roles ...string) error {
	rows, err := d.prepare(ctx, users)
	if err != nil {
		return err
	}
	made, err := devRoles(roles)
	if err != nil {
		return err
	}
	d.clock.reset()
	err = d.a.updateBy(ctx, d.store.Wipe, func(u *unit) error {
		for _, role := range made {
			if err := u.createRole(System(), &role); err != nil {
				return err
			}
		}
		if err := u.reset(rows); err != nil {
			return err
		}
		return u.addDevKeys(d.lasting())
	})
	if err != nil {
		return err
	}
	d.mails.Reset()
	d.a.limits.reset()
	d.a.seen.take()
	d.a.foreign.forget()
	d.a.forgetAll()
	return d.dropPictures()
}

// devRoles checks the names of roles that a reset makes; the system's own are there anyway.
func devRoles(names []string) (roles []Role, err error) {
	var errs fieldErrors
	for _, name := range names {
		if name = cleanRoleName(&errs, name); !slices.Contains([]string{RoleOwner, RoleAdmin, RoleUser}, name) {
			roles = append(roles, Role{Name: name})
		}
	}
	return roles, errs.err()
}

func (u *unit) reset(rows []importRow) error {
	roles := map[string]*Role{}
	for i, row := range rows {
		_, o, err := u.importRow(row, roles)
		if err != nil {
			return err
		}
		if o.present {
			o.err = Invalid(FieldError{Field: "email", Rule: RuleTaken, Message: takenMessage("email")})
		}
		if o.err != nil {
			return ofUser(i, o.err)
		}
	}
	return u.rememberOwner() // also without one: nobody is to look for a set-up code
}

// prepare checks accounts and hashes their passwords; the same password is hashed once.
func (d *Dev) prepare(ctx context.Context, users []DevUser) ([]importRow, error) {
	rows, hashes := make([]importRow, len(users)), map[Secret]Secret{}
	for i, user := range users {
		if user.ConfirmedAt.IsZero() && !user.Unconfirmed {
			user.ConfirmedAt = d.clock.real()
		}
		row, err := d.a.checkRow(user.AccountRow)
		if err != nil {
			return nil, ofUser(i, err)
		}
		if !user.Password.comparable() {
			return nil, ofUser(i, Invalid(FieldError{Field: "password", Rule: RuleInvalidFormat, Message: "A password can't hold NUL or broken characters."}))
		}
		hash, known := hashes[user.Password]
		if !known {
			if hash, err = d.a.hash(ctx, System(), user.Password); err != nil {
				return nil, storeError(err)
			}
			hashes[user.Password] = hash
		}
		rows[i], rows[i].hash, rows[i].roles = row, hash, user.Roles
	}
	return rows, nil
}

// ofUser says which of the accounts an error is about.
func ofUser(i int, err error) error {
	bad := *AsError(err)
	bad.Fields = slices.Clone(bad.Fields)
	for at := range bad.Fields {
		bad.Fields[at].Field = fmt.Sprintf("users.%d.%s", i, bad.Fields[at].Field)
	}
	return &bad
}

// dropPictures removes the files of all pictures: their rows are gone.
func (d *Dev) dropPictures() error {
	var folders []string
	err := d.a.blobs.Folders(func(name string, _ time.Time) bool {
		folders = append(folders, name)
		return true
	})
	for _, folder := range folders {
		if err == nil {
			err = d.a.blobs.RemoveFolder(folder)
		}
	}
	return storeError(err)
}

// IsEmpty tells whether nobody has an account yet.
func (d *Dev) IsEmpty(ctx context.Context) (empty bool, err error) {
	err = d.a.view(ctx, func(tx Tx) error {
		n, err := tx.CountUsers()
		empty = n == 0
		return err
	})
	return empty, err
}
