package blob_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/blob"
)

func open(t *testing.T) (*blob.Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "avatars")
	f, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f, dir
}

func write(t *testing.T, f *blob.Folder, folder, name, content string) {
	t.Helper()
	if err := put(f, folder, name, content); err != nil {
		t.Fatal(err)
	}
}

func put(f *blob.Folder, folder, name, content string) error {
	w, err := f.Create(folder, name)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := io.WriteString(w, content); err != nil {
		return err
	}
	return w.Close()
}

func read(f *blob.Folder, folder, name string) (string, error) {
	r, err := f.Open(folder, name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err == nil && int64(len(b)) != r.Size() {
		err = fmt.Errorf("size says %d, %d read", r.Size(), len(b))
	}
	return string(b), err
}

// files lists what really lies in dir.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFileAppearsAtClose(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	before := time.Now().Add(-time.Minute)
	w, err := f.Create("abc_DEF-1", "large")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "hello, ")
	io.WriteString(w, "world")
	if _, err := f.Open("abc_DEF-1", "large"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before Close: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if got, err := read(f, "abc_DEF-1", "large"); got != "hello, world" || err != nil {
		t.Errorf("after Close: %q, %v", got, err)
	}
	if got := files(t, dir); !slices.Equal(got, []string{"large"}) {
		t.Errorf("files are %q", got)
	}
	if err := w.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}

	r, err := f.Open("abc_DEF-1", "large")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.ModTime().Before(before) {
		t.Errorf("changed %v", r.ModTime())
	}
	if _, err := r.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "world" {
		t.Errorf("after Seek: %q", rest)
	}
}

func TestAbortLeavesNothingAndKeepsTheOlderFile(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	write(t, f, "a", "large", "old")
	w, err := f.Create("a", "large")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "new")
	w.Abort()
	w.Abort()
	if err := w.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Close after Abort: %v", err)
	}
	if got, err := read(f, "a", "large"); got != "old" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got := files(t, dir); !slices.Equal(got, []string{"large"}) {
		t.Errorf("files are %q", got)
	}
}

func TestCloseReplacesTheOlderFileWhileItIsRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows replaces no open file")
	}
	f, _ := open(t)
	write(t, f, "a", "large", "old")
	r, err := f.Open("a", "large")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	write(t, f, "a", "large", "new")
	if got, _ := io.ReadAll(r); string(got) != "old" {
		t.Errorf("the open one became %q", got)
	}
	if got, err := read(f, "a", "large"); got != "new" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestCloseFailsWhenTheFolderWentAway(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	w, err := f.Create("a", "large")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveFolder("a"); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip("Windows removes no open file")
		}
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("Close said nothing")
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("files are %q", got)
	}
}

func TestNamesThatCouldLeadAwayAreRefused(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	if err := os.WriteFile(filepath.Join(dir, "..", "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, f, "good", "large", "kept")
	for _, bad := range []string{
		"", ".", "..", "../secret", "/etc", "a/b", `a\b`, "a/../..", ".hidden", "a.b", "a b", "a\x00", "ä", "C:", strings.Repeat("a", 65),
	} {
		for _, at := range [][2]string{{bad, "large"}, {"good", bad}} {
			if _, err := f.Create(at[0], at[1]); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("Create(%q): %v", at, err)
			}
			if _, err := f.Open(at[0], at[1]); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("Open(%q): %v", at, err)
			}
			if err := f.Remove(at[0], at[1]); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("Remove(%q): %v", at, err)
			}
		}
		if err := f.RemoveFolder(bad); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("RemoveFolder(%q): %v", bad, err)
		}
	}
	if got := files(t, filepath.Dir(dir)); !slices.Equal(got, []string{"large", "secret"}) {
		t.Errorf("files are %q", got)
	}
	longest := strings.Repeat("a", 64)
	write(t, f, longest, longest, "fits")
}

