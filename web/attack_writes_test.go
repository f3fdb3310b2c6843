package web

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// smuggled are members that no body may set unless its type has them: what an account is, and what stands behind it.
var smuggled = map[string]string{
	"id": `1`, "roles": `["Owner"]`, "role": `"Owner"`, "is_active": `true`, "confirmed_at": `"2020-01-01T00:00:00Z"`, "confirmed": `true`,
	"password_hash": `"$2a$04$abcdefghijklmnopqrstuv"`, "hashed_password": `"x"`, "username_key": `"ada"`, "full_name": `"Ada"`, "rank": `3`,
	"registration": `{"ip":"192.0.2.1"}`, "registration_ip": `"192.0.2.1"`, "avatar": `{"id":"x"}`, "last_seen_at": `"2020-01-01T00:00:00Z"`,
	"created_at": `"2020-01-01T00:00:00Z"`, "updated_at": `"2020-01-01T00:00:00Z"`, "inserted_at": `"2020-01-01T00:00:00Z"`,
	"user_id": `1`, "setup_code": `"x"`, "preferred_locale": `"fr"`, "current_password": `"x"`, "actor": `{"kind":"system"}`,
}

// members are the names that a body's type has.
func members(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// TestNoBodySetsWhatItIsNotFor adds each such member to the example of every route's body: the whole request is refused.
func TestNoBodySetsWhatItIsNotFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	user := s.Member("bob@example.org")
	shop := s.Key("shop", app.RoleUser)
	unchanged := fmt.Sprint(s.look(owner.User().ID), s.look(user.User().ID))
	routes := 0
	for _, rt := range s.server.apiRoutes() {
		if rt.doc.takes == nil {
			continue
		}
		routes++
		var shown []change
		switch {
		case rt.access == key:
			shown = []change{by(shop)}
		case rt.access == session:
			shown = []change{as(user)}
		case rt.access != anyone:
			shown = []change{as(owner)}
		}
		path := strings.NewReplacer("{id}", fmt.Sprint(user.User().ID), "{token}", "nonsense", "{role}", "Nobody", "{key}", "x").Replace(rt.path)
		var known []string
		if reflect.TypeOf(rt.doc.takes).Kind() == reflect.Struct && !strings.HasPrefix(reflect.TypeOf(rt.doc.takes).Name(), "changes") {
			known = members(reflect.TypeOf(rt.doc.takes))
		}
		for name, value := range smuggled {
			if slices.Contains(known, name) || isFree(rt, name) {
				continue
			}
			body := strings.TrimSuffix(strings.TrimSpace(rt.doc.example), "}")
			if strings.TrimSpace(body) != "{" {
				body += ","
			}
			body += fmt.Sprintf("%q:%s}", name, value)
			got := s.do(rt.method, path, body, shown...)
			if got.status != 400 && got.status != 422 {
				t.Errorf("%s %s takes %s: status %d: %s", rt.method, rt.path, name, got.status, got.body)
			}
		}
	}
	if routes < 20 {
		t.Errorf("only %d routes take a body", routes)
	}
	if now := fmt.Sprint(s.look(owner.User().ID), s.look(user.User().ID)); now != unchanged {
		t.Errorf("an account changed:\n%s\n%s", unchanged, now)
	}
	if got := s.do("GET", api+"/users", nil, as(owner)).is(200); got.at("total_count") != 2.0 {
		t.Errorf("an account was made: %s", got.body)
	}
}

// isFree tells the names that are nothing special where any name is a custom field's.
func isFree(rt route, name string) bool {
	open := rt.method == "PATCH" && (strings.HasSuffix(rt.path, "/me") || rt.path == userRoutes) || strings.HasSuffix(rt.path, "/custom-fields")
	return open && slices.Contains([]string{"role", "confirmed", "rank", "user_id", "setup_code", "actor"}, name)
}

