//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user without rights: what root may do, no file's mode forbids.
const nobody = 65534

// asNobody makes the program run as a user whom a file's mode stops, on a data folder of theirs.
func asNobody(t *testing.T, data string) *exec.Cmd {
	t.Helper()
	cmd := program(t, "migrate", "--data", data)
	if os.Getuid() != 0 {
		return cmd
	}
	cmd.Path = publicly(t, cmd.Path)
	cmd.Dir = filepath.Dir(cmd.Path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	err := filepath.WalkDir(data, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// publicly gives a program a second name, which everybody may reach. A copy would not do: a test beside this one that starts
// a process at the wrong moment holds it open, and what is open for writing can't be run.
func publicly(t *testing.T, program string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "doorward-public-") // t.TempDir lies in a folder that nobody else may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "program")
	if err := errors.Join(os.Chmod(dir, 0o755), os.Link(program, path)); err != nil {
		t.Skipf("nobody else can run this test's program: %v", err)
	}
	return path
}

func TestADataFolderThatMayNotBeWrittenIsRefusedInOneLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path string // what may only be read, in the data folder
		mode os.FileMode
		says string
	}{
		"the database": {"doorward.db", 0o400, "doorward.db: it may not be written"},
		"its folder":   {".", 0o500, "doorward.db: it may not be written"},
		"the keys":     {"keys", 0o000, "keys can't be used (permission denied)"},
		"the lock":     {"lock", 0o000, "lock: permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "doorward-data-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if code, _, errs := command(t, "migrate", "--data", dir); code != 0 {
				t.Fatal(errs)
			}
			if err := os.Chmod(filepath.Join(dir, c.path), c.mode); err != nil {
				t.Fatal(err)
			}
			cmd := asNobody(t, dir)
			var errs strings.Builder
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err == nil || cmd.ProcessState.ExitCode() != 1 || len(out) > 0 || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), c.says) {
				t.Errorf("%v, exit %d, %q, %q", err, cmd.ProcessState.ExitCode(), out, errs.String())
			}
		})
	}
}