func TestSymbolicLinksLeadNowhereOutside(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "large"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, f, "good", "small", "kept")
	for from, to := range map[string]string{"away": outside, "good/large": filepath.Join(outside, "large"), "up": "../.."} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	for _, at := range [][2]string{{"away", "large"}, {"good", "large"}, {"up", "large"}} {
		if got, err := read(f, at[0], at[1]); err == nil {
			t.Errorf("read %q: %q", at, got)
		}
	}
	for _, folder := range []string{"away", "up"} {
		if err := put(f, folder, "new", "x"); err == nil {
			t.Errorf("wrote through %s", folder)
		}
		if err := f.Remove(folder, "large"); err == nil {
			t.Errorf("removed through %s", folder)
		}
		if err := f.RemoveFolder(folder); err != nil {
			t.Errorf("remove the link %s itself: %v", folder, err)
		}
	}
	write(t, f, "good", "large", "mine") // replaces the link, not what it points to
	if b, err := os.ReadFile(filepath.Join(outside, "large")); string(b) != "secret" || err != nil {
		t.Errorf("outside there is %q now, %v", b, err)
	}
}

func TestWhatACrashLeftIsNeverTold(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	w, err := f.Create("a", "large")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "half")
	f.Close() // the process ends here
	left := files(t, dir)
	if len(left) != 1 {
		t.Fatalf("files are %q", left)
	}
	again, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, name := range []string{"large", left[0]} {
		if got, err := read(again, "a", name); err == nil {
			t.Errorf("%s is %q", name, got)
		}
	}
	w.Abort()
	if err := again.RemoveFolder("a"); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("files are %q", got)
	}
}

func TestFoldersTellsFoldersAlone(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	var want []string
	for i := range 300 { // more than one batch
		name := fmt.Sprintf("id%03d", i)
		want = append(want, name)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, f, "id000", "large", "x")
	for _, other := range []string{"lost+found", ".trash"} {
		if err := os.Mkdir(filepath.Join(dir, other), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	if err := os.Chtimes(filepath.Join(dir, "id007"), old, old); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := f.Folders(func(name string, changed time.Time) bool {
		got = append(got, name)
		if name == "id007" && !changed.Equal(old) {
			t.Errorf("id007 changed %v", changed)
		}
		return true
	})
	slices.Sort(got)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%d folders, %v", len(got), err)
	}
	calls := 0
	if err := f.Folders(func(string, time.Time) bool { calls++; return calls < 3 }); err != nil || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := f.Folders(func(name string, _ time.Time) bool { return f.RemoveFolder(name) == nil }); err != nil {
		t.Errorf("removing while listing: %v", err)
	}
}

func TestRemoveTwiceIsNoError(t *testing.T) {
	t.Parallel()
	f, _ := open(t)
	write(t, f, "a", "large", "x")
	for range 2 {
		if err := f.Remove("a", "large"); err != nil {
			t.Error(err)
		}
	}
	write(t, f, "a", "large", "x")
	for range 2 {
		if err := f.RemoveFolder("a"); err != nil {
			t.Error(err)
		}
	}
	if _, err := f.Open("a", "large"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := f.Remove("a", "large"); err != nil {
		t.Error(err)
	}
}

func TestAFolderIsNoFile(t *testing.T) {
	t.Parallel()
	f, dir := open(t)
	if err := os.MkdirAll(filepath.Join(dir, "a", "large"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open("a", "large"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestOthersMayNotRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	f, dir := open(t)
	write(t, f, "a", "large", "x")
	for path, want := range map[string]fs.FileMode{".": 0o700, "a": 0o700, "a/large": 0o600} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// Many write one name while many read it: each reader finds nothing or one whole file.
func TestConcurrentWritersNeverMix(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows replaces no open file")
	}
	f, dir := open(t)
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for i := range 8 {
		writers.Go(func() {
			content := strings.Repeat(string(rune('a'+i)), 40_000)
			for range 10 {
				if err := put(f, "shared", "large", content); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, err := read(f, "shared", "large")
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil || len(got) != 40_000 || len(bytes.Trim([]byte(got), got[:1])) != 0 {
					t.Errorf("%d bytes, %v", len(got), err)
					return
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if got := files(t, dir); !slices.Equal(got, []string{"large"}) {
		t.Errorf("files are %q", got)
	}
}

var _ app.Blobs = (*blob.Folder)(nil)
