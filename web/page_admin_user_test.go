package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// send posts a form that the page may not have, as a page that is open since an hour would.
func (b *browser) send(path string, fields ...string) *browser {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return b.follow(b.request(http.MethodPost, path, []byte(values.Encode()), "application/x-www-form-urlencoded"), path)
}

func userPage(id int64) string { return "/admin/users/" + strconv.FormatInt(id, 10) }

// staffed is a site with an Owner (ada), an Admin (emmy) and a User (bob) who is signed in.
func staffed(t *testing.T, options ...apptest.Option) (s *site, owner *browser, bob *apptest.Persona) {
	t.Helper()
	s = owned(t, append([]apptest.Option{apptest.WithoutLimits()}, options...)...)
	s.Admin("emmy@example.org")
	bob = s.Member("bob@example.org")
	return s, s.browser(t, 9).signIn("ada@example.org"), bob
}

func TestAnAccountIsOpenedFromTheList(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit("/admin/users").links("bob", path).visit(path).on(path, http.StatusOK)
	b.reads("bob@example.org").reads("Confirmed").reads("Firefox on Linux").reads("Registered")
	s.browser(t, 8).visit(path).on("/login", http.StatusOK)
	s.browser(t, 8).signIn("bob@example.org").visit(path).on(path, http.StatusForbidden)
	for _, nobody := range []string{"/admin/users/4711", "/admin/users/0", "/admin/users/x", "/admin/users/4711/delete", "/admin/users/x/delete"} {
		b.visit(nobody).on(nobody, http.StatusNotFound)
	}
	for _, act := range []string{"/language", "/roles/give", "/sessions/abc", "/picture"} {
		b.visit(path+act).on(path, http.StatusOK)
	}
}

func TestAProfileOfAnotherIsSaved(t *testing.T) {
	t.Parallel()
	_, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit(path).press("Save profile", "first_name", "Robert", "username", "bobby", "user_timezone", "Europe/Paris")
	b.on(path, http.StatusOK).told("status", "The profile was saved.").reads("Robert")
	if u := bob.User(); u.FirstName != "Robert" || u.Username != "bobby" || u.Timezone != "Europe/Paris" {
		t.Errorf("the account is %+v", u)
	}
	b.press("Save profile", "first_name", strings.Repeat("a", 101), "username", "ada").on(path, http.StatusUnprocessableEntity)
	b.wrong("first_name", "at most 100")
	b.press("Save profile", "first_name", "Rob", "username", "ada").on(path, http.StatusUnprocessableEntity).wrong("username", "taken")
	if b.value("first_name") != "Rob" || bob.User().FirstName != "Robert" {
		t.Error("what was typed is gone, or was kept")
	}
	b.visit(path).press("Save language", "preferred_locale", "en-GB").on(path, http.StatusOK).told("status", "The language was saved.")
	b.press("Save language", "preferred_locale", "xx").on(path+"/language", http.StatusUnprocessableEntity).wrong("preferred_locale", "Choose a language")
	b.visit(path).reads("The profile of bob@example.org was changed.").reads("First name from nothing to Robert").reads("Username from bob to bobby")
}

func TestAnAddressOfAnotherIsChangedConfirmedAndUnconfirmed(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit(path).press("Change e-mail", "email", "nonsense").on(path+"/email", http.StatusUnprocessableEntity).wrong("email", "doesn't look like")
	b.press("Change e-mail", "email", "ADA@example.org").wrong("email", "")
	b.press("Change e-mail", "email", "robert@example.org").on(path, http.StatusOK).told("status", "The address was saved.").reads("is not confirmed")
	b.reads("The address of robert@example.org was changed.").reads("E-mail from bob@example.org to robert@example.org")
	b.press("Mail a confirmation link").on(path, http.StatusOK).told("status", "A mail with a confirmation link was sent.")
	s.Mail(app.MailConfirmation, "robert@example.org")
	b.press("Confirm address").on(path, http.StatusOK).told("status", "The address was confirmed.")
	b.send(path+"/confirmation").on(path+"/confirmation", http.StatusConflict).told("alert", "confirmed already")
	b.visit(path).reads("Take confirmation away…").press("Take confirmation away").on(path, http.StatusOK).told("status", "taken away")
	if bob.User().IsConfirmed() {
		t.Error("the address is confirmed")
	}
}

