package folder_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"doorward/app/folder"
)

// lockEnv makes this test binary a second process that takes the lock of the folder named by it.
const lockEnv = "DOORWARD_TEST_LOCK"

func TestMain(m *testing.M) {
	if path := os.Getenv(lockEnv); path != "" {
		os.Exit(holdLock(path))
	}
	os.Exit(m.Run())
}

// holdLock locks the folder, says so, and holds it until its standard input ends.
func holdLock(path string) int {
	f, err := folder.Open(path)
	if err == nil {
		err = f.Lock()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0 // without Close: the lock goes with the process
}

func open(t *testing.T, path string) *folder.Folder {
	t.Helper()
	f, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func skipWithoutModes(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps rights elsewhere")
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestOpenMakesAFolderThatOthersCannotEnter(t *testing.T) {
	t.Parallel()
	skipWithoutModes(t)
	path := filepath.Join(t.TempDir(), "one", "two")
	f := open(t, path)
	if err := f.Lock(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Keys(); err != nil {
		t.Fatal(err)
	}
	backups, err := f.Backups()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{
		path:                        0o700,
		backups:                     0o700,
		filepath.Join(path, "keys"): 0o600,
		filepath.Join(path, "lock"): 0o600,
	} {
		if got := mode(t, path); got != want {
			t.Errorf("%s has mode %#o, want %#o", path, got, want)
		}
	}
	if lines := f.Warnings(); len(lines) != 0 {
		t.Errorf("warnings about a folder as it should be: %q", lines)
	}
}

func TestAWideFolderIsToldAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	skipWithoutModes(t)
	path := t.TempDir()
	f := open(t, path)
	if _, err := f.Keys(); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(path, "keys")
	for path, mode := range map[string]os.FileMode{path: 0o755, keys: 0o640} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	lines := f.Warnings()
	if len(lines) != 2 || !strings.Contains(lines[0], "chmod 0700") || !strings.Contains(lines[1], "chmod 0600") {
		t.Errorf("warnings: %q", lines)
	}
	if mode(t, path) != 0o755 || mode(t, keys) != 0o640 {
		t.Error("the modes were changed")
	}
}

func TestAFileInPlaceOfTheFolderIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Open(path); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// second starts another process that wants the folder's lock, and answers its first line.
func second(t *testing.T, path string) (line string, end func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), lockEnv+"="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ = bufio.NewReader(stdout).ReadString('\n')
	return strings.TrimSpace(line), func() {
		stdin.Close()
		_ = cmd.Wait() // exits 1 where the lock was refused
	}
}

func TestASecondProcessIsRefusedWithTheLocksName(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	f := open(t, path)
	if err := f.Lock(); err != nil {
		t.Fatal(err)
	}
	line, end := second(t, path)
	end()
	if !strings.Contains(line, "in use") || !strings.Contains(line, filepath.Join(path, "lock")) {
		t.Errorf("the second process was told %q", line)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	line, end = second(t, path)
	defer end()
	if line != "locked" {
		t.Errorf("after Close, the second process was told %q", line)
	}
}

func TestALockGoesWithItsProcess(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	line, end := second(t, path)
	if line != "locked" {
		t.Fatalf("the other process was told %q", line)
	}
	f := open(t, path)
	if err := f.Lock(); !errors.Is(err, folder.ErrInUse) {
		t.Fatalf("while another has it: %v", err)
	}
	end()
	if err := f.Lock(); err != nil {
		t.Errorf("after the other ended: %v", err)
	}
}

func TestWhatTheFolderConsistsOfIsKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	f, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"avatars/a", "certificates", "backups", "restore.ready"} {
		if err := os.MkdirAll(filepath.Join(path, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	linked := filepath.Join(t.TempDir(), "linked")
	if runtime.GOOS != "windows" {
		if err := os.Symlink(path, linked); err != nil {
			t.Fatal(err)
		}
	} else {
		linked = path
	}
	for name, kept := range map[string]bool{
		"doorward.db": true, "doorward.db-wal": true, "doorward.db-damaged": true, "Doorward.DB": true, "keys": true, "keys.renewal": true, "lock": true,
		"lock.shared": true, "dev": true, "avatars": true, "avatars/a/original": true, "certificates/x": true, "restore.ready/keys": true,
		"backup.tar": false, "backups/backup.tar": false, "../doorward.db": false, "locked.tar": false, "keys-of-mine.tar": false,
	} {
		for _, from := range []string{path, linked} {
			if from == linked && strings.HasPrefix(name, "..") {
				continue
			}
			if got := f.Keeps(filepath.Join(from, filepath.FromSlash(name))); got != kept {
				t.Errorf("%s of %s: kept %v", name, from, got)
			}
		}
	}
}
