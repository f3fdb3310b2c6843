package web

import (
	"fmt"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	path := api + "/roles"

	got := s.do("POST", path, `{"name":" Content editor ","description":"Edits"}`, as(owner)).is(201)
	hasExactly(t, got.at(), "role")
	hasExactly(t, got.at("role"), "name", "description", "is_system", "user_count")
	if fmt.Sprint(got.at("role")) != "map[description:Edits is_system:false name:Content editor user_count:0]" {
		t.Errorf("answer %s", got.body)
	}
	list := s.do("GET", path, nil, as(owner)).is(200)
	hasExactly(t, list.at(), "roles")
	names := []string{}
	for _, r := range list.at("roles").([]any) {
		hasExactly(t, r, "name", "description", "is_system", "user_count")
		role := r.(map[string]any)
		names = append(names, fmt.Sprintf("%v %v %v", role["name"], role["is_system"], role["user_count"]))
	}
	if fmt.Sprint(names) != "[Owner true 1 Admin true 0 User true 0 Content editor false 0]" {
		t.Errorf("roles %v", names)
	}

	one := path + "/Content%20editor"
	if got := s.do("PATCH", one, `{"description":null}`, as(owner)).is(200); got.at("role", "description") != nil {
		t.Errorf("null does not clear: %s", got.body)
	}
	if got := s.do("PATCH", one, `{"name":"Editor.2"}`, as(owner)).is(200); got.at("role", "name") != "Editor.2" {
		t.Errorf("answer %s", got.body)
	}
	s.do("PATCH", one, `{"name":"Other"}`, as(owner)).refused(404, app.CodeRoleNotFound)
	s.do("PATCH", path+"/Editor.2", `{"name":"USER"}`, as(owner)).field("name", app.RuleTaken)
	s.do("PATCH", path+"/Editor.2", `{"description":"`+strings.Repeat("x", 501)+`"}`, as(owner)).field("description", app.RuleTooLong)
	s.do("PATCH", path+"/Owner", `{"name":"Boss"}`, as(owner)).refused(403, app.CodeForbidden)
	s.do("DELETE", path+"/User", nil, as(owner)).refused(403, app.CodeForbidden)
	s.do("DELETE", path+"/stats", nil, as(owner)).refused(404, app.CodeRoleNotFound)
	s.do("DELETE", path+"/Editor.2", nil, as(owner)).is(204)
	s.do("DELETE", path+"/Editor.2", nil, as(owner)).refused(404, app.CodeRoleNotFound)

	for body, rule := range map[string]app.Rule{
		`{}`: app.RuleRequired, `{"name":null}`: app.RuleRequired, `{"name":"` + strings.Repeat("x", 51) + `"}`: app.RuleTooLong,
		`{"name":"a/b"}`: app.RuleInvalidFormat, `{"name":"owner"}`: app.RuleTaken,
	} {
		s.do("POST", path, body, as(owner)).field("name", rule)
	}
	for _, body := range []string{`{"name":5}`, `{"name":"x","is_system":true}`, `{"name":"x","user_count":1}`, `[]`, `{"name":"x","description":5}`} {
		s.do("POST", path, body, as(owner)).refused(400, app.CodeMalformed)
	}
	s.do("PATCH", path+"/User", `{"description":5}`, as(owner)).refused(400, app.CodeMalformed)
	s.do("PATCH", path+"/User", `{"rank":5}`, as(owner)).refused(400, app.CodeMalformed)
}

func TestAssignments(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	admin, member := s.Admin("grace@example.org"), s.Member("linus@example.org")
	s.do("POST", api+"/roles", `{"name":"Content editor"}`, as(owner)).is(201)
	path := func(p *apptest.Persona) string { return fmt.Sprintf("%s/users/%d", api, p.User().ID) }
	roles := func(got reply, want string) {
		t.Helper()
		got.is(200)
		hasExactly(t, got.at(), "roles")
		if fmt.Sprint(got.at("roles")) != want {
			t.Errorf("roles %s, want %s", got.body, want)
		}
	}

	roles(s.do("GET", path(member)+"/roles", nil, as(admin)), "[User]")
	roles(s.do("PUT", path(member)+"/roles/Content%20editor", nil, as(admin)), "[Content editor User]")
	roles(s.do("PUT", path(member)+"/roles/Content%20editor", nil, as(admin)), "[Content editor User]")
	s.do("DELETE", api+"/roles/Content%20editor", nil, as(admin)).refused(409, app.CodeRoleInUse)
	if got := s.do("GET", api+"/me", nil, as(member)).is(200); fmt.Sprint(got.at("user", "roles")) != "[User Content editor]" {
		t.Errorf("the account itself sees %s", got.body)
	}
	roles(s.do("DELETE", path(member)+"/roles/Content%20editor", nil, as(admin)), "[User]")
	s.do("DELETE", path(member)+"/roles/Content%20editor", nil, as(admin)).refused(404, app.CodeAssignmentNotFound)
	s.do("DELETE", path(member)+"/roles/Missing", nil, as(admin)).refused(404, app.CodeAssignmentNotFound)
	s.do("PUT", path(member)+"/roles/Missing", nil, as(admin)).refused(404, app.CodeRoleNotFound)
	s.do("PUT", path(member)+"/roles/user", nil, as(admin)).refused(404, app.CodeRoleNotFound)
	s.do("PUT", path(member)+"/roles/a%2Fb%00", nil, as(admin)).refused(404, app.CodeRoleNotFound)

	s.do("PUT", path(member)+"/roles/Owner", nil, as(admin)).refused(403, app.CodeOwnerRoleProtected)
	s.do("PUT", path(member)+"/roles/Admin", nil, as(admin)).refused(403, app.CodeRankTooLow)
	s.do("POST", path(member)+"/promote", nil, as(admin)).refused(403, app.CodeRankTooLow)
	s.do("DELETE", path(owner)+"/roles/Owner", nil, as(admin)).refused(403, app.CodeRankTooLow)
	s.do("DELETE", path(admin)+"/roles/User", nil, as(admin)).refused(403, app.CodeForbidden)
	s.do("POST", path(owner)+"/demote", nil, as(owner)).refused(403, app.CodeForbidden)

	roles(s.do("POST", path(member)+"/promote", nil, as(owner)), "[Admin User]")
	s.do("GET", api+"/roles", nil, as(member)).is(200)
	roles(s.do("POST", path(member)+"/demote", nil, as(owner)), "[User]")
	s.do("GET", api+"/roles", nil, as(member)).refused(403, app.CodeForbidden)
	s.do("POST", path(member)+"/demote", nil, as(owner)).refused(409, app.CodeNoRoleToDemote)
	roles(s.do("DELETE", path(member)+"/roles/User", nil, as(owner)), "[]")

	for _, line := range []string{"GET /roles", "PUT /roles/User", "DELETE /roles/User", "POST /promote", "POST /demote"} {
		method, rest, _ := strings.Cut(line, " ")
		for _, id := range []string{"999", "0", "x", "01"} {
			s.do(method, api+"/users/"+id+rest, nil, as(owner)).refused(404, app.CodeNotFound)
		}
		s.do(method, path(owner)+rest, nil, as(member)).refused(403, app.CodeForbidden)
		s.do(method, path(owner)+rest, nil).refused(401, app.CodeUnauthenticated)
	}
}

