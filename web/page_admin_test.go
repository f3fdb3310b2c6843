package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// permanent is what a mail server's 5xx is.
type permanent struct{ error }

func (permanent) Permanent() bool { return true }

// desks is a site with an Owner, an Admin and a member, the first two each at a browser that is signed in.
func desks(t *testing.T, options ...apptest.Option) (s *site, owner, admin *browser) {
	t.Helper()
	s = owned(t, append(options, apptest.WithoutLimits())...)
	s.Admin("grace@example.org")
	s.Member("bob@example.org")
	return s, s.browser(t, 9).signIn("ada@example.org"), s.browser(t, 8).signIn("grace@example.org")
}

// figure is the count that leads to a list.
func (b *browser) figure(to string) string {
	b.t.Helper()
	for _, n := range all(b.doc, "a") {
		if attrOf(n, "class") == "figure" || strings.HasPrefix(attrOf(n, "class"), "figure ") {
			if attrOf(n, "href") == to {
				return textOf(all(n, "span")[0])
			}
		}
	}
	b.t.Fatalf("no figure leads to %s: %s", to, textOf(b.doc))
	return ""
}

// follows opens the first link with these words.
func (b *browser) follows(words string) *browser {
	b.t.Helper()
	for _, n := range all(b.doc, "a") {
		if strings.Contains(textOf(n), words) {
			return b.visit(attrOf(n, "href"))
		}
	}
	b.t.Fatalf("no link %q on %s: %s", words, b.at, textOf(b.doc))
	return b
}

func TestPagesOfAdministrationAreForWhomTheyAre(t *testing.T) {
	t.Parallel()
	s, owner, admin := desks(t)
	member := s.browser(t, 7).signIn("bob@example.org")
	stranger := s.browser(t, 6)
	form := "application/x-www-form-urlencoded"
	for path, ownersAlone := range map[string]bool{
		"/admin": false, "/admin/roles": false, "/admin/roles/User": false, "/admin/sessions": false, "/admin/audit": false, "/admin/jobs": false,
		"/admin/keys": true, "/admin/welcome": true,
	} {
		owner.visit(path).on(path, http.StatusOK)
		if want := map[bool]int{false: http.StatusOK, true: http.StatusForbidden}[ownersAlone]; admin.visit(path).page.status != want {
			t.Errorf("an Admin gets %d on %s", admin.page.status, path)
		}
		member.visit(path).on(path, http.StatusForbidden)
		stranger.visit(path).on("/login", http.StatusOK)
	}
	for _, path := range []string{
		"/admin/roles", "/admin/missing-roles", "/admin/roles/User", "/admin/roles/User/give", "/admin/roles/User/delete", "/admin/sessions",
		"/admin/jobs/1", "/admin/keys", "/admin/keys/1",
	} {
		member.request("POST", path, []byte("name=x"), form).is(http.StatusForbidden)
		stranger.request("POST", path, []byte("name=x"), form).is(http.StatusSeeOther)
		if path == "/admin/missing-roles" || path == "/admin/keys/1" {
			continue // they read no form
		}
		owner.request("POST", path, []byte("name=%zz"), form).is(http.StatusBadRequest)
		big := []byte("name=" + strings.Repeat("x", 129<<10))
		owner.request("POST", path, big, form).is(http.StatusRequestEntityTooLarge)
	}
	admin.request("POST", "/admin/keys", []byte("name=x"), form).is(http.StatusForbidden)
	for _, to := range []string{"/admin/jobs/1", "/admin/keys/1", "/admin/roles/User/give", "/admin/roles/User/delete", "/admin/missing-roles"} {
		if owner.visit(to); owner.page.status != http.StatusOK || !strings.HasPrefix(to, owner.at[:len("/admin/j")]) && owner.at != "/admin/roles" {
			t.Errorf("%s leads to %s with %d", to, owner.at, owner.page.status)
		}
	}
}

