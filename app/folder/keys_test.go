package folder_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorward/app/folder"
)

func keysOf(t *testing.T, path string) folder.Keys {
	t.Helper()
	keys, err := open(t, path).Keys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestKeysAreMadeOnceAndStay(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	first := keysOf(t, path)
	seen := map[[32]byte]bool{{}: true}
	for _, key := range [][32]byte{first.CookieHash, first.CookieBlock, first.Seal, first.Audit} {
		if seen[key] {
			t.Error("a key is empty or the same as another")
		}
		seen[key] = true
	}
	if again := keysOf(t, path); again != first {
		t.Error("the keys read are not those made")
	}
	if other := keysOf(t, t.TempDir()); other == first {
		t.Error("two folders have the same keys")
	}
	text, err := os.ReadFile(filepath.Join(path, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "# Doorward's keys.") {
		t.Errorf("the file does not say what it is: %q", text[:20])
	}
	left, err := filepath.Glob(filepath.Join(path, "*.partial"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestMissingKeysAreMadeOnlyWhereThereIsNoDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, content string
		made                bool
	}{
		{"an empty file, as a first start leaves it", "doorward.db", "", true},
		{"a database", "doorward.db", "SQLite format 3\x00", false},
		{"a write-ahead log alone", "doorward.db-wal", "something", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			if err := os.WriteFile(filepath.Join(path, c.file), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := open(t, path).Keys()
			if c.made != (err == nil) {
				t.Fatalf("keys: %v", err)
			}
			if err == nil {
				return
			}
			for _, part := range []string{filepath.Join(path, "keys"), "backup", "doorward key renew"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not tell %q: %v", part, err)
				}
			}
			if _, err := os.Stat(filepath.Join(path, "keys")); err == nil {
				t.Error("keys were made all the same")
			}
		})
	}
}

func TestDamagedKeysAreRefusedAndLeftAsTheyAre(t *testing.T) {
	t.Parallel()
	good := t.TempDir()
	keysOf(t, good)
	whole, err := os.ReadFile(filepath.Join(good, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(whole))+"\n", "\n")
	for name, text := range map[string]string{
		"empty":         "",
		"cut short":     string(whole[:len(whole)-10]),
		"a line less":   strings.Join(lines[:len(lines)-2], ""),
		"a line twice":  string(whole) + lines[len(lines)-2],
		"a line more":   string(whole) + "other = 00\n",
		"a zero key":    strings.Join(lines[:len(lines)-2], "") + "audit = " + strings.Repeat("00", 32) + "\n",
		"not ours":      "-----BEGIN PRIVATE KEY-----\n",
		"far too long":  string(whole) + strings.Repeat("#\n", 4096),
		"a longer line": string(whole) + strings.Repeat("x", 3<<10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			file := filepath.Join(path, "keys")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			f := open(t, path)
			if _, err := f.Keys(); err == nil || !strings.Contains(err.Error(), "can be removed") {
				t.Errorf("without a database: %v", err)
			}
			if err := os.WriteFile(f.Database(), []byte("SQLite format 3\x00"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Keys(); err == nil || !strings.Contains(err.Error(), "doorward key renew") {
				t.Errorf("beside a database: %v", err)
			}
			if after, err := os.ReadFile(file); err != nil || string(after) != text {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestErrorsRepeatNoKey(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	secret := strings.Repeat("5e", 31)
	if err := os.WriteFile(filepath.Join(path, "keys"), []byte("seal = "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path).Keys(); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("keys: %v", err)
	}
}
