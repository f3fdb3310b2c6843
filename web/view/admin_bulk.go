package view

import (
	"maps"
	"slices"

	"doorward/app"
)

// maxBulkNames is how many accounts are named one by one: the question and its answer are about more at times.
const maxBulkNames = 100

// Bulk asks once whether an act is to be done on many accounts, and tells what it will do to which. For BulkUpdate it asks
// which field is to get which value.
type Bulk struct {
	Frame
	Act    app.BulkAct
	IDs    []int64 // all that were selected
	Will   []BulkRow
	Same   []BulkRow // for which it changes nothing
	Not    []BulkRow
	Return string // the query of the list to go back to
	Field  BulkField
}

// BulkField is the form of a field that many accounts get.
type BulkField struct {
	Field  string // one of BulkFields
	Name   string // with BulkCustom: the custom field's
	Value  string
	Known  []string // custom fields that the accounts have
	Errors Errors   // of name and value; of the account's own field by its own name
}

// ValueField is the field that an error below the value is about.
func (f BulkField) ValueField() string {
	if f.Field == BulkCustom {
		return "value"
	}
	return f.Field
}

// BulkCustom stands for a custom field, whose name is asked for.
const BulkCustom = "custom"

// BulkFields are the fields that many accounts can get the same value for.
func BulkFields() []string { return []string{BulkCustom, "first_name", "last_name", "user_timezone"} }

// Fields is BulkFields for the template.
func (BulkField) Fields() []string { return BulkFields() }

// BulkRow is one account of many.
type BulkRow struct {
	ID   int64
	Face Face
	Mail string
	Why  *Problem // why not; nil for what went, or will go, well
}

func newBulkRow(r *app.BulkResult) BulkRow {
	row := BulkRow{ID: r.ID, Why: whyNot(r.Err)}
	if r.User.ID != 0 {
		row.Face, row.Mail = NewFace(&r.User), r.User.Email
	}
	return row
}

// At is the account's path, "" where there is none.
func (r BulkRow) At() string {
	if r.Mail == "" {
		return ""
	}
	return UserPath(r.ID)
}

// NewBulk is the question about accounts as they were found.
func NewBulk(f Frame, act app.BulkAct, asked []app.BulkResult, back string) *Bulk {
	p := &Bulk{Frame: f, Act: act, Return: back, Field: BulkField{Field: BulkCustom}}
	known := map[string]bool{}
	for i := range asked {
		r := &asked[i]
		p.IDs = append(p.IDs, r.ID)
		row := newBulkRow(r)
		switch {
		case r.Err != nil:
			p.Not = append(p.Not, row)
		case isSo(act, &r.User):
			p.Same = append(p.Same, row)
		default:
			p.Will = append(p.Will, row)
		}
		for name := range r.User.CustomFields {
			known[name] = true
		}
	}
	p.Field.Known = slices.Sorted(maps.Keys(known))
	p.Field.Known = p.Field.Known[:min(len(p.Field.Known), maxFieldRows)]
	return p
}

// isSo tells whether an account is as the act would make it.
func isSo(act app.BulkAct, u *app.User) bool {
	switch act {
	case app.BulkActivate:
		return u.IsActive
	case app.BulkDeactivate:
		return !u.IsActive
	case app.BulkConfirm:
		return u.IsConfirmed()
	}
	return false
}

func (*Bulk) template() (file, layout string) { return "admin_bulk", "admin" }

// Named are the first of many rows, and how many more there are.
func (*Bulk) Named(rows []BulkRow) BulkRows { return named(rows) }

// BulkRows are rows as they are shown.
type BulkRows struct {
	Rows []BulkRow
	More int
}

func named(rows []BulkRow) BulkRows {
	shown := rows[:min(len(rows), maxBulkNames)]
	return BulkRows{shown, len(rows) - len(shown)}
}

// BulkDone tells what became of an act on many accounts.
type BulkDone struct {
	Frame
	Act    app.BulkAct
	Field  string // with BulkUpdate: what was set, as BulkField has it
	Name   string
	Value  string
	Done   []BulkRow
	Not    []BulkRow
	Return string
}

// NewBulkDone is the answer of an act.
func NewBulkDone(f Frame, act app.BulkAct, results []app.BulkResult, back string) *BulkDone {
	p := &BulkDone{Frame: f, Act: act, Return: back}
	for i := range results {
		if row := newBulkRow(&results[i]); results[i].Err != nil {
			p.Not = append(p.Not, row)
		} else {
			p.Done = append(p.Done, row)
		}
	}
	return p
}

func (*BulkDone) template() (file, layout string) { return "admin_bulk_done", "admin" }

// Named are the first of many rows, and how many more there are.
func (*BulkDone) Named(rows []BulkRow) BulkRows { return named(rows) }