func TestRolesAreGivenAndTakenOnTheAccountsPage(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	if _, err := s.CreateRole(t.Context(), app.Shell(""), app.RoleInput{Name: "Editor", Description: "Writes."}); err != nil {
		t.Fatal(err)
	}
	path := userPage(bob.User().ID)
	b.visit(path).press("Give: Editor").on(path, http.StatusOK).told("status", "The role was given.")
	b.press("Give role: Admin")
	if u := bob.User(); !u.HasRole("Editor") || !u.HasRole(app.RoleAdmin) {
		t.Errorf("roles %v", u.Roles)
	}
	b.press("Take: Admin").press("Take: Editor").on(path, http.StatusOK).told("status", "The role was taken.")
	b.send(path+"/roles/take", "role", "Editor").on(path+"/roles/take", http.StatusNotFound).told("alert", "does not hold")
	b.send(path+"/roles/give", "role", "Nobody").on(path+"/roles/give", http.StatusNotFound).told("alert", "no role of exactly that name")

	emmy := s.browser(t, 8).signIn("emmy@example.org").visit(path).reads("Only an Owner gives or takes the roles Owner and Admin.")
	emmy.lacks("roles/give\"><input type=\"hidden\" name=\"role\" value=\"Owner").press("Give: Editor").on(path, http.StatusOK)
	for _, role := range []string{app.RoleAdmin, app.RoleOwner} {
		emmy.send(path+"/roles/give", "role", role).on(path+"/roles/give", http.StatusForbidden).told("alert", "Only an Owner")
	}
	if got := strings.Join(bob.User().Roles, " "); got != "User Editor" {
		t.Errorf("roles %s", got)
	}
}

func TestAnAccountIsDeactivatedAndActivatedOnItsPage(t *testing.T) {
	t.Parallel()
	_, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit(path).reads("Every session of the account ends at once").press("Deactivate account").on(path, http.StatusOK)
	b.told("status", "The account was deactivated").reads("It is signed in nowhere.")
	if _, _, err := bob.Check(); err == nil {
		t.Error("a session goes on")
	}
	b.press("Activate account").on(path, http.StatusOK).told("status", "The account was activated.").reads("The account is active.")
}

func TestAPasswordOfAnotherIsSet(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit(path).press("Set password", "password", "short").on(path+"/password", http.StatusUnprocessableEntity).wrong("new-password", "at least 8").lacks(`value="short"`)
	b.press("Set password", "password", apptest.Password.Reveal()).wrong("new-password", "")
	b.press("Set password", "password", "a horse by an admin").on(path, http.StatusOK).told("status", "every session of the account ended")
	s.browser(t, 8).visit("/login").press("Sign in", "email", "bob", "password", "a horse by an admin").on("/account", http.StatusOK)
}

func TestSessionsOfAnotherAreEnded(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	second := s.SignIn("bob@example.org", apptest.Browser(7))
	path := userPage(bob.User().ID)
	b.visit(path).press("End session: Firefox on Linux, 203.0.113.7").on(path, http.StatusOK).told("status", "The session was ended.")
	if _, _, err := second.Check(); err == nil {
		t.Error("the session goes on")
	}
	bob.Actor()
	b.press("End all sessions").on(path, http.StatusOK).told("status", "Every session of the account was ended.").reads("It is signed in nowhere.")
	b.send(path+"/sessions/unknown").on(path+"/sessions/unknown", http.StatusNotFound)
}

