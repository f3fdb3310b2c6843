// Package folder is the data folder: where the database, the avatars, the keys and the copies before migrations lie, and
// the lock by which one server at a time has it. Start with Open; keys.go holds the four keys.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

const (
	databaseName = "doorward.db"
	avatarsName  = "avatars"
	backupsName  = "backups"
	keysName     = "keys"
	lockName     = "lock"
)

// ErrInUse is in the error of Lock when another process holds the folder.
var ErrInUse = errors.New("in use")

// Folder is an open data folder.
type Folder struct {
	path string
	lock *flock.Flock
}

// Open makes the folder with mode 0700, or takes the one that is there as it is. It takes no lock.
func Open(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	lock := flock.New(filepath.Join(path, lockName), flock.SetPermissions(0o600))
	return &Folder{path: path, lock: lock}, nil
}

// Path is the folder's absolute path.
func (f *Folder) Path() string { return f.path }

// Database is the path of the database file.
func (f *Folder) Database() string { return filepath.Join(f.path, databaseName) }

// Avatars is the path of the folder for picture files.
func (f *Folder) Avatars() string { return filepath.Join(f.path, avatarsName) }

// Backups makes, if need be, the folder for the copies before migrations and answers its path.
func (f *Folder) Backups() (string, error) {
	path := filepath.Join(f.path, backupsName)
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make backup folder: %w", err)
	}
	return path, nil
}

// Lock takes the folder for this process until Close, or until the process ends in any way. When another has it, the
// error is ErrInUse and names the lock file.
func (f *Folder) Lock() error {
	taken, err := f.lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock data folder: %w", err)
	}
	if !taken {
		return fmt.Errorf("the data folder is %w: another doorward holds the lock %s", ErrInUse, f.lock.Path())
	}
	return nil
}

// Close gives the lock back, if it was taken. The lock file stays: to remove it would let two processes each lock one of
// their own.
func (f *Folder) Close() error {
	if err := f.lock.Close(); err != nil {
		return fmt.Errorf("unlock data folder: %w", err)
	}
	return nil
}

// Warnings says, a line each, what other users of the machine may read of the folder though they should not. An operator
// can have meant it, so nothing is changed. Windows keeps rights elsewhere; there it says nothing.
func (f *Folder) Warnings() []string {
	if runtime.GOOS == "windows" {
		return nil
	}
	var lines []string
	for _, path := range []string{f.path, f.keysPath()} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			continue // what is missing is told where it is needed
		}
		tight := "0600"
		if info.IsDir() {
			tight = "0700"
		}
		lines = append(lines, fmt.Sprintf("%s has mode %#o: others on this machine may reach secrets in it; chmod %s would keep them out", path, info.Mode().Perm(), tight))
	}
	return lines
}
