package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// Custom fields, one's own under /me/custom-fields and another's under /users/{id}/custom-fields: the same handlers, for
// the rules are the same.

type customFieldsAnswer struct {
	CustomFields map[string]json.RawMessage `json:"custom_fields" nullable:"false"`
}

type valueAnswer struct {
	Value json.RawMessage `json:"value" doc:"Any JSON value; a number with the digits that it was set with."`
}

// customFieldsBody is any object: each member is a custom field.
type customFieldsBody map[string]json.RawMessage

// valueBody keeps the raw value, to tell null from nothing.
type valueBody struct {
	Value json.RawMessage `json:"value" doc:"Any JSON value, null too."`
}

// TransformSchema lets the value be anything.
func (valueBody) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema { return anyValue(s) }

// TransformSchema lets the value be anything.
func (valueAnswer) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema { return anyValue(s) }

func anyValue(s *huma.Schema) *huma.Schema {
	s.Properties["value"] = &huma.Schema{Description: s.Properties["value"].Description}
	return s
}

func getCustomFields(c *call) error {
	whose, err := c.whose()
	if err != nil {
		return err
	}
	fields, err := c.s.accounts.CustomFields(c.r.Context(), c.actor, whose)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, customFieldsAnswer{fields})
}

func putCustomFields(c *call) error {
	whose, err := c.whose()
	if err != nil {
		return err
	}
	body, err := decode[customFieldsBody](c)
	if err != nil {
		return err
	}
	fields, err := c.s.accounts.ReplaceCustomFields(c.r.Context(), c.actor, whose, body)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, customFieldsAnswer{fields})
}

func getCustomField(c *call) error {
	whose, err := c.whose()
	if err != nil {
		return err
	}
	value, err := c.s.accounts.CustomField(c.r.Context(), c.actor, whose, c.r.PathValue("key"))
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, valueAnswer{value})
}

func putCustomField(c *call) error {
	whose, err := c.whose()
	if err != nil {
		return err
	}
	body, err := decode[valueBody](c)
	if err != nil {
		return err
	}
	if body.Value == nil {
		return app.Invalid(app.FieldError{Field: "value", Rule: app.RuleRequired, Message: "Send a value; null is one too."})
	}
	value, err := c.s.accounts.SetCustomField(c.r.Context(), c.actor, whose, c.r.PathValue("key"), body.Value)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, valueAnswer{value})
}

func deleteCustomField(c *call) error {
	whose, err := c.whose()
	if err != nil {
		return err
	}
	if err := c.s.accounts.DeleteCustomField(c.r.Context(), c.actor, whose, c.r.PathValue("key")); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

const customRules = "Names have 1 to 100 characters, and are none of the account's own fields' (`not_updatable`); all fields together take " +
	"at most 64 KiB as JSON and are nested at most 32 deep."

func docGetCustomFields() *operation {
	return &operation{
		id: "listOwnCustomFields", tag: "Own account", summary: "List one's custom fields",
		gives: []given{{http.StatusOK, "All custom fields.", customFieldsAnswer{}}},
	}
}

func docPutCustomFields() *operation {
	return &operation{
		id: "replaceOwnCustomFields", tag: "Own account", summary: "Replace one's custom fields",
		about: "Those that are not sent go. " + customRules,
		takes: customFieldsBody{}, example: `{"phone": "555-1234", "plan": {"seats": 5}}`,
		gives:   []given{{http.StatusOK, "All custom fields as they are now.", customFieldsAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

func docGetCustomField() *operation {
	return &operation{
		id: "getOwnCustomField", tag: "Own account", summary: "Read one of one's custom fields",
		gives:   []given{{http.StatusOK, "Its value.", valueAnswer{}}},
		refuses: []app.Code{app.CodeNotFound},
	}
}

func docPutCustomField() *operation {
	return &operation{
		id: "setOwnCustomField", tag: "Own account", summary: "Set one of one's custom fields",
		about: "The others stay as they are, whoever writes them meanwhile. " + customRules,
		takes: valueBody{}, example: `{"value": "555-1234"}`,
		gives:   []given{{http.StatusOK, "Its value as it is kept.", valueAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

func docDeleteCustomField() *operation {
	return &operation{
		id: "deleteOwnCustomField", tag: "Own account", summary: "Delete one of one's custom fields",
		about:   "That there is none of that name is fine.",
		gives:   []given{{http.StatusNoContent, "It is gone.", nil}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

// ofAnother makes the description of a route on one's own account that of its twin on another's.
func ofAnother(doc *operation) *operation {
	doc.id = strings.Replace(doc.id, "Own", "User", 1)
	doc.summary = strings.Replace(doc.summary, "one's", "an account's", 1)
	doc.tag = "Accounts"
	doc.refuses = append(doc.refuses, app.CodeNotFound)
	if doc.takes != nil || doc.gives[0].value == nil { // whoever changes something is above the account's rank
		doc.refuses = append(doc.refuses, app.CodeRankTooLow)
	}
	return doc
}
