package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestAnAdminChangesFieldsOfAnAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner, admin, grace := s.Owner("root@example.org"), s.admin(), s.Member("grace@example.org")
	path := fmt.Sprintf("%s/users/%d", api, grace.User().ID)
	got := s.do("PATCH", path, `{"first_name":" Grace ","username":"support","user_timezone":"+2","phone":"555-1234"}`, as(admin)).is(200)
	hasExactly(t, got.at(), "user")
	hasExactly(t, got.at("user"), userKeys...)
	if got.at("user", "full_name") != "Grace" || got.at("user", "username") != "support" || got.at("user", "custom_fields", "phone") != "555-1234" {
		t.Errorf("answer %s", got.body)
	}
	if me := s.do("GET", api+"/me", nil, as(grace)).is(200); me.at("user", "username") != "support" {
		t.Errorf("the account sees %s", me.body)
	}
	if s.do("PATCH", path, `{"first_name":"","user_timezone":null}`, as(admin)).is(200).at("user", "first_name") != nil {
		t.Error("an empty text does not clear")
	}
	for body, want := range map[string]app.FieldError{
		`{"password":"hunter2"}`:           {Field: "password", Rule: app.RuleNotUpdatable},
		`{"roles":["Owner"]}`:              {Field: "roles", Rule: app.RuleNotUpdatable},
		`{"confirmed_at":null}`:            {Field: "confirmed_at", Rule: app.RuleNotUpdatable},
		`{"preferred_locale":"en"}`:        {Field: "preferred_locale", Rule: app.RuleNotUpdatable},
		`{"username":"x"}`:                 {Field: "username", Rule: app.RuleTooShort},
		`{"username":""}`:                  {Field: "username", Rule: app.RuleRequired},
		`{"username":"ada"}`:               {Field: "username", Rule: app.RuleTaken},
		`{"email":"ADA@example.org"}`:      {Field: "email", Rule: app.RuleTaken},
		`{"email":null}`:                   {Field: "email", Rule: app.RuleRequired},
		`{"user_timezone":"Mars/Olympus"}`: {Field: "user_timezone", Rule: app.RuleUnknown},
	} {
		got := s.do("PATCH", path, body, as(admin))
		if got.field(want.Field, want.Rule); strings.Contains(got.body, "hunter2") {
			t.Errorf("the answer repeats a value: %s", got.body)
		}
	}
	s.do("PATCH", path, `{"email":7}`, as(admin)).refused(400, app.CodeMalformed)
	s.do("PATCH", path, `{"a":1,"a":1}`, as(admin)).refused(400, app.CodeMalformed)

	s.do("PATCH", path, `{"a":1}`).refused(401, app.CodeUnauthenticated)
	s.do("PATCH", path, `{"a":1}`, as(grace)).refused(403, app.CodeForbidden)
	s.do("PATCH", api+"/users/999", `{"a":1}`, as(grace)).refused(403, app.CodeForbidden)
	s.do("PATCH", api+"/users/999", `{"a":1}`, as(admin)).refused(404, app.CodeNotFound)
	s.do("PATCH", api+"/users/x", `{"a":1}`, as(admin)).refused(404, app.CodeNotFound)
	ownersPath := fmt.Sprintf("%s/users/%d", api, owner.User().ID)
	s.do("PATCH", ownersPath, `{"a":1}`, as(admin)).refused(403, app.CodeRankTooLow)
	s.do("PATCH", ownersPath, `{"a":1}`, as(owner)).is(200)
	s.do("PATCH", ownersPath, `{"email":"x@example.org"}`, as(owner)).field("email", app.RuleNotUpdatable)
}

func TestAnAdminChangesAnAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("root@example.org")
	admin, grace := s.admin(), s.Member("grace@example.org")
	path := fmt.Sprintf("%s/users/%d", api, grace.User().ID)
	got := s.do("PATCH", path, `{"email":"new@example.org"}`, as(admin)).is(200)
	if got.at("user", "email") != "new@example.org" || got.at("user", "confirmed_at") != nil {
		t.Errorf("answer %s", got.body)
	}
	s.Mail(app.MailEmailChanged, "grace@example.org")
	if me := s.do("GET", api+"/me", nil, as(grace)).is(200); me.at("user", "email") != "new@example.org" { // the session goes on, limited
		t.Errorf("the account sees %s", me.body)
	}
	s.do("GET", api+"/me/sessions", nil, as(grace)).refused(403, app.CodeAccountUnconfirmed)
	s.do("POST", api+"/me/confirmation", nil, as(grace)).is(202)
	token := s.Mail(app.MailConfirmation, "new@example.org").Token.Reveal()
	s.do("POST", api+"/confirmations/"+token, nil).is(200)
	s.do("GET", api+"/me/sessions", nil, as(grace)).is(200)
}