func TestTheOverviewShowsFiguresThatLeadToTheirLists(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t)
	s.browser(t, 5).visit("/login").press("Sign in", "email", "bob@example.org", "password", "a wrong horse")
	owner.visit("/admin").on("/admin", http.StatusOK)
	for to, want := range map[string]string{
		"/admin/users": "3", "/admin/users?status=active": "3", "/admin/users?confirmed=true": "3", "/admin/sessions": "5",
		"/admin/users?sort=-last_seen_at":                                    "3",
		"/admin/audit?action=session.created&since=2026-01-31T00%3A00%3A00Z": "5",
		"/admin/audit?action=login.failed&since=2026-01-31T00%3A00%3A00Z":    "1",
		"/admin/audit?action=user.registered&since=2026-01-31T00%3A00%3A00Z": "3",
		"/admin/jobs?kind=mail&state=waiting":                                "0", "/admin/jobs?kind=mail&state=failed": "0",
		"/admin/jobs?kind=avatar&state=waiting": "0", "/admin/jobs?kind=avatar&state=failed": "0",
	} {
		if got := owner.figure(to); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
	owner.reads("3 in all, at most 3 a day").reads("2 January 0").reads("31 January 3")
	if drawn := len(all(owner.doc, "svg")); drawn < 4 {
		t.Errorf("%d plots are drawn", drawn)
	}
	for to := range map[string]bool{"/admin/audit?action=login.failed&since=2026-01-31T00%3A00%3A00Z": true, "/admin/jobs?kind=mail&state=failed": true} {
		owner.visit(to).on(strings.Split(to, "?")[0], http.StatusOK)
	}
	s.browser(t, 8).signIn("bob@example.org").visit("/account").lacks(`href="/admin"`)
	owner.visit("/account").follows("Administration").on("/admin", http.StatusOK)
}

func TestTheOverviewWarnsOfWhatAnOperatorMustSee(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t)
	owner.visit("/admin").reads("This site is reached without https").reads("doorward serve --base-url https://YOUR-ADDRESS")
	owner.lacks("No mail leaves").lacks("A proxy is not believed").lacks("Some work was given up").lacks("Nothing can be saved")
	s.Outbox.Fail(permanent{errors.New("550 no such mailbox")})
	s.Newcomer("new@example.org")
	s.Await("the failure", func() bool {
		o, err := s.Overview(t.Context(), app.System())
		return err == nil && o.Mails.Failed.Count == 1
	})
	owner.visit("/admin").reads("Some work was given up").follows("Show what failed").on("/admin/jobs", http.StatusOK).reads("550 no such mailbox")
}

func TestTheOverviewWarnsWithoutAMailServerAndOfProxiesThatAreNotTrusted(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutCourier()), under("https://accounts.example.org"), func(o *Options) { o.TrustedProxies = nil })
	s.Owner("ada@example.org")
	owner := s.browser(t, 9).signIn("ada@example.org").visit("/admin").on("/admin", http.StatusOK)
	owner.reads("No mail leaves this site").reads("--smtp-url").reads("A proxy is not believed").reads("doorward serve --trusted-proxies 127.0.0.1")
	owner.lacks("reached without https")
}

func TestOnThisMachineAloneNothingIsSaidOfHTTPS(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080", "http://accounts.localhost"} {
		s := newSite(t, apptest.Paused(t), under(base))
		s.Owner("ada@example.org")
		s.browser(t, 9).signIn("ada@example.org").visit("/admin").on("/admin", http.StatusOK).lacks("reached without https").reads("2 steps of the set-up")
	}
}

func TestTheOverviewSaysWhenNothingCanBeSaved(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t)
	s.Unready(errors.New("the database is damaged (a page is torn): restore the newest backup"))
	owner.visit("/admin").on("/admin", http.StatusOK).reads("Nothing can be saved").reads("a page is torn").reads("doorward restore --force")
}

