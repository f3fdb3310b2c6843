package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
	"doorward/app/mail"
)

// newDevSite is a development server at its seeds.
func newDevSite(t *testing.T, change ...siteOption) (*site, *app.Dev) {
	t.Helper()
	clock := app.NewDevClock(time.Now)
	composer, err := mail.NewComposer(mail.Site{Name: "Doorward", BaseURL: mustURL(ownOrigin), From: "Doorward <no-reply@localhost>"})
	if err != nil {
		t.Fatal(err)
	}
	mails := mail.NewCatcher(composer)
	w := apptest.New(t, apptest.WithoutLimits(), apptest.WithCourier(mails), apptest.WithClock(clock.Now))
	dev := app.NewDev(w.Accounts, w.Store, clock, mails)
	if err := dev.Reset(t.Context(), app.Seeds()); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, w, append([]siteOption{under("http://localhost"), func(o *Options) { o.Dev = &Dev{Accounts: dev} }}, change...)...)
	return s, dev
}

func host(name string) change { return func(r *http.Request) { r.Host = name } }

func TestADevelopmentServerAnswersUnderLoopbackNamesAlone(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	for _, name := range []string{"localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:8080", "::1"} {
		s.do("GET", "/login", nil, host(name)).is(200)
	}
	for _, name := range []string{"evil.example", "localhost.evil.example", "10.0.0.1:8080", "0.0.0.0", "127.0.0.1.evil.example", "example.test"} {
		for _, path := range []string{"/login", "/dev", "/dev/api/mailbox", "/healthz"} {
			if r := s.do("GET", path, nil, host(name)); r.status != http.StatusMisdirectedRequest {
				t.Errorf("%s under %s answers %d", path, name, r.status)
			}
		}
	}
	s.do("POST", "/dev/api/reset", nil, with("Origin", "http://evil.example")).refused(403, app.CodeCrossOrigin)
	s.do("POST", "/dev/sign-in", []byte("email=owner@example.test"), with("Origin", "null"), with("Content-Type", "application/x-www-form-urlencoded")).is(403)

	remote, _ := newDevSite(t, under("http://dev.internal:8080"), func(o *Options) { o.Dev.AnyHost = true })
	remote.do("GET", "/login", nil, host("dev.internal:8080")).is(200)
	remote.do("GET", "/readyz", nil, host("localhost")).is(200) // as a container's health check asks
	remote.do("GET", "/login", nil, host("evil.example")).is(http.StatusMisdirectedRequest)
}

func TestADevelopersSessionNeedsNoPassword(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	for email, role := range map[string]string{"owner@example.test": "Owner", "ADMIN@example.test": "Admin", "user@example.test": "User"} {
		got := s.do("POST", "/dev/api/sessions", `{"email":"`+email+`"}`).is(201)
		hasExactly(t, got.at(), "token", "session", "user")
		if roles := got.at("user", "roles").([]any); roles[0] != role {
			t.Errorf("%s is %v", email, roles)
		}
		if c := got.cookie(s.server.cookies.sessionName); c == nil {
			t.Errorf("%s got no cookie", email)
		}
		s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+got.at("token").(string))).is(200)
	}
	s.do("POST", api+"/sessions", `{"email":"user@example.test","password":"password"}`).is(201)
	s.do("POST", "/dev/api/sessions", `{"email":"nobody@example.test"}`).refused(404, app.CodeNotFound)
	s.do("POST", "/dev/api/sessions", `{"email":"nobody"}`).refused(422, app.CodeValidationFailed)
	s.do("POST", "/dev/api/reset", `{"users":[{"email":"off@example.test","is_active":false}]}`).is(204)
	s.do("POST", "/dev/api/sessions", `{"email":"off@example.test"}`).refused(403, app.CodeAccountInactive)
}

func TestMailsAreCaughtWaitedForAndForgotten(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	if got := s.do("GET", "/dev/api/mailbox?wait=10ms", nil).is(200); len(got.at("mails").([]any)) != 0 {
		t.Errorf("an empty mailbox answers %s", got.body)
	}
	s.do("POST", api+"/registrations", `{"email":"New@example.test","password":"a long password"}`).is(201)
	got := s.do("GET", "/dev/api/mailbox?to=NEW@EXAMPLE.test&wait=20s", nil).is(200)
	list := got.at("mails").([]any)
	if len(list) != 1 {
		t.Fatalf("the mailbox holds %s", got.body)
	}
	mail := list[0].(map[string]any)
	hasExactly(t, mail, "id", "to", "subject", "at", "text", "html", "links")
	links := mail["links"].([]any)
	if mail["to"] != "New@example.test" || len(links) != 1 || !strings.HasPrefix(links[0].(string), "http://accounts.example.org/confirm/") {
		t.Fatalf("the mail is %v", mail)
	}
	s.do("POST", api+"/confirmations/"+strings.TrimPrefix(links[0].(string), "http://accounts.example.org/confirm/"), nil).is(200)
	s.do("POST", api+"/password-resets", `{"email":"user@example.test"}`).is(202)
	s.do("GET", "/dev/api/mailbox?to=user@example.test&wait=20s", nil).is(200)
	s.do("DELETE", "/dev/api/mailbox?to=new@EXAMPLE.test", nil).is(204)
	if got := s.do("GET", "/dev/api/mailbox", nil).is(200); len(got.at("mails").([]any)) != 1 {
		t.Errorf("after deleting one's: %s", got.body)
	}
	s.do("DELETE", "/dev/api/mailbox", nil).is(204)
	if got := s.do("GET", "/dev/api/mailbox", nil).is(200); len(got.at("mails").([]any)) != 0 {
		t.Errorf("after deleting all: %s", got.body)
	}
	for _, wait := range []string{"x", "", "-1s", "61s", "0"} {
		s.do("GET", "/dev/api/mailbox?wait="+wait, nil).refused(422, app.CodeValidationFailed)
	}
}