func TestAnAdminChoosesAnAccountsLanguage(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner, admin, grace := s.Owner("root@example.org"), s.admin(), s.Member("grace@example.org")
	path := fmt.Sprintf("%s/users/%d/locale", api, grace.User().ID)
	if got := s.do("PUT", path, `{"preferred_locale":"fr-CA"}`, as(admin)).is(200); got.at("user", "preferred_locale") != "fr-CA" || got.at("user", "email") != "grace@example.org" {
		t.Errorf("answer %s", got.body)
	}
	if got := s.do("PUT", path, `{"preferred_locale":null}`, as(admin)).is(200); got.at("user", "preferred_locale") != nil {
		t.Errorf("answer %s", got.body)
	}
	s.do("PUT", path, `{"preferred_locale":"xx-ZZZ"}`, as(admin)).field("preferred_locale", app.RuleUnknown)
	s.do("PUT", path, `{}`, as(admin)).field("preferred_locale", app.RuleRequired)
	s.do("PUT", path, `{"preferred_locale":"en"}`, as(grace)).refused(403, app.CodeForbidden)
	s.do("PUT", api+"/users/999/locale", `{"preferred_locale":"en"}`, as(admin)).refused(404, app.CodeNotFound)
	s.do("PUT", fmt.Sprintf("%s/users/%d/locale", api, owner.User().ID), `{"preferred_locale":"en"}`, as(admin)).refused(403, app.CodeRankTooLow)
}

func TestManyAccountsAreChangedEachOnItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner, admin, grace, linus := s.Owner("root@example.org"), s.admin(), s.Member("grace@example.org"), s.Member("linus@example.org")
	path := api + "/users"
	body := fmt.Sprintf(`{"ids":[%d,%d,999,%d,%d],"fields":{"username":"Hopper","team":"blue"}}`, grace.User().ID, linus.User().ID, owner.User().ID, grace.User().ID)
	got := s.do("PATCH", path, body, as(admin)).is(200)
	hasExactly(t, got.at(), "results")
	results := got.at("results").([]any)
	if len(results) != 4 {
		t.Fatalf("answer %s", got.body)
	}
	for i, want := range []string{"", "validation_failed", "not_found", "rank_too_low"} {
		result := results[i].(map[string]any)
		hasExactly(t, result, "id", "ok", "user", "error")
		if want == "" {
			hasExactly(t, result["user"], userKeys...)
			if result["ok"] != true || result["error"] != nil {
				t.Errorf("result %d: %v", i, result)
			}
			continue
		}
		hasExactly(t, result["error"], "code", "detail", "errors")
		if fault := result["error"].(map[string]any); result["ok"] != false || result["user"] != nil || fault["code"] != want || fault["detail"] == "" {
			t.Errorf("result %d: %v", i, result)
		}
	}
	if fault := fmt.Sprint(results[1]); !strings.Contains(fault, "code:taken field:username") {
		t.Errorf("the taken name is told as %s", fault)
	}
	if fault := fmt.Sprint(results[2].(map[string]any)["error"].(map[string]any)["errors"]); fault != "[]" {
		t.Errorf("errors are %s", fault)
	}

	ids := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]" }
	s.do("PATCH", path, `{"ids":`+ids(1000)+`,"fields":{"a":1}}`, as(owner)).is(200)
	s.do("PATCH", path, `{"ids":`+ids(1001)+`,"fields":{"a":1}}`, as(owner)).field("ids", app.RuleTooLong)
	for _, none := range []string{`{"ids":[],"fields":{"a":1}}`, `{"ids":null,"fields":{"a":1}}`, `{"fields":{"a":1}}`} {
		s.do("PATCH", path, none, as(owner)).field("ids", app.RuleRequired)
	}
	for _, none := range []string{`{"ids":[1]}`, `{"ids":[1],"fields":null}`} {
		s.do("PATCH", path, none, as(owner)).field("fields", app.RuleRequired)
	}
	s.do("PATCH", path, `{"ids":[1],"fields":{"password":"x"}}`, as(owner)).field("password", app.RuleNotUpdatable)
	s.do("PATCH", path, `{"ids":[1],"fields":{"user_timezone":"Mars"}}`, as(owner)).field("user_timezone", app.RuleUnknown)
	for _, bad := range []string{
		`{"ids":[null],"fields":{}}`, `{"ids":["1"],"fields":{}}`, `{"ids":[1.5],"fields":{}}`, `{"ids":[99999999999999999999],"fields":{}}`, `{"ids":1,"fields":{}}`,
		`{"ids":[1],"fields":[]}`, `{"ids":[1],"fields":{"email":1}}`, `{"ids":[1],"fields":{},"more":1}`, `{"ids":[1],"fields":{"a":1,"a":2}}`,
	} {
		s.do("PATCH", path, bad, as(owner)).refused(400, app.CodeMalformed)
	}
	s.do("PATCH", path, body).refused(401, app.CodeUnauthenticated)
	s.do("PATCH", path, body, as(grace)).refused(403, app.CodeForbidden)
}

