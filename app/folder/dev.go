package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// devName marks a folder that `doorward dev` made: its accounts have a password that everybody knows.
const devName = "dev"

// MarkDev marks the folder as development's. One that holds something else is refused and left as it is.
func (f *Folder) MarkDev() error {
	marked, err := IsDev(f.path)
	if err != nil || marked {
		return err
	}
	empty, err := f.IsEmpty()
	if err != nil {
		return err
	}
	if !empty {
		return fmt.Errorf("%s was not made by doorward dev and is not empty; dev takes a folder of its own", f.path)
	}
	return writeFile(filepath.Join(f.path, devName), []byte("This folder belongs to doorward dev. Everybody knows the password of its accounts.\n"))
}

// IsDev tells whether a folder is development's.
func IsDev(path string) (bool, error) {
	_, err := os.Lstat(filepath.Join(path, devName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
