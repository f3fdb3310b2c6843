package app

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"strings"
)

// Secret is text that must not be printed: a password, a token, a hash. Every way of printing it shows `[redacted]`;
// Reveal is the one way to its value, so that a search for it finds every use.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string   { return redacted }
func (Secret) GoString() string { return redacted }

// LogValue keeps the value out of the log.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the value out of anything encoded by accident.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes the value as it came.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// Reveal is the value itself.
func (s Secret) Reveal() string { return string(s) }

// Digest is the SHA-256 by which a token is stored and found. A token carries 256 random bits, so a plain hash is
// enough: there is nothing to guess (OWASP ASVS 5.0, 7.2.3).
type Digest [sha256.Size]byte

// DigestOf hashes what was presented.
func DigestOf(presented string) Digest { return sha256.Sum256([]byte(presented)) }

// newSecret makes 256 random bits in 43 characters of the URL-safe alphabet. None looks like an API key, which one in 16
// million would.
func newSecret() Secret {
	for {
		var raw [32]byte
		rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
		if text := base64.RawURLEncoding.EncodeToString(raw[:]); !strings.HasPrefix(text, KeyPrefix) {
			return Secret(text)
		}
	}
}

// newID makes a public, unguessable name of 128 bits in 22 characters.
func newID() string {
	var raw [16]byte
	rand.Read(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// sameSecret compares in constant time. Empty secrets are the same as nothing.
func sameSecret(a, b Secret) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
