package app

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// devKey is an API key that a reset makes anew, so that an app that was started with it need not be told another.
type devKey struct {
	KeyInput
	digest Digest
}

// minDevKey is the shortest secret that a developer's key may have, in bytes: enough that none is there by mistake.
const minDevKey = len(KeyPrefix) + 8

// CheckDevKey says what is wrong with the secret that a developer chose for an API key.
func CheckDevKey(secret Secret) error {
	text := secret.Reveal()
	if !strings.HasPrefix(text, KeyPrefix) || len(text) < minDevKey || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("a key begins with " + KeyPrefix + " and goes on for 8 ASCII characters or more, such as " + KeyPrefix + "development")
	}
	return nil
}

// KeepKey makes an API key that is there after every reset too, with a secret of the developer's own choice, in place of one of
// that name. role is Owner, Admin or User: a reset takes other roles away.
func (d *Dev) KeepKey(ctx context.Context, name, role string, secret Secret) error {
	if err := CheckDevKey(secret); err != nil {
		return err
	}
	if !slices.Contains([]string{RoleOwner, RoleAdmin, RoleUser}, role) {
		return errors.New("a key that lasts has the role " + RoleOwner + ", " + RoleAdmin + " or " + RoleUser)
	}
	key := devKey{KeyInput{Name: name, Role: role}, DigestOf(secret.Reveal())}
	if err := d.a.update(ctx, func(u *unit) error { return u.addDevKeys([]devKey{key}) }); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys = append(d.keys, key)
	return nil
}

func (d *Dev) lasting() []devKey {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.keys)
}

// addDevKeys makes keys, each in place of the one of its name.
func (u *unit) addDevKeys(keys []devKey) error {
	for _, k := range keys {
		former, err := u.FindKeyByName(k.Name)
		if err == nil {
			err = u.revokeKey(System(), former)
		}
		if err != nil && !errors.Is(err, ErrNoRow) {
			return err
		}
		if _, err := u.createKey(System(), k.KeyInput, k.digest); err != nil {
			return err
		}
	}
	return nil
}