func TestAPictureOfAnotherIsUploadedAndRemoved(t *testing.T) {
	t.Parallel()
	_, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit(path).upload("Upload picture", pngOf(40, 30)).on(path, http.StatusOK).told("status", "The picture")
	b.upload("Upload picture", []byte("hello")).on(path+"/picture", http.StatusUnsupportedMediaType).wrong("file", "")
	b.upload("Upload picture", nil).wrong("file", "Choose a picture")
	b.visit(path).press("Remove picture").on(path, http.StatusOK).told("status", "The picture was removed.").lacks("/avatars/")
}

func TestCustomFieldsOfAnotherAreKept(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit(path).press("Add field", "name", " plan ", "value", "pro").on(path, http.StatusOK).told("status", "The custom field was added.")
	b.press("Add field", "name", "plan", "value", "free").on(path+"/fields/add", http.StatusUnprocessableEntity).wrong("field-name", "already")
	b.press("Add field", "name", "email", "value", "x").wrong("field-name", "belongs to the account")
	b.visit(path).press("Save: plan", "value", "two\r\nlines").on(path, http.StatusOK).told("status", "The custom field was saved.")
	if got := s.customOf(bob); !strings.Contains(got, `plan:"two\nlines"`) {
		t.Errorf("kept %s", got)
	}
	b.press("Save: plan", "value", strings.Repeat("x", 65<<10)).on(path+"/fields", http.StatusUnprocessableEntity).wrong("field-1", "64 KiB")
	b.visit(path).press("Remove: plan").on(path, http.StatusOK).told("status", "The custom field was removed.").reads("Custom fields plan")
}

