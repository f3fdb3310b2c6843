// Package transfer is what accounts look like in a file, on their way in or out: CSV with a header line, or JSON lines. It
// reads and writes rows; what makes a row good is app's to say. Start with Read.
//
// A file that can't be read to its end (a wrong header, broken UTF-8, an open quote, a row that never ends, a last row that
// was cut off) is refused whole, before anything is imported: Check reads it through once. A row that can be read but makes
// no sense is a *app.BadRow, and the rows behind it go on.
package transfer

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"doorward/app"
)

// maxRow bounds a row, in bytes: 64 KiB of custom fields, escaped, and the rest.
const maxRow = 1 << 20

// columns are the names that a file may use, in the order in which they are written.
var columns = []string{
	"email", "username", "first_name", "last_name", "user_timezone", "preferred_locale", "is_active", "confirmed_at", "roles", "custom_fields",
	"password_hash",
}

// Reader gives the rows of a file one by one, then io.EOF. Any error but a *app.BadRow means that the file can't be read on.
type Reader interface {
	Next() (app.AccountRow, error)
}

// Writer takes rows. Close ends the file's content, and does not close what it was made on.
type Writer interface {
	Write(app.AccountRow) error
	Close() error
}

// Read reads a file as its name says: .csv or .jsonl.
func Read(name string, from io.Reader) (Reader, error) {
	switch ending(name) {
	case ".csv":
		return newCSVReader(from)
	case ".jsonl":
		return newLinesReader(from), nil
	}
	return nil, errEnding
}

// Write writes a file as its name says. Hashes have a column of their own only when they are wanted.
func Write(name string, to io.Writer, withHashes bool) (Writer, error) {
	switch ending(name) {
	case ".csv":
		return newCSVWriter(to, withHashes)
	case ".jsonl":
		return newLinesWriter(to, withHashes), nil
	}
	return nil, errEnding
}

var errEnding = errors.New("the file's name must end in .csv or .jsonl")

func ending(name string) string {
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		return strings.ToLower(name[at:])
	}
	return ""
}

// Check reads a file to its end and answers how many rows it has, good or bad, or why it can't be read.
func Check(name string, from io.Reader) (rows int, err error) {
	r, err := Read(name, from)
	if err != nil {
		return 0, err
	}
	for {
		_, err := r.Next()
		var bad *app.BadRow
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil && !errors.As(err, &bad):
			return rows, err
		}
		rows++
	}
}

func atLine(line int, format string, args ...any) error {
	return fmt.Errorf("line %d: %w", line, fmt.Errorf(format, args...))
}

func badRow(line int, format string, args ...any) error {
	return &app.BadRow{Line: line, Err: fmt.Errorf(format, args...)}
}

// parseTime reads RFC 3339; "" is never.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, errors.New("confirmed_at is not a time such as 2026-01-31T12:00:00Z")
	}
	return at.UTC(), nil
}

func formatTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
