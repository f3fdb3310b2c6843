package web

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"doorward/app/apptest"
)

var update = flag.Bool("update", false, "write golden files")

const goldenOpenAPI = "testdata/openapi.json"

func TestOpenAPIIsAsItWas(t *testing.T) {
	t.Parallel()
	got, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldenOpenAPI, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenOpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the description changed; if that is meant, run go test ./web -run OpenAPI -update and read the diff")
	}
}

func openAPITree(t *testing.T) map[string]any {
	t.Helper()
	text, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// dig follows keys; nil when there is nothing.
func dig(value any, keys ...string) any {
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// answerOf is what an operation's description says of a status, its own or the one that it refers to; nil for nothing.
func answerOf(tree map[string]any, op any, status int) any {
	answer := dig(op, "responses", strconv.Itoa(status))
	if ref, ok := dig(answer, "$ref").(string); ok {
		return dig(tree, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return answer
}

func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	t.Parallel()
	tree := openAPITree(t)
	if tree["openapi"] != "3.1.0" {
		t.Errorf("version %v", tree["openapi"])
	}
	ids := map[string]bool{}
	for _, rt := range (*Server)(nil).apiRoutes() {
		line := rt.method + " " + rt.path
		op := dig(tree, "paths", rt.path, strings.ToLower(rt.method))
		if op == nil {
			t.Errorf("%s is missing", line)
			continue
		}
		id := fmt.Sprint(dig(op, "operationId"))
		if ids[id] || id == "" || dig(op, "summary") == "" {
			t.Errorf("%s: operationId %q or summary", line, id)
		}
		ids[id] = true
		if (dig(op, "security") != nil) != (rt.access != anyone) {
			t.Errorf("%s: security %v", line, dig(op, "security"))
		}
		for _, name := range wildcard.FindAllStringSubmatch(rt.path, -1) {
			if !strings.Contains(fmt.Sprint(dig(op, "parameters")), "in:path name:"+name[1]) {
				t.Errorf("%s: parameter %s is missing", line, name[1])
			}
		}
		for _, g := range rt.doc.gives {
			content, _ := dig(op, "responses", fmt.Sprint(g.status), "content").(map[string]any)
			if (len(content) > 0) != (g.value != nil) {
				t.Errorf("%s: content of %d is %v", line, g.status, content)
			}
		}
		for status, codes := range refusals(rt) {
			for _, code := range codes {
				if !strings.Contains(fmt.Sprint(dig(answerOf(tree, op, status), "description")), string(code)) {
					t.Errorf("%s: %d does not name %s", line, status, code)
				}
			}
		}
	}
}

func TestOpenAPIReferencesResolve(t *testing.T) {
	t.Parallel()
	tree := openAPITree(t)
	found := 0
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				found++
				if dig(tree, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...) == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, child := range v {
				walk(child)
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(tree)
	if found == 0 {
		t.Error("no reference at all")
	}
}

func TestOpenAPIRequestExamplesAreTaken(t *testing.T) {
	t.Parallel()
	for _, rt := range (*Server)(nil).apiRoutes() {
		if rt.doc.takes == nil {
			continue
		}
		switch rt.doc.takes.(type) {
		case changesBody, userChangesBody:
			continue // any member is a custom field
		}
		if err := decodeStrictly([]byte(rt.doc.example), reflect.New(reflect.TypeOf(rt.doc.takes)).Interface()); err != nil {
			t.Errorf("%s %s: %v", rt.method, rt.path, err)
		}
	}
}

func TestOpenAPIShowsAnExampleOfEveryBody(t *testing.T) {
	t.Parallel()
	tree := openAPITree(t)
	for _, rt := range (*Server)(nil).apiRoutes() {
		line := rt.method + " " + rt.path
		op := dig(tree, "paths", rt.path, strings.ToLower(rt.method))
		if rt.doc.takes != nil && dig(op, "requestBody", "content", "application/json", "example") == nil {
			t.Errorf("%s: no example of what it takes", line)
		}
		for _, g := range rt.doc.gives {
			for _, media := range []string{"application/json", "text/event-stream"} {
				content := dig(op, "responses", fmt.Sprint(g.status), "content", media)
				if content != nil && dig(content, "example") == nil {
					t.Errorf("%s: no example of its %d", line, g.status)
				}
			}
		}
	}
}

// TestOpenAPIAgreesWithTheAnswers holds a user as it is served against its schema, both ways.
func TestOpenAPIAgreesWithTheAnswers(t *testing.T) {
	t.Parallel()
	tree := openAPITree(t)
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	got := s.do("GET", api+"/session", nil, as(owner)).is(200)
	for name, value := range map[string]any{"User": got.at("user"), "Session": got.at("session")} {
		properties, _ := dig(tree, "components", "schemas", name, "properties").(map[string]any)
		required := fmt.Sprint(dig(tree, "components", "schemas", name, "required"))
		for key, member := range value.(map[string]any) {
			if properties[key] == nil {
				t.Errorf("%s.%s is served but not described", name, key)
			}
			if member == nil && !strings.Contains(fmt.Sprint(properties[key]), "null") {
				t.Errorf("%s.%s is null, which its schema %v does not allow", name, key, properties[key])
			}
		}
		for key := range properties {
			if _, served := value.(map[string]any)[key]; !served || !strings.Contains(required, key) {
				t.Errorf("%s.%s is described, but not served or not required", name, key)
			}
		}
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	want, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if got := s.do("GET", api+"/openapi.json", nil).is(200); got.body != string(want) || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("another description is served, as %q", got.header.Get("Content-Type"))
	}
}
