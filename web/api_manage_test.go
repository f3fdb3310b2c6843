package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// of is the path of a persona's account.
func of(p *apptest.Persona, rest string) string {
	return fmt.Sprintf("%s/users/%d%s", api, p.User().ID, rest)
}

// managing are the routes under /users/{id} of this room, with bodies that are taken.
var managing = []struct{ method, rest, body string }{
	{"DELETE", "", ""},
	{"PUT", "/password", `{"password":"a better horse battery"}`},
	{"PUT", "/status", `{"is_active":false}`},
	{"PUT", "/confirmation", ""},
	{"DELETE", "/confirmation", ""},
	{"POST", "/confirmation/toggle", ""},
	{"POST", "/confirmation/mail", ""},
	{"PUT", "/avatar", ""},
	{"DELETE", "/avatar", ""},
	{"GET", "/sessions", ""},
	{"DELETE", "/sessions", ""},
	{"DELETE", "/sessions/unknown", ""},
}

func (s *site) manage(method, path, body string, by *apptest.Persona) reply {
	s.T.Helper()
	switch {
	case strings.HasSuffix(path, "/avatar") && method == "PUT":
		return s.do(method, path, pngOf(4, 4), as(by))
	case body == "":
		return s.do(method, path, nil, as(by))
	}
	return s.do(method, path, body, as(by))
}

func TestManagingIsForAdminsAndForbiddenComesBeforeMissing(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	admin := s.Admin("grace@example.org")
	member := s.Member("linus@example.org")
	unconfirmed := s.Newcomer("dennis@example.org")
	strange := []string{"4711", "0", "-1", "abc", "1" + strings.Repeat("0", 30), "01", "+1", "1.5", "%00", "１", "1%20"}
	for _, m := range managing {
		for _, id := range append([]string{fmt.Sprint(owner.User().ID)}, strange...) {
			s.manage(m.method, api+"/users/"+id+m.rest, m.body, member).refused(403, app.CodeForbidden)
			s.do(m.method, api+"/users/"+id+m.rest, nil).refused(401, app.CodeUnauthenticated)
		}
		s.manage(m.method, of(owner, m.rest), m.body, unconfirmed).refused(403, app.CodeAccountUnconfirmed)
		for _, id := range strange {
			for _, by := range []*apptest.Persona{owner, admin} {
				s.manage(m.method, api+"/users/"+id+m.rest, m.body, by).refused(404, app.CodeNotFound)
			}
		}
		if m.method != "GET" {
			s.manage(m.method, of(owner, m.rest), m.body, admin).refused(403, app.CodeRankTooLow)
			s.do(m.method, of(member, m.rest), nil, as(owner), with("Origin", "https://evil.example")).refused(403, app.CodeCrossOrigin)
		}
	}
	s.do("POST", api+"/users", `{"email":"new@example.org"}`, as(member)).refused(403, app.CodeForbidden)
	s.do("GET", api+"/me", nil, as(member)).is(200)
}