// TestAChangeOfManySetsNothingElseEither: the same names in the fields of a change of many accounts, and of a new account.
func TestAChangeOfManySetsNothingElseEither(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	user := s.Member("bob@example.org")
	unchanged := s.look(user.User().ID).String()
	for _, name := range []string{
		"id", "full_name", "username_key", "is_active", "confirmed_at", "password", "current_password", "password_confirmation", "password_hash", "hashed_password",
		"preferred_locale", "roles", "avatar", "registration", "registration_ip", "registration_country", "registration_region", "registration_city", "custom_fields",
		"last_seen_at", "created_at", "updated_at", "inserted_at",
	} {
		field := fmt.Sprintf(`{%q:"x"}`, name)
		s.do("PATCH", api+"/users", fmt.Sprintf(`{"ids":[%d],"fields":%s}`, user.User().ID, field), as(owner)).field(name, app.RuleNotUpdatable)
		s.do("PATCH", of(user, ""), field, as(owner)).field(name, app.RuleNotUpdatable)
		s.do("PATCH", api+"/me", field, as(user)).field(name, app.RuleNotUpdatable)
		s.do("PUT", api+"/me/custom-fields", field, as(user)).field(name, app.RuleNotUpdatable)
		s.do("PUT", api+"/me/custom-fields/"+name, `{"value":"x"}`, as(user)).is(422)
		s.do("PUT", of(user, "/custom-fields"), field, as(owner)).field(name, app.RuleNotUpdatable)
		s.do("PUT", of(user, "/custom-fields/"+name), `{"value":"x"}`, as(owner)).is(422)
		s.do("POST", api+"/users", fmt.Sprintf(`{"email":"new@example.org","custom_fields":%s}`, field), as(owner)).is(422)
		form := url.Values{"name": {name}, "value": {"x"}}
		b := s.browser(t, 2).signIn("bob@example.org")
		if r := b.request("POST", "/account/fields/add", []byte(form.Encode()), "application/x-www-form-urlencoded"); r.status != 422 {
			t.Errorf("the page takes the custom field %s: status %d", name, r.status)
		}
		s.do("DELETE", api+"/me/sessions", nil, as(user)).is(204)
	}
	if now := s.look(user.User().ID).String(); now != unchanged {
		t.Errorf("the account changed:\n%s\n%s", unchanged, now)
	}
}

// TestAFormSetsNothingButItsFields: what is added to a page's form is not looked at.
func TestAFormSetsNothingButItsFields(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	more := url.Values{}
	for name, value := range smuggled {
		more.Set(name, strings.Trim(value, `"[]`))
	}
	register := maps.Clone(more)
	register.Set("email", "bob@example.org")
	register.Set("password", apptest.Password.Reveal())
	s.do("POST", "/register", []byte(register.Encode()), with("Content-Type", "application/x-www-form-urlencoded"), with("Origin", ownOrigin)).is(303)
	made := s.stored("bob@example.org")
	if !slices.Equal(made.Roles, []string{app.RoleUser}) || made.IsConfirmed() || made.ID == 1 || made.Locale != "" || len(made.CustomFields) > 0 {
		t.Errorf("registered as %+v", made)
	}
	must(s.ConfirmUser(t.Context(), app.System(), made.ID))
	before := s.look(made.ID)
	b := s.browser(t, 2).signIn("bob@example.org")
	profile := maps.Clone(more)
	profile.Set("email", "mallory@example.org")
	profile.Set("first_name", "Bob")
	b.request("POST", "/account", []byte(profile.Encode()), "application/x-www-form-urlencoded").is(303)
	after := s.look(made.ID)
	before.user.FirstName, before.user.UpdatedAt, before.sessions = "Bob", after.user.UpdatedAt, after.sessions
	before.user.LoggedInAt = after.user.LoggedInAt
	if before.String() != after.String() {
		t.Errorf("the form changed\n%s to\n%s", before, after)
	}
}

