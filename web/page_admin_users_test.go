package web

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestTheDirectoryIsSearchedByItsAddress(t *testing.T) {
	t.Parallel()
	s := owned(t, apptest.WithoutLimits())
	for i := range 30 {
		s.Newcomer("person" + strconv.Itoa(i) + "@example.org")
	}
	b := s.browser(t, 9).signIn("ada@example.org").visit("/admin/users").on("/admin/users", http.StatusOK).reads("31 accounts").links("Next", "/admin/users?page=2")
	b.visit("/admin/users?page=2").links("Previous", "/admin/users").links("1", "/admin/users").reads("ada@example.org").lacks(">Next</a>")
	b.visit("/admin/users?search=person1").reads("11 accounts fit.")
	if b.value("search") != "person1" {
		t.Error("the field forgets the search")
	}
	b.visit("/admin/users?search=%3Cscript%3E").on("/admin/users", http.StatusOK).reads("No account fits “<script>”.")
	b.visit("/admin/users?page=99").on("/admin/users", http.StatusOK).reads("The list ends before page 99.")
	b.visit("/admin/users?page=x").on("/admin/users", http.StatusOK)
	b.visit("/admin/users?page=0").on("/admin/users", http.StatusUnprocessableEntity).reads("Pages are counted from 1.")
}

func TestTheListIsFilteredSortedAndPagedByLinks(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	s.Newcomer("carl@example.org")
	if _, err := s.SetUserStatus(t.Context(), app.Shell(""), bob.User().ID, false); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"role=Admin": "emmy@example.org", "status=inactive": "bob@example.org", "confirmed=false": "carl@example.org", "role=User&status=active&confirmed=false": "carl@example.org",
	} {
		b.visit("/admin/users?"+query).on("/admin/users", http.StatusOK).reads("1 account fits.").reads(want)
	}
	b.visit("/admin/users?status=inactive&sort=email&page=1")
	b.links("E-mail↑", "/admin/users?sort=-email&status=inactive").links("Last seen", "/admin/users?sort=-last_seen_at&status=inactive").links("Name", "/admin/users?sort=last_name&status=inactive")
	if sorted := all(b.doc, "th"); attrOf(sorted[2], "aria-sort") != "ascending" || hasAttr(sorted[1], "aria-sort") {
		t.Error("the order is not told")
	}
	b.visit("/admin/users?sort=-email").reads("4 accounts")
	if at := func(email string) int { return strings.Index(textOf(all(b.doc, "table")[0]), email) }; at("emmy@") > at("carl@") || at("carl@") > at("ada@") {
		t.Error("the list is not in order")
	}
	b.visit("/admin/users?role=Nobody&search=x").reads("No account fits “x” and what else you chose.").links("Show all accounts", "/admin/users")
	for _, query := range []string{"sort=password", "status=x", "confirmed=x"} {
		b.visit("/admin/users?"+query).on("/admin/users", http.StatusUnprocessableEntity)
	}
}

func TestColumnsAreChosenAndKept(t *testing.T) {
	t.Parallel()
	_, b, _ := staffed(t)
	b.visit("/admin/users?search=bob&sort=email").reads("Last seen")
	b.press("Show these columns", "column", "username", "column", "zone", "column", "nonsense").on("/admin/users", http.StatusOK)
	if b.at != "/admin/users?search=bob&sort=email" || b.cookies["doorward_columns"] != "who.username.zone" {
		t.Errorf("on %s with %q", b.at, b.cookies["doorward_columns"])
	}
	if heads := textOf(all(b.doc, "thead")[0]); !strings.Contains(heads, "Username") || strings.Contains(heads, "Roles") {
		t.Errorf("the columns are %s", heads)
	}
	b.send("/admin/users/columns", "return", "//evil.example?search=a").on("/admin/users", http.StatusOK)
	if heads := textOf(all(b.doc, "thead")[0]); heads != "SelectedNameName" { // a link on a desk, a word on a phone
		t.Errorf("the columns are %s", heads)
	}
	b.visit("/admin/users/columns").on("/admin/users", http.StatusOK)
	b.cookies["doorward_columns"] = "<script>"
	b.visit("/admin/users").on("/admin/users", http.StatusOK).lacks("&lt;script&gt;")
}

// pick is a form's fields that select accounts.
func pick(ids ...int64) []string {
	var fields []string
	for _, id := range ids {
		fields = append(fields, "id", strconv.FormatInt(id, 10))
	}
	return fields
}