func TestTheClockMovesAndExpiriesFollow(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	token := s.do("POST", "/dev/api/sessions", `{"email":"user@example.test"}`).is(201).at("token").(string)
	s.do("POST", api+"/password-resets", `{"email":"user@example.test"}`).is(202)
	link := s.do("GET", "/dev/api/mailbox?wait=20s", nil).at("mails", "0", "links", "0").(string)
	reset := api + "/password-resets/" + link[strings.LastIndexByte(link, '/')+1:]
	s.do("POST", "/dev/api/clock", `{"advance":"59m"}`).is(200)
	s.do("GET", reset, nil).is(200)
	s.do("POST", "/dev/api/clock", `{"advance":"2m"}`).is(200)
	s.do("GET", reset, nil).refused(404, app.CodeInvalidToken)
	s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+token)).is(200)
	s.do("POST", "/dev/api/clock", `{"advance":"60d"}`).is(200)
	s.do("GET", api+"/me", nil, with("Authorization", "Bearer "+token)).refused(401, app.CodeUnauthenticated)
	for _, by := range []string{"", "0", "-5m", "soon", "1000000d", "99999999999999999999d", "d"} {
		s.do("POST", "/dev/api/clock", `{"advance":"`+by+`"}`).refused(422, app.CodeValidationFailed)
	}
	s.do("POST", "/dev/api/clock", `{}`).refused(422, app.CodeValidationFailed)
	s.do("POST", "/dev/api/clock", `{"advance":5}`).refused(400, app.CodeMalformed)
}

func TestMailsFailOnDemandAndArriveLater(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	admin := with("Authorization", "Bearer "+s.do("POST", "/dev/api/sessions", `{"email":"admin@example.test"}`).is(201).at("token").(string))
	s.do("POST", "/dev/api/faults", `{"mail":"tempfail","next":2}`).is(204)
	s.do("POST", api+"/password-resets", `{"email":"user@example.test"}`).is(202)
	job := func(state string) reply { return s.do("GET", api+"/jobs?state="+state, nil, admin).is(200) }
	for _, failed := range []string{`"attempts":1`, `"attempts":2`} {
		s.Await("a delivery to fail", func() bool {
			waiting := job("waiting").body
			return strings.Contains(waiting, failed) && strings.Contains(waiting, "451")
		})
		s.do("POST", "/dev/api/clock", `{"advance":"10m"}`).is(200)
	}
	if got := s.do("GET", "/dev/api/mailbox?wait=20s", nil).is(200); len(got.at("mails").([]any)) != 1 {
		t.Errorf("after two failures: %s", got.body)
	}
	s.do("POST", "/dev/api/faults", `{"mail":"permfail"}`).is(204)
	s.do("POST", api+"/password-resets", `{"email":"user@example.test"}`).is(202)
	s.Await("the delivery to be given up", func() bool { return strings.Contains(job("failed").body, "550") })
	s.do("POST", "/dev/api/faults", `{"mail":"explode"}`).refused(422, app.CodeValidationFailed)
	s.do("POST", "/dev/api/faults", `{"mail":"hang","next":-1}`).refused(422, app.CodeValidationFailed)
}

func TestAResetMakesTheRolesThatItsAccountsHold(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	for range 2 {
		s.do("POST", "/dev/api/reset", `{"roles":["Editor","User"],"users":[{"email":"ada@example.test","roles":["Editor","Owner"]}]}`).is(204)
		if got := s.do("POST", "/dev/api/sessions", `{"email":"ada@example.test"}`).is(201); fmt.Sprint(got.at("user", "roles")) != "[Owner Editor]" {
			t.Errorf("the account is %s", got.body)
		}
	}
	for _, bad := range []string{`{"roles":[""]}`, `{"roles":["Köchin"]}`, `{"roles":["Editor","editor"]}`, `{"users":[{"email":"ada@example.test","roles":["Editor"]}]}`} {
		s.do("POST", "/dev/api/reset", bad).refused(422, app.CodeValidationFailed)
		s.do("POST", "/dev/api/sessions", `{"email":"ada@example.test"}`).is(201)
	}
	s.do("POST", "/dev/api/reset", nil).is(204)
	s.do("POST", "/dev/api/reset", `{"users":[{"email":"ada@example.test","roles":["Editor"]}]}`).refused(422, app.CodeValidationFailed)
}

