package app

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// lockedAfter is how many wrong passwords in a row close an account to browsers that it does not know.
const lockedAfter = 100

// Login opens a session for an e-mail address or username and its password.
//
// An unknown address, a wrong password, one that can't be compared and one for a locked account cost and answer the same
// (`invalid_credentials`); only a right password learns that an account is inactive or unconfirmed.
func (a *Accounts) Login(ctx context.Context, by Actor, in LoginInput) (Grant, error) {
	by, err := by.speakingFor(in.For)
	if err != nil {
		return Grant{}, err
	}
	if strings.TrimSpace(in.Login) == "" {
		return Grant{}, Invalid(FieldError{Field: "email", Rule: RuleRequired, Message: "Enter your e-mail address or username.", Case: "login_missing"})
	}
	if a.policy.Limits.Login.N == 0 && a.hashing.isFull(ipKey(by.Client.IP)) {
		return Grant{}, errOverloaded // where no limit comes first, a storm is not to cost a look at the database
	}
	f, err := a.findLogin(ctx, in)
	if err != nil {
		return Grant{}, err
	}
	refund, err := a.countLogin(by, in.Device, &f)
	if err != nil {
		return Grant{}, err
	}
	grant, refusal, err := a.logIn(ctx, by, in, f, refund)
	if errors.Is(err, errHashMoved) {
		// A login beside this one stored the same password at today's cost, or somebody set another: what is stored now decides.
		known := f.known
		if f, err = a.findLogin(ctx, in); err != nil {
			return Grant{}, err
		}
		f.known, f.again = f.known && known, true
		grant, refusal, err = a.logIn(ctx, by, in, f, refund)
	}
	switch {
	case err != nil:
		return Grant{}, err
	case refusal != nil:
		return Grant{}, refusal
	}
	refund()
	return *grant, nil
}

// errHashMoved says that the stored hash is no longer the one that a password was compared with.
var errHashMoved = errors.New("the stored password changed between comparing and logging in")

// loginFacts is what a login learned before its transaction.
type loginFacts struct {
	typed string // the address or username that was typed, as it counts
	key   string // what the attempt counts under: the account's e-mail, or what was typed where there is none
	user  *User  // nil for an unknown address
	hash  Secret // what the password is compared with
	known bool   // the browser logged in to this account before
	again bool   // the second try, after errHashMoved
	right bool
	fresh Secret // the password's hash at today's cost; "" when it has that already
}

// logIn compares the password outside any transaction, then does the rest in one. refund is for when nothing was compared.
func (a *Accounts) logIn(ctx context.Context, by Actor, in LoginInput, f loginFacts, refund func()) (grant *Grant, refusal, err error) {
	right, rehash, err := a.matches(ctx, by, f.hash, in.Password)
	if err != nil {
		refund()
		return nil, nil, storeError(err)
	}
	f.right = right
	if right && rehash {
		if f.fresh, err = a.hash(ctx, by, in.Password); err != nil {
			a.log.Info("a password is hashed anew another time", "user_id", f.user.ID, "error", err)
		}
	}
	err = a.update(ctx, func(u *unit) (err error) {
		grant, refusal, err = u.login(by, in, f)
		return err
	})
	return grant, refusal, err
}

// findLogin looks an account up by what was typed. A username counts under its account's e-mail.
func (a *Accounts) findLogin(ctx context.Context, in LoginInput) (f loginFacts, err error) {
	err = a.view(ctx, func(tx Tx) error {
		var found User
		var err error
		if strings.Contains(in.Login, "@") {
			f.typed = EmailKey(in.Login)
			found, err = tx.FindUserByEmail(f.typed)
		} else {
			name := usernameKey(strings.TrimSpace(in.Login))
			f.typed = "username " + name
			found, err = tx.FindUserByUsername(name)
		}
		f.key = f.typed
		if err != nil {
			return ignoreMissing(err)
		}
		f.key, f.user = found.EmailKey, &found
		if f.hash, err = tx.PasswordHash(found.ID); err != nil {
			return err
		}
		f.known, err = in.Device.knows(tx, found, f.hash)
		return err
	})
	return f, err
}

