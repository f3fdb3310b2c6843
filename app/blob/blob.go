// Package blob keeps the files of avatars: in one folder of the file system, a folder for each avatar, files in it by name.
// A file appears whole and durable or not at all. Everything goes through os.Root, so that neither a name nor a symbolic link
// leads out of the folder. It knows nothing of pictures or accounts.
package blob

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"doorward/app"
)

// maxName is the longest name of a folder or file, in bytes.
const maxName = 64

// Folder is an app.Blobs. Its methods may be called concurrently; of two writers of one file the one closed last wins.
type Folder struct {
	root *os.Root
}

var _ app.Blobs = (*Folder)(nil)

// Open opens the folder at dir, and makes it with mode 0700 if it is not there. Files are made with mode 0600. Close the
// Folder when done.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make blob folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open blob folder: %w", err)
	}
	return &Folder{root: root}, nil
}

// Close gives the folder back. Readers and writers that are open stay usable for reading and writing, but a writer can't be
// closed any more: abort it.
func (f *Folder) Close() error { return f.root.Close() }

// Create begins a file; see app.Blobs. Names of other than 1 to 64 letters, digits, "_" and "-" are fs.ErrInvalid.
func (f *Folder) Create(folder, name string) (app.BlobWriter, error) {
	path, err := join("create", folder, name)
	if err != nil {
		return nil, err
	}
	if err := f.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create blob: %w", err)
	}
	// The dot keeps the unfinished file out of reach: no allowed name begins with one.
	temporary := folder + "/." + name + "." + rand.Text()
	file, err := f.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create blob: %w", err)
	}
	return &writer{root: f.root, file: file, folder: folder, temporary: temporary, path: path}, nil
}

// Open opens a file for reading; see app.Blobs. What is not a regular file is fs.ErrNotExist, a name that could not have
// been created fs.ErrInvalid.
func (f *Folder) Open(folder, name string) (app.BlobReader, error) {
	path, err := join("open", folder, name)
	if err != nil {
		return nil, err
	}
	file, err := f.root.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open blob: %w", err), file.Close())
	}
	return &reader{File: file, info: info}, nil
}

// Remove removes one file; none there is no error.
func (f *Folder) Remove(folder, name string) error {
	path, err := join("remove", folder, name)
	if err != nil {
		return err
	}
	if err := f.root.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove blob: %w", err)
	}
	return nil
}

// RemoveFolder removes a folder with all in it, unfinished files too; none there is no error.
func (f *Folder) RemoveFolder(folder string) error {
	if !valid(folder) {
		return &fs.PathError{Op: "remove", Path: folder, Err: fs.ErrInvalid}
	}
	if err := f.root.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove blob folder: %w", err)
	}
	return nil
}

// Folders calls fn with each folder's name and when something in it was last created or removed, in no order, until fn
// answers false. Whatever else lies in the folder is passed over. fn may call the other methods; a folder that is made or
// removed meanwhile may or may not be told.
func (f *Folder) Folders(fn func(name string, changed time.Time) bool) error {
	dir, err := f.root.Open(".")
	if err != nil {
		return fmt.Errorf("list blob folders: %w", err)
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(256) // bounded: there may be as many folders as accounts
		for _, e := range entries {
			if !e.IsDir() || !valid(e.Name()) {
				continue
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return fmt.Errorf("list blob folders: %w", err)
			}
			if !fn(e.Name(), info.ModTime()) {
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list blob folders: %w", err)
		}
	}
}

// join makes a path of two names, and refuses those that Create would not take.
func join(op, folder, name string) (string, error) {
	path := folder + "/" + name
	if !valid(folder) || !valid(name) {
		return "", &fs.PathError{Op: op, Path: path, Err: fs.ErrInvalid}
	}
	return path, nil
}

func valid(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// reader is a file with what was known of it when it was opened.
type reader struct {
	*os.File
	info fs.FileInfo
}

func (r *reader) Size() int64        { return r.info.Size() }
func (r *reader) ModTime() time.Time { return r.info.ModTime() }
