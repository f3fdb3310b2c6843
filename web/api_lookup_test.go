package web

import (
	"fmt"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestAccountsAreLookedUp(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner, admin, member := s.Owner("ada@example.org"), s.Admin("grace@example.org"), s.Member("eve+x@example.org")
	path := api + "/users/"
	id := fmt.Sprint(member.User().ID)
	for request, email := range map[string]string{
		id: "eve+x@example.org", "by-email?email=EVE%2Bx@example.org": "eve+x@example.org", "first": "ada@example.org", "first-admin": "ada@example.org",
	} {
		got := s.do("GET", path+request, nil, as(admin)).is(200)
		hasExactly(t, got.at(), "user")
		if got.at("user", "email") != email || got.at("user", "registration") == nil || got.at("user", "roles") == nil {
			t.Errorf("GET %s: %s", request, got.body)
		}
	}
	got := s.do("GET", path+id+"?view=selection", nil, as(owner)).is(200)
	hasExactly(t, got.at(), "user")
	hasExactly(t, got.at("user"), "id", "email", "username", "first_name", "last_name")
	if got.at("user", "email") != "eve+x@example.org" || got.at("user", "last_name") != nil {
		t.Errorf("selection %s", got.body)
	}
	s.do("GET", path+id+"?view=all", nil, as(owner)).field("view", app.RuleUnknown)
	for _, missing := range []string{"999", "0", "-1", "abc", "1%00", "999?view=selection", "by-email?email=nobody@example.org", "by-email", "by-email?email=", "by-email?email=%00%ff"} {
		s.do("GET", path+missing, nil, as(owner)).refused(404, app.CodeNotFound)
	}
	for _, request := range []string{id, "999", "abc", "by-email?email=nobody@example.org", "first", "first-admin"} {
		s.do("GET", path+request, nil, as(member)).refused(403, app.CodeForbidden)
		s.do("GET", path+request, nil).refused(401, app.CodeUnauthenticated)
	}
}
