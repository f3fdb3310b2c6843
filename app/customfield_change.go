package app

import (
	"context"
	"encoding/json"
	"maps"
)

// CustomFields are all custom fields of an account.
func (a *Accounts) CustomFields(ctx context.Context, by Actor, whose Whose) (map[string]json.RawMessage, error) {
	user, err := a.read(ctx, by, whose)
	return user.CustomFields, err
}

// CustomField is the value of one; `not_found` when the account has none of that name.
func (a *Accounts) CustomField(ctx context.Context, by Actor, whose Whose, key string) (json.RawMessage, error) {
	user, err := a.read(ctx, by, whose)
	if err != nil {
		return nil, err
	}
	value, there := user.CustomFields[key]
	if !there {
		return nil, errNotFound
	}
	return value, nil
}

// ReplaceCustomFields gives an account these custom fields and no others.
func (a *Accounts) ReplaceCustomFields(ctx context.Context, by Actor, whose Whose, fields map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	if err := whose.may(by); err != nil {
		return nil, err
	}
	var errs fieldErrors
	fields = cleanCustom(&errs, fields)
	if err := errs.err(); err != nil {
		return nil, err
	}
	user, err := a.changeUser(ctx, by, whose, func(_ *unit, user *User) error {
		user.CustomFields = fields
		return nil
	})
	return user.CustomFields, err
}

// SetCustomField sets one custom field, whatever becomes of the others meanwhile, and answers its value as it is kept.
// null is a value like any other.
func (a *Accounts) SetCustomField(ctx context.Context, by Actor, whose Whose, key string, value json.RawMessage) (json.RawMessage, error) {
	if err := whose.may(by); err != nil {
		return nil, err
	}
	var errs fieldErrors
	field := cleanCustom(&errs, map[string]json.RawMessage{key: value})
	if err := errs.err(); err != nil {
		return nil, err
	}
	user, err := a.changeUser(ctx, by, whose, func(_ *unit, user *User) error {
		var errs fieldErrors
		user.CustomFields = mergeCustom(&errs, user.CustomFields, field)
		return errs.err()
	})
	return user.CustomFields[key], err
}

// DeleteCustomField removes one custom field. That there is none of that name is fine.
func (a *Accounts) DeleteCustomField(ctx context.Context, by Actor, whose Whose, key string) error {
	if err := whose.may(by); err != nil {
		return err
	}
	if problem := checkCustomKey(key); problem != nil {
		return Invalid(*problem)
	}
	_, err := a.changeUser(ctx, by, whose, func(_ *unit, user *User) error {
		user.CustomFields = maps.Clone(user.CustomFields)
		delete(user.CustomFields, key)
		return nil
	})
	return err
}
