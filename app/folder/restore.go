package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A restore puts everything into restore.partial, and renames that to restore.ready once it is whole. From then on it is
// decided: whoever locks the folder next finishes it, should the restore itself have been killed. Before, nothing of the
// folder was touched.
const (
	partialName = "restore.partial"
	readyName   = "restore.ready"
)

// IsEmpty tells whether the folder holds nothing but locks and what a killed restore left.
func (f *Folder) IsEmpty() (bool, error) {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return false, fmt.Errorf("read data folder: %w", err)
	}
	for _, entry := range entries {
		switch entry.Name() {
		case lockName, sharedName, partialName:
		default:
			return false, nil
		}
	}
	return true, nil
}

// BeginRestore makes an empty folder inside this one, of the same layout, to be filled and then taken by FinishRestore. The
// caller holds the lock, and is alone. What an earlier restore left unfinished goes.
func (f *Folder) BeginRestore() (*Folder, error) {
	path := filepath.Join(f.path, partialName)
	if err := os.RemoveAll(path); err != nil {
		return nil, fmt.Errorf("clear an unfinished restore: %w", err)
	}
	partial, err := Open(path)
	if err != nil {
		return nil, err
	}
	return partial, os.Mkdir(partial.Avatars(), 0o700)
}

// AbandonRestore takes away what BeginRestore made.
func (f *Folder) AbandonRestore() error { return os.RemoveAll(filepath.Join(f.path, partialName)) }

// FinishRestore puts what was restored in the place of what is there. The files in it are durable by then.
func (f *Folder) FinishRestore() error {
	if err := os.Rename(filepath.Join(f.path, partialName), filepath.Join(f.path, readyName)); err != nil {
		return fmt.Errorf("finish restore: %w", err)
	}
	if err := Sync(f.path); err != nil {
		return fmt.Errorf("finish restore: %w", err)
	}
	return f.takeRestored()
}

// restorePending tells whether a restore that was decided has not been finished.
func restorePending(path string) (bool, error) {
	_, err := os.Stat(filepath.Join(path, readyName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// IsRestorePending tells whether a killed restore waits for whoever locks the folder next to finish it.
func (f *Folder) IsRestorePending() (bool, error) { return restorePending(f.path) }

// takeRestored moves what was restored to its place, each step so that it can be done again after a kill.
func (f *Folder) takeRestored() error {
	pending, err := restorePending(f.path)
	if err != nil || !pending {
		return err
	}
	ready := filepath.Join(f.path, readyName)
	for _, name := range []string{databaseName, keysName, avatarsName} {
		from, to := filepath.Join(ready, name), filepath.Join(f.path, name)
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			continue // moved before the kill
		}
		old := []string{to}
		if name == databaseName {
			old = []string{to + "-wal", to + "-shm", to + "-damaged", to}
		}
		for _, path := range old {
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("finish restore: %w", err)
			}
		}
		if err := os.Rename(from, to); err != nil {
			return fmt.Errorf("finish restore: %w", err)
		}
	}
	if err := Sync(f.path); err != nil {
		return fmt.Errorf("finish restore: %w", err)
	}
	if err := os.RemoveAll(ready); err != nil {
		return fmt.Errorf("finish restore: %w", err)
	}
	return nil
}

// KeysFile is the path of the file with the keys.
func (f *Folder) KeysFile() string { return f.keysPath() }
