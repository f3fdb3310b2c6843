package view

import (
	"html/template"
	"strings"

	"doorward/app"
)

// Errors are what is wrong with a form, in the order of its fields: the first one takes the focus.
type Errors []app.FieldError

// Of is what is wrong with a field, nil for nothing.
func (e Errors) Of(field string) *app.FieldError {
	for i := range e {
		if e[i].Field == field {
			return &e[i]
		}
	}
	return nil
}

// Attrs are the attributes by which a field's control tells what stands below it. id is the control's, which its hint's
// and error's ids are made of; hints name what else describes it, in reading order.
func (e Errors) Attrs(id, field string, hints ...string) template.HTMLAttr {
	var attrs, described []string
	for _, hint := range hints {
		described = append(described, id+"-"+hint)
	}
	if e.Of(field) != nil {
		described = append(described, id+"-error")
		attrs = append(attrs, `aria-invalid="true"`)
		if e[0].Field == field {
			attrs = append(attrs, `autofocus`)
		}
	}
	if len(described) > 0 {
		attrs = append(attrs, `aria-describedby="`+strings.Join(described, " ")+`"`)
	}
	return template.HTMLAttr(strings.Join(attrs, " ")) // ids and fields are the templates' own words
}

// fieldError is what the `error` part needs.
type fieldError struct {
	ID      string
	Problem *app.FieldError
}

// Below is the error to set below a control, for the `error` part of the templates.
func (e Errors) Below(id, field string) fieldError { return fieldError{id, e.Of(field)} }

// Sort puts errors in the order of a form's fields, and answers those of other fields apart: they have no place beside
// a control.
func Sort(errs []app.FieldError, fields ...string) (beside Errors, others []app.FieldError) {
	known := map[string]bool{}
	for _, field := range fields {
		known[field] = true
		for _, one := range errs {
			if one.Field == field {
				beside = append(beside, one)
			}
		}
	}
	for _, one := range errs {
		if !known[one.Field] {
			others = append(others, one)
		}
	}
	return beside, others
}
