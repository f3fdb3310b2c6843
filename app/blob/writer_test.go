package blob

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
)

// Whoever overlooks an error of Write must not be left with half a file.
func TestCloseAfterAFailedWriteIsRefused(t *testing.T) {
	t.Parallel()
	f, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := f.Create("a", "large")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "half"); err != nil {
		t.Fatal(err)
	}
	file := w.(*writer).file
	readOnly, err := os.Open(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	w.(*writer).file = readOnly // where every write fails, as on a full disk
	if _, err := io.WriteString(w, " and half"); err == nil {
		t.Fatal("the write went well")
	}
	w.(*writer).file = file
	if err := errors.Join(readOnly.Close(), w.Close()); err == nil {
		t.Error("Close said nothing")
	}
	if _, err := f.Open("a", "large"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
	if left, err := os.ReadDir(f.root.Name() + "/a"); err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}
