package app

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Hashes that other systems made are verified as they are, and stored anew with bcrypt at the first login. Their work is
// bounded, since whoever logs in makes us do it.
const (
	maxArgon2KiB    = 256 << 10
	maxArgon2Passes = 10
	maxArgon2Lanes  = 64
	maxPBKDF2Rounds = 2_000_000
)

// verifier compares a password with one stored hash.
type verifier func(password []byte) bool

var errHashForm = errors.New("it is neither bcrypt ($2a$, $2b$, $2y$), argon2id in PHC form nor Django's pbkdf2_sha256")

// CheckPasswordHash says what is wrong with a stored hash from another system: its form is not known, or its work is over
// the bounds (bcrypt cost 4 to 15, argon2id 256 MiB and t=10, PBKDF2 2,000,000 rounds). nil when logins can use it.
func CheckPasswordHash(hash Secret) error {
	text := hash.Reveal()
	if !strings.HasPrefix(text, "$2") {
		_, err := foreignHash(text)
		return err
	}
	// bcrypt itself looks at neither the minor version nor the alphabet before it works.
	if len(text) != 60 || text[3] != '$' || text[6] != '$' || !strings.Contains("aby", text[2:3]) || !isBcryptText(text[7:]) {
		return errHashForm
	}
	cost, err := bcrypt.Cost([]byte(text))
	switch {
	case err != nil:
		return errHashForm
	case cost > maxBcryptCost:
		return errors.New("its bcrypt cost is over 15")
	}
	return nil
}

func isBcryptText(text string) bool {
	return strings.Trim(text, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// isForeign tells a hash that is not bcrypt's.
func isForeign(hash Secret) bool { return hash != "" && !strings.HasPrefix(hash.Reveal(), "$2") }

func foreignHash(text string) (verifier, error) {
	switch {
	case strings.HasPrefix(text, "$argon2id$"):
		return argon2idHash(text)
	case strings.HasPrefix(text, "pbkdf2_sha256$"):
		return djangoHash(text)
	}
	return nil, errHashForm
}

// argon2idHash reads `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`, as the PHC string format has it.
func argon2idHash(text string) (verifier, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[2] != "v=19" {
		return nil, errors.New("it is not argon2id version 19 in PHC form")
	}
	var costs [3]uint64
	fields := strings.Split(parts[3], ",")
	for i, name := range []string{"m=", "t=", "p="} {
		if i >= len(fields) || len(fields) != len(costs) {
			return nil, errors.New("its argon2id parameters are not m, t and p")
		}
		digits, ok := strings.CutPrefix(fields[i], name)
		n, plain := plainNumber(digits)
		if !ok || !plain {
			return nil, errors.New("its argon2id parameters are not m, t and p")
		}
		costs[i] = n
	}
	memory, passes, lanes := costs[0], costs[1], costs[2]
	if memory > maxArgon2KiB || passes > maxArgon2Passes || lanes > maxArgon2Lanes || memory < 8*lanes {
		return nil, errors.New("its argon2id work is out of bounds: at most 256 MiB, t=10 and p=64")
	}
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(want) < 16 || len(want) > 64 {
		return nil, errors.New("its argon2id salt or value can't be read")
	}
	return func(password []byte) bool {
		got := argon2.IDKey(password, salt, uint32(passes), uint32(memory), uint8(lanes), uint32(len(want)))
		return subtle.ConstantTimeCompare(got, want) == 1
	}, nil
}

// plainNumber reads a number above 0 that is written without zeros in front, as those who write such hashes do.
func plainNumber(digits string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(digits, 10, 32)
	return n, err == nil && n > 0 && digits[0] != '0'
}

// djangoHash reads `pbkdf2_sha256$rounds$salt$hash`; the salt's characters are its bytes.
func djangoHash(text string) (verifier, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 4 {
		return nil, errors.New("it is not pbkdf2_sha256$rounds$salt$hash")
	}
	rounds, plain := plainNumber(parts[1])
	switch {
	case !plain:
		return nil, errors.New("its PBKDF2 rounds can't be read")
	case rounds > maxPBKDF2Rounds:
		return nil, errors.New("its PBKDF2 rounds are over 2,000,000")
	}
	salt := parts[2]
	want, err := base64.StdEncoding.Strict().DecodeString(parts[3])
	if err != nil || len(want) != sha256.Size || salt == "" || len(salt) > 128 {
		return nil, errors.New("its PBKDF2 salt or value can't be read")
	}
	return func(password []byte) bool {
		got, err := pbkdf2.Key(sha256.New, string(password), []byte(salt), int(rounds), sha256.Size)
		return err == nil && subtle.ConstantTimeCompare(got, want) == 1
	}, nil
}
