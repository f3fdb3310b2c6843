package web

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// audit reads a page of the audit log as an Owner.
func (s *site) audit(t *testing.T, owner *apptest.Persona, query string) (got reply, entries []any) {
	t.Helper()
	got = s.do("GET", api+"/audit"+query, nil, as(owner)).is(200)
	hasExactly(t, got.at(), "entries", "next_cursor")
	return got, got.at("entries").([]any)
}

func TestTheAuditLogIsServedInItsShape(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	s.do("PATCH", api+"/me", `{"first_name":"Grace"}`, as(grace)).is(200)
	id := fmt.Sprint(grace.User().ID)

	_, entries := s.audit(t, owner, "?user="+id+"&action=user.updated")
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	e := entries[0].(map[string]any)
	hasExactly(t, e, "id", "at", "action", "actor", "target", "ip", "user_agent", "details")
	hasExactly(t, e["actor"], "kind", "id", "name")
	hasExactly(t, e["target"], "id", "email")
	if fmt.Sprint(e["actor"]) != "map[id:"+id+" kind:user name:grace]" || fmt.Sprint(e["target"]) != "map[email:grace@example.org id:"+id+"]" ||
		fmt.Sprint(e["details"]) != "map[changed:map[first_name:map[from: to:Grace]]]" || e["ip"] != "203.0.113.2" ||
		e["user_agent"] != grace.Client.UserAgent || e["at"] != s.Clock.Now().Format(time.RFC3339) || e["action"] != "user.updated" {
		t.Errorf("the entry is %v", e)
	}

	s.do("POST", api+"/sessions", `{"email":"nobody@example.org","password":"not a password"}`).is(401)
	got, entries := s.audit(t, owner, "?action=login.failed")
	e = entries[0].(map[string]any)
	if fmt.Sprint(e["actor"]) != "map[id:<nil> kind:system name:<nil>]" || e["target"] != nil || got.at("next_cursor") != nil {
		t.Errorf("the entry is %v", e)
	}

	s.do("DELETE", api+"/me", `{"current_password":"correct horse battery"}`, as(grace)).is(204)
	s.Clock.Advance(31 * 24 * time.Hour)
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, entries = s.audit(t, owner, "?user="+id+"&action=user.updated")
	e = entries[0].(map[string]any)
	if fmt.Sprint(e["actor"]) != "map[id:"+id+" kind:user name:<nil>]" || fmt.Sprint(e["target"]) != "map[email:<nil> id:"+id+"]" ||
		e["details"] != nil || e["ip"] != nil || e["user_agent"] != nil {
		t.Errorf("the erased entry is %v", e)
	}
	_, entries = s.audit(t, owner, "?user="+id+"&action=audit.erased")
	if e = entries[0].(map[string]any); fmt.Sprint(e["details"]) != "map[]" {
		t.Errorf("the entry is %v", e)
	}
}

func TestTheAuditLogIsReadPageByPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	for range 3 {
		s.Clock.Advance(time.Minute)
		s.do("POST", api+"/password-resets", `{"email":"nobody@example.org"}`).is(202)
	}
	since := url.QueryEscape(s.Clock.Now().Add(-time.Minute).In(time.FixedZone("", 3600)).Format(time.RFC3339))
	if _, entries := s.audit(t, owner, "?action=password.reset_requested&since="+since); len(entries) != 2 {
		t.Errorf("since a minute ago: %v", entries)
	}
	var ids []any
	for query := "?page_size=2"; ; {
		got, entries := s.audit(t, owner, query)
		for _, e := range entries {
			ids = append(ids, e.(map[string]any)["id"])
		}
		next, more := got.at("next_cursor").(string)
		if !more {
			break
		}
		query = "?page_size=2&cursor=" + url.QueryEscape(next)
	}
	if fmt.Sprint(ids) != "[5 4 3 2 1]" {
		t.Errorf("read %v", ids)
	}
}

func TestTheAuditLogIsForAdminsWhoAskWell(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	path := api + "/audit"
	s.do("GET", path, nil).refused(401, app.CodeUnauthenticated)
	s.do("GET", path+"?user=x", nil, as(grace)).refused(403, app.CodeForbidden)
	for query, want := range map[string]app.FieldError{
		"user=ada":                        {Field: "user", Rule: app.RuleInvalidFormat},
		"user=0":                          {Field: "user", Rule: app.RuleOutOfRange},
		"action=user.flew":                {Field: "action", Rule: app.RuleUnknown},
		"since=yesterday":                 {Field: "since", Rule: app.RuleInvalidFormat},
		"since=2026-01-31T12:00:00+01:00": {Field: "since", Rule: app.RuleInvalidFormat}, // a + in an address is a space
		"cursor=x":                        {Field: "cursor", Rule: app.RuleInvalidFormat},
		"page_size=101":                   {Field: "page_size", Rule: app.RuleOutOfRange},
		"page_size=0":                     {Field: "page_size", Rule: app.RuleOutOfRange},
	} {
		s.do("GET", path+"?"+query, nil, as(owner)).field(want.Field, want.Rule)
	}
	s.do("GET", path+"?user=&action=&since=&cursor=&page_size=", nil, as(owner)).is(200)
}