// countLogin lets an attempt in under its limits, or refuses it.
//
// Where accounts are concealed, a refusal must not join a username to an address: whoever used up the guesses at the one
// would learn by the other that they are one account. There what was typed decides about the refusal, and a guess too
// many at the account itself is answered, and costs, what one at an unknown address does.
func (a *Accounts) countLogin(by Actor, d KnownDevice, f *loginFacts) (refund func(), err error) {
	limit := a.policy.Limits.Login
	who := attempt{"login", f.key, limit}
	conceals := a.policy.ConcealAccounts && !f.known
	switch {
	case f.known:
		who = attempt{"login device", strconv.FormatInt(d.UserID, 10) + " " + d.ID, limit}
	case conceals:
		who.key = f.typed
	}
	refund, err = a.limits.take(who, attempt{"login ip", ipKey(by.Client.IP), Limit{3 * limit.N, limit.Window}})
	if err != nil || !conceals || f.user == nil {
		return refund, err
	}
	refundAccount, err := a.limits.take(attempt{"login account", f.key, limit})
	if err != nil {
		*f = loginFacts{typed: f.typed, key: f.typed}
		return refund, nil
	}
	refundTyped := refund
	return func() { refundTyped(); refundAccount() }, nil
}

// login is the transaction of Login. A refusal is a result, so that its audit entry and count stay.
func (u *unit) login(by Actor, in LoginInput, f loginFacts) (grant *Grant, refusal error, err error) {
	digest := failureDigest(f.key)
	if !f.right {
		return nil, errInvalidCredentials, u.loginFailed(by, f.user, digest, "wrong password")
	}
	failures, err := u.LoginFailures(digest)
	if err != nil {
		return nil, nil, err
	}
	if failures >= lockedAfter && !f.known {
		return nil, errInvalidCredentials, u.loginFailed(by, f.user, digest, "too many wrong passwords in a row")
	}
	user, err := u.FindUser(f.user.ID)
	if errors.Is(err, ErrNoRow) {
		return nil, errInvalidCredentials, u.loginFailed(by, nil, digest, "the account is gone")
	}
	if err != nil {
		return nil, nil, err
	}
	hash, err := u.PasswordHash(user.ID)
	if err != nil {
		return nil, nil, err
	}
	if hash != f.hash && !f.again {
		return nil, nil, errHashMoved
	}
	if hash != f.hash {
		return nil, errInvalidCredentials, u.loginFailed(by, &user, digest, "the password changed meanwhile")
	}
	if refusal := u.a.mayLogIn(&user); refusal != nil {
		return nil, refusal, u.refusedLogin(by, &user, AsError(refusal).Code)
	}
	if failures < lockedAfter { // a known device gets in, and leaves the door locked for the rest until there is a new password
		if err := u.ClearLoginFailures(digest); err != nil {
			return nil, nil, err
		}
	}
	if f.fresh != "" {
		if err := u.rehash(user.ID, hash, f.fresh); err != nil {
			return nil, nil, err
		}
	}
	user.LoggedInAt = u.Now()
	if err := u.UpdateUser(user); err != nil {
		return nil, nil, err
	}
	grant, err = u.newSession(by, user, in.Remember, in.Replaces)
	if err == nil && f.known {
		grant.Device.ID = in.Device.ID
	}
	return grant, nil, err
}

// rehash stores the hash of the same password at today's cost. Browsers that came in by it stay known.
func (u *unit) rehash(userID int64, hash, fresh Secret) error {
	mark, err := passwordMark(u, userID, hash)
	if err != nil {
		return err
	}
	return u.RehashPassword(userID, fresh, mark)
}

// mayLogIn is asked once the password was right.
func (a *Accounts) mayLogIn(user *User) error {
	switch {
	case !user.IsConfirmed() && a.policy.ConcealAccounts: // before all else: whoever registered the address knows its password
		return errInvalidCredentials
	case !user.IsActive:
		return errInactive
	case !user.IsConfirmed() && a.policy.Unconfirmed == UnconfirmedRefused:
		return errUnconfirmed
	}
	return nil
}

func (u *unit) loginFailed(by Actor, user *User, digest Digest, why string) error {
	failures, err := u.AddLoginFailure(digest, user == nil)
	if err != nil {
		return err
	}
	return u.audit(by, "login.failed", user, details{"why": why, "in_a_row": failures})
}

func (u *unit) refusedLogin(by Actor, user *User, code Code) error {
	return u.audit(by, "login.failed", user, details{"why": string(code)})
}

// failureDigest is what wrong passwords in a row are counted under, for accounts and unknown addresses alike.
func failureDigest(key string) Digest { return DigestOf("login failures\x00" + key) }
