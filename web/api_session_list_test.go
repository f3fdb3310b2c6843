package web

import (
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestEverybodysSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	path := api + "/sessions"

	got := s.do("GET", path, nil, as(owner)).is(200)
	hasExactly(t, got.at(), "sessions", "total_count", "total_is_least", "total_pages", "page", "page_size")
	list := got.at("sessions").([]any)
	newest, own := list[0].(map[string]any), list[1].(map[string]any)
	hasExactly(t, newest, "id", "current", "created_at", "last_seen_at", "expires_at", "ip", "device", "remember", "fingerprint", "user")
	hasExactly(t, newest["user"], userKeys...)
	if newest["user"].(map[string]any)["email"] != "grace@example.org" || newest["current"] != false || newest["fingerprint"] != "ip_mismatch" || newest["ip"] != "203.0.113.2" {
		t.Errorf("the newest is %v", newest)
	}
	if own["user"].(map[string]any)["email"] != "ada@example.org" || own["current"] != true || own["fingerprint"] != "ok" {
		t.Errorf("one's own is %v", own)
	}
	if got.at("total_count") != 2.0 || got.at("total_pages") != 1.0 || got.at("page") != 1.0 || got.at("page_size") != 10.0 || got.at("total_is_least") != false {
		t.Errorf("answer %s", got.body)
	}
	got = s.do("GET", path+"?page=2&page_size=1&search=example", nil, as(owner)).is(200)
	if list := got.at("sessions").([]any); len(list) != 1 || list[0].(map[string]any)["id"] != own["id"] || got.at("total_pages") != 2.0 {
		t.Errorf("the second page is %s", got.body)
	}
	if got := s.do("GET", path+"?search=nobody", nil, as(owner)).is(200); len(got.at("sessions").([]any)) != 0 {
		t.Errorf("nobody's are %s", got.body)
	}
	for query, field := range map[string]string{"page=0": "page", "page=x": "page", "page_size=0": "page_size", "page_size=101": "page_size", "page=99999999999999999999": "page"} {
		s.do("GET", path+"?"+query, nil, as(owner)).field(field, app.RuleOutOfRange)
	}

	stats := s.do("GET", path+"/stats", nil, as(owner)).is(200)
	hasExactly(t, stats.at(), "active", "users", "today")
	if stats.body != `{"active":2,"users":2,"today":2}` {
		t.Errorf("counted %s", stats.body)
	}
	for _, path := range []string{path + "?page=0", path + "/stats"} {
		s.do("GET", path, nil).refused(401, app.CodeUnauthenticated)
		s.do("GET", path, nil, as(grace)).refused(403, app.CodeForbidden)
	}
}
