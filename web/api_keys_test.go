package web

import (
	"net/http"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// by makes the request one of an app's server that has an API key.
func by(secret app.Secret) change {
	return func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+secret.Reveal())
		from(app.Client{IP: apptest.Browser(100).IP, UserAgent: "shop/1.0"})(r)
	}
}

const shopKey = `{"name":"shop","role":"Admin","current_password":"correct horse battery"}`

func TestKeysAreMadeListedAndRevoked(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")

	if got := s.do("GET", api+"/keys", nil, as(owner)).is(200); got.body != `{"keys":[]}` {
		t.Errorf("no keys: %s", got.body)
	}
	made := s.do("POST", api+"/keys", shopKey, as(owner)).is(201)
	hasExactly(t, made.at(), "key", "secret")
	hasExactly(t, made.at("key"), "id", "name", "role", "created_at", "last_used_at")
	for name, want := range map[string]any{"id": 1.0, "name": "shop", "role": "Admin", "created_at": "2026-01-31T12:00:00Z", "last_used_at": nil} {
		if got := made.at("key", name); got != want {
			t.Errorf("key.%s is %v, want %v", name, got, want)
		}
	}
	secret := app.Secret(made.at("secret").(string))
	if !strings.HasPrefix(secret.Reveal(), "dwk_") || made.header.Get("Cache-Control") != "no-store" {
		t.Errorf("secret %.8s…, Cache-Control %q", secret.Reveal(), made.header.Get("Cache-Control"))
	}

	s.do("GET", api+"/users", nil, by(secret)).is(200)
	list := s.do("GET", api+"/keys", nil, as(owner)).is(200)
	if strings.Contains(list.body, secret.Reveal()) || strings.Contains(list.body, "secret") || !strings.Contains(list.body, `"last_used_at":"2026-01-31T12:00:00Z"`) {
		t.Errorf("the list: %s", list.body)
	}
	if log := s.Log.String(); strings.Contains(log, secret.Reveal()) {
		t.Error("the secret is in the log")
	}

	for _, id := range []string{"2", "0", "01", "shop", "-1"} {
		s.do("DELETE", api+"/keys/"+id, nil, as(owner)).refused(404, app.CodeNotFound)
	}
	if got := s.do("DELETE", api+"/keys/1", nil, as(owner)).is(204); got.body != "" {
		t.Errorf("body %q", got.body)
	}
	s.do("GET", api+"/users", nil, by(secret)).refused(401, app.CodeUnauthenticated)
	s.do("DELETE", api+"/keys/1", nil, as(owner)).refused(404, app.CodeNotFound)
}

func TestMakingAKeyIsHeldToItsRules(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	s.do("POST", api+"/keys", shopKey, as(owner)).is(201)
	s.do("POST", api+"/keys", strings.Replace(shopKey, "shop", "SHOP", 1), as(owner)).field("name", app.RuleTaken)
	s.do("POST", api+"/keys", strings.Replace(shopKey, "shop", "a/b", 1), as(owner)).field("name", app.RuleInvalidFormat)
	s.do("POST", api+"/keys", `{"current_password":"correct horse battery","role":"User"}`, as(owner)).field("name", app.RuleRequired)
	s.do("POST", api+"/keys", `{"current_password":"correct horse battery","name":"a"}`, as(owner)).field("role", app.RuleRequired)
	s.do("POST", api+"/keys", `{"current_password":"correct horse battery","name":"a","role":"user"}`, as(owner)).field("role", app.RuleUnknown)
	for _, body := range []string{`{"name":"a","role":1}`, `{"name":null,"roles":["User"]}`, `{"name":"a","role":"User","secret":"dwk_mine"}`, `[]`, ``} {
		s.do("POST", api+"/keys", body, as(owner)).refused(400, app.CodeMalformed)
	}
	for range 8 {
		s.do("POST", api+"/keys", `{"name":"a","role":"User","current_password":"wrong"}`, as(owner)).field("current_password", app.RuleNotValid)
	}
	for _, body := range []string{`{"name":"a","role":"User"}`, `{"name":"a","role":"User","current_password":""}`} {
		s.do("POST", api+"/keys", body, as(owner)).field("current_password", app.RuleNotValid)
	}
	over := s.do("POST", api+"/keys", strings.Replace(shopKey, "shop", "a", 1), as(owner))
	over.refused(429, app.CodeRateLimitExceeded)
	if over.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", over.header.Get("Retry-After"))
	}
}

func TestKeysAreAnOwnersInPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	key := s.Key("one", app.RoleOwner)
	admin, member := s.Admin("joan@example.org"), s.Member("grace@example.org")
	for _, request := range []struct{ method, path, body string }{
		{"GET", "/keys", ""}, {"POST", "/keys", shopKey}, {"DELETE", "/keys/1", ""}, {"DELETE", "/keys/999", ""},
	} {
		var body any
		if request.body != "" {
			body = request.body
		}
		s.do(request.method, api+request.path, body).refused(401, app.CodeUnauthenticated)
		for _, who := range []change{as(admin), as(member), by(key)} {
			s.do(request.method, api+request.path, body, who).refused(403, app.CodeForbidden)
		}
	}
	s.do("GET", api+"/users", nil, by(key)).is(200) // it was not revoked by any of them
}

