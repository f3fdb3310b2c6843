package web

import (
	"bufio"
	"encoding/base64"
	"io"
	"iter"
	"net/http"
	"strconv"
)

// fileWriter writes one JSON object as an answer, member by member, so that no more of it is held than a piece. After the
// first failure it writes nothing more.
type fileWriter struct {
	out    *bufio.Writer
	begun  bool
	broken error // the client went away
	failed error // what was to be written could not be had
}

func newFileWriter(w io.Writer) *fileWriter { return &fileWriter{out: bufio.NewWriterSize(w, 32<<10)} }

func (w *fileWriter) fail(err error) {
	if w.failed == nil {
		w.failed = err
	}
}

// done tells whether there is no use in going on.
func (w *fileWriter) done() bool { return w.failed != nil || w.broken != nil }

func (w *fileWriter) text(s string) {
	if !w.done() {
		_, w.broken = w.out.WriteString(s)
	}
}

// name begins a member.
func (w *fileWriter) name(name string) {
	before := "{\n"
	if w.begun {
		before = ",\n"
	}
	w.begun = true
	w.text(before + strconv.Quote(name) + ":")
}

func (w *fileWriter) value(v any) {
	body, err := encodeJSON(v)
	if err != nil {
		w.fail(err)
	}
	w.text(string(body))
}

func (w *fileWriter) member(name string, v any) {
	w.name(name)
	w.value(v)
}

// list writes n elements, each by a call of write.
func (w *fileWriter) list(n int, write func(i int)) {
	w.text("[")
	for i := 0; i < n && !w.done(); i++ {
		if i > 0 {
			w.text(",\n")
		}
		write(i)
	}
	w.text("]")
}

// writeAll writes a member that is a list, as its elements are read.
func writeAll[T, V any](w *fileWriter, name string, all iter.Seq2[T, error], view func(*T) V) {
	w.name(name)
	w.text("[")
	between := ""
	for one, err := range all {
		if err != nil {
			w.fail(err)
		}
		if w.done() {
			return
		}
		w.text(between)
		w.value(view(&one))
		between = ",\n"
	}
	w.text("]")
}

// base64 writes what r holds, within quotes that are the caller's.
func (w *fileWriter) base64(r io.Reader) {
	if w.done() {
		return
	}
	source := &readErrors{Reader: r}
	encoder := base64.NewEncoder(base64.StdEncoding, w.out)
	_, w.broken = io.Copy(encoder, source)
	if w.broken == nil {
		w.broken = encoder.Close()
	}
	if source.err != nil {
		w.failed, w.broken = source.err, nil
	}
}

// readErrors keeps a reader's error apart from the writer's.
type readErrors struct {
	io.Reader
	err error
}

func (r *readErrors) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// close ends the object. Where its writing broke off, nobody is left to be told.
func (w *fileWriter) close() error {
	w.text("\n}\n")
	if !w.done() {
		w.broken = w.out.Flush()
	}
	if w.failed == nil && w.broken != nil {
		panic(http.ErrAbortHandler)
	}
	return w.failed
}