func TestAnAccountIsMade(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	admin := s.Admin("grace@example.org")
	path := api + "/users"

	got := s.do("POST", path, `{"email":"new@example.org","password":"correct horse battery","username":"admin","first_name":"New","last_name":null,
		"roles":["Admin"],"confirmed":true,"is_active":true,"user_timezone":"+2","preferred_locale":"fr","custom_fields":{"phone":"555","deep":{"a":[1,null]}}}`, as(owner)).is(201)
	hasExactly(t, got.at(), "user")
	hasExactly(t, got.at("user"), userKeys...)
	for key, want := range map[string]string{
		"email": "new@example.org", "username": "admin", "full_name": "New", "last_name": "<nil>", "roles": "[Admin]", "is_active": "true",
		"confirmed_at": "2026-01-31T12:00:00Z", "user_timezone": "+2", "preferred_locale": "fr", "custom_fields": "map[deep:map[a:[1 <nil>]] phone:555]",
		"avatar": "<nil>", "registration": "map[city:<nil> country:<nil> ip:<nil> region:<nil>]", "last_seen_at": "<nil>",
	} {
		if have := fmt.Sprint(got.at("user", key)); have != want {
			t.Errorf("%s is %s, want %s", key, have, want)
		}
	}
	s.do("POST", api+"/sessions", `{"username":"ADMIN","password":"correct horse battery"}`).is(201)

	mailed := s.do("POST", path, `{"email":"mailed@example.org","password":null,"roles":null,"is_active":null,"custom_fields":null}`, as(admin)).is(201)
	if fmt.Sprint(mailed.at("user", "roles"), mailed.at("user", "confirmed_at"), mailed.at("user", "is_active"), mailed.at("user", "custom_fields")) != "[User] <nil> true map[]" {
		t.Errorf("answer %s", mailed.body)
	}
	token := s.Mail(app.MailSetPassword, "mailed@example.org").Token.Reveal()
	s.do("GET", api+"/password-resets/"+token, nil).is(200)
	s.do("GET", "/reset-password/"+token, nil).is(200)
	s.do("PUT", api+"/password-resets/"+token, `{"password":"a better horse battery"}`).is(204)
	s.do("POST", api+"/sessions", `{"email":"mailed@example.org","password":"a better horse battery"}`).is(201)

	p := s.do("POST", path, `{"email":"ada@example.org","password":"short","username":"grace","roles":["Nobody"],"user_timezone":"x","custom_fields":{"roles":1}}`, as(owner)).
		refused(422, app.CodeValidationFailed)
	if len(p.Errors) != 6 {
		t.Errorf("errors %v", p.Errors)
	}
	s.do("POST", path, `{"email":"x@example.org","password":""}`, as(owner)).field("password", app.RuleRequired)
	s.do("POST", path, `{}`, as(owner)).field("email", app.RuleRequired)
	s.do("POST", path, `{"email":"x@example.org","roles":["Admin"]}`, as(admin)).refused(403, app.CodeRankTooLow)
	s.do("POST", path, `{"email":"x@example.org","roles":["Owner"]}`, as(admin)).refused(403, app.CodeOwnerRoleProtected)
	for _, bad := range []string{
		`{"email":"x@example.org","is_active":"false"}`, `{"email":"x@example.org","confirmed":1}`, `{"email":"x@example.org","roles":"User"}`,
		`{"email":"x@example.org","custom_fields":[]}`, `{"email":"x@example.org","custom_fields":{"a":{"b":1,"b":2}}}`, `{"email":"x@example.org","id":7}`,
		`{"email":"x@example.org","password":12345678}`, `[]`, ``,
	} {
		s.do("POST", path, bad, as(owner)).refused(400, app.CodeMalformed)
	}
}

