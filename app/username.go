package app

import (
	_ "embed"
	"errors"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	minUsername = 3
	maxUsername = 30
)

//go:embed words/reserved.txt
var reservedList string

// reserved tells whether a registration may not take a name, because people would take its holder for the house.
func reserved(key string) bool {
	for name := range strings.Lines(reservedList) {
		if strings.TrimSpace(name) == key {
			return true
		}
	}
	return false
}

// usernameKey is what makes a username unique. Usernames are ASCII, so lower case is enough.
func usernameKey(username string) string { return strings.ToLower(username) }

// usernameDigest is how a given-up name is kept, so that nobody can take another's old name and nothing personal stays.
func usernameDigest(key string) Digest { return DigestOf("username:" + key) }

// checkUsername holds the form of a chosen name; nil when it is good.
func checkUsername(username string) *FieldError {
	fail := func(rule Rule, limit int64, message string) *FieldError {
		return &FieldError{Field: "username", Rule: rule, Message: message, Limit: limit}
	}
	switch {
	case len(username) < minUsername:
		return fail(RuleTooShort, minUsername, "A username has at least 3 characters.")
	case len(username) > maxUsername:
		return fail(RuleTooLong, maxUsername, "A username has at most 30 characters.")
	case !isLetter(rune(username[0])) || strings.IndexFunc(username, func(r rune) bool { return !isNameRune(r) }) >= 0:
		return fail(RuleInvalidFormat, 0, "A username begins with a letter and holds only letters a to z, digits and underscores.")
	}
	return nil
}

func isLetter(r rune) bool   { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func isNameRune(r rune) bool { return isLetter(r) || '0' <= r && r <= '9' || r == '_' }

// usernameFromEmail makes the name that an account gets when none was chosen, before numbers are tried.
func usernameFromEmail(email string) string {
	local, _, _ := strings.Cut(email, "@")
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(local)) {
		switch r = unicode.ToLower(r); {
		case r == '.':
			b.WriteByte('_')
		case isNameRune(r):
			b.WriteRune(r)
		case folded[r] != "":
			b.WriteString(folded[r])
		}
	}
	name := b.String()
	if name == "" || !isLetter(rune(name[0])) {
		name = "user_" + name
	}
	if len(name) < minUsername {
		name += "_1"
	}
	return name[:min(len(name), maxUsername)]
}

// folded are the Latin letters that have no decomposition and are still plainly a letter with something added.
var folded = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ħ': "h", 'ı': "i", 'ŧ': "t", 'ŋ': "n"}

// numbered puts `_n` behind a name and keeps it within 30 characters.
func numbered(name string, n int) string {
	suffix := "_" + strconv.Itoa(n)
	return name[:min(len(name), maxUsername-len(suffix))] + suffix
}

// usernameFree tells whether userID (0 for a new account) may carry a name: nobody has it, and nobody else gave it up.
func usernameFree(tx Tx, key string, userID int64) (bool, error) {
	holder, err := tx.FindUserByUsername(key)
	if err == nil {
		return holder.ID == userID, nil
	}
	if !errors.Is(err, ErrNoRow) {
		return false, err
	}
	former, err := tx.RetiredUsername(usernameDigest(key))
	return former == 0 || former == userID && userID != 0, err
}

// maxNamesLeft is how many usernames an account may leave. Each is lost to everybody else for good: without a bound, whoever
// renames themselves all day takes every name there is.
const maxNamesLeft = 50

// mayTake tells whether an account may carry a name that is free for it: one that it has or had, or another as long as it
// left few.
func mayTake(tx Tx, key string, userID int64) (bool, error) {
	_, err := tx.FindUserByUsername(key)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, ErrNoRow) {
		return false, err
	}
	former, err := tx.RetiredUsername(usernameDigest(key))
	if err != nil || former == userID {
		return true, err
	}
	left, err := tx.UsernamesLeft(userID)
	return left < maxNamesLeft, err
}

// nameWalk is how many numbers are tried one by one behind a taken name.
const nameWalk = 100

// freeUsername finds the first free name made from an e-mail. Behind names that thousands share (info@, mail@) it does not
// walk through all of them: it doubles until a number is free and then halves the gap to the last taken one.
func freeUsername(tx Tx, email string) (string, error) {
	base := usernameFromEmail(email)
	free, err := mayBeMade(tx, base)
	if err != nil || free {
		return base, err
	}
	for n := 1; n <= nameWalk; n++ {
		if free, err := mayBeMade(tx, numbered(base, n)); err != nil || free {
			return numbered(base, n), err
		}
	}
	taken, open := nameWalk, 2*nameWalk
	for {
		free, err := mayBeMade(tx, numbered(base, open))
		if err != nil {
			return "", err
		}
		if free {
			break
		}
		taken, open = open, 2*open
	}
	for open-taken > 1 {
		middle := (taken + open) / 2
		free, err := mayBeMade(tx, numbered(base, middle))
		if err != nil {
			return "", err
		}
		if free {
			open = middle
		} else {
			taken = middle
		}
	}
	return numbered(base, open), nil
}

// mayBeMade tells whether a new account may get a name without having chosen it.
func mayBeMade(tx Tx, name string) (bool, error) {
	if reserved(usernameKey(name)) {
		return false, nil
	}
	return usernameFree(tx, usernameKey(name), 0)
}
