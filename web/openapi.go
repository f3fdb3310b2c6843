package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// operation documents one API route. What follows from its access, method and body is added by itself: parameters of
// the path, security, the errors that every such route can answer.
type operation struct {
	id      string
	tag     string
	summary string
	about   string
	query   []parameter
	header  []parameter
	takes   any    // the body's type; nil for none
	example string // of the body, as JSON
	file    bool   // the body is a picture, alone or in a form
	gives   []given
	refuses []app.Code

	optional bool // the body may be left out
}

// parameter is one of a query or a header.
type parameter struct{ name, kind, about string }

// checkParameter asks for the checks without the effect.
var checkParameter = parameter{"check", huma.TypeBoolean, "true: only the checks, without effect, without uniqueness and without looking at `current_password`."}

// given is one good answer; value has its body's type, nil for none.
type given struct {
	status int
	about  string
	value  any
}

// picture stands for an image as a body.
type picture struct{}

// OpenAPI is the OpenAPI 3.1 description of the JSON API, made from the route table and the Go types behind it.
func OpenAPI() ([]byte, error) { return openAPIDocument("") }

// getOpenAPI serves it; it is the same until the binary changes.
func getOpenAPI(c *call) error {
	body, err := c.s.openAPI()
	if err != nil {
		return err
	}
	header := c.w.Header()
	header["Content-Type"] = jsonType
	header.Set("Cache-Control", "public, max-age=300")
	_, _ = c.w.Write(body)
	return nil
}

func docGetOpenAPI() *operation {
	return &operation{
		id: "getOpenAPI", tag: "Description", summary: "This description", about: "OpenAPI 3.1.",
		gives: []given{{http.StatusOK, "The description.", map[string]any{}}},
	}
}

// openAPIDocument writes it for a server under a path prefix. Only huma's types and schema generator are used: its way
// of handling requests would repeat refused values in its answers.
func openAPIDocument(prefix string) ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Doorward", Version: "1",
			Description: "User accounts: registration, sessions, confirmation, password reset, profile, avatars, administration. " +
				"Errors are `application/problem+json` with a stable `code`. A changing request from another origin is refused.",
			License: &huma.License{Name: "Apache 2.0", Identifier: "Apache-2.0"},
		},
		Servers:  []*huma.Server{{URL: prefix + "/"}},
		Security: []map[string][]string{}, // none, where a route does not say otherwise
		Components: &huma.Components{
			Schemas:   registry,
			Responses: map[string]*huma.Response{},
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "A session's token."},
				"key":    {Type: "http", Scheme: "bearer", BearerFormat: "dwk_…", Description: "An API key, which acts with the role that it was made with."},
				"cookie": {Type: "apiKey", In: "cookie", Name: "doorward_session", Description: "The session cookie; `__Host-doorward_session` under https."},
			},
		},
	}
	for _, rt := range (*Server)(nil).apiRoutes() {
		doc.AddOperation(describe(doc.Components, rt))
		if !slices.ContainsFunc(doc.Tags, func(t *huma.Tag) bool { return t.Name == rt.doc.tag }) {
			doc.Tags = append(doc.Tags, &huma.Tag{Name: rt.doc.tag}) // in the order of the table, which readers show
		}
	}
	openAnswers(registry)
	body, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode OpenAPI: %w", err)
	}
	return append(body, '\n'), nil
}

// schemaName takes the ending that the Go type has off what goes out, and says of a body that it is a request.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if base, ok := strings.CutSuffix(name, "Body"); ok {
		return base + "Request"
	}
	if base, ok := strings.CutSuffix(name, "Answer"); ok {
		return base + "Response"
	}
	return strings.TrimSuffix(name, "View")
}

// openAnswers lets answers have members that are not described yet; requests may not.
func openAnswers(registry huma.Registry) {
	for name, schema := range registry.Map() {
		if !strings.HasSuffix(name, "Request") && schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	}
}

