package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the description promises is held against every answer that any test of this room gets: its status, its code, its
// type, and each member of its body. A description that only looks right is worse for a generated client than none.

var describedAPI = sync.OnceValue(func() map[string]any {
	text, err := OpenAPI()
	if err != nil {
		panic(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	return tree
})

// agrees holds an answer against the description of the route that gave it; what no route gave is nobody's promise.
func (s *site) agrees(r *http.Request, got reply) {
	s.T.Helper()
	if !isStraight(r.URL.EscapedPath()) {
		return
	}
	probe := *r
	probe.RequestURI, probe.Host = "", ""
	_, pattern := s.server.mux.Handler(&probe)
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.TrimPrefix(path, s.server.prefix)
	op := dig(describedAPI(), "paths", path, strings.ToLower(method))
	if op == nil {
		return
	}
	line := fmt.Sprintf("%s %s answered %d", method, path, got.status)
	answer := answerOf(describedAPI(), op, got.status)
	if answer == nil {
		if got.status != http.StatusNotModified && got.status != http.StatusPartialContent && got.status != http.StatusRequestedRangeNotSatisfiable {
			s.T.Errorf("%s, which is not described; body: %.300s", line, got.body)
		}
		return
	}
	content, _ := dig(answer, "content").(map[string]any)
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	switch {
	case r.Method == http.MethodHead:
		return
	case len(content) == 0:
		if got.body != "" {
			s.T.Errorf("%s with a body, which is not described: %.300s", line, got.body)
		}
		return
	case content[kind] == nil:
		s.T.Errorf("%s with %q, which is not described", line, kind)
		return
	}
	if kind == "application/problem+json" && !strings.Contains(fmt.Sprint(dig(answer, "description")), fmt.Sprintf("`%v`", dig(decoded(s.T, got.body), "code"))) {
		s.T.Errorf("%s with a code that is not described: %s", line, got.body)
	}
	if r.URL.Query().Get("view") == "selection" {
		return // its parameter's description says which members come; a union would spoil the types of every other reader
	}
	if strings.HasSuffix(kind, "json") {
		fits(s.T, line+": body", dig(content[kind], "schema"), decoded(s.T, got.body))
	}
}

// fits holds a value against a schema of the kind that our description is made of. More strictly than JSON Schema: a
// member that is not described is wrong, and so is a time that is not UTC.
func fits(t testing.TB, place string, schema, value any) {
	t.Helper()
	if schema == nil {
		return // anything
	}
	if ref, ok := dig(schema, "$ref").(string); ok {
		schema = dig(describedAPI(), strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	if one, ok := dig(schema, "oneOf").([]any); ok {
		if value == nil && slices.ContainsFunc(one, func(s any) bool { return dig(s, "type") == "null" }) {
			return
		}
		schema = one[0]
		fits(t, place, schema, value)
		return
	}
	if enum, ok := dig(schema, "enum").([]any); ok && !slices.Contains(enum, value) {
		t.Errorf("%s is %v, which is none of %v", place, value, enum)
	}
	if types := dig(schema, "type"); types != nil && !hasType(types, value) {
		t.Errorf("%s is %v, want %v", place, value, types)
		return
	}
	switch value := value.(type) {
	case map[string]any:
		fitsObject(t, place, schema, value)
	case []any:
		for i, item := range value {
			fits(t, fmt.Sprintf("%s[%d]", place, i), dig(schema, "items"), item)
		}
	case string:
		if at, err := time.Parse(time.RFC3339, value); dig(schema, "format") == "date-time" && (err != nil || !strings.HasSuffix(value, "Z") || at.IsZero()) {
			t.Errorf("%s is %q, want a time in UTC", place, value)
		}
	}
}

func fitsObject(t testing.TB, place string, schema any, value map[string]any) {
	t.Helper()
	properties, _ := dig(schema, "properties").(map[string]any)
	more, isOpen := schema.(map[string]any)["additionalProperties"]
	for key, member := range value {
		switch {
		case properties[key] != nil:
			fits(t, place+"."+key, properties[key], member)
		case isOpen && more != true:
			fits(t, place+"."+key, more, member)
		case len(properties) > 0 && !isOpen:
			t.Errorf("%s.%s is not described", place, key)
		}
	}
	required, _ := dig(schema, "required").([]any)
	for key := range properties {
		if _, there := value[key]; !there && slices.Contains(required, any(key)) {
			t.Errorf("%s.%s is missing", place, key)
		}
	}
}

// decoded keeps numbers as they were written: a custom field's may be larger than any of ours.
func decoded(t testing.TB, body string) (value any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Errorf("decode %q: %v", body, err)
	}
	return value
}

// hasType tells whether a value has one of a schema's types.
func hasType(types, value any) bool {
	if list, ok := types.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return hasType(one, value) })
	}
	switch v := value.(type) {
	case nil:
		return types == "null"
	case bool:
		return types == "boolean"
	case string:
		return types == "string"
	case json.Number:
		_, err := v.Int64()
		return types == "number" || types == "integer" && err == nil
	case []any:
		return types == "array"
	}
	return types == "object"
}