func TestTheSetUpIsReachableWhileSomethingIsMissing(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	s := newSite(t, w, under("https://accounts.example.org"))
	s.Owner("ada@example.org")
	s.Admin("grace@example.org")
	owner := s.browser(t, 9).signIn("ada@example.org").visit("/admin").follows("1 step of the set-up").on("/admin/welcome", http.StatusOK)
	owner.reads("1 thing is still missing").reads("doorward backup doorward-backup.tar").reads("doorward mail test ada@example.org").lacks("--base-url").lacks("--smtp-url")
	s.browser(t, 8).signIn("grace@example.org").visit("/admin").on("/admin", http.StatusOK).lacks("/admin/welcome")
	if err := w.BackedUp(t.Context(), app.Shell("root"), "/backups/all.tar"); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Hour)
	owner.visit("/admin/welcome").reads("Everything is set up").reads("The last one was made 1 hour ago.")
	owner.visit("/admin").lacks("/admin/welcome")
	w.Clock.Advance(8 * 24 * time.Hour)
	owner.visit("/admin").follows("1 step of the set-up").reads("The last one was made 8 days ago. That is more than a week ago").reads("doorward backup doorward-backup.tar")
}

func TestRolesAreMadeChangedGivenAndDeleted(t *testing.T) {
	t.Parallel()
	s, owner, admin := desks(t)
	admin.visit("/admin/roles").reads("3 Accounts").press("Make role", "name", " Editor in chief ", "description", "Edits.\r\nPublishes.")
	admin.on("/admin/roles", http.StatusOK).told("status", "The role was made.").reads("Editor in chief").reads("Nobody")
	admin.follows("Editor in chief").on("/admin/roles/Editor%20in%20chief", http.StatusOK).reads("Nobody holds it.").reads("Publishes.")
	admin.press("Give role", "email", "BOB@example.org").on("/admin/roles/Editor%20in%20chief", http.StatusOK).told("status", "The role was given.")
	admin.reads("Show the 1 account that holds it").reads("Accounts hold it. Take it from them first.")
	if !strings.Contains(admin.page.body, `href="/admin/users?role=Editor&#43;in&#43;chief"`) && !strings.Contains(admin.page.body, `href="/admin/users?role=Editor+in+chief"`) {
		t.Error("who holds it can't be listed")
	}
	admin.press("Save role", "name", "Editor", "description", "").on("/admin/roles/Editor", http.StatusOK).told("status", "The role was saved.").lacks("Publishes.")
	admin.visit("/admin/roles/Editor%20in%20chief").on("/admin/roles/Editor%20in%20chief", http.StatusNotFound)
	owner.visit("/admin/roles/Owner").press("Give role", "email", "grace@example.org").on("/admin/roles/Owner", http.StatusOK).reads("2 accounts")
	owner.press("Save role", "description", "Those who own it").on("/admin/roles/Owner", http.StatusOK).told("status", "The role was saved.").reads("Those who own it")
	bob := s.SignIn("bob@example.org", apptest.Browser(3)).User()
	if _, err := s.RemoveRole(t.Context(), app.System(), bob.ID, "Editor"); err != nil {
		t.Fatal(err)
	}
	owner.visit("/admin/roles/Editor").press("Delete role").on("/admin/roles", http.StatusOK).told("status", "The role was deleted.").lacks("Editor")
}

