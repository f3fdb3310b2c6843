package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// CopyTo writes a consistent copy of the database to a new file at target, mode 0600, while everything goes on. The file
// appears whole and durable or not at all; one that is there already is refused with an error that is fs.ErrExist.
func (s *Store) CopyTo(ctx context.Context, target string) error {
	if err := copyDatabase(ctx, s.path, target); err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	return nil
}

// copyDatabase makes the copy on a connection of its own, under another name until it is whole.
func copyDatabase(ctx context.Context, path, target string) error {
	if _, err := os.Lstat(target); err == nil {
		return &fs.PathError{Op: "create", Path: target, Err: fs.ErrExist}
	}
	partial := target + ".partial"
	err := createEmpty(partial)
	if err != nil {
		return err
	}
	if err = vacuumInto(ctx, path, partial); err == nil {
		err = publish(partial, target)
	}
	if err != nil {
		return errors.Join(err, ignoreMissingFile(os.Remove(partial)))
	}
	return nil
}

// createEmpty makes the file that SQLite fills, so that it has our mode rather than SQLite's. What a killed copy left is
// replaced.
func createEmpty(path string) error {
	if err := ignoreMissingFile(os.Remove(path)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

func vacuumInto(ctx context.Context, path, target string) error {
	c, err := openConn(ctx, plainDSN(path))
	if err != nil {
		return err
	}
	_, err = c.raw.ExecContext(ctx, `VACUUM INTO $1`, target)
	return errors.Join(err, c.close())
}

// publish flushes a finished copy and gives it its name.
func publish(partial, target string) error {
	file, err := os.OpenFile(partial, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(partial, target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(target))
}

// syncFolder makes a rename durable. Windows has no such call and needs none.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func ignoreMissingFile(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
