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
	return a.setCustomField(ctx, by, whose, key, value, nil)
}

// AddCustomField is SetCustomField for a person who names a new field: one that is there already is `taken`.
func (a *Accounts) AddCustomField(ctx context.Context, by Actor, whose Whose, key string, value json.RawMessage) (json.RawMessage, error) {
	return a.setCustomField(ctx, by, whose, key, value, func(user *User) error {
		if _, there := user.CustomFields[key]; there {
			return Invalid(FieldError{Field: "key", Rule: RuleTaken, Message: "There is a field of that name already. Change it, or choose another name.", Case: "custom_field_taken"})
		}
		return nil
	})
}

// setCustomField asks may of the account as it is in the transaction, where it is not nil.
func (a *Accounts) setCustomField(ctx context.Context, by Actor, whose Whose, key string, value json.RawMessage, may func(*User) error) (json.RawMessage, error) {
	if err := whose.may(by); err != nil {
		return nil, err
	}
	field, err := cleanOneField(key, value)
	if err != nil {
		return nil, err
	}
	user, err := a.changeUser(ctx, by, whose, func(_ *unit, user *User) error {
		if may != nil {
			if err := may(user); err != nil {
				return err
			}
		}
		return mergeOneField(user, field)
	})
	return user.CustomFields[key], err
}

// SetUsersCustomField sets one custom field of many accounts to the same value, each on its own as in UpdateUsers. A name
// that belongs to the account itself is refused, rather than taken for that.
func (a *Accounts) SetUsersCustomField(ctx context.Context, by Actor, ids []int64, key string, value json.RawMessage) ([]BulkResult, error) {
	if err := administers(by); err != nil {
		return nil, err
	}
	if err := checkIDs(ids); err != nil {
		return nil, err
	}
	field, err := cleanOneField(key, value)
	if err != nil {
		return nil, err
	}
	return a.inTurns(ctx, by, ids, func(u *unit, by Actor, id int64) (User, error) {
		return u.changeUser(by, UserOf(id), func(_ *unit, user *User) error { return mergeOneField(user, field) })
	})
}

// cleanOneField holds every rule of one custom field that needs no look at any account.
func cleanOneField(key string, value json.RawMessage) (map[string]json.RawMessage, error) {
	if err := checkOneKey(key); err != nil {
		return nil, err
	}
	var errs fieldErrors
	field := cleanCustom(&errs, map[string]json.RawMessage{key: value})
	return field, errs.err()
}

func mergeOneField(user *User, field map[string]json.RawMessage) error {
	var errs fieldErrors
	user.CustomFields = mergeCustom(&errs, user.CustomFields, field)
	return errs.err()
}

// DeleteCustomField removes one custom field. That there is none of that name is fine.
func (a *Accounts) DeleteCustomField(ctx context.Context, by Actor, whose Whose, key string) error {
	if err := whose.may(by); err != nil {
		return err
	}
	if err := checkOneKey(key); err != nil {
		return err
	}
	_, err := a.changeUser(ctx, by, whose, func(_ *unit, user *User) error {
		user.CustomFields = maps.Clone(user.CustomFields)
		delete(user.CustomFields, key)
		return nil
	})
	return err
}

// checkOneKey is checkCustomKey where there is one name, and so a place to say what is wrong with it.
func checkOneKey(key string) error {
	problem := checkCustomKey(key)
	if problem == nil {
		return nil
	}
	if problem.Field != key {
		problem.Field = "key"
	}
	return Invalid(*problem)
}
