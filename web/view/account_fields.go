package view

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxFieldRows is how many custom fields are shown. An account may have thousands; who keeps as many has a program.
	maxFieldRows = 100
	// maxFieldLine is how long a text may be, in characters, to be edited on one line.
	maxFieldLine = 80
	// maxFieldCode is how much of a value that is no text is shown, in characters.
	maxFieldCode = 200
)

// Fields are an account's custom fields, and a form for one more.
type Fields struct {
	Rows      []FieldRow
	More      int    // fields that are not shown
	NewName   string // as typed, where it was refused
	NewValue  string
	NewErrors Errors // of name and value
}

// FieldRow is one custom field.
type FieldRow struct {
	ID     string // of its control
	Name   string
	Value  string // a text's own words; of any other value, its JSON
	Text   bool   // Value is edited here; anything else only a program can write
	Lines  bool   // it takes more than one
	Fixed  bool   // not even removed here: a form would change its name on the way
	Errors Errors // of value
}

// NewFields are custom fields in the order of their names.
func NewFields(fields map[string]json.RawMessage) Fields {
	names := slices.Sorted(maps.Keys(fields))
	shown := names[:min(len(names), maxFieldRows)]
	list := Fields{More: len(names) - len(shown)}
	for i, name := range shown {
		list.Rows = append(list.Rows, newFieldRow("field-"+strconv.Itoa(i+1), name, fields[name]))
	}
	return list
}

func newFieldRow(id, name string, value json.RawMessage) FieldRow {
	row := FieldRow{ID: id, Name: name, Value: string(value), Fixed: changesInForms(name, "")}
	var text string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &text) == nil && !changesInForms(text, "\n") && !row.Fixed {
		row.Value, row.Text = text, true
		row.Lines = utf8.RuneCountInString(text) > maxFieldLine || strings.Contains(text, "\n")
		return row
	}
	if runes := []rune(row.Value); len(runes) > maxFieldCode {
		row.Value = string(runes[:maxFieldCode]) + "…"
	}
	return row
}

// changesInForms tells whether a browser would send a text back as another one: control characters are lost or turned
// into others, but for those that the handler turns back.
func changesInForms(text, but string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(but, r) })
}

// Refused puts what was typed back, with what is wrong with it: in its row, or in the form for a new field.
func (f *Fields) Refused(name, value string, errors Errors) {
	for i := range f.Rows {
		if row := &f.Rows[i]; row.Name == name && row.Text {
			row.Value, row.Errors = value, errors
			return
		}
	}
	f.RefusedNew(name, value, errors)
}

// RefusedNew puts what was typed back into the form for a new field.
func (f *Fields) RefusedNew(name, value string, errors Errors) {
	f.NewName, f.NewValue, f.NewErrors = name, value, errors
}