func TestOneFieldIsReadByItsName(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner, admin := s.Owner("root@example.org"), s.admin()
	s.do("PUT", api+"/me/custom-fields", `{"phone":"555-1234","a/b":null,"timezone":1,"email_key":2}`, as(owner)).is(200)
	path := fmt.Sprintf("%s/users/%d/fields/", api, owner.User().ID)
	user := s.do("GET", api+"/me", nil, as(owner)).is(200).at("user").(map[string]any)
	for _, name := range userKeys {
		got := s.do("GET", path+name, nil, as(admin)).is(200)
		if hasExactly(t, got.at(), "value"); fmt.Sprint(got.at("value")) != fmt.Sprint(user[name]) {
			t.Errorf("%s is %s", name, got.body)
		}
	}
	for name, want := range map[string]string{"phone": `{"value":"555-1234"}`, "a%2Fb": `{"value":null}`, "timezone": `{"value":1}`, "email_key": `{"value":2}`} {
		if got := s.do("GET", path+name, nil, as(admin)).is(200); got.body != want {
			t.Errorf("%s is %s", name, got.body)
		}
	}
	secrets := strings.Fields(`password password_hash hashed_password current_password password_confirmation username_key registration_ip registration_country
		registration_user_agent self_registered logged_in_at search_text avatar_id inserted_at token session rank is_confirmed Email EMAIL missing`)
	for _, name := range secrets {
		if slices.Contains(userKeys, name) {
			t.Fatalf("%s is shown", name)
		}
		s.do("GET", path+name, nil, as(owner)).refused(404, app.CodeNotFound)
	}
	s.do("GET", path, nil, as(owner)).refused(404, app.CodeNotFound)
	s.do("GET", api+"/users/999/fields/email", nil, as(owner)).refused(404, app.CodeNotFound)
	s.do("GET", path+"email", nil, as(s.Member("grace@example.org"))).refused(403, app.CodeForbidden)
}

func TestWhatIsNotClearlyACheckIsRefusedRatherThanDone(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("root@example.org")
	requests := map[string]string{
		"PUT /me/password": `{"current_password":"correct horse battery","password":"a better horse battery"}`,
		"POST /me/email":   `{"email":"new@example.org","current_password":"correct horse battery"}`,
		"PATCH /me":        `{"first_name":"Ada"}`,
	}
	for line, body := range requests {
		method, path, _ := strings.Cut(line, " ")
		for _, query := range []string{"check=x", "check=", "check", "check=TRUE", "check=1", "check=true&check=false", "check=true;a=1", "a=%zz&check=true"} {
			s.do(method, api+path+"?"+query, body, as(owner)).field("check", app.RuleInvalidFormat)
		}
		s.do(method, api+path+"?check=true", body, as(owner)).is(204)
		s.do(method, api+path+"?a=1&check=true", strings.Replace(body, "correct horse battery", "wrong", 1), as(owner)).is(204)
	}
	if me := s.do("GET", api+"/me", nil, as(owner)).is(200); me.at("user", "first_name") != nil {
		t.Errorf("a check changed something: %s", me.body)
	}
	s.NoMail(t, app.MailEmailChange, "new@example.org")
	for range 20 { // no limit counts what has no effect
		s.do("PUT", api+"/me/password?check=true", requests["PUT /me/password"], as(owner)).is(204)
		s.do("POST", api+"/me/email?check=true", requests["POST /me/email"], as(owner)).is(204)
	}
	s.do("PATCH", api+"/me?check=false", requests["PATCH /me"], as(owner)).is(200)
	s.do("POST", api+"/me/email?check=false", requests["POST /me/email"], as(owner)).is(202)
	s.do("PUT", api+"/me/password?check=false", requests["PUT /me/password"], as(owner)).is(200)
}
