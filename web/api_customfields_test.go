package web

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// twins are the routes of custom fields that a persona may ask: their own, and another's by whoever manages it.
func twins(s *site) map[string]*apptest.Persona {
	owner, grace := s.Owner("root@example.org"), s.Member("grace@example.org")
	return map[string]*apptest.Persona{
		api + "/me/custom-fields":                                          owner,
		fmt.Sprintf("%s/users/%d/custom-fields", api, grace.User().ID):     owner,
		fmt.Sprintf("%s/users/%d/custom-fields", api, s.admin().User().ID): owner,
	}
}

func (s *site) admin() *apptest.Persona { return s.Admin("ada@example.org") }

func TestCustomFields(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	for path, by := range twins(s) {
		got := s.do("GET", path, nil, as(by)).is(200)
		hasExactly(t, got.at(), "custom_fields")
		if fmt.Sprint(got.at("custom_fields")) != "map[]" {
			t.Errorf("%s: none at first is %s", path, got.body)
		}
		const all = `{"phone":"555-1234","digits":[1.0,12345678901234567890,1e400,-0],"none":null,"deep":{"a":[{"b":"<é>"}]}}`
		got = s.do("PUT", path, all, as(by)).is(200)
		if want := `{"custom_fields":{"deep":{"a":[{"b":"<é>"}]},"digits":[1.0,12345678901234567890,1e400,-0],"none":null,"phone":"555-1234"}}`; got.body != want {
			t.Errorf("%s: replaced by %s", path, got.body)
		}
		if again := s.do("GET", path, nil, as(by)).is(200); again.body != got.body {
			t.Errorf("%s: read back as %s", path, again.body)
		}
		if one := s.do("GET", path+"/digits", nil, as(by)).is(200); one.body != `{"value":[1.0,12345678901234567890,1e400,-0]}` {
			t.Errorf("%s: one is %s", path, one.body)
		}
		if one := s.do("GET", path+"/none", nil, as(by)).is(200); one.body != `{"value":null}` {
			t.Errorf("%s: null is %s", path, one.body)
		}
		s.do("GET", path+"/missing", nil, as(by)).refused(404, app.CodeNotFound)
		s.do("GET", path+"/email", nil, as(by)).refused(404, app.CodeNotFound)

		for _, value := range []string{`"x"`, `1.50`, `null`, `false`, `[]`, `{"a":{}}`} {
			if one := s.do("PUT", path+"/phone", `{"value":`+value+`}`, as(by)).is(200); one.body != `{"value":`+value+`}` {
				t.Errorf("%s: set %s to %s", path, value, one.body)
			}
		}
		for range 2 {
			if gone := s.do("DELETE", path+"/phone", nil, as(by)).is(204); gone.body != "" {
				t.Errorf("%s: deleting answers %s", path, gone.body)
			}
		}
		s.do("GET", path+"/phone", nil, as(by)).refused(404, app.CodeNotFound)
		if got := s.do("PUT", path, `{}`, as(by)).is(200); got.body != `{"custom_fields":{}}` {
			t.Errorf("%s: emptied to %s", path, got.body)
		}
	}
}

func TestACustomFieldsNameIsAnyText(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	for path, by := range twins(s) {
		for name, key := range map[string]string{
			"a/b": "a%2Fb", "//": "%2F%2F", "a/../b": "a%2F..%2Fb", ".": "%2e", "..": "%2E%2E", "...": "...", "a.b": "a.b", "a b": "a%20b", "a+b": "a+b",
			"日本語": "%E6%97%A5%E6%9C%AC%E8%AA%9E", "é": "é", "100%": "100%25", "%2F": "%252F", "{key}": "%7Bkey%7D", "a?b#c": "a%3Fb%23c",
			"\x00\n": "%00%0A", strings.Repeat("ж", 100): strings.Repeat("%D0%B6", 100), "check": "check", "constructor": "constructor", "First_Name": "First_Name",
		} {
			s.do("PUT", path+"/"+key, `{"value":1}`, as(by)).is(200)
			if one := s.do("GET", path+"/"+key, nil, as(by)).is(200); one.body != `{"value":1}` {
				t.Errorf("%q reads %s", name, one.body)
			}
			fields := s.do("GET", path, nil, as(by)).is(200).at("custom_fields").(map[string]any)
			if _, there := fields[name]; !there || len(fields) != 1 {
				t.Errorf("%q is kept as %v", name, fields)
			}
			s.do("DELETE", path+"/"+key, nil, as(by)).is(204)
			if fields := s.do("GET", path, nil, as(by)).is(200).at("custom_fields"); fmt.Sprint(fields) != "map[]" {
				t.Errorf("%q stayed: %v", name, fields)
			}
		}
	}
}

