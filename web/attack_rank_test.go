package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// caller is somebody who asks routes, by a session or by a key.
type caller struct {
	name    string
	email   string     // of whoever has a session
	secret  app.Secret // of a key
	persona *apptest.Persona
}

// callers are a stranger, a session of each rank and state, and a key of each rank.
func (s *site) callers() []*caller {
	s.T.Helper()
	s.ownSite("owner@example.org")
	must(s.CreateRole(s.T.Context(), app.System(), app.RoleInput{Name: "Editor"}))
	list := []*caller{{name: "stranger"}}
	for _, one := range []struct{ name, role string }{
		{"unconfirmed", ""}, {"user", ""}, {"custom role", "Editor"}, {"admin", app.RoleAdmin}, {"owner", app.RoleOwner},
	} {
		email := strings.ReplaceAll(one.name, " ", "-") + "@callers.example"
		s.register(email, apptest.Password.Reveal(), apptest.Browser(7)).is(201)
		if one.name != "unconfirmed" {
			must(s.ConfirmUser(s.T.Context(), app.System(), s.stored(email).ID))
		}
		if one.role != "" {
			s.Give(email, one.role)
		}
		list = append(list, &caller{name: one.name, email: email})
	}
	for _, role := range []string{app.RoleUser, "Editor", app.RoleAdmin, app.RoleOwner} {
		list = append(list, &caller{name: "key of " + role, secret: s.Key("key of "+role, role)})
	}
	return list
}

// show makes a request one of the caller's, with a session that works.
func (c *caller) show(s *site) []change {
	switch {
	case c.secret != "":
		return []change{by(c.secret)}
	case c.email == "":
		return nil
	case c.persona != nil:
		if _, _, err := c.persona.Check(); err == nil {
			return []change{as(c.persona)}
		}
	}
	c.persona = s.SignIn(c.email, apptest.Browser(7)) // the last request ended it
	return []change{as(c.persona)}
}

// may says what the policy of the site is, in the words of its contract rather than of its code: who may ask a route at
// all. The second value is what the others are told.
func (c *caller) may(rt route) (bool, app.Code) {
	who, open := rt.access, rt.open
	isKey := c.secret != ""
	rank := map[string]int{"admin": 2, "owner": 3, "key of Admin": 2, "key of Owner": 3}[c.name]
	switch {
	case who == anyone:
		return true, ""
	case c.name == "stranger":
		return false, app.CodeUnauthenticated
	case who == key:
		return isKey, app.CodeForbidden
	case isKey && (who == session || who == owner):
		return false, app.CodeForbidden
	case c.name == "unconfirmed" && !open:
		return false, app.CodeAccountUnconfirmed
	case rank == 2 && (strings.HasSuffix(rt.path, "/promote") || strings.HasSuffix(rt.path, "/demote")):
		return false, app.CodeRankTooLow // Admin and Owner are an Owner's to give and take
	case who == admin:
		return rank >= 2, app.CodeForbidden
	case who == owner:
		return rank >= 3, app.CodeForbidden
	}
	return true, ""
}

// nowhere fills a route's places in with what is not there.
func nowhere(path string) string {
	return strings.NewReplacer("{id}", "987654", "{role}", "Nobody", "{token}", "nonsense", "{$}", "", "{act}", "x", "{more}", "x").Replace(
		strings.NewReplacer("{sid}", "nonsense", "{key}", "x", "{name}", "x", "{session}", "nonsense", "{variant}", "original").Replace(path))
}