func TestWhatIsWrongWithARoleIsSaidBesideIt(t *testing.T) {
	t.Parallel()
	s, owner, admin := desks(t)
	admin.visit("/admin/roles")
	for name, words := range map[string]string{"": "needs a name", "Rédacteur": "letters from A to Z", strings.Repeat("x", 51): "at most 50", "user": "of that name already", "..": "letters from A to Z"} {
		admin.press("Make role", "name", name, "description", "kept").on("/admin/roles", http.StatusUnprocessableEntity).wrong("name", words)
		if admin.value("name") != name {
			t.Errorf("%q is forgotten", name)
		}
	}
	admin.press("Make role", "name", "x", "description", strings.Repeat("y", 501)).wrong("description", "at most 500")
	admin.press("Make role", "name", "Editor", "description", "").on("/admin/roles", http.StatusOK)
	admin.visit("/admin/roles/Editor").press("Save role", "name", "ADMIN").on("/admin/roles/Editor", http.StatusUnprocessableEntity).wrong("name", "of that name already")
	for email, words := range map[string]string{"": "Enter an e-mail", "bob": "doesn't look like", "nobody@example.org": "No account has that address."} {
		admin.visit("/admin/roles/Editor").press("Give role", "email", email).on("/admin/roles/Editor/give", http.StatusUnprocessableEntity).wrong("email", words)
	}
	admin.press("Give role", "email", "ada@example.org").on("/admin/roles/Editor/give", http.StatusForbidden).told("alert", "not below yours")
	admin.press("Give role", "email", "grace@example.org").on("/admin/roles/Editor/give", http.StatusForbidden).told("alert", "Nobody changes their own roles")
	admin.visit("/admin/roles/Admin").reads("Only an Owner gives or takes this role.").lacks("Give role")
	form := func(b *browser, path, body string) reply {
		return b.request("POST", path, []byte(body), "application/x-www-form-urlencoded")
	}
	form(admin, "/admin/roles/Owner/give", "email=bob@example.org").is(http.StatusForbidden)
	form(admin, "/admin/roles/Admin/give", "email=bob@example.org").is(http.StatusForbidden)
	form(owner, "/admin/roles/Owner", "name=Boss").is(http.StatusForbidden)
	form(owner, "/admin/roles/Owner/delete", "").is(http.StatusForbidden)
	form(owner, "/admin/roles/Nobody", "name=x").is(http.StatusNotFound)
	form(owner, "/admin/roles/Nobody/give", "email=bob@example.org").is(http.StatusNotFound)
	form(owner, "/admin/roles/Nobody/delete", "").is(http.StatusNotFound)

	s.Key("crm", "Editor") // no account holds it, but a key acts with it
	admin.visit("/admin/roles/Editor").press("Delete role").on("/admin/roles/Editor/delete", http.StatusConflict).told("alert", "an API key acts with it")
}

func TestAccountsWithoutARoleAreGivenOne(t *testing.T) {
	t.Parallel()
	s, _, admin := desks(t)
	bob := s.SignIn("bob@example.org", apptest.Browser(3))
	if _, err := s.RemoveRole(t.Context(), app.System(), bob.User().ID, app.RoleUser); err != nil {
		t.Fatal(err)
	}
	admin.visit("/admin/roles").press("Give them the role User").on("/admin/roles", http.StatusOK).told("status", "Every active account holds a role now.")
	if user := bob.User(); !user.HasRole(app.RoleUser) {
		t.Errorf("bob holds %v", user.Roles)
	}
}

