package cli

import (
	"fmt"
	"os"
)

// Replaceable refuses a name that a whole file can't be put under: what is there must be nothing, or a plain file. A device
// such as /dev/null or /dev/stdout, or a pipe, would not be written to but be replaced, for everybody.
func Replaceable(path string) error {
	switch info, err := os.Stat(path); {
	case err != nil: // nothing is there, or whoever writes says why not
		return nil
	case info.IsDir():
		return fmt.Errorf("%s is a folder; name the file to write", printable(path))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is a device or a pipe, no file that can be replaced; name the file to write", printable(path))
	}
	return nil
}
