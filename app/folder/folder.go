// Package folder is the data folder: where the database, the avatars, the keys and the copies before migrations lie, and
// who may work on it at one time (lock.go). Start with Open; keys.go holds the four keys.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	databaseName     = "doorward.db"
	avatarsName      = "avatars"
	backupsName      = "backups"
	certificatesName = "certificates"
	keysName         = "keys"
	lockName         = "lock"
	sharedName       = "lock.shared"
)

// Folder is an open data folder.
type Folder struct {
	path   string
	lock   *flock.Flock
	shared *flock.Flock

	sharePatience, alonePatience time.Duration
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
	lockAt := func(name string) *flock.Flock {
		return flock.New(filepath.Join(path, name), flock.SetPermissions(0o600))
	}
	return &Folder{
		path: path, lock: lockAt(lockName), shared: lockAt(sharedName),
		sharePatience: sharePatience, alonePatience: alonePatience,
	}, nil
}

// Path is the folder's absolute path.
func (f *Folder) Path() string { return f.path }

// Database is the path of the database file.
func (f *Folder) Database() string { return filepath.Join(f.path, databaseName) }

// Avatars is the path of the folder for picture files.
func (f *Folder) Avatars() string { return filepath.Join(f.path, avatarsName) }

// Certificates is the folder for certificates that the server gets by itself. They are in no backup: they are got anew.
func (f *Folder) Certificates() string { return filepath.Join(f.path, certificatesName) }

// Backups makes, if need be, the folder for the copies before migrations and answers its path.
func (f *Folder) Backups() (string, error) {
	path := filepath.Join(f.path, backupsName)
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make backup folder: %w", err)
	}
	return path, nil
}

// Keeps tells whether a path is of what the folder itself consists of, so that no other file may be put there: the database
// and what SQLite keeps beside it, the keys, locks, pictures, certificates and a restore's parts. Other names in the folder
// are free, for a backup in a container's only volume.
func (f *Folder) Keeps(path string) bool {
	own, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		return false
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return false // nothing can be put there
	}
	rel, err := filepath.Rel(own, filepath.Join(parent, filepath.Base(path)))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	if strings.EqualFold(first, devName) || strings.HasPrefix(strings.ToLower(first), databaseName) {
		return true
	}
	name, _, _ := strings.Cut(strings.ToLower(first), ".") // keys.renewal, lock.shared, restore.ready
	return slices.Contains([]string{keysName, lockName, "restore", avatarsName, certificatesName}, name)
}

// Warnings says, a line each, what an operator should look at though they can have meant it, so that nothing is changed: a
// network file system, and what other users of the machine may read of the folder. Windows keeps rights elsewhere; there it
// says nothing.
func (f *Folder) Warnings() []string {
	lines := warnings(f.path, networkFileSystem)
	if runtime.GOOS == "windows" {
		return lines
	}
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

// warnings says where a folder lies that should lie elsewhere.
func warnings(path string, network func(path string) string) []string {
	if name := network(path); name != "" {
		return []string{fmt.Sprintf("%s lies on a network file system (%s), where SQLite's locks and its write-ahead log can't be relied on: put it on a disk of this machine", path, name)}
	}
	return nil
}