func TestAResetBringsEverythingBackToTheBeginning(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	var before string
	for round := range 3 {
		owner := s.do("POST", "/dev/api/sessions", `{"email":"owner@example.test"}`).is(201)
		auth := with("Authorization", "Bearer "+owner.at("token").(string))
		var ids strings.Builder
		for _, u := range s.do("GET", api+"/users?page_size=100", nil, auth).is(200).at("users").([]any) {
			u := u.(map[string]any)
			ids.WriteString(strings.Join([]string{u["email"].(string), fmt.Sprint(u["id"])}, "=") + " ")
		}
		if round > 0 && ids.String() != before {
			t.Errorf("after a reset: %s, before: %s", &ids, before)
		}
		before = ids.String()
		s.do("POST", api+"/users", `{"email":"more@example.test"}`, auth).is(201)
		s.do("POST", api+"/roles", `{"name":"Staff"}`, auth).is(201)
		s.do("PUT", api+"/me/avatar", pngOf(20, 20), with("Prefer", "wait=20"), auth).is(200)
		s.do("GET", "/dev/api/mailbox?wait=20s", nil).is(200)
		s.do("POST", "/dev/api/clock", `{"advance":"7d"}`).is(200)
		s.do("POST", "/dev/api/faults", `{"mail":"tempfail","next":9}`).is(204)
		s.do("POST", "/dev/api/reset", nil).is(204)
		s.do("GET", api+"/me", nil, auth).refused(401, app.CodeUnauthenticated)
		if got := s.do("GET", "/dev/api/mailbox", nil).is(200); len(got.at("mails").([]any)) != 0 {
			t.Errorf("mails are left: %s", got.body)
		}
		if ahead := s.Now().Sub(time.Now()); ahead > time.Hour {
			t.Errorf("the clock is still %v ahead", ahead)
		}
	}
	users := `{"users":[{"email":"a@example.test","roles":["Owner"],"password":"x","custom_fields":{"n":1}},{"email":"b@example.test","confirmed":false}]}`
	s.do("POST", "/dev/api/reset", users).is(204)
	auth := with("Authorization", "Bearer "+s.do("POST", api+"/sessions", `{"email":"a@example.test","password":"x"}`).is(201).at("token").(string))
	if got := s.do("GET", api+"/users/2", nil, auth).is(200); got.at("user", "confirmed_at") != nil || got.at("user", "email") != "b@example.test" {
		t.Errorf("the second is %s", got.body)
	}
	for _, bad := range []string{
		`{"users":[{"email":"c@example.test"},{"email":"bad"}]}`, `{"users":[{"email":"c@example.test"},{"email":"C@example.test"}]}`,
		`{"users":[{"email":"c@example.test","roles":["Nobody"]}]}`, `{"users":[{"email":"c@example.test","password":""}]}`,
	} {
		s.do("POST", "/dev/api/reset", bad).refused(422, app.CodeValidationFailed)
	}
	s.do("POST", "/dev/api/reset", `{"user":[]}`).refused(400, app.CodeMalformed)
	s.do("GET", api+"/users/1", nil, auth).is(200) // a refused reset changes nothing
}

func TestThePagesOfDevelopmentWork(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t, under("http://localhost"))
	s.do("POST", api+"/password-resets", `{"email":"user@example.test"}`).is(202)
	s.do("GET", "/dev/api/mailbox?wait=20s", nil).is(200)
	b := s.browser(t, 9)
	b.visit("/dev").on("/dev", 200).reads("owner@example.test").reads("Move the clock")
	b.press("Sign in as admin@example.test").on("/account", 200).reads("admin@example.test")
	b.visit("/dev/pages").on("/dev/pages", 200).reads("login")
	b.visit("/dev/pages/login").on("/dev/pages/login", 200).reads("Sign in")
	b.visit("/dev/pages/none").on("/dev/pages/none", 404)
	b.visit("/dev").press("Move the clock", "advance", "7d").on("/dev", 200)
	b.press("Reset everything").on("/dev", 200).reads("No mail yet.")
}

func TestAnywhereElseThereIsNoDevelopment(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for _, path := range []string{"/dev", "/dev/pages", "/dev/pages/login", "/dev/api/mailbox"} {
		s.do("GET", path, nil).is(404)
	}
	s.do("POST", "/dev/api/sessions", `{"email":"ada@example.org"}`).is(404)
	s.do("POST", "/dev/api/reset", nil).is(404)
}