func describe(shared *huma.Components, rt route) *huma.Operation {
	registry := shared.Schemas
	op := &huma.Operation{
		Method: rt.method, Path: rt.path, OperationID: rt.doc.id, Tags: []string{rt.doc.tag},
		Summary: rt.doc.summary, Description: strings.TrimSpace(rt.doc.about + accessNote(rt)),
		Parameters: parameters(rt), RequestBody: requestBody(registry, rt.doc), Responses: map[string]*huma.Response{},
	}
	for _, scheme := range schemes(rt.access) {
		op.Security = append(op.Security, map[string][]string{scheme: {}})
	}
	for _, g := range rt.doc.gives {
		op.Responses[strconv.Itoa(g.status)] = goodAnswer(registry, g)
	}
	codes := refusals(rt)
	for _, status := range slices.Sorted(maps.Keys(codes)) {
		op.Responses[strconv.Itoa(status)] = sharedAnswer(shared, status, codes[status])
	}
	return op
}

// schemes are the ways to say who is asking that a route takes.
func schemes(who access) []string {
	switch who {
	case key:
		return []string{"key"}
	case session, owner:
		return []string{"bearer", "cookie"}
	case admin:
		return []string{"bearer", "cookie", "key"}
	}
	return nil
}

func accessNote(rt route) string {
	switch {
	case rt.access == key:
		return " For API keys of any role."
	case rt.access == admin:
		return " For Admins and Owners, and API keys with these roles."
	case rt.access == owner:
		return " For Owners, in person: not for API keys."
	case rt.access == session && rt.open:
		return " Also for accounts that are still to confirm their address."
	}
	return ""
}

var wildcard = regexp.MustCompile(`\{(\w+)\}`)

func parameters(rt route) []*huma.Param {
	var list []*huma.Param
	for _, match := range wildcard.FindAllStringSubmatch(rt.path, -1) {
		p := &huma.Param{Name: match[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
		switch match[1] {
		case "id":
			p.Schema = idSchema(rt.path)
		case "key":
			p.Description = "The custom field's name, percent-encoded: `a/b` as `a%2Fb`. Of `.` and `..` the dots too (`%2E`), if your client lets you: many take them for steps in the path. A name that is `/` alone fits no path."
		case "token":
			p.Description = "From the link in the mail."
		case "role":
			p.Description = "Its exact name."
		case "variant":
			for _, v := range app.Variants() {
				p.Schema.Enum = append(p.Schema.Enum, v)
			}
		}
		list = append(list, p)
	}
	for _, q := range rt.doc.query {
		list = append(list, &huma.Param{Name: q.name, In: "query", Description: q.about, Schema: &huma.Schema{Type: q.kind}})
	}
	for _, h := range rt.doc.header {
		list = append(list, &huma.Param{Name: h.name, In: "header", Description: h.about, Schema: &huma.Schema{Type: h.kind}})
	}
	return list
}

func requestBody(registry huma.Registry, doc *operation) *huma.RequestBody {
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	switch {
	case doc.file:
		form := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": binary}}
		return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"multipart/form-data": {Schema: form}, "image/*": {Schema: binary},
		}}
	case doc.takes == nil:
		return nil
	}
	schema := registry.Schema(reflect.TypeOf(doc.takes), true, "")
	return &huma.RequestBody{Required: !doc.optional, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schema, Example: json.RawMessage(doc.example)},
	}}
}

func goodAnswer(registry huma.Registry, g given) *huma.Response {
	answer := &huma.Response{Description: g.about}
	switch value := g.value.(type) {
	case nil:
	case eventStream:
		registry.Schema(reflect.TypeFor[eventView](), true, "")
		answer.Description += " Each event's `data` is an `Event` as JSON; its name one of " + strings.Join(value.names, ", ") + "."
		answer.Content = map[string]*huma.MediaType{"text/event-stream": {
			Schema: &huma.Schema{Type: huma.TypeString}, Example: sampleEvent(value.names[0]),
		}}
	case picture:
		image := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		answer.Content = map[string]*huma.MediaType{"image/jpeg": image, "image/png": image}
	default:
		answer.Content = map[string]*huma.MediaType{"application/json": {
			Schema: registry.Schema(reflect.TypeOf(g.value), true, ""), Example: sample(g.value),
		}}
	}
	return answer
}