func TestWhatIsNoCustomFieldIsRefusedOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	names := strings.Fields(`first_name last_name email username user_timezone id full_name username_key is_active confirmed_at password current_password
		password_confirmation password_hash hashed_password preferred_locale roles avatar registration registration_ip registration_country
		registration_region registration_city custom_fields last_seen_at created_at updated_at inserted_at`)
	for path, by := range twins(s) {
		for _, name := range names {
			got := s.do("PUT", path, `{"ok":1,"`+name+`":"hunter2"}`, as(by))
			if got.field(name, app.RuleNotUpdatable); strings.Contains(got.body, "hunter2") {
				t.Errorf("the answer repeats a value: %s", got.body)
			}
			s.do("PUT", path+"/"+name, `{"value":"hunter2"}`, as(by)).field(name, app.RuleNotUpdatable)
			s.do("DELETE", path+"/"+name, nil, as(by)).field(name, app.RuleNotUpdatable)
		}
		nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
		s.do("PUT", path+"/deep", `{"value":`+nested(31)+`}`, as(by)).is(200)
		s.do("PUT", path+"/deep", `{"value":`+nested(32)+`}`, as(by)).field("deep", app.RuleOutOfRange)
		s.do("PUT", path+"/deep", `{"value":`+nested(1000)+`}`, as(by)).field("deep", app.RuleOutOfRange)
		s.do("PUT", path, `{"deep":`+nested(1000)+`}`, as(by)).field("deep", app.RuleOutOfRange)
		s.do("PUT", path, `{"deep":`+nested(20_000)+`}`, as(by)).refused(400, app.CodeMalformed)
		s.do("PUT", path+"/big", `{"value":"`+strings.Repeat("x", 65<<10)+`"}`, as(by)).field("custom_fields", app.RuleTooLong)
		s.do("PUT", path, `{"big":"`+strings.Repeat("x", 65<<10)+`"}`, as(by)).field("custom_fields", app.RuleTooLong)
		s.do("PUT", path, `{"big":"`+strings.Repeat("x", 128<<10)+`"}`, as(by)).refused(413, app.CodeTooLarge)
		long := url.PathEscape(strings.Repeat("ж", 101))
		s.do("PUT", path+"/"+long, `{"value":1}`, as(by)).field("key", app.RuleTooLong)
		s.do("DELETE", path+"/"+long, nil, as(by)).field("key", app.RuleTooLong)
		s.do("GET", path+"/"+long, nil, as(by)).refused(404, app.CodeNotFound)
		s.do("PUT", path, `{"":1}`, as(by)).field("custom_fields", app.RuleRequired)
		for _, none := range []string{"", "%2F", "a/b"} { // no name, none that fits a path, and two segments
			s.do("PUT", path+"/"+none, `{"value":1}`, as(by)).refused(404, app.CodeNotFound)
		}
		s.do("PUT", path+"/a%ff", `{"value":1}`, as(by)).field("key", app.RuleInvalidFormat)
		for _, body := range []any{nil, ``, `null`, `[]`, `"x"`, `1`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"a":"\ud800"}`, `{"a":01}`, `{"a":NaN}`, `{"a":1}x`, "{\"a\":\"\xff\"}"} {
			s.do("PUT", path, body, as(by)).refused(400, app.CodeMalformed)
		}
		s.do("PUT", path+"/a", `{}`, as(by)).field("value", app.RuleRequired)
		for _, body := range []any{nil, `null`, `1`, `{"value":1,"other":2}`, `{"Value":1}`, `{"value":1,"value":1}`} {
			s.do("PUT", path+"/a", body, as(by)).refused(400, app.CodeMalformed)
		}
		s.do("PUT", path, []byte(`{}`), as(by), with("Content-Type", "text/plain")).refused(415, app.CodeUnsupportedMediaType)
		if fields := s.do("GET", path, nil, as(by)).is(200); fields.body != `{"custom_fields":{"deep":`+nested(31)+`}}` {
			t.Errorf("what was refused left %s", fields.body)
		}
	}
}

func TestOnlyWhoManagesAnAccountWritesItsCustomFields(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner, admin, member := s.Owner("root@example.org"), s.admin(), s.Member("grace@example.org")
	newcomer := s.Newcomer("new@example.org")
	at := func(p *apptest.Persona) string { return fmt.Sprintf("%s/users/%d/custom-fields", api, p.User().ID) }
	for _, request := range []struct{ method, end, body string }{{"PUT", "", `{"a":1}`}, {"PUT", "/a", `{"value":1}`}, {"DELETE", "/a", ""}} {
		ask := func(path string, changes ...change) reply {
			return s.do(request.method, path+request.end, request.body, changes...)
		}
		ask(api+"/me/custom-fields").refused(401, app.CodeUnauthenticated)
		ask(api+"/me/custom-fields", as(newcomer)).refused(403, app.CodeAccountUnconfirmed)
		ask(at(member)).refused(401, app.CodeUnauthenticated)
		ask(at(member), as(member)).refused(403, app.CodeForbidden)
		ask(api+"/users/999/custom-fields", as(member)).refused(403, app.CodeForbidden)
		ask(at(owner), as(admin)).refused(403, app.CodeRankTooLow)
		ask(at(admin), as(admin)).refused(403, app.CodeRankTooLow)
		for _, nobody := range []string{"999", "0", "-1", "x", "99999999999999999999", "1%2F2"} {
			ask(api+"/users/"+nobody+"/custom-fields", as(admin)).refused(404, app.CodeNotFound)
		}
		ask(at(owner), as(owner), with("Origin", "https://evil.example")).refused(403, app.CodeCrossOrigin)
	}
	for _, end := range []string{"", "/a"} {
		s.do("GET", at(member)+end, nil, as(member)).refused(403, app.CodeForbidden)
		s.do("GET", api+"/users/999/custom-fields"+end, nil, as(admin)).refused(404, app.CodeNotFound)
	}
	s.do("GET", at(owner), nil, as(admin)).is(200)
}

func TestTwentyWhoWriteDifferentCustomFieldsOverHTTPAllStay(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner, grace := s.Owner("root@example.org"), s.Member("grace@example.org")
	id := grace.User().ID
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			switch i % 4 {
			case 0:
				s.do("PUT", fmt.Sprintf("%s/me/custom-fields/k%d", api, i), `{"value":1}`, as(grace))
			case 1:
				s.do("PATCH", api+"/me", fmt.Sprintf(`{"k%d":1}`, i), as(grace))
			case 2:
				s.do("PUT", fmt.Sprintf("%s/users/%d/custom-fields/k%d", api, id, i), `{"value":1}`, as(owner))
			case 3:
				s.do("PATCH", fmt.Sprintf("%s/users/%d", api, id), fmt.Sprintf(`{"k%d":1}`, i), as(owner))
			}
		})
	}
	all.Wait()
	if fields := s.do("GET", api+"/me/custom-fields", nil, as(grace)).is(200).at("custom_fields").(map[string]any); len(fields) != 20 {
		t.Errorf("%d stayed: %v", len(fields), fields)
	}
}
