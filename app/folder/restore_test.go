package folder

import (
	"os"
	"path/filepath"
	"testing"
)

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func content(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

// TestARestoreThatWasKilledIsFinishedByTheNextLock kills one before each of its steps.
func TestARestoreThatWasKilledIsFinishedByTheNextLock(t *testing.T) {
	t.Parallel()
	steps := []string{databaseName, keysName, avatarsName}
	for done := range len(steps) + 1 {
		dir := t.TempDir()
		ready := filepath.Join(dir, readyName)
		if err := os.Mkdir(ready, 0o700); err != nil {
			t.Fatal(err)
		}
		for i, name := range steps {
			old, restored := filepath.Join(dir, name), filepath.Join(ready, name)
			if i < done { // moved before the kill
				restored, old = old, ""
			}
			if name == avatarsName {
				restored = filepath.Join(restored, "b", "original")
				if old != "" {
					old = filepath.Join(old, "a", "original")
				}
			}
			put(t, restored, "restored "+name)
			if old != "" {
				put(t, old, "old "+name)
				put(t, filepath.Join(dir, databaseName+"-wal"), "an old log")
			}
		}
		if done > 0 { // the log went with the database
			os.Remove(filepath.Join(dir, databaseName+"-wal"))
		}
		if there, err := HasDatabase(dir); err != nil || !there {
			t.Errorf("after %d steps there seems to be no database: %v", done, err)
		}
		f, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if pending, err := f.IsRestorePending(); err != nil || !pending {
			t.Errorf("after %d steps: pending %v, %v", done, pending, err)
		}
		if err := f.Lock(); err != nil {
			t.Fatalf("after %d steps: %v", done, err)
		}
		for _, path := range []string{databaseName, keysName} {
			if got := content(filepath.Join(dir, path)); got != "restored "+path {
				t.Errorf("after %d steps %s is %q", done, path, got)
			}
		}
		if got := content(filepath.Join(dir, avatarsName, "b", "original")); got != "restored "+avatarsName {
			t.Errorf("after %d steps the avatar is %q", done, got)
		}
		for _, path := range []string{databaseName + "-wal", readyName, filepath.Join(avatarsName, "a")} {
			if _, err := os.Lstat(filepath.Join(dir, path)); err == nil {
				t.Errorf("after %d steps %s is still there", done, path)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestARestoreThatIsGivenUpLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	put(t, filepath.Join(dir, partialName, "avatars", "junk"), "of an earlier try")
	partial, err := f.BeginRestore()
	if err != nil {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(partial.Avatars()); err != nil || len(names) > 0 {
		t.Errorf("a new restore begins with %v, %v", names, err)
	}
	put(t, partial.Database(), "half")
	if empty, err := f.IsEmpty(); err != nil || !empty {
		t.Errorf("the folder counts as used: %v", err)
	}
	if err := f.AbandonRestore(); err != nil {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("left: %v, %v", names, err)
	}
	put(t, f.Database(), "a database")
	if empty, err := f.IsEmpty(); err != nil || empty {
		t.Errorf("a folder with a database counts as empty: %v", err)
	}
}

func TestWhatAKilledRestoreLeftGoesWithTheNextLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, databaseName), "served")
	put(t, filepath.Join(dir, partialName, databaseName), "half")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Lock(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, partialName)); err == nil {
		t.Error("a copy of what a backup held is still there")
	}
	if got := content(f.Database()); got != "served" {
		t.Errorf("the database is %q", got)
	}
}
