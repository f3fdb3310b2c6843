package view

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"doorward/app"
)

func adminStories() []Story {
	stories := overviewStories()
	stories = append(stories, welcomeStories()...)
	stories = append(stories, roleStories()...)
	stories = append(stories, allSessionStories()...)
	stories = append(stories, jobStories()...)
	stories = append(stories, keyStories()...)
	return append(stories, auditStories()...)
}

// atDesk is the frame of a page of administration for an Owner.
func atDesk(here string) Frame {
	f := framed(ada())
	f.Here = here
	return f
}

func address(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err) // of a story
	}
	return u
}

// overviewOf is a site whose days go up and down, times a size.
func overviewOf(size int) *app.Overview {
	o := &app.Overview{
		Accounts: app.AccountCounts{All: 1234 * size, Active: 1201 * size, Confirmed: 1019 * size}, Sessions: 1688 * size,
		BackedUpAt: storyTime.Add(-9 * time.Hour),
	}
	for i := range 30 {
		o.Days = append(o.Days, app.DayFigures{
			Day: storyTime.Truncate(24*time.Hour).AddDate(0, 0, i-29), Registrations: (i*7%11 + i/3) * size, Logins: (90 + i*37%53) * size,
			Present: (210 + i*29%41 + 2*i) * size, FailedLogins: (i * i % 13) * size,
		})
	}
	o.Days[11].FailedLogins = 160 * size
	return o
}

func overviewStories() []Story {
	good := SetUp{BaseURL: address("https://accounts.example.org"), BackedUpAt: storyTime.Add(-9 * time.Hour)}
	bad := SetUp{BaseURL: address("http://accounts.example.org/a-rather-long-prefix/for-accounts"), MailIsKept: true, Untrusted: []string{"10.0.0.7", "2001:db8:85a3:8d3:1319:8a2e:370:7348", "unix"}, BackupDue: true}
	troubled := overviewOf(1)
	troubled.Trouble = "the database is damaged (Tree 42 page 117 cell 3: Rowid 9 out of order): restore the newest backup"
	troubled.Mails = app.JobCounts{Waiting: app.Total{Count: 1000, IsLeast: true}, Failed: app.Total{Count: 12}}
	troubled.Pictures = app.JobCounts{Waiting: app.Total{Count: 3}, Failed: app.Total{Count: 1}}
	empty := overviewOf(0)
	empty.Days[11].FailedLogins = 0
	empty.Days[29].Registrations, empty.Days[29].Logins, empty.Days[29].Present = 1, 1, 1
	empty.Accounts, empty.Sessions = app.AccountCounts{All: 1, Active: 1, Confirmed: 1}, 1
	local := SetUp{BaseURL: address("http://127.0.0.1:8080"), MailIsKept: true, BackupDue: true}
	admin := ada()
	admin.Roles = []string{app.RoleAdmin}
	asAdmin := framed(admin)
	asAdmin.Here = "/admin"
	return []Story{
		{"overview", NewOverview(atDesk("/admin"), overviewOf(1), good)},
		{"overview-large", NewOverview(atDesk("/admin"), overviewOf(4321), good)},
		{"overview-troubled", NewOverview(atDesk("/admin"), troubled, bad)},
		{"overview-first-day", NewOverview(atDesk("/admin"), empty, local)},
		{"overview-admin", NewOverview(asAdmin, overviewOf(1), local)},
	}
}

func welcomeStories() []Story {
	first := atDesk("/admin")
	first.Note = NoteOwner
	return []Story{
		{"welcome", &Welcome{first, SetUp{BaseURL: address("http://127.0.0.1:8080"), MailIsKept: true, BackupDue: true}}},
		{"welcome-half", &Welcome{atDesk("/admin"), SetUp{BaseURL: address("http://accounts.example.org/accounts"), BackedUpAt: storyTime.AddDate(0, 0, -3)}}},
		{"welcome-overdue", &Welcome{atDesk("/admin"), SetUp{BaseURL: address("https://accounts.example.org"), BackedUpAt: storyTime.AddDate(0, -3, 0), BackupDue: true}}},
		{"welcome-done", &Welcome{atDesk("/admin"), SetUp{BaseURL: address("https://accounts.example.org"), BackedUpAt: storyTime.AddDate(0, 0, -1)}}},
	}
}

func roleStories() []Story {
	system := []app.Role{
		{ID: 1, Name: app.RoleOwner, Description: "Runs this site and may do everything", IsSystem: true, UserCount: 2},
		{ID: 2, Name: app.RoleAdmin, Description: "Manages accounts", IsSystem: true},
		{ID: 3, Name: app.RoleUser, Description: "Has an account", IsSystem: true, UserCount: 1231},
	}
	longest := app.Role{ID: 4, Name: strings.Repeat("Editor of the weekly ", 3)[:50], Description: strings.Repeat("Edits what others wrote, and has the last word. ", 10), UserCount: 1}
	arabic := app.Role{ID: 5, Name: "Reviewer", Description: "يراجع ما كتبه الآخرون"}
	editor := app.Role{ID: 6, Name: "Editor", Description: "Edits what others wrote.\nThen publishes it.", UserCount: 12}
	stats := app.RoleStats{TotalUsers: 1234, OwnerCount: 2, UserCount: 1231}
	many := append([]app.Role{}, system...)
	for i := range 997 {
		many = append(many, app.Role{ID: int64(10 + i), Name: fmt.Sprintf("Team %02d", i), UserCount: i * i * i})
	}
	list := func(f Frame, roles ...app.Role) *Roles { return NewRolesPage(f, roles, stats) }
	made := atDesk("/admin/roles")
	made.Note = NoteRoleMade
	wrongRole := list(atDesk("/admin/roles"), system...)
	wrongRole.Name, wrongRole.Description = "Rédacteur", strings.Repeat("very ", 101)
	wrongRole.Errors = Errors{
		inCase(wrong("name", app.RuleInvalidFormat, ""), "role_name_letters", 0), {Field: "description", Rule: app.RuleTooLong, Limit: 500},
	}
	admin := app.Actor{Rank: app.RankAdmin}
	owner := app.Actor{Rank: app.RankOwner}
	one := func(role app.Role, by app.Actor) *Role { return NewRolePage(atDesk("/admin/roles"), role, by) }
	inUse := one(arabic, owner)
	inUse.Alert = refusedWith(app.CodeRoleInUse)
	unknown := one(editor, owner)
	unknown.Email, unknown.GiveErrors = longEmail, Errors{inCase(wrong("email", app.RuleUnknown, ""), "address_unknown", 0)}
	taken := one(editor, owner)
	taken.Name, taken.Errors = "Owner", Errors{inCase(wrong("name", app.RuleTaken, ""), "role_taken", 0)}
	return []Story{
		{"roles", list(made, append(system, editor, longest, arabic)...)},
		{"roles-system-alone", list(atDesk("/admin/roles"), system...)},
		{"roles-thousand", list(atDesk("/admin/roles"), many...)},
		{"roles-wrong", wrongRole},
		{"role", one(editor, owner)},
		{"role-long", one(longest, owner)},
		{"role-unheld", one(arabic, owner)},
		{"role-in-use", inUse},
		{"role-owner", one(system[0], owner)},
		{"role-owner-for-an-admin", one(system[0], admin)},
		{"role-unknown-address", unknown},
		{"role-name-taken", taken},
	}
}