func TestEverybodysSessionsAreListedSearchedAndEnded(t *testing.T) {
	t.Parallel()
	s, owner, admin := desks(t)
	bob := s.browser(t, 7).signIn("bob@example.org")
	admin.visit("/admin/sessions").on("/admin/sessions", http.StatusOK).reads("6 sessions").reads("This session").reads("203.0.113.7").reads("Firefox on Linux")
	admin.visit("/admin/sessions?search=BOB").reads("2 sessions fit.")
	if admin.value("search") != "BOB" {
		t.Error("the field forgets the search")
	}
	admin.press("End session: bob@example.org, Firefox on Linux").on("/admin/sessions", http.StatusOK).told("status", "The session was ended.").reads("1 session fits.")
	bob.visit("/account").on("/login", http.StatusOK)

	admin.visit("/admin/sessions?search=ada").lacks("End session")
	owner.visit("/admin/sessions?search=grace").press("End session: grace@example.org, Firefox on Linux")
	id := s.SignIn("ada@example.org", apptest.Browser(3)).Actor()
	body := "search=ada&user=" + strconv.FormatInt(id.ID, 10) + "&session=" + id.Session.ID
	s.browser(t, 8).request("POST", "/admin/sessions", []byte(body), "application/x-www-form-urlencoded")
	again := s.browser(t, 8).signIn("grace@example.org")
	again.follow(again.request("POST", "/admin/sessions", []byte(body), "application/x-www-form-urlencoded"), "/admin/sessions")
	again.on("/admin/sessions", http.StatusForbidden).told("alert", "not below yours").reads("sessions fit.")
	for _, body := range []string{"", "user=x", "user=1", "user=1&session=none", "user=99&session=x"} {
		owner.request("POST", "/admin/sessions", []byte(body), "application/x-www-form-urlencoded").is(http.StatusNotFound)
	}

	owner.visit("/admin/sessions?search=%3Cb%3E").on("/admin/sessions", http.StatusOK).reads("No session of “<b>” is valid.")
	owner.visit("/admin/sessions?page=99").reads("The list ends before page 99.").follows("Go to its last page, 1").on("/admin/sessions", http.StatusOK)
	owner.visit("/admin/sessions?page=x").on("/admin/sessions", http.StatusOK)
	owner.visit("/admin/sessions?page=0").on("/admin/sessions", http.StatusUnprocessableEntity)
	for range 30 {
		s.SignIn("bob@example.org", apptest.Browser(4))
	}
	owner.visit("/admin/sessions?search=bob").reads("31 sessions fit.").reads("Page 1 of 2").follows("Older").reads("Page 2 of 2").follows("Newer").reads("Page 1 of 2")
	owner.visit("/admin/sessions?search=bob&page=2").press("End session: bob@example.org, Firefox on Linux")
	if !strings.Contains(owner.at, "page=2") || !strings.Contains(owner.at, "search=bob") {
		t.Errorf("ending one leads to %s", owner.at)
	}
}

func TestJobsAreListedByStateAndTriedAgain(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t)
	s.Outbox.Fail(permanent{errors.New("550 <b>no such mailbox")})
	s.Newcomer("new@example.org")
	s.Await("the failure", func() bool {
		o, err := s.Overview(t.Context(), app.System())
		return err == nil && o.Mails.Failed.Count == 1
	})
	owner.visit("/admin/jobs?state=failed&kind=mail").reads("550 <b>no such mailbox").reads("Tried once").reads("Mails alone.")
	number := ""
	for _, n := range all(owner.doc, "form") {
		if id, ok := strings.CutPrefix(attrOf(n, "action"), "/admin/jobs/"); ok {
			number = id
		}
	}
	owner.press("Try again: "+number).on("/admin/jobs", http.StatusOK).told("status", "The job was taken up again.").reads("Nothing failed.")
	if !strings.Contains(owner.at, "state=failed") || !strings.Contains(owner.at, "kind=mail") {
		t.Errorf("trying again leads to %s", owner.at)
	}
	s.Mail(app.MailConfirmation, "new@example.org")
	s.Await("its end", func() bool {
		o, err := s.Overview(t.Context(), app.System())
		return err == nil && o.Mails.Waiting.Count == 0
	})
	owner.visit("/admin/jobs?state=done").reads("Mail").reads("Done").lacks("Try again")
	form := func(path, body string) reply {
		return owner.request("POST", path, []byte(body), "application/x-www-form-urlencoded")
	}
	if r := form("/admin/jobs/"+number, "state=done").is(http.StatusUnprocessableEntity); !strings.Contains(r.body, "Only a job that waits or has failed can be tried again.") {
		t.Errorf("a job that is done is tried again: %s", r.body)
	}
	form("/admin/jobs/999999", "").is(http.StatusNotFound)
	form("/admin/jobs/x", "").is(http.StatusNotFound)
	for _, query := range []string{"?state=eaten", "?state=failed&kind=letter", "?kind=mail", "?cursor=x"} {
		owner.visit("/admin/jobs"+query).on("/admin/jobs", http.StatusUnprocessableEntity)
	}
	owner.visit("/admin/jobs?cursor=1").on("/admin/jobs", http.StatusOK).reads("The list ends here.").follows("Newest").on("/admin/jobs", http.StatusOK)
}

// secretOn is the secret that a page shows.
func (b *browser) secretOn() string {
	b.t.Helper()
	for _, n := range all(b.doc, "code") {
		if strings.HasPrefix(textOf(n), app.KeyPrefix) {
			return textOf(n)
		}
	}
	return ""
}

