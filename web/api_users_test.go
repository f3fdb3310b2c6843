package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// directorySite has an Owner and eleven members.
func directorySite(t *testing.T) (*site, *apptest.Persona) {
	t.Helper()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	for i := range 11 {
		s.do("POST", api+"/registrations", fmt.Sprintf(`{"email":"user%02d@example.org","password":"correct horse battery"}`, i)).is(201)
	}
	return s, owner
}

// addresses are the e-mails of an answer's users, without their domain.
func addresses(r reply) string {
	var list []string
	for _, u := range r.at("users").([]any) {
		list = append(list, strings.TrimSuffix(u.(map[string]any)["email"].(string), "@example.org"))
	}
	return strings.Join(list, " ")
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	s, owner := directorySite(t)
	path := api + "/users"
	got := s.do("GET", path+"?unknown=ignored", nil, as(owner)).is(200)
	hasExactly(t, got.at(), "users", "total_count", "total_is_least", "total_pages", "page", "page_size", "next_cursor")
	users := got.at("users").([]any)
	hasExactly(t, users[0], userKeys...)
	if len(users) != 10 || fmt.Sprint(got.at("total_count"), got.at("total_pages"), got.at("page"), got.at("page_size"), got.at("total_is_least")) != "12 2 1 10 false" {
		t.Errorf("answer %s", got.body)
	}
	if users[0].(map[string]any)["registration"] == nil {
		t.Error("an admin does not see where an account was registered from")
	}
	for query, want := range map[string]string{
		"page=3&page_size=6": "", "page=1000000000000": "", "search=USER03": "user03", "search=%00": "", "search=" + strings.Repeat("x", 100<<10): "",
		"sort=email&page_size=3": "ada user00 user01", "sort=-email&page_size=2": "user10 user09", "role=Owner": "ada", "role=all&status=inactive": "",
		"role=nobody": "", "confirmed=true": "ada", "search=user&confirmed=false&status=active&role=User&sort=created_at&page=2&page_size=4": "user04 user05 user06 user07",
		"page=&page_size=&cursor=&role=&search=&status=&confirmed=&sort=&page_size=": "user10 user09 user08 user07 user06 user05 user04 user03 user02 user01",
		"search=%ff%fe": "", "search=%25": "", "search=a": "user10 user09 user08 user07 user06 user05 user04 user03 user02 user01",
	} {
		got := s.do("GET", path+"?"+query, nil, as(owner)).is(200)
		if addresses(got) != want || got.at("total_count") == nil {
			t.Errorf("%.60s: %q, want %q", query, addresses(got), want)
		}
	}
	if past := s.do("GET", path+"?page=1000000000000", nil, as(owner)).is(200); past.at("page") != 1e12 || past.at("total_count") != 12.0 || past.at("next_cursor") != nil {
		t.Errorf("far past the last page: %s", past.body)
	}
}

func TestDirectoryByCursor(t *testing.T) {
	t.Parallel()
	s, owner := directorySite(t)
	path := api + "/users?page_size=5&sort=email&status=active"
	got := s.do("GET", path, nil, as(owner)).is(200)
	walked := addresses(got)
	for got.at("next_cursor") != nil {
		got = s.do("GET", path+"&cursor="+url.QueryEscape(got.at("next_cursor").(string)), nil, as(owner)).is(200)
		if got.at("page") != nil || got.at("total_count") != 12.0 {
			t.Errorf("by cursor: %s", got.body)
		}
		walked += " " + addresses(got)
	}
	if walked != "ada user00 user01 user02 user03 user04 user05 user06 user07 user08 user09 user10" {
		t.Errorf("walked %q", walked)
	}
}

func TestDirectoryRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	s, owner := directorySite(t)
	path := api + "/users?"
	for _, number := range []string{"0", "-1", "x", "1e3", "1.0", "+", "99999999999999999999", "-9223372036854775808", "9223372036854775807", "%00", "0x1"} {
		s.do("GET", path+"page="+number, nil, as(owner)).field("page", app.RuleOutOfRange)
		s.do("GET", path+"page_size="+number, nil, as(owner)).field("page_size", app.RuleOutOfRange)
	}
	for _, size := range []string{"101", "1000000000"} {
		s.do("GET", path+"page_size="+size, nil, as(owner)).field("page_size", app.RuleOutOfRange)
	}
	cursor := url.QueryEscape(s.do("GET", path+"page_size=1", nil, as(owner)).is(200).at("next_cursor").(string))
	for query, rule := range map[string]string{
		"sort=id": "sort unknown", "sort=password_hash": "sort unknown", "sort=-": "sort unknown", "sort=email,id": "sort unknown", "sort=%00": "sort unknown",
		"status=Active": "status unknown", "status=true": "status unknown", "confirmed=yes": "confirmed unknown", "confirmed=1": "confirmed unknown",
		"cursor=x": "cursor not_valid", "cursor=%00%ff": "cursor not_valid", "cursor=" + strings.Repeat("A", 8<<10): "cursor not_valid",
		"cursor=" + cursor + "&page=1": "cursor not_valid", "cursor=" + cursor + "&page=0": "cursor not_valid", "cursor=" + cursor + "&sort=email": "cursor not_valid",
		"cursor=" + cursor + "&search=x": "cursor not_valid",
	} {
		field, code, _ := strings.Cut(rule, " ")
		s.do("GET", path+query, nil, as(owner)).field(field, app.Rule(code))
	}
	p := s.do("GET", path+"page=x&page_size=0&sort=x&status=x&confirmed=x", nil, as(owner)).refused(422, app.CodeValidationFailed)
	if len(p.Errors) != 5 {
		t.Errorf("not all that is wrong is told at once: %v", p.Errors)
	}
}

func TestUserSearch(t *testing.T) {
	t.Parallel()
	s, owner := directorySite(t)
	member := s.Member("eve@example.org")
	path := api + "/users/search"
	got := s.do("GET", path+"?q=%20USER0%20", nil, as(owner)).is(200)
	hasExactly(t, got.at(), "users")
	hasExactly(t, got.at("users").([]any)[0], "id", "email", "username", "first_name", "last_name")
	for query, want := range map[string]string{
		"q=user": "user00 user01 user02 user03 user04 user05 user06 user07 user08 user09", "q=r1": "user10", "q=EVE@": "eve",
		"": "", "q=": "", "q=u": "", "q=%20u%20": "", "q=%25%25": "", "q=__": "", "q=%00%00": "", "q=%ff%ff": "", "q=" + strings.Repeat("u", 100<<10): "",
	} {
		got := s.do("GET", path+"?"+query, nil, as(owner)).is(200)
		if addresses(got) != want {
			t.Errorf("%.40s: %q, want %q", query, addresses(got), want)
		}
	}
	s.do("GET", path+"?q=ada", nil, as(member)).refused(403, app.CodeForbidden)
	s.do("GET", path+"?q=ada", nil).refused(401, app.CodeUnauthenticated)
	s.do("GET", api+"/users?page=x", nil, as(member)).refused(403, app.CodeForbidden)
}
