package app

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const maxNameChars = 100

// cleanName trims a name and holds its rule.
func cleanName(errs *fieldErrors, field, name string) string {
	name = strings.TrimSpace(name)
	switch {
	case utf8.RuneCountInString(name) > maxNameChars:
		errs.add(field, RuleTooLong, "A name has at most 100 characters.").named("name_long", maxNameChars)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, disturbs):
		errs.add(field, RuleInvalidFormat, "A name can't hold line breaks or control characters.").Case = "name_broken"
	}
	return name
}

// disturbs tells the characters that change how the text around a name is shown: controls, breaks of lines, and those that
// turn the direction of writing until something ends it. Marks and joiners that scripts are written with do not.
func disturbs(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
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

// SetLocale sets the language of an account's pages and mails; "" clears it.
func (a *Accounts) SetLocale(ctx context.Context, by Actor, whose Whose, locale string) (User, error) {
	if err := whose.may(by); err != nil {
		return User{}, err
	}
	if !CheckLocale(locale) {
		return User{}, Invalid(FieldError{Field: "preferred_locale", Rule: RuleUnknown, Message: "Choose a language such as en or en-GB."})
	}
	return a.changeUser(ctx, by, whose, func(_ *unit, user *User) error {
		user.Locale = locale
		return nil
	})
}