func TestKeysAreMadeShownOnceAndRevoked(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t)
	owner.visit("/admin/keys").reads("API keys show here.")
	owner.press("Make key", "name", " shop ", "role", app.RoleAdmin, "current_password", apptest.Password.Reveal()).on("/admin/keys", http.StatusCreated)
	secret := owner.told("status", "The key shop was made.").secretOn()
	bearer := with("Authorization", "Bearer "+secret)
	s.do("GET", "/api/v1/users", nil, bearer).is(http.StatusOK)
	owner.visit("/admin/keys").on("/admin/keys", http.StatusOK).lacks(secret).lacks(app.KeyPrefix).reads("shop").reads("Manages accounts")
	for _, c := range []struct{ name, role, password, field, words string }{
		{"SHOP", app.RoleUser, apptest.Password.Reveal(), "name", "a key of that name already"},
		{"", app.RoleUser, apptest.Password.Reveal(), "name", "Name the program"},
		{"12", app.RoleUser, apptest.Password.Reveal(), "name", "more than a number"},
		{"other", "", apptest.Password.Reveal(), "role", "Choose the role"},
		{"other", "Nobody", apptest.Password.Reveal(), "role", "no role of exactly that name"},
		{"other", app.RoleUser, "", "current-password", "not your current password"},
		{"other", app.RoleUser, "a wrong horse", "current-password", "not your current password"},
	} {
		owner.press("Make key", "name", c.name, "role", c.role, "current_password", c.password)
		owner.on("/admin/keys", http.StatusUnprocessableEntity).wrong(c.field, c.words).lacks("wrong horse")
		if owner.value("name") != c.name || owner.secretOn() != "" {
			t.Errorf("%+v: the form holds %q, secret %q", c, owner.value("name"), owner.secretOn())
		}
	}
	owner.visit("/admin/keys").press("Revoke key: shop").on("/admin/keys", http.StatusOK).told("status", "The key was revoked.").lacks("shop")
	s.do("GET", "/api/v1/users", nil, bearer).is(http.StatusUnauthorized)
	for _, path := range []string{"/admin/keys/1", "/admin/keys/99", "/admin/keys/x"} {
		owner.request("POST", path, nil, "application/x-www-form-urlencoded").is(http.StatusNotFound)
	}
}

// entriesOn are the sentences of the log that a page shows, newest first.
func (b *browser) entriesOn() (said []string) {
	for _, n := range all(b.doc, "p") {
		if attrOf(n, "class") == "audit-what" {
			said = append(said, textOf(n))
		}
	}
	return said
}

func TestTheAuditLogIsReadByAccountActionAndDay(t *testing.T) {
	t.Parallel()
	s, owner, admin := desks(t)
	bob := s.SignIn("bob@example.org", apptest.Browser(3)).User()
	if _, err := s.UpdateUser(t.Context(), s.SignIn("ada@example.org", apptest.Browser(4)).Actor(), bob.ID, app.Changes{"first_name": json.RawMessage(`"Robert <b>"`)}); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"bob@example.org", strconv.FormatInt(bob.ID, 10)} {
		admin.visit("/admin/audit?action=user.updated&user="+user).on("/admin/audit", http.StatusOK)
		if said := admin.entriesOn(); len(said) != 1 || said[0] != "The profile of bob@example.org was changed." {
			t.Errorf("by %s: %q", user, said)
		}
		admin.reads("First name from nothing to Robert <b>").reads("by ada · 203.0.113.4 · Firefox on Linux").reads("just now")
		if admin.value("user") != user {
			t.Error("the field forgets the account")
		}
		admin.reads("Open the account")
	}
	if exact := attrOf(all(admin.doc, "time")[0], "title"); exact != "31 January 2026, 12:00 UTC" {
		t.Errorf("the exact time is %q", exact)
	}
	admin.follows("bob@example.org").on("/admin/audit", http.StatusOK)
	if said := admin.entriesOn(); len(said) < 3 {
		t.Errorf("what concerns bob: %q", said)
	}
	for since, entries := range map[string]bool{"2026-01-31": true, "2026-02-01": false, "2026-01-31T12:00:00Z": true, "2026-01-31T12:00:01Z": false} {
		owner.visit("/admin/audit?since="+since).on("/admin/audit", http.StatusOK)
		if got := len(owner.entriesOn()) > 0; got != entries || owner.value("since") != since[:10] {
			t.Errorf("since %s: entries %v, the field holds %q", since, got, owner.value("since"))
		}
	}
	owner.visit("/admin/audit?action=restore").reads("Nothing like that happened.")
}

