package app

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// KeyPrefix is what every API key's secret begins with, so that it is known for one wherever it turns up. No other token
// begins so.
const KeyPrefix = "dwk_"

const maxKeyNameChars = 50

// Key is an API key: another program that acts with the role that the key was made with. Its secret is kept nowhere; the
// digest is the store's.
type Key struct {
	ID         int64
	Name       string
	Role       string // the role's present name
	CreatedAt  time.Time
	LastUsedAt time.Time // may be a minute old; zero for never
}

// KeyInput is a new key. Current is the password of the account that acts; the shell needs none.
type KeyInput struct {
	Name    string
	Role    string
	Current Secret
}

var (
	errKeyTaken       = FieldError{Field: "name", Rule: RuleTaken, Message: "There is a key of that name already. Revoke it first, or choose another name.", Case: "key_taken"}
	errKeyNotFound    = Refuse(KindNotFound, CodeNotFound, "No key that works has that number or name.").Named("key_not_found")
	errKeyRoleUnknown = FieldError{Field: "role", Rule: RuleUnknown, Message: "There is no role of exactly that name."}
)

// keepsKeys refuses whoever may not see, make or revoke keys: all but Owners and the shell. A key never may, whatever its
// role: a leaked one could make itself another that outlives it.
func keepsKeys(by Actor) error {
	if by.Kind == ActorKey || by.Rank < RankOwner {
		return errForbidden
	}
	return nil
}

// stillKeepsKeys asks again inside the transaction.
func (u *unit) stillKeepsKeys(by Actor) error {
	rank, err := u.rankNow(by)
	if err == nil && rank < RankOwner {
		return errForbidden
	}
	return err
}

// CreateKey makes a key that acts with a role, for good. Only an Owner makes keys, so none is above who made it. The
// secret is answered here and never again.
func (a *Accounts) CreateKey(ctx context.Context, by Actor, in KeyInput) (Key, Secret, error) {
	if err := keepsKeys(by); err != nil {
		return Key{}, "", err
	}
	in.Name = strings.TrimSpace(in.Name)
	if err := a.view(ctx, func(tx Tx) error { return checkKey(tx, in) }); err != nil {
		return Key{}, "", err
	}
	var current Secret
	if by.IsUser() {
		var err error
		if current, err = a.askCurrentPassword(ctx, by, in.Current); err != nil {
			return Key{}, "", err
		}
	}
	secret := KeyPrefix + newSecret()
	var key Key
	err := a.update(ctx, func(u *unit) (err error) {
		if by.IsUser() {
			if _, err := u.stillHolds(by, current); err != nil {
				return err
			}
		}
		if err := u.stillKeepsKeys(by); err != nil {
			return err
		}
		key, err = u.createKey(by, in, DigestOf(secret.Reveal()))
		return err
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, secret, nil
}

// createKey looks once more at what belongs to others: the name may be gone since, and so may the role.
func (u *unit) createKey(by Actor, in KeyInput, d Digest) (Key, error) {
	if err := checkKey(u, in); err != nil {
		return Key{}, err
	}
	key := Key{Name: in.Name, Role: in.Role, CreatedAt: u.Now()}
	var err error
	if key.ID, err = u.InsertKey(key, d); err != nil {
		return Key{}, err
	}
	return key, u.audit(by, "key.created", nil, details{"key": key.ID, "name": key.Name, "role": key.Role})
}

// checkKey tells everything that is wrong with a new key at once.
func checkKey(tx Tx, in KeyInput) error {
	var errs fieldErrors
	checkKeyName(&errs, in.Name)
	if len(errs) == 0 {
		if _, err := tx.FindKeyByName(in.Name); err == nil {
			errs = append(errs, errKeyTaken)
		} else if !errors.Is(err, ErrNoRow) {
			return err
		}
	}
	if in.Role == "" {
		errs.add("role", RuleRequired, "Choose the role that the key acts with.")
	} else if _, err := tx.FindRole(in.Role); errors.Is(err, ErrNoRow) {
		errs = append(errs, errKeyRoleUnknown)
	} else if err != nil {
		return err
	}
	return errs.err()
}

// checkKeyName holds the rule of a key's name: a role's, and never digits alone, so that the shell can tell a name from
// an id.
func checkKeyName(errs *fieldErrors, name string) {
	allowed := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(" ._-", r)
	}
	switch {
	case name == "":
		errs.add("name", RuleRequired, "Name the program that the key is for.").Case = "key_unnamed"
	case utf8.RuneCountInString(name) > maxKeyNameChars:
		errs.add("name", RuleTooLong, "A key's name has at most 50 characters.").named("key_name_long", maxKeyNameChars)
	case strings.ContainsFunc(name, func(r rune) bool { return !allowed(r) }):
		errs.add("name", RuleInvalidFormat, "A key's name is made of letters from A to Z, digits, spaces and . _ -").Case = "key_name_letters"
	case strings.Trim(name, "0123456789") == "":
		errs.add("name", RuleInvalidFormat, "A key's name is more than a number; keys have numbers already.").Case = "key_name_number"
	}
}

// ListKeys lists the keys that work, newest first.
func (a *Accounts) ListKeys(ctx context.Context, by Actor) ([]Key, error) {
	if err := keepsKeys(by); err != nil {
		return nil, err
	}
	var keys []Key
	err := a.view(ctx, func(tx Tx) (err error) {
		keys, err = tx.ListKeys()
		return err
	})
	for i := range keys {
		if used := a.seen.key(keys[i].ID); used.After(keys[i].LastUsedAt) {
			keys[i].LastUsedAt = used
		}
	}
	return keys, err
}

// RevokeKey ends a key: its next request is refused. Its name is free again, its id is not.
func (a *Accounts) RevokeKey(ctx context.Context, by Actor, id int64) error {
	_, err := a.revokeKey(ctx, by, func(tx Tx) (Key, error) { return tx.FindKey(id) })
	return err
}

// RevokeKeyCalled is RevokeKey for whoever types: an id, or a name without regard to case.
func (a *Accounts) RevokeKeyCalled(ctx context.Context, by Actor, idOrName string) (Key, error) {
	return a.revokeKey(ctx, by, func(tx Tx) (Key, error) {
		if id, err := strconv.ParseInt(idOrName, 10, 64); err == nil {
			return tx.FindKey(id)
		}
		return tx.FindKeyByName(strings.TrimSpace(idOrName))
	})
}

func (a *Accounts) revokeKey(ctx context.Context, by Actor, find func(Tx) (Key, error)) (key Key, err error) {
	if err := keepsKeys(by); err != nil {
		return Key{}, err
	}
	err = a.update(ctx, func(u *unit) (err error) {
		if err := u.stillKeepsKeys(by); err != nil {
			return err
		}
		if key, err = find(u); errors.Is(err, ErrNoRow) {
			return errKeyNotFound
		} else if err != nil {
			return err
		}
		return u.revokeKey(by, key)
	})
	return key, err
}

func (u *unit) revokeKey(by Actor, key Key) error {
	if err := u.RevokeKey(key.ID); err != nil {
		return err
	}
	u.revoked = append(u.revoked, key.ID)
	return u.audit(by, "key.revoked", nil, details{"key": key.ID, "name": key.Name, "role": key.Role})
}