// sharedAnswer refers to the one answer that all routes with these codes share: written out at each route, refusals would be
// most of the description, and most of every client that is generated from it.
func sharedAnswer(shared *huma.Components, status int, codes []app.Code) *huma.Response {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = string(code)
	}
	name := strings.Join(names, "-")
	if shared.Responses[name] == nil {
		shared.Responses[name] = badAnswer(shared.Schemas, status, codes)
	}
	return &huma.Response{Ref: "#/components/responses/" + name}
}

func badAnswer(registry huma.Registry, status int, codes []app.Code) *huma.Response {
	var names []string
	for _, code := range codes {
		names = append(names, "`"+string(code)+"`")
	}
	answer := &huma.Response{
		Description: strings.Join(names, ", "),
		Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: registry.Schema(reflect.TypeFor[problem](), true, ""), Example: sampleProblem(status, codes[0]),
		}},
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		answer.Headers = map[string]*huma.Header{"Retry-After": {
			Description: "Seconds after which it is worth trying again.", Schema: &huma.Schema{Type: huma.TypeInteger},
		}}
	}
	return answer
}

// statuses is contract for clients: the status with which each code comes.
var statuses = []struct {
	status int
	codes  []app.Code
}{
	{http.StatusBadRequest, []app.Code{app.CodeMalformed}},
	{http.StatusUnauthorized, []app.Code{app.CodeUnauthenticated, app.CodeInvalidCredentials, app.CodeFingerprintMismatch}},
	{http.StatusForbidden, []app.Code{
		app.CodeForbidden, app.CodeAccountInactive, app.CodeAccountUnconfirmed, app.CodeOwnerRoleProtected, app.CodeRankTooLow,
		app.CodeRegistrationClosed, app.CodeSetupCodeRequired, app.CodeCrossOrigin,
	}},
	{http.StatusNotFound, []app.Code{app.CodeNotFound, app.CodeInvalidToken, app.CodeRoleNotFound, app.CodeAssignmentNotFound}},
	{http.StatusConflict, []app.Code{
		app.CodeAlreadyConfirmed, app.CodeLastOwnerDeactivate, app.CodeLastOwnerDemote, app.CodeLastOwnerDelete, app.CodeLastOwnerRemove,
		app.CodeNoRoleToDemote, app.CodeRoleInUse,
	}},
	{http.StatusRequestEntityTooLarge, []app.Code{app.CodeTooLarge}},
	{http.StatusUnsupportedMediaType, []app.Code{app.CodeUnsupportedMediaType}},
	{http.StatusUnprocessableEntity, []app.Code{app.CodeValidationFailed}},
	{http.StatusTooManyRequests, []app.Code{app.CodeRateLimitExceeded}},
	{http.StatusInternalServerError, []app.Code{app.CodeInternal}},
	{http.StatusServiceUnavailable, []app.Code{app.CodeOverloaded}},
}

// refusals are the codes that a route can answer, by status.
func refusals(rt route) map[int][]app.Code {
	codes := append(slices.Clone(rt.doc.refuses), app.CodeCrossOrigin) // of reading too: an API key or a cookie in a listed origin's script
	if rt.doc.takes != nil {
		codes = append(codes, app.CodeMalformed, app.CodeTooLarge, app.CodeUnsupportedMediaType)
	}
	if rt.access != anyone { // forbidden: also what a key is told where only sessions may ask, and a session where only keys may
		codes = append(codes, app.CodeUnauthenticated, app.CodeForbidden)
	}
	if rt.access >= session {
		codes = append(codes, app.CodeFingerprintMismatch)
		if !rt.open {
			codes = append(codes, app.CodeAccountUnconfirmed)
		}
	}
	codes = append(codes, app.CodeInternal, app.CodeOverloaded)
	byStatus := map[int][]app.Code{}
	for _, line := range statuses {
		for _, code := range line.codes {
			if slices.Contains(codes, code) {
				byStatus[line.status] = append(byStatus[line.status], code)
			}
		}
	}
	return byStatus
}
