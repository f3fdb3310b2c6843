package web

import (
	"fmt"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestConfirmation(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	grace := s.Newcomer("grace@example.org")
	token := s.Mail(app.MailConfirmation, "grace@example.org").Token.Reveal()

	s.do("POST", api+"/confirmations", `{"email":"GRACE@example.org"}`).is(202)
	second := s.Mail(app.MailConfirmation, "grace@example.org").Token.Reveal()
	s.do("POST", api+"/me/confirmation", nil, as(grace)).is(202)
	s.Mail(app.MailConfirmation, "grace@example.org")
	s.do("POST", api+"/confirmations", `{"email":"nobody"}`).field("email", app.RuleInvalidFormat)

	for _, bad := range []string{token[:len(token)-1], token + "x", "x", strings.ToUpper(token), strings.Repeat("a", 3000), "%00", "%ff"} {
		got := s.do("POST", api+"/confirmations/"+bad, nil)
		got.refused(404, app.CodeInvalidToken)
		if len(bad) > 3 && strings.Contains(got.body, bad) {
			t.Errorf("the answer repeats the token: %s", got.body)
		}
		s.do("DELETE", api+"/confirmations/"+bad, nil).refused(404, app.CodeInvalidToken)
	}
	got := s.do("POST", api+"/confirmations/"+token, nil).is(200)
	hasExactly(t, got.at(), "user", "registered")
	hasExactly(t, got.at("registered"), "at", "device", "ip")
	if got.at("user", "confirmed_at") == nil || got.at("registered", "device") != "Firefox on Linux" || got.at("registered", "ip") != "203.0.113.2" {
		t.Errorf("answer %s", got.body)
	}
	s.do("POST", api+"/confirmations/"+token, nil).refused(404, app.CodeInvalidToken)
	s.do("POST", api+"/confirmations/"+second, nil).refused(404, app.CodeInvalidToken)
	s.do("POST", api+"/me/confirmation", nil, as(grace)).refused(409, app.CodeAlreadyConfirmed)
	s.do("GET", api+"/me/sessions", nil, as(grace)).is(200)
}

func TestThisWasntMe(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	grace := s.Newcomer("grace@example.org")
	token := s.Mail(app.MailConfirmation, "grace@example.org").Token.Reveal()
	s.do("DELETE", api+"/confirmations/"+token, nil).is(204)
	s.do("GET", api+"/me", nil, as(grace)).refused(401, app.CodeUnauthenticated)
	s.do("DELETE", api+"/confirmations/"+token, nil).refused(404, app.CodeInvalidToken)
}

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	s.do("POST", api+"/password-resets", `{"email":"ada@example.org"}`).is(202)
	path := api + "/password-resets/" + s.Mail(app.MailPasswordReset, "ada@example.org").Token.Reveal()

	got := s.do("GET", path, nil).is(200)
	hasExactly(t, got.at(), "email")
	if email := fmt.Sprint(got.at("email")); email == "ada@example.org" || !strings.Contains(email, "@") {
		t.Errorf("the address is shown as %s", email)
	}
	s.do("GET", path[:len(path)-2], nil).refused(404, app.CodeInvalidToken)
	s.do("PUT", path[:len(path)-2], `{"password":"a better horse battery"}`).refused(404, app.CodeInvalidToken)
	s.do("PUT", path, `{"password":"short"}`).field("password", app.RuleTooShort)
	s.do("PUT", path, `{"password":"a better horse battery","password_confirmation":"x"}`).field("password_confirmation", app.RuleDoesNotMatch)
	s.do("PUT", path, `{"password":"a better horse battery","password_confirmation":"a better horse battery"}`).is(204)
	s.do("PUT", path, `{"password":"another horse battery"}`).refused(404, app.CodeInvalidToken)
	s.do("GET", api+"/me", nil, as(owner)).refused(401, app.CodeUnauthenticated)
	s.do("POST", api+"/sessions", `{"email":"ada@example.org","password":"a better horse battery"}`).is(201)
}

func TestMailsForAnAddressAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	for _, path := range []string{"/password-resets", "/confirmations"} {
		for range 3 {
			s.do("POST", api+path, `{"email":"nobody@example.org"}`).is(202)
		}
		got := s.do("POST", api+path, `{"email":"nobody@example.org"}`)
		got.refused(429, app.CodeRateLimitExceeded)
		if got.header.Get("Retry-After") != "300" {
			t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	path := api + "/me"

	s.do("PATCH", path+"?check=true", `{"first_name":"Checked","phone":1}`, as(grace)).is(204)
	if s.do("GET", path, nil, as(grace)).at("user", "first_name") != nil {
		t.Error("a check changed something")
	}
	got := s.do("PATCH", path, `{"first_name":" Grace ","user_timezone":"Europe/Paris","phone":"555-1234","tags":["a",{"b":null}]}`, as(grace)).is(200)
	hasExactly(t, got.at("user"), userKeys...)
	if got.at("user", "full_name") != "Grace" || got.at("user", "custom_fields", "phone") != "555-1234" || fmt.Sprint(got.at("user", "custom_fields", "tags")) != "[a map[b:<nil>]]" {
		t.Errorf("answer %s", got.body)
	}
	if me := s.do("GET", path, nil, as(grace)); fmt.Sprint(me.at("user")) != fmt.Sprint(got.at("user")) {
		t.Errorf("GET says %s, PATCH said %s", me.body, got.body)
	}
	if s.do("PATCH", path, `{"first_name":null}`, as(grace)).is(200).at("user", "first_name") != nil {
		t.Error("null does not clear")
	}
	for body, want := range map[string]app.FieldError{
		`{"email":"x@example.org"}`:        {Field: "email", Rule: app.RuleNotUpdatable},
		`{"password":"x"}`:                 {Field: "password", Rule: app.RuleNotUpdatable},
		`{"roles":["Owner"]}`:              {Field: "roles", Rule: app.RuleNotUpdatable},
		`{"is_active":true}`:               {Field: "is_active", Rule: app.RuleNotUpdatable},
		`{"username":"x"}`:                 {Field: "username", Rule: app.RuleTooShort},
		`{"user_timezone":"Mars/Olympus"}`: {Field: "user_timezone", Rule: app.RuleUnknown},
	} {
		s.do("PATCH", path, body, as(grace)).field(want.Field, want.Rule)
		s.do("PATCH", path+"?check=true", body, as(grace)).field(want.Field, want.Rule)
	}
	s.do("PATCH", path, `{"username":"ada"}`, as(grace)).field("username", app.RuleTaken)
	s.do("PATCH", path+"?check=true", `{"username":"ada"}`, as(grace)).is(204) // without uniqueness
	s.do("PATCH", path+"?check=maybe", `{"first_name":"x"}`, as(grace)).field("check", app.RuleInvalidFormat)
	s.do("PATCH", path, `{"first_name":5}`, as(grace)).refused(400, app.CodeMalformed)
	s.do("PATCH", path, `{"a":{"b":1,"b":2}}`, as(grace)).refused(400, app.CodeMalformed)
	s.do("PATCH", path, `["first_name"]`, as(grace)).refused(400, app.CodeMalformed)
}

func TestLocale(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	path := api + "/me/locale"
	if got := s.do("PUT", path, `{"preferred_locale":"en-GB"}`, as(owner)).is(200); got.at("user", "preferred_locale") != "en-GB" {
		t.Errorf("answer %s", got.body)
	}
	for _, clears := range []string{`""`, `null`} {
		if got := s.do("PUT", path, `{"preferred_locale":`+clears+`}`, as(owner)).is(200); got.at("user", "preferred_locale") != nil {
			t.Errorf("answer %s", got.body)
		}
	}
	s.do("PUT", path, `{"preferred_locale":"xx-ZZZ"}`, as(owner)).field("preferred_locale", app.RuleUnknown)
	s.do("PUT", path, `{}`, as(owner)).field("preferred_locale", app.RuleRequired)
	s.do("PUT", path, `{"preferred_locale":1}`, as(owner)).refused(400, app.CodeMalformed)
}

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	other := s.SignIn("ada@example.org", apptest.Browser(3))
	path := api + "/me/password"
	const good = `{"current_password":"correct horse battery","password":"a better horse battery"}`

	s.do("PUT", path+"?check=true", `{"password":"a better horse battery"}`, as(owner)).is(204)
	s.do("PUT", path+"?check=true", `{"password":"x"}`, as(owner)).field("password", app.RuleTooShort)
	s.do("PUT", path, `{"current_password":"wrong","password":"a better horse battery"}`, as(owner)).field("current_password", app.RuleNotValid)
	s.do("PUT", path, `{"password":"a better horse battery"}`, as(owner)).field("current_password", app.RuleNotValid)
	s.do("PUT", path, `{"current_password":"correct horse battery","password":"correct horse battery"}`, as(owner)).field("password", app.RuleMustDiffer)

	got := s.do("PUT", path, good, as(owner)).is(200)
	hasExactly(t, got.at(), "token", "session")
	if got.cookie("doorward_session") != nil {
		t.Error("a bearer's password change sets a cookie")
	}
	for _, ended := range []*apptest.Persona{owner, other} {
		s.do("GET", api+"/me", nil, as(ended)).refused(401, app.CodeUnauthenticated)
	}
	s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+fmt.Sprint(got.at("token"))), from(owner.Client)).is(200)
	s.Mail(app.MailPasswordChanged, "ada@example.org")
}

