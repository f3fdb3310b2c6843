// Package archive is the form of a backup: a tar file of the data folder's files, ended by an entry that says what came
// before it. Without that end, or with anything changed before it, a backup is incomplete and never used. Any tar program
// reads one too. Start with Write and Read.
package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"time"
)

const (
	// endName is the last entry.
	endName = "complete.json"
	// form is the version of this form.
	form = 1
	// maxEnd is far over what the last entry has.
	maxEnd = 4 << 10
)

// Info is what a backup says about itself.
type Info struct {
	Form    int       `json:"form"`
	MadeAt  time.Time `json:"made_at"`
	Program string    `json:"program"` // the version that made it, "" for none known
	Files   int       `json:"files"`
	SHA256  string    `json:"sha256"` // over each file's name, length and content, in order
}

// ErrIncomplete says that a backup ends before its end, or is not what was written.
var ErrIncomplete = errors.New("the backup is incomplete or damaged")

// names are the files that a backup holds.
var names = regexp.MustCompile(`^(doorward\.db|keys|avatars/[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64})$`)

// Writer takes files one after the other.
type Writer struct {
	tar  *tar.Writer
	info Info
	sum  hash.Hash
}

// NewWriter begins a backup on w.
func NewWriter(w io.Writer, madeAt time.Time, program string) *Writer {
	return &Writer{tar: tar.NewWriter(w), info: Info{Form: form, MadeAt: madeAt.UTC().Truncate(time.Second), Program: program}, sum: sha256.New()}
}

// Add adds a file of exactly size bytes.
func (w *Writer) Add(name string, size int64, content io.Reader) error {
	if !names.MatchString(name) {
		return fmt.Errorf("a backup holds no file %q", name)
	}
	if err := w.head(name, size); err != nil {
		return err
	}
	begin(w.sum, name, size)
	n, err := io.Copy(io.MultiWriter(w.tar, w.sum), io.LimitReader(content, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("add %s to the backup: %w", name, err)
	}
	w.info.Files++
	return nil
}

func (w *Writer) head(name string, size int64) error {
	err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.info.MadeAt})
	if err != nil {
		return fmt.Errorf("add %s to the backup: %w", name, err)
	}
	return nil
}

// begin keeps a name's or content's end from being read as another's begin.
func begin(sum hash.Hash, name string, size int64) {
	var lengths [16]byte
	binary.BigEndian.PutUint64(lengths[:8], uint64(len(name)))
	binary.BigEndian.PutUint64(lengths[8:], uint64(size))
	sum.Write(lengths[:])
	io.WriteString(sum, name) // a hash never fails
}

// Close writes the end. It does not close what the Writer was made on.
func (w *Writer) Close() error {
	w.info.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	end, err := json.Marshal(w.info)
	if err != nil {
		return err
	}
	if err := w.head(endName, int64(len(end))); err != nil {
		return err
	}
	if _, err := w.tar.Write(end); err != nil {
		return fmt.Errorf("end the backup: %w", err)
	}
	if err := w.tar.Close(); err != nil {
		return fmt.Errorf("end the backup: %w", err)
	}
	return nil
}

// Read gives each file to take, in order, and answers what the backup says of itself. take need not read a file to its
// end. Only a nil error means that all that take got is whole: ErrIncomplete says that it is not.
func Read(r io.Reader, take func(name string, size int64, content io.Reader) error) (Info, error) {
	from, sum, files, hasDatabase, hasKeys := tar.NewReader(r), sha256.New(), 0, false, false
	for {
		head, err := from.Next()
		switch {
		case err != nil:
			return Info{}, ErrIncomplete // the end was not reached
		case head.Name == endName:
			if !hasDatabase || !hasKeys {
				return Info{}, ErrIncomplete
			}
			return readEnd(from, sum, files)
		case head.Typeflag != tar.TypeReg || !names.MatchString(head.Name):
			return Info{}, errors.New("this is not a backup of Doorward")
		}
		hasDatabase, hasKeys = hasDatabase || head.Name == "doorward.db", hasKeys || head.Name == "keys"
		files++
		begin(sum, head.Name, head.Size)
		content := io.TeeReader(from, sum)
		if err := take(head.Name, head.Size, content); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return Info{}, ErrIncomplete
			}
			return Info{}, err
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return Info{}, ErrIncomplete
		}
	}
}

func readEnd(from io.Reader, sum hash.Hash, files int) (Info, error) {
	end, err := io.ReadAll(io.LimitReader(from, maxEnd))
	if err != nil {
		return Info{}, ErrIncomplete
	}
	var info Info
	if err := json.Unmarshal(end, &info); err != nil {
		return Info{}, ErrIncomplete
	}
	switch {
	case info.Form > form:
		return Info{}, fmt.Errorf("the backup was made by a newer program (version %q)", info.Program)
	case info.Files != files || info.SHA256 != hex.EncodeToString(sum.Sum(nil)):
		return Info{}, ErrIncomplete
	}
	return info, nil
}