func TestAnAccountIsDeletedAfterItWasAsked(t *testing.T) {
	t.Parallel()
	s, b, bob := staffed(t)
	path := userPage(bob.User().ID)
	b.visit(path).links("Delete account…", path+"/delete").visit(path + "/delete").reads("Its 1 session").reads("Nobody else ever gets the username bob.")
	b.press("Delete account").on("/admin/users", http.StatusOK).told("status", "The account was deleted")
	b.visit(path).on(path, http.StatusNotFound)
	b.send(path+"/delete").on(path+"/delete", http.StatusNotFound)
	if stats, err := s.RoleStats(t.Context(), app.Shell("")); err != nil || stats.TotalUsers != 2 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestAHigherRankIsLookedAtAndNothingMore tries every form of the page on an Owner's account, by an Admin.
func TestAHigherRankIsLookedAtAndNothingMore(t *testing.T) {
	t.Parallel()
	s, owner, _ := staffed(t)
	id := s.SignIn("ada@example.org", apptest.Browser(7)).User().ID
	path := userPage(id)
	b := s.browser(t, 8).signIn("emmy@example.org").visit(path).on(path, http.StatusOK).reads("above your rank").reads("Firefox on Linux")
	if forms := all(all(b.doc, "main")[0], "form"); len(forms) != 0 {
		t.Errorf("%d forms are offered", len(forms))
	}
	for act, fields := range map[string][]string{
		"": {"first_name", "X"}, "/language": {"preferred_locale", "en"}, "/email": {"email", "x@example.org"}, "/confirm": nil, "/unconfirm": nil,
		"/confirmation": nil, "/roles/give": {"role", "User"}, "/roles/take": {"role", "Owner"}, "/activate": nil, "/deactivate": nil,
		"/password": {"password", "a horse by an admin"}, "/sessions": nil, "/picture/remove": nil, "/fields": {"name", "a", "value", "b"},
		"/fields/add": {"name", "a", "value", "b"}, "/fields/remove": {"name", "a"}, "/delete": nil,
	} {
		b.send(path+act, fields...).on(path+act, http.StatusForbidden)
	}
	b.visit(path+"/delete").on(path+"/delete", http.StatusOK).reads("This account stays").lacks("<button class=\"button button-quiet button-bad\"")
	owner.visit(path).on(path, http.StatusOK).lacks("Last name before:")
	b.visit(userPage(b.idOf("emmy@example.org"))).reads("This is your own account.")
}

func TestTheLastOwnerIsToldWhyTheyStay(t *testing.T) {
	t.Parallel()
	s, b, _ := staffed(t)
	id := b.idOf("ada@example.org")
	path := userPage(id)
	b.visit(path).reads("Nobody changes their own roles, status or confirmation.").reads("This is the last active Owner. Make somebody else Owner first.")
	b.lacks(path + "/deactivate").lacks(path + "/roles/take").lacks(path + "/password").lacks(`href="` + path + "/delete")
	b.visit(path + "/delete").reads("This is the last active Owner.").lacks(`action="` + path + "/delete")
	b.send(path+"/delete").on(path+"/delete", http.StatusConflict).reads("This is the last active Owner.")
	b.send(path+"/deactivate").on(path+"/deactivate", http.StatusForbidden).told("alert", "Nobody changes their own")
	b.send(path+"/email", "email", "x@example.org").on(path+"/email", http.StatusUnprocessableEntity).reads("security page")
	b.send(path+"/password", "password", "a horse by an admin").on(path+"/password", http.StatusForbidden)
	s.Give("bob@example.org", app.RoleOwner) // now another stays: it is the security page's to ask for the password
	b.visit(path).lacks("last active Owner").reads("You delete your own account on your security page")
	b.press("Save profile", "first_name", "Ada").on(path, http.StatusOK).told("status", "The profile was saved.")
	b.press("End all sessions").on("/login", http.StatusOK)
}

func TestAnAccountIsMadeByInvitationOrWithAPassword(t *testing.T) {
	t.Parallel()
	s, b, _ := staffed(t)
	b.visit("/admin/users").links("Make an account", "/admin/users/new").visit("/admin/users/new").on("/admin/users/new", http.StatusOK)
	b.press("Make account", "email", "new@example.org", "first_name", "New", "roles", "User", "roles", "Admin")
	b.on(userPage(b.idOf("new@example.org")), http.StatusOK).told("status", "a link to set a password is on its way").reads("None is set yet.").reads("Admin")
	s.Mail(app.MailSetPassword, "new@example.org")

	b.visit("/admin/users/new").press("Make account", "email", "new@example.org", "username", "2", "password", "short", "first_name", "Neo")
	b.on("/admin/users/new", http.StatusUnprocessableEntity).wrong("email", "").wrong("username", "").wrong("password", "at least 8")
	if b.value("first_name") != "Neo" || b.value("password") != "" {
		t.Error("what was typed is gone, or the password is not")
	}
	b.press("Make account", "email", "second@example.org", "username", "neo", "password", "a horse for neo", "confirmed", "true", "is_active", "true", "user_timezone", "Europe/Paris", "preferred_locale", "fr")
	b.on(userPage(b.idOf("second@example.org")), http.StatusOK).told("status", "The account was made.")
	s.browser(t, 7).visit("/login").press("Sign in", "email", "neo", "password", "a horse for neo").on("/account", http.StatusOK)

	emmy := s.browser(t, 8).signIn("emmy@example.org").visit("/admin/users/new").lacks(`value="Owner"`).lacks(`value="Admin"`)
	emmy.send("/admin/users/new", "email", "third@example.org", "roles", "Owner").on("/admin/users/new", http.StatusForbidden).told("alert", "Only an Owner")
	if emmy.value("email") != "third@example.org" {
		t.Error("what was typed is gone")
	}
}

func TestAnInvitationWithoutAMailServerSaysWhereItIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t, apptest.WithoutCourier()))
	s.Owner("ada@example.org")
	b := s.browser(t, 9).signIn("ada@example.org").visit("/admin/users/new").press("Make account", "email", "new@example.org")
	b.told("status", "kept in the mailbox")
}