// TestKeysMayAskWhatTheTableSays walks every route with keys of three ranks.
func TestKeysMayAskWhatTheTableSays(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutLimits()))
	s.Owner("ada@example.org")
	ranks := map[app.Secret]app.Rank{
		s.Key("owner", app.RoleOwner): app.RankOwner, s.Key("admin", app.RoleAdmin): app.RankAdmin, s.Key("user", app.RoleUser): app.RankUser,
	}
	for _, rt := range s.server.apiRoutes() {
		if rt.path == api+"/events" {
			continue // goes on for ever
		}
		path := strings.NewReplacer("{token}", "nonsense", "{id}", "999", "{variant}", "large").Replace(rt.path)
		path = wildcard.ReplaceAllString(path, "nonsense")
		var body any
		if rt.doc.takes != nil {
			body = `{}`
		}
		for secret, rank := range ranks {
			got := s.do(rt.method, path, body, by(secret))
			may := rt.access == anyone || rt.access == key || rt.access == admin && rank >= app.RankAdmin
			refused := got.status == 403 && got.at("code") == string(app.CodeForbidden)
			if got.status == 401 || got.status >= 500 || refused && may && rt.access != anyone {
				t.Errorf("%s %s for rank %d: %d %s", rt.method, rt.path, rank, got.status, got.body)
			}
			if !may {
				got.refused(403, app.CodeForbidden)
			}
		}
	}
}

func TestAKeyThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	good := s.Key("shop", app.RoleOwner).Reveal()
	name, value := s.sessionCookie(owner)
	for _, header := range []string{
		"Bearer dwk_", "Bearer dwk_nonsense", "Bearer " + good + "x", "Bearer " + good[:len(good)-1], "Bearer " + strings.ToUpper(good), "Bearer " + good[4:],
	} {
		s.do("GET", api+"/users", nil, with("Authorization", header)).refused(401, app.CodeUnauthenticated)
		s.do("GET", api+"/users", nil, with("Authorization", header), cookie(name, value), from(owner.Client)).refused(401, app.CodeUnauthenticated)
	}
	// Where a key might speak for a person, one that is none is told so rather than taken for a stranger.
	s.do("POST", api+"/sessions", adaLogin, with("Authorization", "Bearer dwk_nonsense")).refused(401, app.CodeUnauthenticated)
	s.do("POST", api+"/registrations", `{"email":"grace@example.org","password":"correct horse battery"}`, with("Authorization", "Bearer dwk_nonsense")).refused(401, app.CodeUnauthenticated)
	s.do("GET", api+"/openapi.json", nil, with("Authorization", "Bearer dwk_nonsense")).is(200)
}

func TestAKeyIsTakenFromTheAuthorizationHeaderAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	good := s.Key("shop", app.RoleOwner).Reveal()
	path := api + "/users"
	s.do("GET", path, nil, with("Authorization", "bearer  "+good)).is(200)
	sealed, err := s.server.cookies.seal(s.server.cookies.sessionName, good)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]change{
		"a cookie":        cookie(s.server.cookies.sessionName, good),
		"a sealed cookie": cookie(s.server.cookies.sessionName, sealed),
		"another scheme":  with("Authorization", "Basic "+good),
		"no scheme":       with("Authorization", good),
		"another header":  with("X-Api-Key", good),
	} {
		if got := s.do("GET", path, nil, change); got.status != 401 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	s.do("GET", path+"?access_token="+good+"&key="+good+"&token="+good, nil).refused(401, app.CodeUnauthenticated)
}

func TestOnPagesAKeyIsNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleOwner)
	for _, rt := range s.server.pageRoutes() {
		if rt.method != "GET" {
			continue
		}
		path := wildcard.ReplaceAllString(strings.TrimSuffix(rt.path, "{$}"), "1")
		asStranger, asKey := s.do("GET", path, nil, from(apptest.Browser(100))), s.do("GET", path, nil, by(key), from(apptest.Browser(100)))
		if asKey.status != asStranger.status || asKey.status >= 500 || asKey.header.Get("Location") != asStranger.header.Get("Location") {
			t.Errorf("%s: %d for a key, %d for a stranger", rt.path, asKey.status, asStranger.status)
		}
	}
	s.do("GET", forwardPath, nil, by(key)).refused(401, app.CodeUnauthenticated)
}

func TestAKeyInABrowserIsRefused(t *testing.T) {
	t.Parallel()
	const listed = "https://app.example.net"
	s := newSite(t, apptest.New(t), withCORS(listed))
	owner := s.Owner("ada@example.org")
	key := s.Key("shop", app.RoleOwner)
	for _, request := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/users", nil}, {"POST", "/sessions", adaLogin}, {"POST", "/sessions/verify", verify(owner.Token, "")}, {"GET", "/openapi.json", nil},
	} {
		got := s.do(request.method, api+request.path, request.body, by(key), with("Origin", listed))
		got.refused(403, app.CodeCrossOrigin)
		if got.header.Get("Access-Control-Allow-Origin") != listed {
			t.Errorf("%s: the script can't read why", request.path)
		}
	}
	s.do("GET", api+"/me", nil, as(owner), with("Origin", listed)).is(200)
	s.do("POST", api+"/sessions/verify", verify(owner.Token, ""), by(key), with("Origin", "https://evil.example")).refused(403, app.CodeCrossOrigin)
	s.do("POST", api+"/sessions/verify", verify(owner.Token, ""), by(key), with("Sec-Fetch-Site", "cross-site")).refused(403, app.CodeCrossOrigin)
}
