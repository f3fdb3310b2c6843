package app

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func sealedMail(t *testing.T, key [32]byte, m Mail) []byte {
	t.Helper()
	sealed, err := sealToken(key, m)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(mailPayload{Mail: m, Sealed: sealed})
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestAWaitingMailOpensWithItsKeyAlone(t *testing.T) {
	t.Parallel()
	key := [32]byte{1}
	m := Mail{ID: newID(), Kind: MailPasswordReset, To: "ada@example.org", Token: newSecret(), TokenID: 7, At: time.Unix(1, 0).UTC()}
	payload := sealedMail(t, key, m)
	opened, err := openMail(key, payload)
	if err != nil || opened != m {
		t.Errorf("opened %+v, %v; want %+v", opened, err, m)
	}
	token := m.Token.Reveal()
	for form, text := range map[string]string{
		"plain": token, "base64": base64.StdEncoding.EncodeToString([]byte(token)), "hex": hex.EncodeToString([]byte(token)),
	} {
		if bytes.Contains(payload, []byte(text)) {
			t.Errorf("the payload holds the token in %s", form)
		}
	}
	if _, err := openMail([32]byte{2}, payload); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("with another key: %v", err)
	}
}

func TestATokenIsSealedToItsMail(t *testing.T) {
	t.Parallel()
	key := [32]byte{1}
	var one, other mailPayload
	decode(t, sealedMail(t, key, Mail{ID: "one", To: "ada@example.org", Token: newSecret()}), &one)
	decode(t, sealedMail(t, key, Mail{ID: "other", To: "eve@example.org", Token: newSecret()}), &other)
	other.Sealed = one.Sealed
	swapped, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := openMail(key, swapped); err == nil {
		t.Errorf("ada's token opens in eve's mail: %v", m.To)
	}
	for _, cut := range []int{1, 23, 24, 30} {
		short := one
		short.Sealed = one.Sealed[:cut]
		payload, err := json.Marshal(short)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openMail(key, payload); err == nil {
			t.Errorf("a token of %d bytes opens", cut)
		}
	}
}

func TestTheSameTokenSealsDifferentlyEachTime(t *testing.T) {
	t.Parallel()
	m := Mail{ID: "one", Token: "token"}
	if bytes.Equal(sealedMail(t, [32]byte{1}, m), sealedMail(t, [32]byte{1}, m)) {
		t.Error("the nonce repeats")
	}
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsPrintAsRedacted(t *testing.T) {
	t.Parallel()
	secret := Secret("hunter2hunter2")
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", secret, "in", struct{ S Secret }{secret}, "list", []Secret{secret})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", secret, "in", struct{ S Secret }{secret})
	encoded, err := json.Marshal(map[string]any{"a": secret, "b": LoginInput{Password: secret}, "c": PasswordInput{Confirmation: &secret}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		log.String(), string(encoded), fmt.Sprint(secret), fmt.Sprintf("%v %+v %#v %s %q", secret, LoginInput{Password: secret}, secret, secret, secret),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("printed: %s", text)
		}
	}
	if secret.Reveal() != "hunter2hunter2" {
		t.Error("the value is lost")
	}
	var back Secret
	decode(t, []byte(`"hunter2"`), &back)
	if back.Reveal() != "hunter2" {
		t.Error("a secret can't be read")
	}
}

func TestAnEmptySecretIsTheSameAsNothing(t *testing.T) {
	t.Parallel()
	if sameSecret("", "") || sameSecret("", "a") || sameSecret("a", "") || sameSecret("a", "b") || !sameSecret("a", "a") {
		t.Error("sameSecret compares wrongly")
	}
}

func TestTokensAndIDsAreLongEnoughAndNeverRepeat(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		secret, id := newSecret().Reveal(), newID()
		if len(secret) != 43 || len(id) != 22 || seen[secret] || seen[id] {
			t.Fatalf("%d and %d characters, or seen before", len(secret), len(id))
		}
		seen[secret], seen[id] = true, true
	}
}

func TestWaitsBetweenDeliveriesGrow(t *testing.T) {
	t.Parallel()
	if first := mailWait(1); first <= 0 || first > time.Minute {
		t.Errorf("the first wait is %v", first)
	}
	last := time.Duration(0)
	for n := 1; n < 100; n++ {
		wait := mailWait(n)
		if wait < last || wait > 2*time.Hour || n <= 8 && wait == last {
			t.Errorf("wait %d is %v after %v", n, wait, last)
		}
		last = wait
	}
}