// TestWhoMayAskWhat asks every route of both tables as everybody. Whoever may not is told so, whatever else is wrong with
// the request; whoever may is told anything else.
func TestWhoMayAskWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	callers := s.callers()
	asked := 0
	for _, rt := range s.server.apiRoutes() {
		if rt.access == anyone {
			continue
		}
		method := rt.method
		if strings.HasSuffix(rt.path, "/events") {
			method = http.MethodHead // a stream would not end
		}
		for _, c := range callers {
			asked++
			got := s.do(method, nowhere(rt.path), nil, c.show(s)...)
			may, code := c.may(rt)
			refused := got.status == 401 || got.status == 403
			switch {
			case refused == may:
				t.Errorf("%s %s by a %s: status %d: %s", rt.method, rt.path, c.name, got.status, got.body)
			case refused && method != http.MethodHead && got.at("code") != string(code):
				t.Errorf("%s %s by a %s: %s, want %s", rt.method, rt.path, c.name, got.body, code)
			}
		}
	}
	for _, rt := range s.server.pageRoutes() {
		if rt.access == anyone {
			continue
		}
		for _, c := range callers {
			asked++
			got := s.do(rt.method, nowhere(rt.path), []byte{}, append(c.show(s), with("Origin", ownOrigin), with("Content-Type", "application/x-www-form-urlencoded"))...)
			may, code := c.may(rt)
			if c.secret != "" { // on pages a key is nobody
				may, code = false, app.CodeUnauthenticated
			}
			leads, _, _ := strings.Cut(got.header.Get("Location"), "?")
			switch {
			case may && (got.status == 403 || got.status == 303 && leads == "/login"),
				!may && code == app.CodeUnauthenticated && (got.status != 303 || leads != "/login"),
				!may && code == app.CodeAccountUnconfirmed && (got.status != 303 || leads != "/account"),
				!may && code == app.CodeForbidden && got.status != 403:
				t.Errorf("%s %s by a %s: status %d, leading to %q", rt.method, rt.path, c.name, got.status, leads)
			}
		}
	}
	if asked < 800 {
		t.Errorf("only %d were asked", asked)
	}
}

// account is what a test of ranks sees of one.
type account struct {
	user     app.User
	hash     app.Secret
	sessions int
	mails    int
}

