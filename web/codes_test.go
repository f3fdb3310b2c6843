package web

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// codeCases provokes each published code over HTTP, in an own world each: a code that nothing answers is a promise to
// clients that nothing keeps.
var codeCases = map[app.Code]struct {
	status int
	ask    func(t *testing.T) reply
}{
	app.CodeMalformed: {400, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("POST", api+"/sessions", `{"email":"ada@example.org","password":"x","remember":"false"}`)
	}},

	app.CodeUnauthenticated: {401, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("GET", api+"/me", nil)
	}},
	app.CodeInvalidCredentials: {401, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("POST", api+"/sessions", `{"email":"nobody@example.org","password":"a wrong password"}`)
	}},
	app.CodeFingerprintMismatch: {401, func(t *testing.T) reply {
		s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.Fingerprint = app.FingerprintStrict })))
		return s.do("GET", api+"/me", nil, as(s.Owner("ada@example.org")), from(apptest.Browser(77)))
	}},

	app.CodeForbidden: {403, func(t *testing.T) reply {
		s, _ := ownedSite(t)
		return s.do("GET", api+"/users", nil, as(s.Member("linus@example.org")))
	}},
	app.CodeAccountInactive: {403, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		s.do("PUT", of(s.Member("linus@example.org"), "/status"), `{"is_active":false}`, as(ada)).is(200)
		return s.do("POST", api+"/sessions", fmt.Sprintf(`{"email":"linus@example.org","password":%q}`, apptest.Password.Reveal()))
	}},
	app.CodeAccountUnconfirmed: {403, func(t *testing.T) reply {
		s, _ := ownedSite(t)
		return s.do("GET", api+"/me/sessions", nil, as(s.Newcomer("linus@example.org")))
	}},
	app.CodeOwnerRoleProtected: {403, func(t *testing.T) reply {
		s, _ := ownedSite(t)
		return s.do("PUT", of(s.Member("linus@example.org"), "/roles/Owner"), nil, as(s.Admin("grace@example.org")))
	}},
	app.CodeRankTooLow: {403, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("DELETE", of(ada, ""), nil, as(s.Admin("grace@example.org")))
	}},
	app.CodeRegistrationClosed: {403, func(t *testing.T) reply {
		s, _ := ownedSite(t, apptest.WithPolicy(func(p *app.Policy) { p.RegistrationOpen = false }))
		return s.do("POST", api+"/registrations", `{"email":"linus@example.org","password":"correct horse battery"}`)
	}},
	app.CodeSetupCodeRequired: {403, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("POST", api+"/registrations", `{"email":"linus@example.org","password":"correct horse battery"}`)
	}},
	app.CodeCrossOrigin: {403, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("POST", api+"/sessions", `{"email":"ada@example.org","password":"x"}`, with("Origin", "https://evil.example"))
	}},

	app.CodeNotFound: {404, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("GET", api+"/users/4711", nil, as(ada))
	}},
	app.CodeInvalidToken: {404, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("GET", api+"/password-resets/unknown", nil)
	}},
	app.CodeRoleNotFound: {404, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("PUT", of(s.Member("linus@example.org"), "/roles/Editor"), nil, as(ada))
	}},
	app.CodeAssignmentNotFound: {404, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("DELETE", of(s.Member("linus@example.org"), "/roles/Admin"), nil, as(ada))
	}},

	app.CodeAlreadyConfirmed: {409, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("POST", api+"/me/confirmation", nil, as(ada))
	}},
	app.CodeLastOwnerDeactivate: {409, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("PUT", of(ada, "/status"), `{"is_active":false}`, by(s.Key("operator", app.RoleOwner)))
	}},
	app.CodeLastOwnerDemote: {409, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("POST", of(ada, "/demote"), nil, by(s.Key("operator", app.RoleOwner)))
	}},
	app.CodeLastOwnerDelete: {409, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("DELETE", api+"/me", fmt.Sprintf(`{"current_password":%q}`, apptest.Password.Reveal()), as(ada))
	}},
	app.CodeLastOwnerRemove: {409, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("DELETE", of(ada, "/roles/Owner"), nil, by(s.Key("operator", app.RoleOwner)))
	}},
	app.CodeNoRoleToDemote: {409, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		return s.do("POST", of(s.Member("linus@example.org"), "/demote"), nil, as(ada))
	}},
	app.CodeRoleInUse: {409, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		s.do("POST", api+"/roles", `{"name":"Editor"}`, as(ada)).is(201)
		s.do("PUT", of(s.Member("linus@example.org"), "/roles/Editor"), nil, as(ada)).is(200)
		return s.do("DELETE", api+"/roles/Editor", nil, as(ada))
	}},

	app.CodeTooLarge: {413, func(t *testing.T) reply {
		body := `{"email":"` + strings.Repeat("a", maxJSON) + `"}`
		return newSite(t, apptest.New(t)).do("POST", api+"/password-resets", body)
	}},
	app.CodeUnsupportedMediaType: {415, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("POST", api+"/password-resets", []byte(`{"email":"ada@example.org"}`), with("Content-Type", "text/plain"))
	}},
	app.CodeValidationFailed: {422, func(t *testing.T) reply {
		return newSite(t, apptest.New(t)).do("POST", api+"/password-resets", `{"email":""}`)
	}},
	app.CodeRateLimitExceeded: {429, func(t *testing.T) reply {
		s := newSite(t, apptest.New(t))
		for range 3 {
			s.do("POST", api+"/password-resets", `{"email":"ada@example.org"}`).is(202)
		}
		return s.do("POST", api+"/password-resets", `{"email":"ADA@example.org"}`)
	}},
	app.CodeInternal: {500, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		s.Failing(func() error { return errors.New("a broken part") })
		return s.do("PUT", api+"/me/locale", `{"preferred_locale":"fr"}`, as(ada))
	}},
	app.CodeOverloaded: {503, func(t *testing.T) reply {
		s, ada := ownedSite(t)
		s.Failing(func() error { return app.ErrUnavailable })
		return s.do("PUT", api+"/me/locale", `{"preferred_locale":"fr"}`, as(ada))
	}},
}