func TestWhoHoldsARole(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	for _, email := range []string{"mary@example.org", "grace@example.org"} {
		s.Newcomer(email)
	}
	path := api + "/roles/User/users"
	got := s.do("GET", path, nil, as(owner)).is(200)
	hasExactly(t, got.at(), "users")
	emails := func(got reply) string {
		list := []string{}
		for _, u := range got.at("users").([]any) {
			hasExactly(t, u, userKeys...)
			list = append(list, fmt.Sprint(u.(map[string]any)["email"]))
		}
		return strings.Join(list, " ")
	}
	if list := emails(got); list != "grace@example.org mary@example.org" {
		t.Errorf("holders %s", list)
	}
	if list := emails(s.do("GET", path+"?page=2&page_size=1", nil, as(owner)).is(200)); list != "mary@example.org" {
		t.Errorf("the second page is %s", list)
	}
	for _, none := range []string{path + "?page=2", api + "/roles/Missing/users", api + "/roles/user/users"} {
		if got := s.do("GET", none, nil, as(owner)).is(200); fmt.Sprint(got.at("users")) != "[]" {
			t.Errorf("%s: %s", none, got.body)
		}
	}
	for query, field := range map[string]string{"page=0": "page", "page=x": "page", "page_size=0": "page_size", "page_size=101": "page_size"} {
		s.do("GET", path+"?"+query, nil, as(owner)).field(field, app.RuleOutOfRange)
	}
}

func TestRoleStats(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	s.Holding(s.Newcomer("grace@example.org"), app.RoleAdmin)
	got := s.do("GET", api+"/roles/stats", nil, as(owner)).is(200)
	if fmt.Sprint(got.at()) != "map[admin_count:1 owner_count:1 total_users:2 user_count:1]" {
		t.Errorf("answer %s", got.body)
	}
}

func TestMissingRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	member := s.Newcomer("grace@example.org")
	path := api + "/roles/assign-missing"
	for _, body := range []any{nil, `{}`, `{"make_first_owner":true}`, `{"make_first_owner":false}`} {
		s.do("DELETE", fmt.Sprintf("%s/users/%d/roles/User", api, member.User().ID), nil, as(owner)).is(200)
		if got := s.do("POST", path, body, as(owner)).is(200); fmt.Sprint(got.at()) != "map[assigned_owner:0 assigned_users:1 total_processed:1]" {
			t.Errorf("%v: answer %s", body, got.body)
		}
		if got := s.do("POST", path, body, as(owner)).is(200); fmt.Sprint(got.at()) != "map[assigned_owner:0 assigned_users:0 total_processed:0]" {
			t.Errorf("%v again: answer %s", body, got.body)
		}
	}
	for _, body := range []string{`{"make_first_owner":"false"}`, `{"make_first_owner":0}`, `{"first":true}`, `[]`, ` `} {
		s.do("POST", path, body, as(owner)).refused(400, app.CodeMalformed)
	}
}

func TestRolesAreForAdminsAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	member := s.Member("grace@example.org")
	for _, line := range []string{
		"GET ", "POST ", "GET /stats", "POST /assign-missing", "PATCH /Missing", "DELETE /Missing", "GET /Missing/users",
	} {
		method, rest, _ := strings.Cut(line, " ")
		s.do(method, api+"/roles"+rest, nil).refused(401, app.CodeUnauthenticated)
		s.do(method, api+"/roles"+rest, nil, as(member)).refused(403, app.CodeForbidden)
	}
}
