package app

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxPasswordBytes is all that bcrypt reads; what is longer is refused, never cut.
	maxPasswordBytes = 72
	// maxBcryptCost bounds the work of one login (15 is about 3 s on a core of 2024).
	maxBcryptCost = 15
)

// comparable tells whether a password may be shown to bcrypt at all. Its compare ignores what follows byte 72 and treats
// NUL as an end, so every place that compares or stores a password asks this first. The minimum length is not part of it.
func (s Secret) comparable() bool {
	text := string(s)
	return text != "" && len(text) <= maxPasswordBytes && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// checkPassword holds every rule of a new password that needs no hashing. The field is always `password`.
func (p Policy) checkPassword(errs *fieldErrors, in PasswordInput, email, username string) {
	text := in.Password.Reveal()
	add := func(rule Rule, message string) *FieldError { return errs.add("password", rule, message) }
	switch {
	case text == "":
		add(RuleRequired, "Enter a password.")
	case len(text) > maxPasswordBytes:
		add(RuleTooLong, "A password has at most 72 bytes (72 plain letters, fewer with accents or emoji).").Limit = maxPasswordBytes
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		add(RuleInvalidFormat, "A password can't hold NUL or broken characters.")
	case utf8.RuneCountInString(text) < p.PasswordMin:
		add(RuleTooShort, fmt.Sprintf("A password has at least %d characters.", p.PasswordMin)).Limit = int64(p.PasswordMin)
	case EmailKey(text) == EmailKey(email) && email != "":
		add(RuleMustDiffer, "The password can't be the e-mail address.").Case = "password_is_email"
	case username != "" && usernameKey(text) == usernameKey(username):
		*errs = append(*errs, passwordIsUsername)
	case isCommonPassword(text):
		add(RuleTooCommon, "That password is on the list of common ones. Choose one that nobody would guess.")
	default:
		for _, class := range p.PasswordRequire {
			if !class.in(text) {
				add(RuleInvalidFormat, "A password needs "+class.phrase()+".").Case = "password_" + string(class)
				break
			}
		}
	}
	if in.Confirmation != nil && *in.Confirmation != in.Password {
		errs.add("password_confirmation", RuleDoesNotMatch, "The two passwords differ.")
	}
}

var (
	passwordIsUsername = FieldError{Field: "password", Rule: RuleMustDiffer, Message: "The password can't be the username.", Case: "password_is_username"}
	passwordIsPresent  = FieldError{Field: "password", Rule: RuleMustDiffer, Message: "The new password is the one you have. Choose another.", Case: "password_is_present"}
)

func (c CharClass) in(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		switch c {
		case CharUpper:
			return unicode.IsUpper(r)
		case CharLower:
			return unicode.IsLower(r)
		case CharDigit:
			return unicode.IsDigit(r)
		}
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r)
	}) >= 0
}

func (c CharClass) phrase() string {
	switch c {
	case CharUpper:
		return "an upper-case letter"
	case CharLower:
		return "a lower-case letter"
	case CharDigit:
		return "a digit"
	}
	return "a character that is neither letter nor digit"
}

// commonPasswords is sorted, one a line, in lower case; see words/README.md for where it comes from.
//
//go:embed words/passwords.txt
var commonPasswords string

// isCommonPassword searches the list without parsing it: a binary search over bytes, then back to the line's start.
func isCommonPassword(text string) bool {
	word := strings.ToLower(text)
	at := sort.Search(len(commonPasswords), func(i int) bool {
		return lineAt(i) >= word
	})
	return at < len(commonPasswords) && lineAt(at) == word
}

// lineAt is the list's line that holds byte i.
func lineAt(i int) string {
	start := strings.LastIndexByte(commonPasswords[:i], '\n') + 1
	line, _, _ := strings.Cut(commonPasswords[start:], "\n")
	return line
}

// matches compares a password with a stored hash at the cost of one bcrypt, whatever it finds: without a hash, or with a
// password that can't be compared, it works against a hash of its own that nothing fits. rehash tells that the stored
// cost is not today's. A hash from another system costs what it costs, until the first login replaces it, and so does one
// from when --bcrypt-cost was higher.
func (a *Accounts) matches(ctx context.Context, by Actor, hash, password Secret) (ok, rehash bool, err error) {
	against, comparable := hash, password.comparable()
	if comparable && isForeign(hash) {
		return a.matchesForeign(ctx, by, hash, password)
	}
	if hash == "" || !comparable {
		against = a.hashing.decoy()
		password = "no password fits this"
	}
	err = a.hashing.run(ctx, ipKey(by.Client.IP), func() error { return a.hashing.compare(against, password) })
	switch {
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, false, nil
	case err != nil:
		return false, false, err
	}
	cost, err := bcrypt.Cost([]byte(against))
	return hash != "" && comparable, cost != a.policy.BcryptCost, err
}

func (a *Accounts) matchesForeign(ctx context.Context, by Actor, hash, password Secret) (ok, rehash bool, err error) {
	verify, err := foreignHash(hash.Reveal())
	if err != nil {
		return false, false, fmt.Errorf("stored hash: %w", err)
	}
	err = a.hashing.run(ctx, ipKey(by.Client.IP), func() error {
		ok = verify([]byte(password))
		return nil
	})
	return ok, true, err
}

// hash makes the hash that is stored for a password that passed its rules.
func (a *Accounts) hash(ctx context.Context, by Actor, password Secret) (Secret, error) {
	if !password.comparable() {
		return "", errors.New("hash: password was not checked")
	}
	var hashed []byte
	err := a.hashing.run(ctx, ipKey(by.Client.IP), func() (err error) {
		hashed, err = bcrypt.GenerateFromPassword([]byte(password), a.policy.BcryptCost)
		return err
	})
	return Secret(hashed), err
}
