package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

const maxNameChars = 100

// schemaFields are the keys that `update_user_fields` writes to columns; any other key is a custom field.
var schemaFields = []string{"first_name", "last_name", "email", "username", "user_timezone"}

// protectedFields are names that no route writes: they would look like something that they are not.
var protectedFields = []string{
	"id", "full_name", "username_key", "is_active", "confirmed_at", "password", "current_password", "password_confirmation",
	"password_hash", "hashed_password", "preferred_locale", "roles", "avatar", "registration", "registration_ip",
	"registration_country", "registration_region", "registration_city", "custom_fields", "last_seen_at", "created_at",
	"updated_at", "inserted_at",
}

// cleanName trims a name and holds its rule.
func cleanName(errs *fieldErrors, field, name string) string {
	name = strings.TrimSpace(name)
	switch {
	case utf8.RuneCountInString(name) > maxNameChars:
		errs.add(field, RuleTooLong, "A name has at most 100 characters.")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		errs.add(field, RuleInvalidFormat, "A name can't hold line breaks or control characters.")
	}
	return name
}

// CheckTimezone holds the rule of a time zone: an IANA name, or whole hours from -12 to +14; "" clears.
func CheckTimezone(zone string) bool {
	if zone == "" {
		return true
	}
	if strings.Trim(zone, "+-0123456789") == "" {
		hours, err := strconv.Atoi(zone)
		return err == nil && -12 <= hours && hours <= 14 && len(zone) <= 3
	}
	// Every IANA name begins with a capital; what doesn't (posix/…, localtime) is a file that only some machines have.
	if zone == "Local" || len(zone) > 64 || zone[0] < 'A' || zone[0] > 'Z' {
		return false
	}
	_, err := time.LoadLocation(zone)
	return err == nil
}

// CheckLocale holds the rule of a language: `ll` or `ll-CC`, and known; "" clears.
func CheckLocale(locale string) bool {
	if locale == "" {
		return true
	}
	base, country, hasCountry := strings.Cut(locale, "-")
	if len(base) != 2 || strings.ToLower(base) != base || hasCountry && len(country) != 2 {
		return false
	}
	tag, err := language.Raw.Parse(locale)
	if err != nil || display.English.Languages().Name(tag) == "" {
		return false
	}
	known, _ := tag.Base()
	region, _ := tag.Region()
	return known.String() == base && (!hasCountry || region.String() == country && region.Canonicalize() == region && region.IsCountry())
}

// update is what Changes say, decoded: schema fields that were sent, and custom fields to merge.
type update struct {
	firstName, lastName, email, username, timezone *string
	custom                                         map[string]json.RawMessage
}

// errWrongType answers a value of the wrong JSON type; its field is safe to name, its value is not repeated.
func errWrongType(field, want string) error {
	return Refuse(KindMalformed, CodeMalformed, fmt.Sprintf("%q must be %s.", field, want))
}

// splitChanges is `update_user_fields`' split. The locale has a route of its own.
func splitChanges(changes Changes, mayEmail bool) (update, error) {
	up := update{custom: map[string]json.RawMessage{}}
	var errs fieldErrors
	columns := map[string]**string{
		"first_name": &up.firstName, "last_name": &up.lastName, "email": &up.email, "username": &up.username, "user_timezone": &up.timezone,
	}
	for key, value := range changes {
		column := columns[key]
		switch {
		case column != nil && key == "email" && !mayEmail:
			errs.add(key, RuleNotUpdatable, "The address changes by a mail to the new one, on the security page.")
		case column != nil:
			text := "" // null clears
			if string(value) != "null" {
				if err := json.Unmarshal(value, &text); err != nil {
					return up, errWrongType(key, "a text or null")
				}
			}
			*column = &text
		case slices.Contains(protectedFields, key):
			errs.add(key, RuleNotUpdatable, "That can't be changed here.")
		default:
			up.custom[key] = value
		}
	}
	slices.SortFunc(errs, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return up, errs.err()
}

// check holds the rules that need no look at other accounts, and cleans what it holds.
func (up *update) check(selfMade bool) error {
	var errs fieldErrors
	if up.firstName != nil {
		*up.firstName = cleanName(&errs, "first_name", *up.firstName)
	}
	if up.lastName != nil {
		*up.lastName = cleanName(&errs, "last_name", *up.lastName)
	}
	if up.username != nil {
		if problem := checkUsername(*up.username); problem != nil {
			errs = append(errs, *problem)
		} else if selfMade && reserved(usernameKey(*up.username)) {
			errs.add("username", RuleTaken, takenMessage("username"))
		}
	}
	if up.timezone != nil && !CheckTimezone(*up.timezone) {
		errs.add("user_timezone", RuleUnknown, "Choose a time zone such as Europe/Paris, or whole hours from -12 to +14.")
	}
	checkCustomKeys(&errs, up.custom)
	return errs.err()
}

// CheckUpdate runs the checks of UpdateUser without effect and without uniqueness.
func (a *Accounts) CheckUpdate(by Actor, changes Changes) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	up, err := splitChanges(changes, false)
	if err != nil {
		return err
	}
	return up.check(by.Rank < RankAdmin)
}

