package app

import (
	"strings"
	"testing"
)

// FuzzPasswordHashesOfOthersAreBounded: what is taken as another system's hash can be compared with, and its work is bounded.
func FuzzPasswordHashesOfOthersAreBounded(f *testing.F) {
	for _, seed := range []string{
		"", "$2b$04$LGkoWCgECZfXQIpHNjbXUOOKeQBHgUvfK07dRrkhyJG8zTsQfSTku", "$2b$31$LGkoWCgECZfXQIpHNjbXUOOKeQBHgUvfK07dRrkhyJG8zTsQfSTku",
		"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=4294967295,t=4294967295,p=255$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"pbkdf2_sha256$1$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "pbkdf2_sha256$99999999999$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if CheckPasswordHash(Secret(text)) != nil {
			return
		}
		cost := func(from, to string) string {
			_, rest, _ := strings.Cut(text, from)
			number, _, _ := strings.Cut(rest, to)
			return number
		}
		switch {
		case strings.HasPrefix(text, "$2"):
			if len(text) != 60 || text[4:6] > "15" {
				t.Fatalf("%q is taken", text)
			}
		case strings.HasPrefix(text, "$argon2id$"):
			if len(cost("m=", ",")) > 6 || len(cost(",t=", ",")) > 2 || len(cost(",p=", "$")) > 2 {
				t.Fatalf("%q is taken", text)
			}
			if len(cost("m=", ",")) <= 3 && len(cost(",t=", ",")) == 1 { // no fuzzing of argon2 itself
				comparesWithout(t, text)
			}
		case len(cost("$", "$")) > 7:
			t.Fatalf("%q is taken", text)
		case len(cost("$", "$")) <= 3:
			comparesWithout(t, text)
		}
	})
}

// comparesWithout compares a password with a hash that nobody knows one for.
func comparesWithout(t *testing.T, text string) {
	t.Helper()
	verify, err := foreignHash(text)
	if err != nil {
		t.Fatalf("%q was checked and can't be read: %v", text, err)
	}
	if verify([]byte("a password that nobody has, 7f3b")) {
		t.Fatalf("%q fits", text)
	}
}
