package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// schemaFields are the keys that `update_user_fields` writes to columns; any other key is a custom field.
var schemaFields = []string{"first_name", "last_name", "email", "username", "user_timezone"}

// protectedFields are names that no route writes: they would look like something that they are not.
var protectedFields = []string{
	"id", "full_name", "username_key", "is_active", "confirmed_at", "password", "current_password", "password_confirmation",
	"password_hash", "hashed_password", "preferred_locale", "roles", "avatar", "registration", "registration_ip",
	"registration_country", "registration_region", "registration_city", "custom_fields", "last_seen_at", "created_at",
	"updated_at", "inserted_at",
}

// UpdateProfile changes fields of the acting account: schema fields by name, any other key a custom field that is
// merged. Schema and custom parts change together or not at all. The address has a flow of its own (emailchange.go).
func (a *Accounts) UpdateProfile(ctx context.Context, by Actor, changes Changes) (User, error) {
	up, err := readOwnUpdate(by, changes)
	if err != nil {
		return User{}, err
	}
	return a.changeUser(ctx, by, Own(), up.apply)
}

// CheckUpdate runs the checks of UpdateProfile without effect and without uniqueness.
func (a *Accounts) CheckUpdate(by Actor, changes Changes) error {
	up, err := readOwnUpdate(by, changes)
	if err != nil {
		return err
	}
	var errs fieldErrors
	user := *by.User
	up.over(&errs, &user)
	return errs.err()
}

// UpdateUser is UpdateProfile for another account, by whoever manages it, and may change the address too: that clears
// the confirmation, ends mailed links and tells the old address, and leaves the account's sessions alone.
func (a *Accounts) UpdateUser(ctx context.Context, by Actor, id int64, changes Changes) (User, error) {
	if err := administers(by); err != nil {
		return User{}, err
	}
	up, err := readUpdate(changes, permits{email: true, reserved: true})
	if err != nil {
		return User{}, err
	}
	var user User
	err = a.update(ctx, func(u *unit) (err error) {
		user, err = u.updateUser(by, id, up)
		return err
	})
	return user, err
}

// updateUser changes one account for whoever manages it. Even an Owner's own address changes by a mailed link alone.
func (u *unit) updateUser(by Actor, id int64, up *update) (User, error) {
	if up.email != nil {
		if err := notOwnEmail(by, id); err != nil {
			return User{}, err
		}
	}
	return u.changeUser(by, UserOf(id), up.apply)
}

func notOwnEmail(by Actor, id int64) error {
	if by.IsUser() && by.ID == id {
		return Invalid(ownEmail)
	}
	return nil
}

// update is what Changes say, read and cleaned: schema fields that were sent, and custom fields to merge.
type update struct {
	firstName, lastName, email, username, timezone *string
	custom                                         map[string]json.RawMessage
}

// permits are what not everybody may.
type permits struct {
	email    bool // change the address without a link that proves it
	reserved bool // take a username that people would take for the house's
}

func readOwnUpdate(by Actor, changes Changes) (*update, error) {
	if err := Own().may(by); err != nil {
		return nil, err
	}
	return readUpdate(changes, permits{reserved: by.Rank >= RankAdmin})
}

// readUpdate is `update_user_fields`' split, and every rule that needs no look at any account. The locale has a route of
// its own.
func readUpdate(changes Changes, may permits) (*update, error) {
	up, err := splitChanges(changes)
	if err != nil {
		return nil, err
	}
	var errs fieldErrors
	up.clean(&errs, may)
	slices.SortStableFunc(errs, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return up, errs.err()
}

func splitChanges(changes Changes) (*update, error) {
	up := &update{custom: map[string]json.RawMessage{}}
	columns := map[string]**string{
		"first_name": &up.firstName, "last_name": &up.lastName, "email": &up.email, "username": &up.username, "user_timezone": &up.timezone,
	}
	for key, value := range changes {
		column := columns[key]
		if column == nil {
			up.custom[key] = value
			continue
		}
		text := "" // null clears
		if string(value) != "null" {
			if err := json.Unmarshal(value, &text); err != nil {
				return nil, errWrongType(key, "a text or null")
			}
		}
		*column = &text
	}
	return up, nil
}

// errWrongType answers a value of the wrong JSON type; its field is safe to name, its value is not repeated.
func errWrongType(field, want string) error {
	return Refuse(KindMalformed, CodeMalformed, fmt.Sprintf("%q must be %s.", field, want))
}

func (up *update) clean(errs *fieldErrors, may permits) {
	if up.firstName != nil {
		*up.firstName = cleanName(errs, "first_name", *up.firstName)
	}
	if up.lastName != nil {
		*up.lastName = cleanName(errs, "last_name", *up.lastName)
	}
	if up.email != nil {
		up.cleanEmail(errs, may)
	}
	if up.username != nil {
		up.checkUsername(errs, may)
	}
	if up.timezone != nil && !CheckTimezone(*up.timezone) {
		errs.add("user_timezone", RuleUnknown, "Choose a time zone such as Europe/Paris, or whole hours from -12 to +14.")
	}
	up.custom = cleanCustom(errs, up.custom)
}

func (up *update) cleanEmail(errs *fieldErrors, may permits) {
	if !may.email {
		*errs = append(*errs, ownEmail)
		return
	}
	email, _, problem := CleanEmail(*up.email)
	if problem != nil {
		*errs = append(*errs, *problem)
	}
	*up.email = email
}

var ownEmail = FieldError{Field: "email", Rule: RuleNotUpdatable, Message: "Your address changes by a mail to the new one, on the security page."}

func (up *update) checkUsername(errs *fieldErrors, may permits) {
	switch problem := checkUsername(*up.username); {
	case *up.username == "":
		errs.add("username", RuleRequired, "A username can be changed, but not taken away.").Case = "username_kept"
	case problem != nil:
		*errs = append(*errs, *problem)
	case !may.reserved && reserved(usernameKey(*up.username)):
		errs.add("username", RuleTaken, takenMessage("username"))
	}
}

// over puts the update over a row, and holds the rules that look at nothing but that row.
func (up *update) over(errs *fieldErrors, user *User) {
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&user.FirstName, up.firstName)
	set(&user.LastName, up.lastName)
	set(&user.Timezone, up.timezone)
	if up.username != nil {
		user.Username, user.UsernameKey = *up.username, usernameKey(*up.username)
	}
	if up.email != nil && *up.email != user.Email {
		user.Email, user.EmailKey = *up.email, EmailKey(*up.email)
		user.ConfirmedAt = time.Time{} // nobody has proved to receive mail there
	}
	user.CustomFields = mergeCustom(errs, user.CustomFields, up.custom)
}