func TestADayOfTheAuditLogBeginsWhereItsReaderIs(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t) // at noon, UTC, when it is the next day already on Kiritimati
	if _, err := s.UpdateProfile(t.Context(), s.SignIn("ada@example.org", apptest.Browser(4)).Actor(), app.Changes{"user_timezone": json.RawMessage(`"Pacific/Kiritimati"`)}); err != nil {
		t.Fatal(err)
	}
	if owner.visit("/admin/audit?since=2026-02-01"); len(owner.entriesOn()) == 0 || owner.value("since") != "2026-02-01" {
		t.Errorf("%d entries, the field holds %q", len(owner.entriesOn()), owner.value("since"))
	}
	if owner.visit("/admin/audit?since=2026-02-02"); len(owner.entriesOn()) != 0 {
		t.Error("the day after has entries")
	}
}

func TestPagesOfTheAuditLogFollowEachOther(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t)
	for range 60 {
		s.SignIn("bob@example.org", apptest.Browser(4))
	}
	seen := len(owner.visit("/admin/audit?action=session.created&since=2026-01-31").entriesOn())
	if seen != 50 {
		t.Fatalf("the first page has %d entries", seen)
	}
	owner.follows("Older").on("/admin/audit", http.StatusOK)
	if rest := owner.entriesOn(); len(rest) != 15 {
		t.Errorf("the second page has %d entries", len(rest))
	}
	owner.lacks(">Older<").follows("Newest").on("/admin/audit", http.StatusOK)
	if !strings.Contains(owner.at, "action=session.created") || len(owner.entriesOn()) != 50 {
		t.Errorf("back on %s", owner.at)
	}
}

func TestABadQuestionToTheAuditLogIsRefusedBesideItsField(t *testing.T) {
	t.Parallel()
	_, owner, _ := desks(t)
	owner.visit("/admin/audit?user=nobody@example.org&since=yesterday").on("/admin/audit", http.StatusUnprocessableEntity)
	owner.wrong("since", "")
	owner.visit("/admin/audit?user=nobody@example.org").on("/admin/audit", http.StatusUnprocessableEntity).wrong("user", "No account has that address.")
	owner.visit("/admin/audit?user=ada").wrong("user", "by its number or its e-mail address")
	owner.visit("/admin/audit?user=0").wrong("user", "counted from 1")
	owner.visit("/admin/audit?action=user.eaten").on("/admin/audit", http.StatusUnprocessableEntity).wrong("action", "")
	owner.visit("/admin/audit?cursor=x").on("/admin/audit", http.StatusUnprocessableEntity)
}

func TestWhatWasErasedFromTheAuditLogIsToldAsErased(t *testing.T) {
	t.Parallel()
	s, owner, _ := desks(t)
	bob := s.SignIn("bob@example.org", apptest.Browser(3))
	id := strconv.FormatInt(bob.User().ID, 10)
	if err := s.DeleteOwnAccount(t.Context(), bob.Actor(), apptest.Password); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(31 * 24 * time.Hour)
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner.visit("/admin/audit?user="+id).on("/admin/audit", http.StatusOK).lacks("bob@example.org")
	owner.reads("What was personal about No. " + id + " was erased from this log.").reads("The account No. " + id + " was deleted.")
	owner.reads("What was personal in this entry is erased.")
}