// TestWhatIsAnothersIsNotFound names what belongs to somebody else on every route that takes its number: one's own routes
// don't find it, and it stays as it is.
func TestWhatIsAnothersIsNotFound(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	mine, theirs := s.Member("mine@example.org"), s.Member("theirs@example.org")
	session := theirs.Actor().Session.ID
	s.do("POST", api+"/me/email", `{"email":"new@example.org","current_password":"correct horse battery"}`, as(theirs)).is(202)
	link := s.Mail(app.MailEmailChange, "new@example.org").Token.Reveal()
	s.do("PUT", api+"/me/avatar", pngOf(2, 2), as(theirs), with("Prefer", "wait=20")).is(200)
	s.do("PUT", api+"/me/custom-fields/secret", `{"value":"theirs"}`, as(theirs)).is(200)
	unchanged := s.look(theirs.User().ID).String()

	s.do("DELETE", api+"/me/sessions/"+session, nil, as(mine)).refused(404, app.CodeNotFound)
	s.do("POST", api+"/me/email/"+link, nil, as(mine)).refused(404, app.CodeInvalidToken)
	s.do("GET", api+"/me/custom-fields/secret", nil, as(mine)).refused(404, app.CodeNotFound)
	s.do("DELETE", api+"/me/avatar", nil, as(mine)).is(204)
	s.do("PUT", api+"/me/avatar", pngOf(2, 2), as(mine), with("Prefer", "wait=20")).is(200) // the same picture
	s.do("DELETE", api+"/me/avatar", nil, as(mine)).is(204)
	b := s.browser(t, 2).signIn("mine@example.org")
	b.request("POST", "/account/sessions/"+session, nil, "application/x-www-form-urlencoded").is(404)
	b.request("POST", "/account/email/"+link, nil, "application/x-www-form-urlencoded").is(404)
	b.request("GET", "/account/email/"+link, nil, "").is(404)
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	s.do("DELETE", of(mine, "/sessions/"+session), nil, as(owner)).refused(404, app.CodeNotFound)
	for _, id := range []string{fmt.Sprint(theirs.User().ID), "1"} {
		for _, rest := range []string{"", "/sessions", "/roles", "/custom-fields", "/custom-fields/secret", "/fields/email"} {
			s.do("GET", api+"/users/"+id+rest, nil, as(mine)).refused(403, app.CodeForbidden)
		}
	}
	export := s.do("GET", api+"/me/export", nil, as(mine)).is(200)
	for _, text := range []string{"theirs@example.org", session, "new@example.org"} {
		if strings.Contains(export.body, text) {
			t.Errorf("my export tells %s", text)
		}
	}
	if now := s.look(theirs.User().ID).String(); now != unchanged {
		t.Errorf("their account changed:\n%s\n%s", unchanged, now)
	}
	if avatar := s.stored("theirs@example.org").Avatar; avatar == nil {
		t.Error("their picture went with mine")
	} else {
		s.do("GET", "/avatars/"+avatar.ID+"/small", nil).is(200)
	}
}

// TestADuplicateNameIsNoWayAroundACheck: a body in which a name stands twice could be read one way by what checks it and
// another by what acts on it.
func TestADuplicateNameIsNoWayAroundACheck(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	owner := s.SignIn("ada@example.org", apptest.Browser(1))
	for path, body := range map[string]string{
		"/registrations":   `{"email":"a@example.org","email":"b@example.org","password":"correct horse battery"}`,
		"/sessions":        `{"email":"ada@example.org","password":"x","password":"correct horse battery"}`,
		"/password-resets": `{"email":"ada@example.org","email":"evil@example.net"}`,
		"/confirmations":   `{"email":"ada@example.org","\u0065mail":"evil@example.net"}`,
		"/users":           `{"email":"c@example.org","roles":["User"],"roles":["Owner"]}`,
	} {
		s.do("POST", api+path, body, as(owner)).refused(400, app.CodeMalformed)
	}
	for _, body := range []string{`{"email":["ada@example.org","evil@example.net"]}`, `{"email":{"0":"ada@example.org"}}`, `{"email":"ada@example.org,evil@example.net"}`, `{"email":"ada@example.org\nevil@example.net"}`, `{"Email":"ada@example.org"}`, `{"email[]":"ada@example.org"}`} {
		s.do("POST", api+"/password-resets", body).isIn(400, 422)
	}
	s.post("/reset-password", "email", "ada@example.org,evil@example.net").is(422)
	form := "email=ada%40example.org&email=evil%40example.net&email[]=evil%40example.net"
	s.do("POST", "/reset-password", []byte(form), with("Content-Type", "application/x-www-form-urlencoded"), with("Origin", ownOrigin)).is(303)
	s.settled()
	for _, m := range s.Outbox.All() {
		if m.To != "ada@example.org" {
			t.Errorf("a %s mail went to %s", m.Kind, m.To)
		}
	}
}
