package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// headLength is the length of the header with which every SQLite file begins.
const headLength = 100

// prepareFile answers the absolute path, after a look at the file's head before SQLite opens it: SQLite would take some
// files for its own and write to them. A missing file is made here (not asItIs: then it is ErrOld), because SQLite gives
// the database's mode to the files that it puts beside it (-wal and -shm).
func prepareFile(path string, asItIs bool) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); asItIs && errors.Is(err, fs.ErrNotExist) {
		return "", ErrOld
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return path, file.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if err := checkHead(path); err != nil {
		return "", err
	}
	return path, keepPrivate(path)
}

// checkHead refuses a file that is not an SQLite database. An empty one counts as new.
func checkHead(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, headLength)
	n, err := io.ReadFull(file, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && !bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return fmt.Errorf("%s is not an SQLite database; nothing was written to it", path)
	}
	return err
}

// keepPrivate takes the file away from everybody but its owner: it holds password hashes.
func keepPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return os.Chmod(path, 0o600)
}
