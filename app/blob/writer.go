package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// writer writes a file under a temporary name. It is not for concurrent use.
type writer struct {
	root      *os.Root
	file      *os.File // nil once ended
	folder    string
	temporary string
	path      string
	err       error // the first of a write: what it left behind is not whole
}

// Write appends p. After an error Close will not let the file appear.
func (w *writer) Write(p []byte) (int, error) {
	if w.file == nil {
		return 0, fmt.Errorf("write blob: %w", fs.ErrClosed)
	}
	n, err := w.file.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// Close makes the file appear, in place of an older one of its name. After an error it has not appeared, or may not last;
// nothing is left to abort.
func (w *writer) Close() error {
	if w.file == nil {
		return fmt.Errorf("finish blob: %w", fs.ErrClosed)
	}
	if err := w.finish(); err != nil {
		w.Abort()
		return fmt.Errorf("finish blob: %w", err)
	}
	w.file = nil
	// The name is durable when the folder is. The root is told as well: the folder may be new, and whoever made it may not
	// have come this far.
	if err := syncFolder(w.root, w.folder); err != nil {
		return fmt.Errorf("finish blob: %w", err)
	}
	if err := syncFolder(w.root, "."); err != nil {
		return fmt.Errorf("finish blob: %w", err)
	}
	return nil
}

// finish brings the content to the disk before the name: the other way round a power cut could leave an empty file under it.
func (w *writer) finish() error {
	if w.err != nil {
		return w.err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil {
		return err
	}
	return w.root.Rename(w.temporary, w.path)
}

// Abort drops the file. After Close it does nothing.
func (w *writer) Abort() {
	if w.file == nil {
		return
	}
	// Neither error matters: finish may have closed the file, and RemoveFolder takes what is left.
	_ = errors.Join(w.file.Close(), w.root.Remove(w.temporary))
	w.file = nil
}
