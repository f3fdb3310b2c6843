package view

import (
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"doorward/app"
)

// Stories of the pages by which accounts are managed.
func userStories() []Story {
	stories := append(directoryStories(), inspectionStories()...)
	stories = append(stories, newUserStories()...)
	return append(stories, bulkStories()...)
}

func administering(u *app.User) Frame {
	f := framed(u)
	f.Here = "/admin/users"
	return f
}

// noether is an administrator, and so is grace.
func noether() *app.User {
	return &app.User{
		ID: 7, Email: "emmy@example.org", Username: "emmy", FirstName: "Emmy", LastName: "Noether", IsActive: true, ConfirmedAt: storyTime,
		Roles: []string{app.RoleAdmin, app.RoleUser}, CreatedAt: storyTime.AddDate(0, -5, 0), LastSeenAt: storyTime.Add(-time.Hour),
	}
}

// crowded has as many roles as a row can hold, and is deactivated.
func crowded() *app.User {
	u := awkward()
	u.Roles = []string{app.RoleAdmin, "Editor of the weekly newsletter", "Reviewer", app.RoleUser}
	u.IsActive = false
	u.Registration = app.Origin{IP: netip.MustParseAddr("203.0.113.9"), Country: "United Kingdom", Region: "Wales", City: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"}
	return u
}

func directory(query UsersQuery, total, at, pages int, rows ...UserRow) *Users {
	return &Users{
		Frame: administering(ada()), Query: query, Rows: rows, Total: total, Page: at, Pages: pages, Columns: usualColumns,
		Roles: []string{app.RoleOwner, app.RoleAdmin, app.RoleUser, "Editor of the weekly newsletter", "Reviewer"},
	}
}

func directoryStories() []Story {
	you := NewUserRow(ada(), 1)
	few := append([]UserRow{you, NewUserRow(crowded(), 1), NewUserRow(rightToLeft(), 1)}, people(7)...)
	deleted := directory(UsersQuery{}, 10, 1, 1, few...)
	deleted.Note = NoteUserDeleted
	all := directory(UsersQuery{Sort: "username"}, 10, 1, 1, few...)
	all.Columns = allColumns
	bare := directory(UsersQuery{Sort: "-last_name"}, 10, 1, 1, few...)
	bare.Columns = Columns{}
	least := directory(UsersQuery{Search: "example", Role: app.RoleUser, Status: "active", Confirmed: "false", Sort: "email"}, 1000, 40, 40, few...)
	least.TotalIsLeast, least.More = true, true
	return []Story{
		{"users", directory(UsersQuery{}, 3214, 12, 129, few...)},
		{"users-hundred", directory(UsersQuery{Search: "person"}, 100, 1, 1, people(100)...)},
		{"users-one", directory(UsersQuery{}, 1, 1, 1, you)},
		{"users-deleted", deleted},
		{"users-every-column", all},
		{"users-no-column", bare},
		{"users-more-than-counted", least},
		{"users-none", directory(UsersQuery{Search: `nobody "<b>&`}, 0, 1, 0)},
		{"users-none-filtered", directory(UsersQuery{Role: "Reviewer", Status: "inactive"}, 0, 1, 0)},
		{"users-past-the-end", directory(UsersQuery{Status: "active"}, 1, 9, 1)},
		{"users-nobody", directory(UsersQuery{}, 0, 1, 0)},
	}
}

const (
	storyFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	storyPhone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

// inspected is an account with something of everything.
func inspected() app.Inspection {
	u := *rightToLeft()
	u.Registration = app.Origin{IP: netip.MustParseAddr("203.0.113.9"), UserAgent: storyFirefox, Country: "France", Region: "Rhône", City: "Lyon"}
	u.SelfRegistered, u.LastSeenAt = true, storyTime.Add(-2*time.Hour)
	u.Roles = []string{app.RoleUser, "Reviewer"}
	u.CustomFields = map[string]json.RawMessage{
		"phone": json.RawMessage(`"555-1234"`), "about": json.RawMessage(`"I count.\nI compute.\n"`), "plan": json.RawMessage(`{"seats":5,"add-ons":["mail","chat"]}`),
	}
	session := func(id, agent, ip string, age, seen time.Duration) app.Session {
		return app.Session{ID: id, UserAgent: agent, IP: netip.MustParseAddr(ip), CreatedAt: storyTime.Add(-age), LastSeenAt: storyTime.Add(-seen)}
	}
	return app.Inspection{
		User: u, HasPassword: true, Trail: trailOf(u.ID), TrailIsLong: true,
		Sessions: []app.Session{
			session("phone", storyPhone, "2001:db8:85a3:8d3:1319:8a2e:370:7348", 40*24*time.Hour, 2*time.Hour), session("old", "", "198.51.100.7", 50*24*time.Hour, 29*24*time.Hour),
		},
		Places: []app.Place{{City: "Lyon", Region: "Auvergne-Rhône-Alpes", Country: "France"}, {}},
		Roles:  standings(u.Roles, nil),
	}
}

// standings are all roles beside those that an account holds; refused is of Owner and Admin.
func standings(held []string, refused *app.Error) []app.RoleStanding {
	var list []app.RoleStanding
	for _, r := range []app.Role{
		{Name: app.RoleOwner, IsSystem: true}, {Name: app.RoleAdmin, IsSystem: true}, {Name: app.RoleUser, IsSystem: true},
		{Name: "Editor of the weekly newsletter", Description: strings.Repeat("Writes, collects and corrects what goes out every week. ", 8)}, {Name: "Reviewer", Description: "Reads what Editors wrote."},
	} {
		s := app.RoleStanding{Role: r}
		for _, name := range held {
			s.Held = s.Held || name == r.Name
		}
		if app.RankOf([]string{r.Name}) > app.RankUser {
			s.Refused = refused
		}
		list = append(list, s)
	}
	return list
}

// trailOf is a part of the audit log about an account, with every kind of entry that is shown in a way of its own.
func trailOf(id int64) []app.AuditEntry {
	at := storyTime
	entry := func(action string, by app.Actor, details string) app.AuditEntry {
		at = at.Add(-7 * time.Hour)
		return app.AuditEntry{
			At: at, Action: action, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, IP: "203.0.113.9", UserAgent: storyFirefox,
			TargetID: id, TargetEmail: "layla@example.org", Details: json.RawMessage(details),
		}
	}
	self := app.Actor{Kind: app.ActorUser, ID: id, Name: "layla"}
	admin := app.Actor{Kind: app.ActorUser, ID: 7, Name: "emmy"}
	given := entry("role.assigned", self, `{"role":"Reviewer"}`)
	given.TargetID, given.TargetEmail = 2, longEmail
	erased := entry("user.updated", admin, ``)
	erased.TargetErased = true
	return []app.AuditEntry{
		entry("user.updated", admin, `{"changed":{"first_name":{"from":"Layla","to":"ليلى"},"last_name":{"from":"","to":"الأخيلية"},"username":{"from":"`+strings.Repeat("w", 30)+`","to":"layla"},"user_timezone":{"from":"Europe/Paris","to":""},"custom_fields":["phone","plan"]}}`),
		entry("email.changed", app.Actor{Kind: app.ActorKey, ID: 3, Name: "billing"}, `{"from":"`+longEmail+`","to":"layla@example.org","confirmed":false}`),
		entry("session.created", self, `{"session":"x","remember":true}`),
		entry("login.failed", app.Actor{Kind: app.ActorSystem}, `{"why":"wrong password","in_a_row":3}`),
		entry("password.set", app.Actor{Kind: app.ActorShell, Name: "root"}, `{}`),
		entry("session.deleted", app.Actor{Kind: app.ActorShell}, `{"sessions":2,"why":"the account was deactivated"}`),
		given, erased,
		entry("user.registered", self, `{"username":"layla","roles":["User"]}`),
	}
}

var (
	rankTooLow   = app.Refuse(app.KindForbidden, app.CodeRankTooLow, "That account's rank is not below yours.")
	notOneself   = app.Refuse(app.KindForbidden, app.CodeForbidden, "Nobody changes their own roles, status or confirmation. Ask another administrator.").Named("oneself")
	anOwners     = app.Refuse(app.KindForbidden, app.CodeRankTooLow, "Only an Owner gives or takes the roles Owner and Admin.").Named("rank_of_role")
	theLastOwner = func(code app.Code) *app.Error {
		return app.Refuse(app.KindConflict, code, "This is the last active Owner. Make somebody else Owner first.")
	}
)

func inspectionStories() []Story {
	page := func(in app.Inspection, by *app.User, note Note) *User {
		f := administering(by)
		f.Note = note
		return NewUser(f, &in, app.Actor{Kind: app.ActorUser, ID: by.ID, User: by, Session: &app.Session{ID: "here"}}, app.DefaultPolicy())
	}
	byAdmin := inspected()
	byAdmin.Roles = standings(byAdmin.User.Roles, anOwners)
	invited := app.Inspection{User: *people2(), Roles: standings([]string{app.RoleUser}, nil), Trail: trailOf(100)[8:]}
	inactive := inspected()
	inactive.User = *crowded()
	inactive.User.ConfirmedAt = time.Time{}
	inactive.User.CustomFields = withFields().CustomFields
	inactive.Roles = standings(inactive.User.Roles, nil)

	own := app.Inspection{User: *ada(), HasPassword: true, Roles: standings([]string{app.RoleOwner}, notOneself), Trail: trailOf(1), Sessions: inspected().Sessions, Places: inspected().Places}
	own.Sessions[0].ID = "here"
	own.Refused = app.Refusals{
		Email: app.Invalid(wrong("email", app.RuleNotUpdatable, "Your address changes by a mail to the new one, on the security page.")), Confirmation: notOneself, Status: notOneself,
		Password: app.Refuse(app.KindForbidden, app.CodeForbidden, "Set your own password on the security page.").Named("own_password"), Delete: theLastOwner(app.CodeLastOwnerDelete),
	}
	higher := app.Inspection{User: *ada(), HasPassword: true, Roles: standings([]string{app.RoleOwner}, anOwners), Trail: trailOf(1), Sessions: inspected().Sessions, Places: inspected().Places}
	higher.User.CustomFields = withFields().CustomFields
	higher.Refused = app.Refusals{Change: rankTooLow, Email: rankTooLow, Confirmation: rankTooLow, Status: rankTooLow, Password: rankTooLow, Delete: rankTooLow}
	alike := app.Inspection{User: *noether(), HasPassword: true, Refused: higher.Refused}
	alike.User.ID = 8
	ownAdmin := app.Inspection{User: *noether(), HasPassword: true, Refused: higher.Refused}
	ownAdmin.Refused.Confirmation, ownAdmin.Refused.Status = notOneself, notOneself
	ownAdmin.Refused.Delete = app.Refuse(app.KindForbidden, app.CodeForbidden, "Delete your own account on the security page (DELETE /me): it asks for your password.").Named("own_deletion")

	refused := page(inspected(), ada(), "")
	refused.Names.FirstName, refused.Names.Username = strings.Repeat("very ", 30)+"long", "2"
	refused.Names.Errors = Errors{inCase(wrong("first_name", app.RuleTooLong, "A name has at most 100 characters."), "name_long", 100), wrong("username", app.RuleTaken, "That username is taken. Choose another.")}
	address := page(inspected(), ada(), "")
	address.NewEmail, address.EmailErrors = longEmail, Errors{inCase(wrong("email", app.RuleTaken, "That address has an account already."), "email_taken_by_other", 0)}
	password := page(inspected(), ada(), "")
	password.Rule, password.PassErrors = strictRule, Errors{inCase(wrong("password", app.RuleTooShort, "A password has at least 14 characters."), "", 14)}
	field := page(inspected(), ada(), "")
	field.Fields.RefusedNew("email", "x", Errors{inCase(wrong("name", app.RuleNotUpdatable, "This name belongs to the account itself, and can't be changed here."), "custom_field_protected", 0)})
	tongue := page(inspected(), ada(), "")
	tongue.LocaleWrong = Errors{wrong("preferred_locale", app.RuleUnknown, "Choose a language such as en or en-GB.")}
	drawn := page(inspected(), ada(), NoteUserPictureReceived)
	drawn.Picture.Awaited, drawn.Picture.Present = true, true
	picture := page(inspected(), ada(), "")
	picture.Picture.Refused = &Problem{Error: &app.Error{Code: app.CodeUnsupportedMediaType, Case: "no_picture"}}
	late := page(inspected(), ada(), "")
	late.Alert = refusedWith(app.CodeLastOwnerDeactivate)
	ask := func(in app.Inspection) *UserDelete { return NewUserDelete(administering(ada()), &in) }
	return []Story{
		{"user", page(inspected(), ada(), NoteUserRoleGiven)},
		{"user-by-admin", page(byAdmin, noether(), "")},
		{"user-invited", page(invited, ada(), NoteUserInvited)},
		{"user-inactive", page(inactive, ada(), NoteUserDeactivated)},
		{"user-own-last-owner", page(own, ada(), "")},
		{"user-own-admin", page(ownAdmin, noether(), "")},
		{"user-higher", page(higher, noether(), "")},
		{"user-same-rank", page(alike, noether(), "")},
		{"user-names-wrong", refused},
		{"user-language-wrong", tongue},
		{"user-address-wrong", address},
		{"user-password-wrong", password},
		{"user-field-wrong", field},
		{"user-picture-awaited", drawn},
		{"user-picture-refused", picture},
		{"user-refused", late},
		{"user-delete", ask(inspected())},
		{"user-delete-long", ask(inactive)},
		{"user-delete-last-owner", ask(own)},
	}
}

// people2 is an account that nobody came to yet.
func people2() *app.User {
	return &app.User{ID: 100, Email: "invited@example.org", Username: "invited", IsActive: true, Roles: []string{app.RoleUser}, CreatedAt: storyTime.Add(-3 * time.Minute)}
}

func newUserStories() []Story {
	page := func() *UserNew {
		var roles []app.Role
		for _, s := range standings(nil, nil) {
			roles = append(roles, s.Role)
		}
		return &UserNew{Frame: administering(ada()), Active: true, Rule: plainRule, Roles: NewRoles(roles, app.RoleUser)}
	}
	bad := page()
	bad.Email, bad.FirstName, bad.Timezone, bad.Locale, bad.Rule = longEmail, longName, "+2", "cy", strictRule
	bad.Errors = Errors{
		inCase(wrong("email", app.RuleTaken, "That address has an account already."), "email_taken_by_other", 0), wrong("username", app.RuleInvalidFormat, "A username begins with a letter."),
		inCase(wrong("password", app.RuleTooShort, "A password has at least 14 characters."), "", 14), wrong("roles", app.RuleUnknown, "There is no such role. Roles are named exactly, letter case included."),
	}
	return []Story{{"user-new", page()}, {"user-new-wrong", bad}}
}

func bulkStories() []Story {
	result := func(u *app.User, err *app.Error) app.BulkResult { return app.BulkResult{ID: u.ID, User: *u, Err: err} }
	gone := app.BulkResult{ID: 4711, Err: app.Refuse(app.KindNotFound, app.CodeNotFound, "There is nothing here by that name or number.")}
	some := []app.BulkResult{result(rightToLeft(), nil), result(noether(), nil), result(ada(), notOneself), result(crowded(), rankTooLow), gone}
	var many []app.BulkResult
	for i := range 1000 {
		u := *rightToLeft()
		u.ID += int64(i)
		many = append(many, result(&u, nil))
	}
	back := UsersQuery{Search: "a b&c", Sort: "email"}.At(3)
	ask := func(act app.BulkAct, results ...app.BulkResult) *Bulk {
		return NewBulk(administering(ada()), act, results, back)
	}
	done := func(act app.BulkAct, results ...app.BulkResult) *BulkDone {
		return NewBulkDone(administering(ada()), act, results, back)
	}
	withField := rightToLeft()
	withField.CustomFields = withFields().CustomFields
	field := ask(app.BulkUpdate, append(some, result(withField, nil))...)
	fieldWrong := ask(app.BulkUpdate, some[:1]...)
	fieldWrong.Field.Name = "roles"
	fieldWrong.Field.Errors = Errors{inCase(wrong("name", app.RuleNotUpdatable, "This name belongs to the account itself, and can't be changed here."), "custom_field_protected", 0)}
	set := done(app.BulkUpdate, some...)
	set.Field, set.Name, set.Value = BulkCustom, "plan", strings.Repeat("very ", 30)+"long"
	return []Story{
		{"bulk-deactivate", ask(app.BulkDeactivate, some...)},
		{"bulk-activate-same", ask(app.BulkActivate, some[0], some[1])},
		{"bulk-confirm-none", ask(app.BulkConfirm, some[2:]...)},
		{"bulk-thousand", ask(app.BulkDeactivate, many...)},
		{"bulk-field", field},
		{"bulk-field-wrong", fieldWrong},
		{"bulk-done", done(app.BulkDeactivate, some...)},
		{"bulk-done-all", done(app.BulkConfirm, some[:1]...)},
		{"bulk-done-none", done(app.BulkActivate, some[2:]...)},
		{"bulk-done-field", set},
	}
}