// ruleCases provokes each published field rule over HTTP, as an Owner or as anybody.
var ruleCases = map[app.Rule]struct{ method, path, body, field string }{
	app.RuleRequired:      {"POST", "/registrations", `{"email":"","password":"correct horse battery"}`, "email"},
	app.RuleInvalidFormat: {"POST", "/registrations", `{"email":"no address","password":"correct horse battery"}`, "email"},
	app.RuleTooShort:      {"POST", "/registrations", `{"email":"linus@example.org","password":"short"}`, "password"},
	app.RuleTooLong:       {"PATCH", "/me", `{"first_name":"` + strings.Repeat("a", 101) + `"}`, "first_name"},
	app.RuleTaken:         {"POST", "/registrations", `{"email":"ADA@example.org","password":"correct horse battery"}`, "email"},
	app.RuleTooCommon:     {"POST", "/registrations", `{"email":"linus@example.org","password":"password123"}`, "password"},
	app.RuleDoesNotMatch:  {"POST", "/registrations", `{"email":"linus@example.org","password":"correct horse battery","password_confirmation":"another"}`, "password_confirmation"},
	app.RuleMustDiffer:    {"PUT", "/me/password", `{"current_password":"correct horse battery","password":"correct horse battery"}`, "password"},
	app.RuleDidNotChange:  {"POST", "/me/email", `{"email":"ada@example.org","current_password":"correct horse battery"}`, "email"},
	app.RuleNotValid:      {"POST", "/me/email", `{"email":"new@example.org","current_password":"another"}`, "current_password"},
	app.RuleUnknown:       {"PUT", "/me/locale", `{"preferred_locale":"xx-XX"}`, "preferred_locale"},
	app.RuleNotUpdatable:  {"PATCH", "/me", `{"email":"new@example.org"}`, "email"},
	app.RuleOutOfRange:    {"GET", "/users?page=0", "", "page"},
}

// ownedSite is a site that had its first Owner, who is signed in.
func ownedSite(t *testing.T, options ...apptest.Option) (*site, *apptest.Persona) {
	s := newSite(t, apptest.New(t, options...))
	return s, s.Owner("ada@example.org")
}

func TestEveryPublishedCodeIsAnsweredWithItsStatus(t *testing.T) {
	t.Parallel()
	published := publishedNames(t, "Code")
	if len(published) != len(codeCases) {
		t.Errorf("%d codes are published, %d are provoked", len(published), len(codeCases))
	}
	for _, name := range published {
		code := app.Code(name)
		provoke, ok := codeCases[code]
		if !ok {
			t.Errorf("nothing provokes the published code %s: add a case", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := provoke.ask(t)
			got.refused(provoke.status, code)
			if waits := got.header.Get("Retry-After"); (waits != "") != (provoke.status == 429 || provoke.status == 503) {
				t.Errorf("Retry-After is %q", waits)
			}
		})
	}
}

func TestEveryPublishedFieldRuleIsAnswered(t *testing.T) {
	t.Parallel()
	published := publishedNames(t, "Rule")
	if len(published) != len(ruleCases) {
		t.Errorf("%d rules are published, %d are provoked", len(published), len(ruleCases))
	}
	s, ada := ownedSite(t)
	for _, name := range published {
		provoke, ok := ruleCases[app.Rule(name)]
		if !ok {
			t.Errorf("nothing provokes the published rule %s: add a case", name)
			continue
		}
		var body any
		if provoke.body != "" {
			body = provoke.body
		}
		s.do(provoke.method, api+provoke.path, body, as(ada)).field(provoke.field, app.Rule(name))
	}
}

// TestTheDescriptionNamesEveryPublishedCode holds what clients generate from: a code that stands nowhere is one that they
// can't expect.
func TestTheDescriptionNamesEveryPublishedCode(t *testing.T) {
	t.Parallel()
	text, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range publishedNames(t, "Code") {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("no route's description names %s", name)
		}
	}
	for _, name := range publishedNames(t, "Rule") {
		if !strings.Contains(string(text), strconv.Quote(name)) {
			t.Errorf("the description of a field's error does not name %s", name)
		}
	}
}

// publishedNames reads the constants of a type from the file that publishes them, so that a new one can't be forgotten.
func publishedNames(t *testing.T, kind string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../app/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != kind {
			return true
		}
		for _, value := range spec.Values {
			name, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return true
	})
	if len(names) < 10 {
		t.Fatalf("%d constants of type %s were found in app/error.go", len(names), kind)
	}
	return names
}
