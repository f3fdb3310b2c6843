package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"doorward/app"
)

// csvReader reads CSV as RFC 4180 has it, with a header line that names the columns in any order.
type csvReader struct {
	rows   *csv.Reader
	budget *budget
	end    *lastByte
	names  []string
	line   int // where the last record began
}

func newCSVReader(from io.Reader) (*csvReader, error) {
	plain := bufio.NewReader(from)
	if mark, err := plain.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = plain.Discard(len(mark)) // what was peeked at is there
	}
	end := &lastByte{from: plain}
	limit := &budget{from: end, left: maxRow}
	r := &csvReader{rows: csv.NewReader(limit), budget: limit, end: end}
	r.rows.FieldsPerRecord = -1
	header, err := r.record()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; its first line names the columns")
	}
	if err != nil {
		return nil, err
	}
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
		switch {
		case !slices.Contains(columns, header[i]):
			return nil, fmt.Errorf("line 1: there is no column %s; columns are %s", strconv.Quote(cut(name)), strings.Join(columns, ", "))
		case slices.Contains(header[:i], header[i]):
			return nil, fmt.Errorf("line 1: the column %s is there twice", header[i])
		}
	}
	if !slices.Contains(header, "email") {
		return nil, errors.New("line 1: there is no column email")
	}
	r.names = slices.Clone(header)
	return r, nil
}

// cut shortens what a message repeats of a file.
func cut(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

// record reads one record's fields.
func (r *csvReader) record() ([]string, error) {
	r.budget.left = maxRow
	fields, err := r.rows.Read()
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, errRowTooLong):
		return nil, fmt.Errorf("behind line %d a row is over 1 MiB; is a quote left open?", r.line)
	case errors.As(err, &syntax) && (errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote)):
		return nil, atLine(syntax.StartLine, "a quote is left open, or stands where none can")
	case errors.As(err, &syntax):
		return nil, atLine(syntax.StartLine, "%w", syntax.Err)
	case err != nil:
		return nil, err
	}
	r.line, _ = r.rows.FieldPos(0)
	for _, field := range fields {
		if !utf8.ValidString(field) {
			return nil, atLine(r.line, "the text is not UTF-8")
		}
	}
	return fields, nil
}

// Next reads one row.
func (r *csvReader) Next() (app.AccountRow, error) {
	fields, err := r.record()
	if err != nil {
		return app.AccountRow{}, err
	}
	if len(fields) != len(r.names) {
		if r.end.over && r.end.last != '\n' && len(fields) < len(r.names) {
			return app.AccountRow{}, atLine(r.line, "the file ends in the middle of a row")
		}
		return app.AccountRow{}, badRow(r.line, "%d columns where the header has %d", len(fields), len(r.names))
	}
	row := app.AccountRow{Line: r.line}
	for i, name := range r.names {
		if err := setColumn(&row, name, fields[i]); err != nil {
			return app.AccountRow{}, badRow(r.line, "%w", err)
		}
	}
	return row, nil
}

// setColumn puts a cell's text into a row; an empty cell is nothing given.
func setColumn(row *app.AccountRow, name, text string) (err error) {
	texts := map[string]*string{
		"email": &row.Email, "username": &row.Username, "first_name": &row.FirstName, "last_name": &row.LastName,
		"user_timezone": &row.Timezone, "preferred_locale": &row.Locale,
	}
	switch {
	case texts[name] != nil:
		*texts[name] = text
	case text == "":
	case name == "is_active":
		active, err := strconv.ParseBool(strings.ToLower(text)) // true, t, 1 and their opposites, as databases write them
		if err != nil {
			return errors.New("is_active is neither true nor false")
		}
		row.IsActive = &active
	case name == "confirmed_at":
		row.ConfirmedAt, err = parseTime(text)
	case name == "roles":
		for role := range strings.SplitSeq(text, ",") {
			row.Roles = append(row.Roles, strings.TrimSpace(role))
		}
	case name == "custom_fields":
		row.CustomFields, err = parseFields([]byte(text))
	case name == "password_hash":
		row.PasswordHash = app.Secret(text)
	}
	return err
}

// csvWriter writes what csvReader reads.
type csvWriter struct {
	rows  *csv.Writer
	names []string
}

func newCSVWriter(to io.Writer, withHashes bool) (*csvWriter, error) {
	w := &csvWriter{rows: csv.NewWriter(to), names: columns}
	if !withHashes {
		w.names = columns[:len(columns)-1]
	}
	return w, w.rows.Write(w.names)
}

// Write writes one row.
func (w *csvWriter) Write(row app.AccountRow) error {
	custom, err := formatFields(row.CustomFields)
	if err != nil {
		return err
	}
	if len(row.CustomFields) == 0 {
		custom = nil
	}
	cells := []string{
		row.Email, row.Username, row.FirstName, row.LastName, row.Timezone, row.Locale,
		strconv.FormatBool(row.IsActive == nil || *row.IsActive), formatTime(row.ConfirmedAt), strings.Join(row.Roles, ","), string(custom),
		row.PasswordHash.Reveal(),
	}
	return w.rows.Write(cells[:len(w.names)])
}

// Close writes what is still held back.
func (w *csvWriter) Close() error {
	w.rows.Flush()
	return w.rows.Error()
}

var errRowTooLong = errors.New("the row is over 1 MiB")

// budget ends a file whose row does not end.
type budget struct {
	from io.Reader
	left int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := b.from.Read(p)
	b.left -= n
	return n, err
}

// lastByte remembers how a file ended.
type lastByte struct {
	from io.Reader
	last byte
	over bool
}

func (l *lastByte) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if n > 0 {
		l.last = p[n-1]
	}
	l.over = l.over || errors.Is(err, io.EOF)
	return n, err
}