func TestAPasswordChangeOverACookieKeepsTheBrowserSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	name, value := s.sessionCookie(owner)
	got := s.do("PUT", api+"/me/password", `{"current_password":"correct horse battery","password":"a better horse battery"}`, cookie(name, value), from(owner.Client)).is(200)
	fresh := got.cookie(name)
	if fresh == nil {
		t.Fatal("no fresh cookie")
	}
	s.do("GET", api+"/me", nil, cookie(name, fresh.Value), from(owner.Client)).is(200)
	s.do("GET", api+"/me", nil, cookie(name, value), from(owner.Client)).refused(401, app.CodeUnauthenticated)
}

func TestTheCurrentPasswordIsAskedTenTimesAMinute(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	for range 10 {
		s.do("DELETE", api+"/me", `{"current_password":"wrong"}`, as(owner)).field("current_password", app.RuleNotValid)
	}
	s.do("DELETE", api+"/me", `{"current_password":"correct horse battery"}`, as(owner)).refused(429, app.CodeRateLimitExceeded)
}

func TestEmailChange(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	linus := s.Member("linus@example.org")
	path := api + "/me/email"
	body := func(email, password string) string {
		return `{"email":"` + email + `","current_password":"` + password + `"}`
	}
	s.do("POST", path+"?check=true", `{"email":"ada@example.org"}`, as(grace)).is(204)
	s.do("POST", path+"?check=true", `{"email":"nobody"}`, as(grace)).field("email", app.RuleInvalidFormat)
	s.do("POST", path, body("grace@example.org", "correct horse battery"), as(grace)).field("email", app.RuleDidNotChange)
	s.do("POST", path, body("new@example.org", "wrong"), as(grace)).field("current_password", app.RuleNotValid)
	s.do("POST", path, body("ada@example.org", "correct horse battery"), as(grace)).field("email", app.RuleTaken)
	s.do("POST", path, body("new@example.org", "correct horse battery"), as(grace)).is(202)
	token := s.Mail(app.MailEmailChange, "new@example.org").Token.Reveal()
	s.Mail(app.MailEmailChanging, "grace@example.org")

	s.do("POST", path+"/"+token, nil).refused(401, app.CodeUnauthenticated)
	s.do("POST", path+"/"+token, nil, as(linus)).refused(404, app.CodeInvalidToken)
	s.do("POST", path+"/"+token[1:], nil, as(grace)).refused(404, app.CodeInvalidToken)
	if got := s.do("POST", path+"/"+token, nil, as(grace)).is(200); got.at("user", "email") != "new@example.org" {
		t.Errorf("answer %s", got.body)
	}
	s.do("POST", path+"/"+token, nil, as(grace)).refused(404, app.CodeInvalidToken)
	if got := s.do("GET", api+"/me", nil, as(grace)).is(200); got.at("user", "email") != "new@example.org" {
		t.Errorf("the session still says %s", got.body)
	}
}

func TestDeletingOnesAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	const good = `{"current_password":"correct horse battery"}`
	s.do("DELETE", api+"/me", nil, as(grace)).refused(400, app.CodeMalformed)
	s.do("DELETE", api+"/me", `{}`, as(grace)).field("current_password", app.RuleNotValid)
	s.do("DELETE", api+"/me", good, as(owner)).refused(409, app.CodeLastOwnerDelete)
	name, value := s.sessionCookie(grace)
	got := s.do("DELETE", api+"/me", good, cookie(name, value), from(grace.Client)).is(204)
	if k := got.cookie(name); k == nil || k.MaxAge >= 0 {
		t.Errorf("the cookie stays: %v", k)
	}
	s.do("GET", api+"/me", nil, as(grace)).refused(401, app.CodeUnauthenticated)
}