// UpdateProfile changes fields of the acting account: schema fields by name, any other key a custom field that is
// merged. Schema and custom parts change together or not at all.
func (a *Accounts) UpdateProfile(ctx context.Context, by Actor, changes Changes) (User, error) {
	if !by.IsUser() {
		return User{}, errUnauthenticated
	}
	up, err := splitChanges(changes, false)
	if err != nil {
		return User{}, err
	}
	if err := up.check(by.Rank < RankAdmin); err != nil {
		return User{}, err
	}
	var user User
	err = a.update(ctx, func(u *unit) error {
		before, err := u.FindUser(by.ID)
		if err != nil {
			return err
		}
		user, err = u.applyUpdate(by, before, up)
		return err
	})
	return user, err
}

// applyUpdate writes an update over the row as it is now, so that two writers of different fields both stay.
func (u *unit) applyUpdate(by Actor, before User, up update) (User, error) {
	after := before
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&after.FirstName, up.firstName)
	set(&after.LastName, up.lastName)
	set(&after.Timezone, up.timezone)
	if up.username != nil && *up.username != before.Username {
		if err := u.rename(&after, *up.username); err != nil {
			return User{}, err
		}
	}
	merged, err := mergeCustom(before.CustomFields, up.custom)
	if err != nil {
		return User{}, err
	}
	after.CustomFields = merged
	return u.saveUser(by, before, after)
}

// rename gives a user another username, and keeps the old one for them for good.
func (u *unit) rename(user *User, name string) error {
	key := usernameKey(name)
	free, err := usernameFree(u, key, user.ID)
	if err != nil {
		return err
	}
	if !free {
		return Invalid(FieldError{"username", RuleTaken, takenMessage("username")})
	}
	if user.UsernameKey != "" && user.UsernameKey != key {
		if err := u.RetireUsername(usernameDigest(user.UsernameKey), user.ID); err != nil {
			return err
		}
	}
	user.Username, user.UsernameKey = name, key
	return nil
}

// saveUser writes a changed row with its audit entry and event; an unchanged one costs nothing.
func (u *unit) saveUser(by Actor, before, after User) (User, error) {
	changed := changedFields(before, after)
	if len(changed) == 0 {
		return before, nil
	}
	after.UpdatedAt = u.Now()
	if err := u.UpdateUser(after); err != nil {
		return User{}, err
	}
	if err := u.audit(by, "user.updated", &after, details{"changed": changed}); err != nil {
		return User{}, err
	}
	u.touch(after.ID)
	u.publish(by, Event{Name: "user.updated", UserID: after.ID})
	return u.FindUser(after.ID)
}

// changedFields says what differs, as `{field: {from, to}}`. Custom fields are told by key alone: their values may be
// anything, and 64 KiB of it.
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

// SetLocale sets the language of the acting account's pages and mails; "" clears it.
func (a *Accounts) SetLocale(ctx context.Context, by Actor, locale string) (User, error) {
	if !by.IsUser() {
		return User{}, errUnauthenticated
	}
	if !CheckLocale(locale) {
		return User{}, Invalid(FieldError{"preferred_locale", RuleUnknown, "Choose a language such as en or en-GB."})
	}
	var user User
	err := a.update(ctx, func(u *unit) error {
		before, err := u.FindUser(by.ID)
		if err != nil {
			return err
		}
		after := before
		after.Locale = locale
		user, err = u.saveUser(by, before, after)
		return err
	})
	return user, err
}
