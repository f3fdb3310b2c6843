package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// userKeys are all members that a user always has.
var userKeys = []string{
	"id", "email", "username", "first_name", "last_name", "full_name", "is_active", "confirmed_at", "user_timezone", "preferred_locale",
	"roles", "custom_fields", "avatar", "registration", "last_seen_at", "created_at", "updated_at",
}

func hasExactly(t *testing.T, object any, keys ...string) {
	t.Helper()
	members, ok := object.(map[string]any)
	if !ok || len(members) != len(keys) {
		t.Errorf("members of %v are not %v", object, keys)
	}
	for _, key := range keys {
		if _, there := members[key]; !there {
			t.Errorf("no %q in %v", key, object)
		}
	}
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	path, good := api+"/registrations", `{"email":"grace@example.org","password":"correct horse battery"}`

	s.do("POST", path, good).refused(403, app.CodeSetupCodeRequired)
	s.do("POST", path+"/validate", good).refused(403, app.CodeSetupCodeRequired)
	code, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := s.do("POST", path, `{"email":"ada@example.org","password":"correct horse battery","first_name":"Ada","setup_code":"`+code.Reveal()+`"}`, from(apptest.Browser(9))).is(201)
	hasExactly(t, first.at("user"), userKeys...)
	hasExactly(t, first.at("user", "registration"), "ip", "country", "region", "city")
	for key, want := range map[string]string{
		"roles": "[Owner]", "email": "ada@example.org", "username": "ada", "full_name": "Ada", "last_name": "<nil>", "custom_fields": "map[]",
		"avatar": "<nil>", "confirmed_at": "2026-01-31T12:00:00Z", "last_seen_at": "<nil>", "is_active": "true",
	} {
		if got := fmt.Sprint(first.at("user", key)); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if first.at("user", "registration", "ip") != "203.0.113.9" || len(first.header["Set-Cookie"]) > 0 {
		t.Errorf("answer %s, cookies %v", first.body, first.header["Set-Cookie"])
	}

	second := s.do("POST", path, good).is(201)
	if fmt.Sprint(second.at("user", "roles")) != "[User]" || second.at("user", "confirmed_at") != nil {
		t.Errorf("the second account is %s", second.body)
	}
	s.Mail(app.MailConfirmation, "grace@example.org")

	s.do("POST", path, good).field("email", app.RuleTaken)
	s.do("POST", path+"/validate", good).is(204)
	for body, want := range map[string]app.FieldError{
		`{"email":"","password":"correct horse battery"}`:                                                              {Field: "email", Rule: app.RuleRequired},
		`{"email":null,"password":"correct horse battery"}`:                                                            {Field: "email", Rule: app.RuleRequired},
		`{"email":"nobody","password":"correct horse battery"}`:                                                        {Field: "email", Rule: app.RuleInvalidFormat},
		`{"email":"x@example.org","password":"short"}`:                                                                 {Field: "password", Rule: app.RuleTooShort},
		`{"email":"x@example.org","password":"` + strings.Repeat("ä", 37) + `"}`:                                       {Field: "password", Rule: app.RuleTooLong},
		`{"email":"x@example.org","password":"nul\u0000nul\u0000"}`:                                                    {Field: "password", Rule: app.RuleInvalidFormat},
		`{"email":"x@example.org","password":"password"}`:                                                              {Field: "password", Rule: app.RuleTooCommon},
		`{"email":"x@example.org","password":"x@example.org"}`:                                                         {Field: "password", Rule: app.RuleMustDiffer},
		`{"email":"x@example.org","password":"correct horse battery","password_confirmation":"other"}`:                 {Field: "password_confirmation", Rule: app.RuleDoesNotMatch},
		`{"email":"x@example.org","password":"correct horse battery","username":"1xyz"}`:                               {Field: "username", Rule: app.RuleInvalidFormat},
		`{"email":"x@example.org","password":"correct horse battery","username":"admin"}`:                              {Field: "username", Rule: app.RuleTaken},
		`{"email":"x@example.org","password":"correct horse battery","last_name":"a\nb"}`:                              {Field: "last_name", Rule: app.RuleInvalidFormat},
		`{"email":"x@example.org","password":"correct horse battery","first_name":"` + strings.Repeat("a", 101) + `"}`: {Field: "first_name", Rule: app.RuleTooLong},
	} {
		got := s.do("POST", path, body)
		got.field(want.Field, want.Rule)
		if strings.Contains(got.body, "horse") {
			t.Errorf("the answer repeats a password: %s", got.body)
		}
		s.do("POST", path+"/validate", body).field(want.Field, want.Rule)
	}
	s.do("POST", path, `{"email":"x@example.org","password":"correct horse battery","roles":["Owner"]}`).refused(400, app.CodeMalformed)
	s.do("POST", path, `{"email":"x@example.org","password":12345678}`).refused(400, app.CodeMalformed)
}

func TestRegistrationIsLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	body := `{"email":"ada@example.org","password":"correct horse battery"}`
	for range 2 { // her own was the first
		s.do("POST", api+"/registrations", body).field("email", app.RuleTaken)
	}
	got := s.do("POST", api+"/registrations", body)
	got.refused(429, app.CodeRateLimitExceeded)
	if got.header.Get("Retry-After") != "3600" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
}

func TestClosedRegistrationIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.RegistrationOpen = false })))
	s.Owner("ada@example.org")
	s.do("POST", api+"/registrations", `{"email":"x@example.org","password":"correct horse battery"}`).refused(403, app.CodeRegistrationClosed)
}

// same fails unless two answers can't be told apart, but for what every answer has of its own.
func same(t *testing.T, a, b reply) {
	t.Helper()
	strip := func(r reply) (string, string) {
		header := http.Header{}
		for name, values := range r.header {
			if name != "Date" && name != "X-Request-Id" {
				header[name] = values
			}
		}
		return fmt.Sprint(r.status, header), strings.ReplaceAll(r.body, r.header.Get("X-Request-Id"), "")
	}
	aHeader, aBody := strip(a)
	bHeader, bBody := strip(b)
	if aHeader != bHeader || aBody != bBody {
		t.Errorf("told apart:\n%s %s\n%s %s", aHeader, aBody, bHeader, bBody)
	}
}

func TestNobodyLearnsWhetherAnAddressHasAnAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	s.Newcomer("grace@example.org")
	ask := func(path, email string) reply {
		return s.do("POST", api+path, `{"email":"`+email+`"}`)
	}
	for range 4 { // past the limit too
		for _, path := range []string{"/password-resets", "/confirmations"} {
			unknown := ask(path, "nobody@example.org")
			same(t, ask(path, "ada@example.org"), unknown)
			same(t, ask(path, "grace@example.org"), unknown)
		}
	}
	for range 6 {
		wrong := func(email string) reply {
			return s.do("POST", api+"/sessions", `{"email":"`+email+`","password":"a wrong password"}`, from(apptest.Browser(40)))
		}
		same(t, wrong("ada@example.org"), wrong("nobody@example.org"))
	}
}

func TestConcealedAccountsAnswerRegistrationsAlike(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.ConcealAccounts = true })))
	code, err := s.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	register := func(email string) reply {
		return s.do("POST", api+"/registrations", `{"email":"`+email+`","password":"correct horse battery","setup_code":"`+code.Reveal()+`"}`)
	}
	owner := register("ada@example.org").is(202)
	fresh := register("grace@example.org").is(202)
	same(t, owner, fresh)
	same(t, register("grace@example.org"), fresh)
	if fresh.body != "" {
		t.Errorf("the answer says %q", fresh.body)
	}
	s.Mail(app.MailAccountExists, "grace@example.org")
	s.do("POST", api+"/registrations", `{"email":"x@example.org","password":"correct horse battery","username":"xavier"}`).field("username", app.RuleNotUpdatable)
	s.do("POST", api+"/sessions", `{"email":"grace@example.org","password":"correct horse battery"}`).refused(401, app.CodeInvalidCredentials)
}
