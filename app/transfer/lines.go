package transfer

import (
	"bufio"
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"doorward/app"
)

// line is a row as JSON.
type line struct {
	Email        string         `json:"email"`
	Username     *string        `json:"username"`
	FirstName    *string        `json:"first_name"`
	LastName     *string        `json:"last_name"`
	Timezone     *string        `json:"user_timezone"`
	Locale       *string        `json:"preferred_locale"`
	IsActive     *bool          `json:"is_active"`
	ConfirmedAt  *string        `json:"confirmed_at"`
	Roles        []string       `json:"roles"`
	CustomFields jsontext.Value `json:"custom_fields"`
	PasswordHash *string        `json:"password_hash,omitempty"`
}

// linesReader reads a JSON object a line; empty lines are passed over.
type linesReader struct {
	from *bufio.Reader
	line int
}

func newLinesReader(from io.Reader) *linesReader {
	return &linesReader{from: bufio.NewReaderSize(from, maxRow)}
}

// Next reads one row.
func (r *linesReader) Next() (app.AccountRow, error) {
	for {
		r.line++
		text, err := r.from.ReadSlice('\n')
		whole := err == nil
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return app.AccountRow{}, atLine(r.line, "the row is over 1 MiB")
		case err != nil && !errors.Is(err, io.EOF):
			return app.AccountRow{}, err
		}
		if r.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		text = bytes.TrimSpace(text)
		switch {
		case len(text) == 0 && !whole:
			return app.AccountRow{}, io.EOF
		case len(text) == 0:
			continue
		case !utf8.Valid(text):
			return app.AccountRow{}, atLine(r.line, "the text is not UTF-8")
		}
		return r.parse(text, whole)
	}
}

func (r *linesReader) parse(text []byte, whole bool) (app.AccountRow, error) {
	var l line
	err := json.Unmarshal(text, &l, json.RejectUnknownMembers(true))
	if err != nil {
		if !whole && errors.Is(err, io.ErrUnexpectedEOF) {
			return app.AccountRow{}, atLine(r.line, "the file ends in the middle of a row")
		}
		return app.AccountRow{}, badRow(r.line, "%s", jsonProblem(err))
	}
	row := app.AccountRow{
		Line: r.line, Email: l.Email, Username: orEmpty(l.Username), FirstName: orEmpty(l.FirstName), LastName: orEmpty(l.LastName),
		Timezone: orEmpty(l.Timezone), Locale: orEmpty(l.Locale), IsActive: l.IsActive, Roles: l.Roles, PasswordHash: app.Secret(orEmpty(l.PasswordHash)),
	}
	if row.ConfirmedAt, err = parseTime(orEmpty(l.ConfirmedAt)); err == nil && len(l.CustomFields) > 0 && string(l.CustomFields) != "null" {
		row.CustomFields, err = parseFields(l.CustomFields)
	}
	if err != nil {
		return app.AccountRow{}, badRow(r.line, "%w", err)
	}
	return row, nil
}

// jsonProblem says where a line is wrong without repeating a value of it, which may be a hash.
func jsonProblem(err error) string {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) && semantic.JSONPointer != "" {
		if errors.Is(err, json.ErrUnknownName) {
			return "there is no field " + string(semantic.JSONPointer)
		}
		return string(semantic.JSONPointer) + " is of the wrong kind"
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName) {
		return "a name is there twice"
	}
	return "this is not a JSON object"
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// parseFields reads custom fields: one JSON object, its values as they came.
func parseFields(text []byte) (map[string]stdjson.RawMessage, error) {
	var values map[string]jsontext.Value
	if err := json.Unmarshal(text, &values); err != nil || values == nil {
		return nil, errors.New("custom_fields is not a JSON object")
	}
	fields := make(map[string]stdjson.RawMessage, len(values))
	for name, value := range values {
		fields[name] = stdjson.RawMessage(value)
	}
	return fields, nil
}

// formatFields writes custom fields as one JSON object, in the order of their names.
func formatFields(values map[string]stdjson.RawMessage) (jsontext.Value, error) {
	fields := make(map[string]jsontext.Value, len(values))
	for name, value := range values {
		fields[name] = jsontext.Value(value)
	}
	text, err := json.Marshal(fields, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode custom fields: %w", err)
	}
	return text, nil
}

// linesWriter writes what linesReader reads.
type linesWriter struct {
	to         *bufio.Writer
	withHashes bool
}

func newLinesWriter(to io.Writer, withHashes bool) *linesWriter {
	return &linesWriter{bufio.NewWriter(to), withHashes}
}

// Write writes one row.
func (w *linesWriter) Write(row app.AccountRow) error {
	active := row.IsActive == nil || *row.IsActive
	l := line{
		Email: row.Email, Username: orNil(row.Username), FirstName: orNil(row.FirstName), LastName: orNil(row.LastName),
		Timezone: orNil(row.Timezone), Locale: orNil(row.Locale), IsActive: &active, ConfirmedAt: orNil(formatTime(row.ConfirmedAt)),
		Roles: row.Roles,
	}
	if l.Roles == nil {
		l.Roles = []string{}
	}
	if w.withHashes {
		hash := row.PasswordHash.Reveal()
		l.PasswordHash = &hash
	}
	var err error
	if l.CustomFields, err = formatFields(row.CustomFields); err != nil {
		return err
	}
	if err := json.MarshalWrite(w.to, l); err != nil {
		return fmt.Errorf("encode a row: %w", err)
	}
	return w.to.WriteByte('\n')
}

// Close writes what is still held back.
func (w *linesWriter) Close() error { return w.to.Flush() }

func orNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
