package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// sample is a small backup.
func sample(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	w := NewWriter(&file, now, "v1")
	for _, f := range [][2]string{{"doorward.db", "a database"}, {"keys", "four keys"}, {"avatars/abc/original", "a face"}, {"avatars/abc/empty", ""}} {
		if err := w.Add(f[0], int64(len(f[1])), strings.NewReader(f[1]+"more than was said")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func discard(string, int64, io.Reader) error { return nil }

func TestABackupIsReadBackAsWritten(t *testing.T) {
	t.Parallel()
	var got []string
	info, err := Read(bytes.NewReader(sample(t)), func(name string, size int64, content io.Reader) error {
		text, err := io.ReadAll(content)
		got = append(got, fmt.Sprintf("%s %d %s", name, size, text))
		return err
	})
	if err != nil || info.Files != 4 || !info.MadeAt.Equal(now) || info.Program != "v1" {
		t.Fatalf("%+v, %v", info, err)
	}
	if want := "doorward.db 10 a database|keys 9 four keys|avatars/abc/original 6 a face|avatars/abc/empty 0 "; strings.Join(got, "|") != want {
		t.Errorf("read %q", got)
	}
}

func TestAnyCutOrChangeIsTold(t *testing.T) {
	t.Parallel()
	whole := sample(t)
	end := bytes.LastIndexByte(whole, '}')
	for length := 0; length <= end; length += 7 {
		if _, err := Read(bytes.NewReader(whole[:length]), discard); err == nil {
			t.Fatalf("a backup cut at %d of %d is taken", length, len(whole))
		}
	}
	for _, part := range []string{"a database", "four keys", "a face", `"files":4`, "avatars/abc/original"} {
		changed := bytes.Clone(whole)
		at := bytes.Index(changed, []byte(part))
		changed[at+len(part)-1]++
		if _, err := Read(bytes.NewReader(changed), discard); err == nil {
			t.Errorf("with %q changed it is taken", part)
		}
	}
}

func TestWhatIsNoBackupIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := Read(strings.NewReader("a diary"), discard); !errors.Is(err, ErrIncomplete) {
		t.Errorf("text: %v", err)
	}
	for _, head := range []tar.Header{
		{Name: "../keys", Typeflag: tar.TypeReg}, {Name: "avatars/../../x", Typeflag: tar.TypeReg}, {Name: "/etc/passwd", Typeflag: tar.TypeReg},
		{Name: "keys", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, {Name: "avatars/a/.b", Typeflag: tar.TypeReg}, {Name: "keys\n", Typeflag: tar.TypeReg},
	} {
		var file bytes.Buffer
		w := tar.NewWriter(&file)
		if err := errors.Join(w.WriteHeader(&head), w.Close()); err != nil {
			t.Fatal(err)
		}
		taken := false
		_, err := Read(&file, func(string, int64, io.Reader) error { taken = true; return nil })
		if err == nil || taken {
			t.Errorf("%q: %v, taken: %v", head.Name, err, taken)
		}
	}
	var lacking bytes.Buffer
	w := NewWriter(&lacking, now, "")
	if err := errors.Join(w.Add("keys", 1, strings.NewReader("k")), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(&lacking, discard); !errors.Is(err, ErrIncomplete) {
		t.Errorf("without a database: %v", err)
	}
}

func TestAFileThatEndsEarlyEndsTheBackup(t *testing.T) {
	t.Parallel()
	w := NewWriter(io.Discard, now, "")
	if err := w.Add("keys", 10, strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short file: %v", err)
	}
	if err := w.Add("other", 0, nil); err == nil {
		t.Error("a file that has no place in a backup is added")
	}
}

// FuzzRead: a file that is taken as a backup is one: written again from what it held, it is taken as the same.
func FuzzRead(f *testing.F) {
	whole := sample(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(bytes.Replace(bytes.Clone(whole), []byte("avatars/abc/original"), []byte("avatars/../../../etc"), 1))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var again bytes.Buffer
		w := NewWriter(&again, now, "v1")
		info, err := Read(bytes.NewReader(file), func(name string, size int64, content io.Reader) error {
			if strings.Contains(name, "..") || strings.HasPrefix(name, "/") || strings.Contains(name, "\\") {
				t.Fatalf("a file would be written to %q", name)
			}
			return w.Add(name, size, content)
		})
		if err != nil {
			return
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if second, err := Read(&again, discard); err != nil || second.Files != info.Files || second.SHA256 != info.SHA256 {
			t.Fatalf("%+v became %+v (%v)", info, second, err)
		}
	})
}