// apply puts the update over a row in the transaction that writes it, and holds the rules that look at other accounts.
func (up *update) apply(u *unit, user *User) error {
	var errs fieldErrors
	up.over(&errs, user)
	if up.email != nil {
		switch err := emailFree(u, user.EmailKey, user.ID); {
		case errors.Is(err, errEmailTaken):
			errs = append(errs, errEmailTaken.Fields...)
		case err != nil:
			return err
		}
	}
	if up.username != nil {
		problem, err := u.usernameProblem(user)
		if err != nil {
			return err
		}
		if problem != nil {
			errs = append(errs, *problem)
		}
	}
	return errs.err()
}

var errNamesSpent = FieldError{Field: "username", Rule: RuleOutOfRange, Message: "This account has had so many usernames that it can't take another one. Choose one of those that it had.", Case: "username_spent"}

// usernameProblem is what keeps an account from the name that its row has now; nil for nothing.
func (u *unit) usernameProblem(user *User) (*FieldError, error) {
	free, err := usernameFree(u, user.UsernameKey, user.ID)
	if err != nil {
		return nil, err
	}
	if !free {
		return &FieldError{Field: "username", Rule: RuleTaken, Message: takenMessage("username")}, nil
	}
	may, err := mayTake(u, user.UsernameKey, user.ID)
	if err != nil || may {
		return nil, err
	}
	return &errNamesSpent, nil
}

// saveUser writes a changed row with what follows from it: a username given up stays its account's for good, a new
// address moves what is bound to the old one. One audit entry and one event tell of it; an unchanged row costs nothing.
func (u *unit) saveUser(by Actor, before, after User) (User, error) {
	changed := changedFields(before, after)
	moved := before.Email != after.Email
	if len(changed) == 0 && !moved {
		return before, nil
	}
	if before.UsernameKey != "" && before.UsernameKey != after.UsernameKey {
		if err := u.RetireUsername(usernameDigest(before.UsernameKey), after.ID); err != nil {
			return User{}, err
		}
	}
	after.UpdatedAt = u.Now()
	if err := u.UpdateUser(after); err != nil {
		return User{}, err
	}
	if len(changed) > 0 {
		if err := u.audit(by, "user.updated", &after, details{"changed": changed}); err != nil {
			return User{}, err
		}
	}
	if moved {
		if err := u.emailMoved(by, before, after); err != nil {
			return User{}, err
		}
	}
	u.touch(after.ID)
	u.publish(by, Event{Name: EventUserUpdated, UserID: after.ID})
	return u.FindUser(after.ID)
}

// changedFields says what differs, as `{field: {from, to}}`. Custom fields are told by key alone: their values may be
// anything, and 64 KiB of it. The address has an audit entry of its own.
func changedFields(before, after User) details {
	changed := details{}
	text := func(field, from, to string) {
		if from != to {
			changed[field] = map[string]string{"from": from, "to": to}
		}
	}
	text("first_name", before.FirstName, after.FirstName)
	text("last_name", before.LastName, after.LastName)
	text("username", before.Username, after.Username)
	text("user_timezone", before.Timezone, after.Timezone)
	text("preferred_locale", before.Locale, after.Locale)
	if keys := changedKeys(before.CustomFields, after.CustomFields); len(keys) > 0 {
		changed["custom_fields"] = keys
	}
	return changed
}