func TestManyAccountsAreDeactivatedAfterItWasAsked(t *testing.T) {
	t.Parallel()
	s, owner, bob := staffed(t)
	b := s.browser(t, 8).signIn("emmy@example.org").visit("/admin/users?sort=email")
	ids := pick(bob.User().ID, b.idOf("ada@example.org"), b.idOf("emmy@example.org"))
	b.press("Deactivate…", ids...).on("/admin/users/bulk", http.StatusOK).reads("Will be changed: 1").reads("Can't be changed: 2")
	b.reads("That account's rank is not below yours.").reads("Nobody changes their own roles, status or confirmation.").links("Cancel", "/admin/users?sort=email")
	if !bob.User().IsActive {
		t.Error("it was done before it was asked")
	}
	b.press("Deactivate 1 account").on("/admin/users/bulk/done", http.StatusOK).told("status", "1 account was deactivated.").told("alert", "2 accounts were not changed.")
	b.reads("That account's rank is not below yours.").links("Back to the list", "/admin/users?sort=email").links("bob", userPage(b.idOf("bob@example.org")))
	if _, _, err := bob.Check(); err == nil {
		t.Error("a session goes on")
	}
	b.visit("/admin/users").press("Deactivate…", ids[:2]...).reads("That would change nothing.").reads("Deactivated already: 1")
	b.visit("/admin/users").press("Activate…", ids[:2]...).press("Activate 1 account").told("status", "1 account was activated.").lacks(`role="alert"`)
	b.visit("/admin/users/bulk").on("/admin/users", http.StatusOK).visit("/admin/users/bulk/done").on("/admin/users", http.StatusOK)

	s.Newcomer("carl@example.org")
	owner.visit("/admin/users").press("Confirm…", pick(owner.idOf("carl@example.org"))...).press("Confirm 1 address").told("status", "1 address was confirmed.")
}

func TestAnActOnNobodyIsRefused(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	b.visit("/admin/users").press("Confirm…").on("/admin/users/bulk", http.StatusUnprocessableEntity).told("alert", "Select at least one account.").reads("ada@example.org")
	for _, path := range []string{"/admin/users/bulk", "/admin/users/bulk/done"} {
		b.send(path, append(pick(bob.User().ID), "act", "promote")...).on(path, http.StatusUnprocessableEntity).reads("Choose what is to be done")
		b.send(path, "act", "confirm", "id", "x", "id", "4711").on(path, http.StatusOK).reads("There is nothing here by that name or number.")
		s.browser(t, 7).signIn("bob@example.org").send(path, "act", "confirm").on(path, http.StatusForbidden)
	}
}

func TestAFieldIsSetForManyAccounts(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	ids := pick(bob.User().ID, b.idOf("emmy@example.org"))
	ask := func() *browser {
		return b.visit("/admin/users").press("Set a field…", ids...).on("/admin/users/bulk", http.StatusOK)
	}
	ask().press("Set it for 2 accounts", "field", "custom", "name", "plan", "value", "pro").on("/admin/users/bulk/done", http.StatusOK)
	b.told("status", "2 accounts have a new value in plan: pro")
	if got := s.customOf(bob); !strings.Contains(got, `plan:"pro"`) {
		t.Errorf("kept %s", got)
	}
	for _, name := range []string{"email", "roles", ""} { // nothing but a custom field is set by its name
		ask().press("Set it for 2 accounts", "field", "custom", "name", name, "value", "x").on("/admin/users/bulk/done", http.StatusUnprocessableEntity).wrong("name", "")
	}
	ask().press("Set it for 2 accounts", "field", "user_timezone", "value", "Nowhere").wrong("value", "Choose a time zone")
	b.press("Set it for 2 accounts", "field", "user_timezone", "value", "Europe/Paris").told("status", "a new value in Time zone: Europe/Paris")
	if u := bob.User(); u.Timezone != "Europe/Paris" || u.Email != "bob@example.org" {
		t.Errorf("the account is %+v", u)
	}
	ask().press("Set it for 2 accounts", "field", "username", "value", "taken").told("status", "1 account has").told("alert", "1 account was not changed.").reads("taken")
}

func TestAColumnCookieIsBoundToTheHostUnderHTTPS(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.Paused(t), under("https://accounts.example.org"))
	if got := s.server.cookies.columnsName(); got != "__Host-doorward_columns" {
		t.Errorf("the cookie is %s", got)
	}
}

func TestAPagePastAListsEndLeadsToItsLast(t *testing.T) {
	t.Parallel()
	s := owned(t)
	b := s.browser(t, 9).signIn("ada@example.org")
	for _, path := range []string{"/admin/users", "/admin/sessions"} {
		b.visit(path+"?page=9").on(path, http.StatusOK).reads("The list ends before page 9.")
		last := path
		if path == "/admin/sessions" {
			last += "?"
		}
		b.links("Go to its last page, 1", last).visit(last).lacks("The list ends")
		b.visit(path+"?page=9&search=nobody").on(path, http.StatusOK).reads("nobody").lacks("The list ends")
	}
	for path, says := range map[string]string{"/admin/audit?cursor=1": "The log ends here.", "/admin/jobs?cursor=1": "The list ends here."} {
		b.visit(path).reads(says).links("Newest", strings.TrimSuffix(path, "?cursor=1"))
	}
	for _, path := range []string{"/admin/roles?page=9", "/admin/keys?page=9", "/account/sessions?page=9"} {
		b.visit(path).lacks("list ends")
		if b.page.status != http.StatusOK {
			t.Errorf("%s answers %d", path, b.page.status)
		}
	}
}
