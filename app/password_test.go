package app

import (
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

func TestNewPasswords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, password string
		want           Rule
	}{
		{"good", "correct horse battery", ""},
		{"eight characters", "kf8-fj2q", ""},
		{"eight characters of several bytes", "пароль-ж", ""},
		{"eight spaces are characters too", "        ", ""},
		{"72 bytes", strings.Repeat("kf8-fj2q", 9), ""},
		{"73 bytes", strings.Repeat("kf8-fj2q", 9) + "x", RuleTooLong},
		{"40 characters of 80 bytes", strings.Repeat("ж", 40), RuleTooLong},
		{"empty", "", RuleRequired},
		{"seven characters", "kf8-fj2", RuleTooShort},
		{"seven characters of 28 bytes", strings.Repeat("😀", 7), RuleTooShort},
		{"NUL", "kf8-fj2q\x00", RuleInvalidFormat},
		{"invalid UTF-8", "kf8-fj2q\xff", RuleInvalidFormat},
		{"common", "password", RuleTooCommon},
		{"common in another case", "PassWord", RuleTooCommon},
		{"the e-mail", "ada@example.org", RuleMustDiffer},
		{"the e-mail in another case", "ADA@example.ORG", RuleMustDiffer},
		{"the username", "lovelace", RuleMustDiffer},
		{"the username in another case", "LoveLace", RuleMustDiffer},
	} {
		var errs fieldErrors
		DefaultPolicy().checkPassword(&errs, PasswordInput{Password: Secret(c.password)}, "Ada@example.org", "Lovelace")
		if got := rulesOf(errs, "password"); got != string(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func rulesOf(errs fieldErrors, field string) string {
	var rules []string
	for _, e := range errs {
		if e.Field == field {
			rules = append(rules, string(e.Rule))
		}
	}
	return strings.Join(rules, " ")
}

func TestAPasswordHoldsTheClassesThatTheOperatorAsksFor(t *testing.T) {
	t.Parallel()
	policy := DefaultPolicy()
	policy.PasswordRequire = []CharClass{CharUpper, CharLower, CharDigit, CharSpecial}
	policy.PasswordMin = 4
	for password, good := range map[string]bool{
		"Qk8-": true, "Жж8€": true, "qk8-": false, "QK8-": false, "Qkx-": false, "Qk8x": false, "Qk8 ": false,
	} {
		var errs fieldErrors
		policy.checkPassword(&errs, PasswordInput{Password: Secret(password)}, "", "")
		if good != (len(errs) == 0) {
			t.Errorf("%q: %v", password, errs)
		}
	}
}

func TestAConfirmationThatWasSentMustMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		confirmation *Secret
		want         string
	}{{nil, ""}, {ptr[Secret]("correct horse"), ""}, {ptr[Secret](""), "does_not_match"}, {ptr[Secret]("Correct horse"), "does_not_match"}} {
		var errs fieldErrors
		DefaultPolicy().checkPassword(&errs, PasswordInput{Password: "correct horse", Confirmation: c.confirmation}, "", "")
		if got := rulesOf(errs, "password_confirmation"); got != c.want {
			t.Errorf("%v: %q, want %q", c.confirmation, got, c.want)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestEveryListedPasswordIsFound(t *testing.T) {
	t.Parallel()
	words := strings.Split(strings.TrimSuffix(commonPasswords, "\n"), "\n")
	if !slices.IsSorted(words) {
		t.Fatal("the list is not in byte order, so that a binary search misses words")
	}
	for _, word := range words {
		if word != strings.ToLower(word) || !isCommonPassword(word) || !isCommonPassword(strings.ToUpper(word)) {
			t.Errorf("%q is not found", word)
		}
		if near := word + "\x01"; isCommonPassword(near) {
			t.Errorf("%q is found", near)
		}
	}
	for _, word := range []string{"", "\n", "zzzzzzzzzzzzzzzzzz", "\xff", "correct horse battery"} {
		if isCommonPassword(word) {
			t.Errorf("%q is found", word)
		}
	}
}

func TestComparableTellsWhatBcryptMaySee(t *testing.T) {
	t.Parallel()
	for password, want := range map[Secret]bool{
		"x": true, Secret(strings.Repeat("x", 72)): true, Secret(strings.Repeat("x", 73)): false,
		"": false, "secret\x00": false, "\x00": false, "\xff": false,
	} {
		if password.comparable() != want {
			t.Errorf("%q: comparable is %v", password.Reveal(), !want)
		}
	}
}

// hasher is an Accounts with no more than what comparing needs.
func hasher(cost int) *Accounts {
	a := &Accounts{policy: DefaultPolicy(), hashing: newHashPool(cost, 0, nil), log: slog.New(slog.NewTextHandler(io.Discard, nil)), clock: time.Now}
	a.policy.BcryptCost = cost
	return a
}

func TestWhatBcryptWouldMisreadMatchesNothing(t *testing.T) {
	t.Parallel()
	a := hasher(4)
	long := strings.Repeat("x", 72)
	for stored, tried := range map[string]string{long: long + "y", "secret": "secret\x00more", "": ""} {
		raw, err := bcrypt.GenerateFromPassword([]byte(stored), 4)
		if err != nil {
			t.Fatal(err)
		}
		ok, _, err := a.matches(t.Context(), Actor{}, Secret(raw), Secret(tried))
		if ok || err != nil {
			t.Errorf("%q stored, %q tried: %v, %v", stored, tried, ok, err)
		}
	}
	if ok, _, err := a.matches(t.Context(), Actor{}, "", "no password fits this"); ok || err != nil {
		t.Errorf("an account without a password: %v, %v", ok, err)
	}
}

func TestAMatchTellsWhetherTheCostIsTodays(t *testing.T) {
	t.Parallel()
	a := hasher(5)
	for cost, want := range map[int]bool{4: true, 5: false, 6: true} {
		raw, err := bcrypt.GenerateFromPassword([]byte("correct horse"), cost)
		if err != nil {
			t.Fatal(err)
		}
		ok, rehash, err := a.matches(t.Context(), Actor{}, Secret(raw), "correct horse")
		if !ok || rehash != want || err != nil {
			t.Errorf("cost %d: %v, %v, %v", cost, ok, rehash, err)
		}
	}
}

// TestAWrongPasswordCostsWhatAnUnknownAddressDoes: also where the password was stored when the cost was lower.
func TestAWrongPasswordCostsWhatAnUnknownAddressDoes(t *testing.T) {
	t.Parallel()
	const today = 7
	for _, stored := range []int{0, 4, 5, 6, 7} { // 0: an unknown address
		a, hash := hasher(today), Secret("")
		if stored > 0 {
			raw, err := bcrypt.GenerateFromPassword([]byte("correct horse"), stored)
			if err != nil {
				t.Fatal(err)
			}
			hash = Secret(raw)
		}
		if ok, _, err := a.matches(t.Context(), Actor{}, hash, "wrong horse"); ok || err != nil {
			t.Fatalf("cost %d: %v, %v", stored, ok, err)
		}
		if rounds := a.hashing.rounds.Load(); rounds != 1<<today {
			t.Errorf("stored at cost %d a wrong password takes %d rounds, want %d", stored, rounds, 1<<today)
		}
	}
}

func TestTheDecoyCostsWhatAPasswordDoesAndFitsNothing(t *testing.T) {
	t.Parallel()
	a := hasher(6)
	if cost, err := bcrypt.Cost([]byte(a.hashing.decoy())); cost != 6 || err != nil {
		t.Errorf("the decoy's cost is %d, %v", cost, err)
	}
	if a.hashing.decoy() != a.hashing.decoy() {
		t.Error("the decoy is made anew, which costs twice")
	}
}