func (s *site) look(id int64) account {
	s.T.Helper()
	var a account
	err := s.Store.View(s.T.Context(), func(tx app.Tx) (err error) {
		if a.user, err = tx.FindUser(id); err != nil {
			return nil // gone
		}
		a.user.LastSeenAt = a.user.CreatedAt
		if a.hash, err = tx.PasswordHash(id); err != nil {
			return err
		}
		list, _, err := tx.PageSessions(app.SessionFilter{UserID: id, Limit: 100})
		a.sessions = len(list)
		if err != nil {
			return err
		}
		jobs, err := tx.ListJobs(app.JobFilter{Kind: app.JobMail, UserID: id, Limit: 1000})
		a.mails = len(jobs)
		return err
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return a
}

func (a account) String() string {
	text, err := json.Marshal(a.user)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%s %s %d %d", text, a.hash.Reveal(), a.sessions, a.mails)
}

// acts are bodies with which each changing route on another account would do something to it.
var acts = map[string]string{
	"DELETE ":                     "",
	"PATCH ":                      `{"first_name":"Mallory","email":"mallory@evil.example"}`,
	"PUT /password":               `{"password":"a horse of the attacker"}`,
	"PUT /status":                 `{"is_active":false}`,
	"PUT /locale":                 `{"preferred_locale":"fr"}`,
	"PUT /custom-fields":          `{"plan":"gold"}`,
	"PUT /custom-fields/{key}":    `{"value":"gold"}`,
	"DELETE /custom-fields/{key}": "",
	"PUT /confirmation":           "",
	"DELETE /confirmation":        "",
	"POST /confirmation/toggle":   "",
	"POST /confirmation/mail":     "",
	"PUT /avatar":                 "picture",
	"DELETE /avatar":              "",
	"DELETE /sessions":            "",
	"DELETE /sessions/{sid}":      "",
	"PUT /roles/{role}":           "",
	"DELETE /roles/{role}":        "",
	"POST /promote":               "",
	"POST /demote":                "",
}

// TestNobodyActsOnTheirRankOrAbove sends every changing act on another account, over the API and by the pages, from an Admin
// and a key of Admin to an Admin and an Owner: none of it changes anything. An Owner may.
func TestNobodyActsOnTheirRankOrAbove(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	admin := s.Admin("grace@example.org")
	targets := map[string]*apptest.Persona{"an Admin": s.Admin("mary@example.org"), "an Owner": s.Holding(s.Member("hedy@example.org"), app.RoleOwner)}
	for what, target := range targets { // something to take away
		s.do("PUT", of(target, "/custom-fields/x"), `{"value":1}`, as(owner)).is(200)
		if what == "an Admin" {
			s.do("PUT", of(target, "/avatar"), pngOf(2, 2), as(owner), with("Prefer", "wait=20")).is(200)
		}
	}
	s.settled()
	attackers := map[string][]change{"an Admin": {as(admin)}, "a key of Admin": {by(s.Key("shop", app.RoleAdmin))}}
	for who, shown := range attackers {
		for whom, target := range targets {
			id, session := target.User().ID, target.Actor().Session.ID
			unchanged := s.look(id).String()
			for _, rt := range s.server.apiRoutes() {
				rest, ours := strings.CutPrefix(rt.path, userRoutes)
				if !ours || rt.method == "GET" {
					continue
				}
				text, known := acts[rt.method+" "+rest]
				if !known {
					t.Fatalf("%s %s is new: say in acts what would change an account", rt.method, rt.path)
				}
				for _, role := range []string{"Owner", "Admin", "User"} {
					path := strings.NewReplacer("{id}", fmt.Sprint(id), "{sid}", session, "{key}", "x", "{role}", role).Replace(rt.path)
					var body any = text
					if text == "picture" {
						body = pngOf(3, 3)
					} else if text == "" {
						body = nil
					}
					got := s.do(rt.method, path, body, shown...)
					if code := got.at("code"); got.status != 403 || code != string(app.CodeRankTooLow) && code != string(app.CodeOwnerRoleProtected) {
						t.Errorf("%s of %s by %s: %s %s: status %d: %s", "an act", whom, who, rt.method, path, got.status, got.body)
					}
					if !strings.Contains(rt.path, "{role}") {
						break
					}
				}
			}
			if now := s.look(id).String(); now != unchanged {
				t.Errorf("%s changed %s by the API:\n%s\n%s", who, whom, unchanged, now)
			}
			if who == "an Admin" {
				s.actByPages(t, target, session, shown)
			}
			if now := s.look(id).String(); now != unchanged {
				t.Errorf("%s changed %s by the pages:\n%s\n%s", who, whom, unchanged, now)
			}
		}
	}
	s.do("PATCH", of(targets["an Owner"], ""), `{"first_name":"Hedy"}`, as(owner)).is(200)
}

// actByPages sends every form that the pages of another's account have, with something in every field.
func (s *site) actByPages(t *testing.T, target *apptest.Persona, session string, shown []change) {
	t.Helper()
	fields := "first_name=Mallory&username=mallory&email=mallory%40evil.example&password=a+horse+of+the+attacker&preferred_locale=fr&role=Owner&name=x&value=2&confirm=true&sure=true"
	posted := 0
	for _, rt := range s.server.pageRoutes() {
		if rt.method != "POST" || !strings.HasPrefix(rt.path, "/admin/users/{id}") {
			continue
		}
		posted++
		path := strings.NewReplacer("{id}", fmt.Sprint(target.User().ID), "{session}", session).Replace(rt.path)
		form := append(slices.Clone(shown), with("Origin", ownOrigin), with("Content-Type", "application/x-www-form-urlencoded"))
		if got := s.do("POST", path, []byte(fields), form...); got.status < 400 {
			t.Errorf("%s: status %d, leading to %s", path, got.status, got.header.Get("Location"))
		}
	}
	bulk := fmt.Sprintf("ids=%[1]d&id=%[1]d&user=%[1]d&act=deactivate&field=first_name&value=Mallory", target.User().ID)
	for _, path := range []string{"/admin/users/bulk", "/admin/users/bulk/done"} {
		s.do("POST", path, []byte(bulk), append(slices.Clone(shown), with("Origin", ownOrigin), with("Content-Type", "application/x-www-form-urlencoded"))...)
	}
	if posted < 15 {
		t.Errorf("only %d forms were sent", posted)
	}
}

// TestNobodyRaisesOrProvesThemselves: of their own roles, status and confirmation nobody changes anything, whatever their
// rank and whichever way.
func TestNobodyRaisesOrProvesThemselves(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	second := s.Holding(s.Member("hedy@example.org"), app.RoleOwner)
	admin, user := s.Admin("grace@example.org"), s.Member("bob@example.org")
	for _, p := range []*apptest.Persona{owner, second, admin, user} {
		unchanged := s.look(p.User().ID).String()
		for _, act := range []string{
			"PUT /roles/Owner", "PUT /roles/Admin", "PUT /roles/User", "DELETE /roles/User", "DELETE /roles/Owner", "POST /promote", "POST /demote",
			"PUT /status", "PUT /confirmation", "DELETE /confirmation", "POST /confirmation/toggle", "DELETE ", "PUT /password",
		} {
			method, rest, _ := strings.Cut(act, " ")
			var body any
			if text := acts[act]; text != "" {
				body = text
			}
			got := s.do(method, of(p, rest), body, as(p))
			if got.status != 403 && got.status != 409 {
				t.Errorf("%s of oneself: status %d: %s", act, got.status, got.body)
			}
		}
		if now := s.look(p.User().ID).String(); now != unchanged {
			t.Errorf("%s changed themselves:\n%s\n%s", p.Email, unchanged, now)
		}
	}
}

// TestNobodyMakesAnAccountAboveThemselves: accounts and keys come with roles, which are given by the same rule.
func TestNobodyMakesAnAccountAboveThemselves(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	admin := s.Admin("grace@example.org")
	n := 0
	for who, shown := range map[string]change{"an Admin": as(admin), "a key of Admin": by(s.Key("shop", app.RoleAdmin))} {
		for _, roles := range []string{`["Owner"]`, `["Admin"]`, `["User","Admin"]`, `["Admin","Owner"]`} {
			n++
			got := s.do("POST", api+"/users", fmt.Sprintf(`{"email":"new%d@example.org","roles":%s}`, n, roles), shown)
			if got.status != 403 {
				t.Errorf("%s made an account with %s: %s", who, roles, got.body)
			}
		}
		s.do("POST", api+"/keys", `{"name":"mine","role":"Owner","current_password":"correct horse battery"}`, shown).refused(403, app.CodeForbidden)
		s.do("GET", api+"/keys", nil, shown).refused(403, app.CodeForbidden)
		s.do("DELETE", api+"/keys/1", nil, shown).refused(403, app.CodeForbidden)
		for _, name := range []string{"Owner", "Admin", "User", "owner", " Admin ", "ADMIN"} {
			if got := s.do("POST", api+"/roles", fmt.Sprintf(`{"name":%q}`, name), shown); got.status != 422 {
				t.Errorf("%s made a second %q: %s", who, name, got.body)
			}
		}
		for _, name := range []string{"Owner", "Admin", "User"} {
			s.do("PATCH", api+"/roles/"+name, `{"name":"Guest"}`, shown).refused(403, app.CodeForbidden)
			s.do("DELETE", api+"/roles/"+name, nil, shown).refused(403, app.CodeForbidden)
		}
	}
	s.do("POST", api+"/keys", `{"name":"mine","role":"Owner","current_password":"not this"}`, as(owner)).field("current_password", app.RuleNotValid)
	s.do("POST", api+"/keys", `{"name":"mine","role":"Owner","current_password":"correct horse battery"}`, by(s.Key("boss", app.RoleOwner))).refused(403, app.CodeForbidden)
	for range 2 { // nor does the way that fills roles in make an Owner for an Admin
		if got := s.do("POST", api+"/roles/assign-missing", `{"make_first_owner":true}`, as(admin)).is(200); got.at("assigned_owner") != 0.0 {
			t.Errorf("an Admin made an Owner: %s", got.body)
		}
	}
}

// TestAChangeOfManyHoldsTheRankOfEach: an Admin's change of a thousand accounts reaches those below and no other.
func TestAChangeOfManyHoldsTheRankOfEach(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	owner := s.Owner("ada@example.org")
	admin, peer, user := s.Admin("grace@example.org"), s.Admin("mary@example.org"), s.Member("bob@example.org")
	ids := fmt.Sprintf("[%d,%d,%d,%d]", owner.User().ID, admin.User().ID, peer.User().ID, user.User().ID)
	got := s.do("PATCH", api+"/users", `{"ids":`+ids+`,"fields":{"first_name":"Mallory"}}`, as(admin)).is(200)
	for i, want := range []any{string(app.CodeRankTooLow), string(app.CodeRankTooLow), string(app.CodeRankTooLow), nil} {
		var code any
		if got.at("results", fmt.Sprint(i), "error") != nil {
			code = got.at("results", fmt.Sprint(i), "error", "code")
		}
		if code != want {
			t.Errorf("result %d is %v, want %v", i, code, want)
		}
	}
	for _, p := range []*apptest.Persona{owner, admin, peer} {
		if p.User().FirstName != "" {
			t.Errorf("%s was changed", p.Email)
		}
	}
}

// TestOneActiveOwnerIsLeftWhateverIsAskedAtOnce: two Owners and a key of Owner take one another down by every way over HTTP.
func TestOneActiveOwnerIsLeftWhateverIsAskedAtOnce(t *testing.T) {
	t.Parallel()
	for range 5 {
		s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
		first := s.Owner("ada@example.org")
		second := s.Holding(s.Member("hedy@example.org"), app.RoleOwner)
		boss := by(s.Key("boss", app.RoleOwner))
		paths := map[*apptest.Persona]string{first: of(first, ""), second: of(second, "")}
		leave := fmt.Sprintf(`{"current_password":%q}`, apptest.Password.Reveal())
		ways := []func(by change, whom *apptest.Persona, self *apptest.Persona) reply{
			func(by change, whom, _ *apptest.Persona) reply { return s.do("DELETE", paths[whom], nil, by) },
			func(by change, whom, _ *apptest.Persona) reply { return s.do("POST", paths[whom]+"/demote", nil, by) },
			func(by change, whom, _ *apptest.Persona) reply {
				return s.do("DELETE", paths[whom]+"/roles/Owner", nil, by)
			},
			func(by change, whom, _ *apptest.Persona) reply {
				return s.do("PUT", paths[whom]+"/status", `{"is_active":false}`, by)
			},
			func(_ change, _, self *apptest.Persona) reply { return s.do("DELETE", api+"/me", leave, as(self)) },
		}
		replies := atOnce(30, func(i int) reply {
			self, whom, shown := first, second, as(first)
			if i%2 == 1 {
				self, whom, shown = second, first, as(second)
			}
			if i%6 >= 4 {
				shown = boss
			}
			return ways[i/2%len(ways)](shown, whom, self)
		})
		var left int
		if err := s.Store.View(t.Context(), func(tx app.Tx) (err error) {
			left, err = tx.CountActive(app.RoleOwner)
			return err
		}); err != nil || left != 1 {
			t.Fatalf("%d active Owners are left (%v) after %v", left, err, byAnswer(replies))
		}
		for _, r := range replies {
			if r.status >= 500 {
				t.Errorf("status %d: %s", r.status, r.body)
			}
		}
	}
}