func TestAnAccountsPasswordAndStatus(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	path := of(grace, "/password")
	s.do("PUT", path, `{"password":"short"}`, as(owner)).field("password", app.RuleTooShort)
	s.do("PUT", path, `{"password":"correct horse battery"}`, as(owner)).field("password", app.RuleMustDiffer)
	s.do("PUT", path, `{"password":"a better horse battery","password_confirmation":"x"}`, as(owner)).field("password_confirmation", app.RuleDoesNotMatch)
	s.do("PUT", path, `{"password":"a better horse battery","current_password":"x"}`, as(owner)).refused(400, app.CodeMalformed)
	if got := s.do("PUT", path, `{"password":"a better horse battery","password_confirmation":"a better horse battery"}`, as(owner)).is(204); got.body != "" {
		t.Errorf("a 204 has the body %q", got.body)
	}
	s.do("GET", api+"/me", nil, as(grace)).refused(401, app.CodeUnauthenticated)
	s.Mail(app.MailPasswordChanged, "grace@example.org")
	if p := s.do("PUT", of(owner, "/password"), `{"password":"a better horse battery"}`, as(owner)).refused(403, app.CodeForbidden); !strings.Contains(p.Detail, "PUT /me/password") {
		t.Errorf("the way is not told: %s", p.Detail)
	}

	login := `{"email":"grace@example.org","password":"a better horse battery"}`
	token := fmt.Sprint(s.do("POST", api+"/sessions", login, from(grace.Client)).is(201).at("token"))
	path = strings.TrimSuffix(path, "/password") + "/status"
	for range 2 {
		got := s.do("PUT", path, `{"is_active":false}`, as(owner)).is(200)
		hasExactly(t, got.at("user"), userKeys...)
		if got.at("user", "is_active") != false {
			t.Errorf("answer %s", got.body)
		}
	}
	s.do("POST", api+"/sessions", login).refused(403, app.CodeAccountInactive)
	s.do("PUT", path, `{"is_active":true}`, as(owner)).is(200)
	s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+token), from(grace.Client)).refused(401, app.CodeUnauthenticated)
	s.do("POST", api+"/sessions", login).is(201)
	s.do("PUT", path, `{}`, as(owner)).field("is_active", app.RuleRequired)
	s.do("PUT", path, `{"is_active":null}`, as(owner)).field("is_active", app.RuleRequired)
	for _, bad := range []string{`{"is_active":"true"}`, `{"is_active":1}`, `{"is_active":true,"is_active":true}`, `{"active":true}`, `true`} {
		s.do("PUT", path, bad, as(owner)).refused(400, app.CodeMalformed)
	}
	s.do("PUT", of(owner, "/status"), `{"is_active":true}`, as(owner)).refused(403, app.CodeForbidden)
}

func TestAnAccountsConfirmation(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t)) // the limits of others count for nothing
	owner := s.Owner("ada@example.org")
	grace := s.Newcomer("grace@example.org")
	path := of(grace, "/confirmation")
	s.Mail(app.MailConfirmation, "grace@example.org")
	for range 4 {
		s.do("POST", path+"/mail", nil, as(owner)).is(202)
		s.Mail(app.MailConfirmation, "grace@example.org")
	}
	confirmed := func(method, path string, want bool) {
		t.Helper()
		got := s.do(method, path, nil, as(owner)).is(200)
		hasExactly(t, got.at("user"), userKeys...)
		if (got.at("user", "confirmed_at") != nil) != want {
			t.Errorf("%s %s: %s", method, path, got.body)
		}
		if me := s.do("GET", api+"/me", nil, as(grace)).is(200); (me.at("user", "confirmed_at") != nil) != want {
			t.Errorf("GET /me says %s", me.body)
		}
	}
	confirmed("DELETE", path, false)
	s.do("GET", api+"/me/sessions", nil, as(grace)).refused(403, app.CodeAccountUnconfirmed)
	confirmed("PUT", path, true)
	confirmed("PUT", path, true)
	s.do("GET", api+"/me/sessions", nil, as(grace)).is(200)
	s.do("POST", path+"/mail", nil, as(owner)).refused(409, app.CodeAlreadyConfirmed)
	confirmed("DELETE", path, false)
	confirmed("POST", path+"/toggle", true)
	confirmed("POST", path+"/toggle", false)
	for _, m := range [][2]string{{"PUT", ""}, {"DELETE", ""}, {"POST", "/toggle"}} {
		s.do(m[0], of(owner, "/confirmation"+m[1]), nil, as(owner)).refused(403, app.CodeForbidden)
	}
}

func TestAnAccountsPictureIsSetByAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	path := of(grace, "/avatar")
	body, kind := form("file", "me.png", pngOf(30, 20))
	got := s.do("PUT", path, body, kind, with("Prefer", "wait=30"), as(owner)).is(200)
	hasExactly(t, got.at(), "avatar")
	if got.at("avatar", "status") != "ready" || got.header.Get("Preference-Applied") != "wait=30" {
		t.Errorf("answer %s", got.body)
	}
	if me := s.do("GET", api+"/me", nil, as(grace)); fmt.Sprint(me.at("user", "avatar")) != fmt.Sprint(got.at("avatar")) {
		t.Errorf("GET /me says %s", me.body)
	}
	s.do("PUT", path, pngOf(31, 20), as(owner)).is(202)
	s.do("PUT", path, []byte("no picture"), as(owner)).refused(415, app.CodeUnsupportedMediaType)
	s.do("PUT", path, nil, as(owner)).field("file", app.RuleRequired)
	s.do("DELETE", path, nil, as(owner)).is(204)
	s.do("DELETE", path, nil, as(owner)).is(204)
	if me := s.do("GET", api+"/me", nil, as(grace)); me.at("user", "avatar") != nil {
		t.Errorf("GET /me says %s", me.body)
	}
}

func TestAnAccountsSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	other := s.SignIn("grace@example.org", apptest.Browser(5))
	path := of(grace, "/sessions")
	got := s.do("GET", path, nil, as(owner)).is(200)
	list := got.at("sessions").([]any)
	if len(list) != 2 {
		t.Fatalf("answer %s", got.body)
	}
	hasExactly(t, got.at(), "sessions")
	hasExactly(t, list[0], "id", "current", "created_at", "last_seen_at", "expires_at", "ip", "device", "remember", "fingerprint")
	newest := list[0].(map[string]any)
	if newest["current"] != false || newest["ip"] != "203.0.113.5" || newest["device"] != "Firefox on Linux" {
		t.Errorf("the newest is %v", newest)
	}
	id := fmt.Sprint(newest["id"])
	s.do("DELETE", of(owner, "/sessions/"+id), nil, as(owner)).refused(404, app.CodeNotFound) // not that account's
	s.do("DELETE", path+"/"+id, nil, as(owner)).is(204)
	s.do("DELETE", path+"/"+id, nil, as(owner)).refused(404, app.CodeNotFound)
	s.do("GET", api+"/me", nil, as(other)).refused(401, app.CodeUnauthenticated)
	s.do("GET", api+"/me", nil, as(grace)).is(200)
	for range 2 {
		s.do("DELETE", path, nil, as(owner)).is(204)
		s.do("GET", api+"/me", nil, as(grace)).refused(401, app.CodeUnauthenticated)
	}
	if got := s.do("GET", path, nil, as(owner)).is(200); got.body != `{"sessions":[]}` {
		t.Errorf("answer %s", got.body)
	}
}

func TestEndingOnesOwnSessionsThisWayTakesTheCookieToo(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	for _, one := range []bool{true, false} {
		var owner *apptest.Persona
		if one {
			owner = s.Owner("ada@example.org")
		} else {
			owner = s.SignIn("ada@example.org", apptest.Browser(1))
		}
		path := of(owner, "/sessions")
		if one {
			path += "/" + owner.Actor().Session.ID
		}
		mine := s.do("GET", of(owner, "/sessions"), nil, as(owner)).is(200)
		if current := mine.at("sessions").([]any)[0].(map[string]any)["current"]; current != true {
			t.Errorf("one's own session is not the current one: %s", mine.body)
		}
		name, value := s.sessionCookie(owner)
		got := s.do("DELETE", path, nil, cookie(name, value), from(owner.Client)).is(204)
		if k := got.cookie(name); k == nil || k.MaxAge >= 0 {
			t.Errorf("the cookie stays: %v", k)
		}
	}
}

func TestAnAccountIsDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	path := of(grace, "")
	s.do("DELETE", path, nil, as(owner)).is(204)
	s.do("DELETE", path, nil, as(owner)).refused(404, app.CodeNotFound)
	s.do("GET", api+"/me", nil, as(grace)).refused(401, app.CodeUnauthenticated)
	s.do("DELETE", of(owner, ""), nil, as(owner)).refused(http.StatusConflict, app.CodeLastOwnerDelete)
	second := s.Holding(s.Member("linus@example.org"), app.RoleOwner)
	for _, p := range []*apptest.Persona{owner, second} {
		if got := s.do("DELETE", of(p, ""), nil, as(p)).refused(403, app.CodeForbidden); !strings.Contains(got.Detail, "DELETE /me") {
			t.Errorf("the way is not told: %s", got.Detail)
		}
	}
	s.do("DELETE", of(second, ""), nil, as(owner)).is(204)
}
