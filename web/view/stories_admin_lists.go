package view

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"doorward/app"
)

func allSessionStories() []Story {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	session := func(u *app.User, id, ip string, age time.Duration, place app.Place, within bool) app.UserSession {
		s := app.UserSession{User: *u, Place: place, Within: within}
		s.Session = app.Session{ID: id, UserID: u.ID, UserAgent: firefox, CreatedAt: storyTime.Add(-age), LastSeenAt: storyTime.Add(-age / 7)}
		if ip != "" {
			s.IP = netip.MustParseAddr(ip)
		}
		return s
	}
	few := []app.UserSession{
		session(ada(), "here", "203.0.113.9", 3*time.Hour, app.Place{Country: "France", Region: "Auvergne-Rhône-Alpes", City: "Lyon"}, true),
		session(awkward(), "long", "2001:db8:85a3:8d3:1319:8a2e:370:7348", 40*24*time.Hour, app.Place{Country: "United Kingdom of Great Britain and Northern Ireland", City: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"}, true),
		session(rightToLeft(), "rtl", "198.51.100.7", 400*24*time.Hour, app.Place{}, false),
		session(rightToLeft(), "bare", "", 10*time.Minute, app.Place{}, true),
	}
	few[3].UserAgent = ""
	many := few
	for i := range 96 {
		u := *rightToLeft()
		u.ID, u.FirstName, u.LastName, u.Email = int64(i+100), "Person", fmt.Sprint(i), fmt.Sprintf("person%d@example.org", i)
		many = append(many, session(&u, fmt.Sprint("s", i), "198.51.100.7", time.Duration(i*i)*time.Minute, app.Place{Country: "Spain"}, i%5 != 0))
	}
	page := func(f Frame, search string, total app.Total, at, pages int, sessions ...app.UserSession) *AllSessions {
		return NewAllSessions(f, search, &app.SessionPage{Sessions: sessions, TotalCount: total.Count, TotalIsLeast: total.IsLeast, Page: at, TotalPages: pages}, "here")
	}
	first := page(atDesk("/admin/sessions"), "", app.Total{Count: 1688}, 1, 68, few...)
	ended := page(atDesk("/admin/sessions"), "layla", app.Total{Count: 1}, 1, 1, few[2:3]...)
	ended.Note = NoteSessionEnded
	refused := page(atDesk("/admin/sessions"), "", app.Total{Count: 4}, 1, 1, few...)
	refused.Alert = refusedWith(app.CodeRankTooLow)
	return []Story{
		{"all-sessions", first},
		{"all-sessions-hundred", page(atDesk("/admin/sessions"), "a", app.Total{Count: 1000, IsLeast: true}, 3, 10, many...)},
		{"all-sessions-ended", ended},
		{"all-sessions-refused", refused},
		{"all-sessions-none", page(atDesk("/admin/sessions"), `nobody "<b>&`, app.Total{}, 1, 0)},
		{"all-sessions-past-the-end", page(atDesk("/admin/sessions"), "", app.Total{Count: 1}, 9, 1)},
	}
}

func jobStories() []Story {
	long := "450 4.2.0 <" + longEmail + ">: Recipient address rejected: Greylisted for 300 seconds, see https://postgrey.example.org/help/" + strings.Repeat("x", 120)
	jobs := []app.Job{
		{ID: 123456, Kind: app.JobMail, State: app.JobWaiting, NextAt: storyTime.Add(17 * time.Minute), Attempts: 3, LastError: long, UserID: 17},
		{ID: 123455, Kind: app.JobAvatar, State: app.JobRunning, CreatedAt: storyTime, Attempts: 1, UserID: 1234567},
		{ID: 123454, Kind: app.JobMail, State: app.JobFailed, FinishedAt: storyTime.Add(-3 * time.Hour), Attempts: 1, LastError: "550 5.1.1 no such mailbox"},
		{ID: 123453, Kind: app.JobAvatar, State: app.JobFailed, FinishedAt: storyTime.Add(-50 * time.Hour), Attempts: 5, LastError: "This picture is damaged or incomplete. Save it again, or choose another one.", UserID: 3},
		{ID: 123452, Kind: app.JobMail, State: app.JobDone, FinishedAt: storyTime.AddDate(0, 0, -6), Attempts: 2, LastError: "a timeout", UserID: 1},
	}
	var hundred []app.Job
	for i := range 50 {
		j := jobs[i%len(jobs)]
		j.ID -= int64(i)
		hundred = append(hundred, j)
	}
	page := func(f Frame, q app.JobQuery, next string, jobs ...app.Job) *Jobs {
		return NewJobs(f, q, &app.JobPage{Jobs: jobs, Next: next})
	}
	failed := app.JobQuery{State: "failed", Kind: "mail"}
	retried := page(atDesk("/admin/jobs"), failed, "", jobs[2])
	retried.Note = NoteJobRetried
	gone := page(atDesk("/admin/jobs"), app.JobQuery{}, "", jobs...)
	gone.Alert = &Problem{Fields: []app.FieldError{inCase(wrong("state", app.RuleNotValid, ""), "upload_gone", 0)}}
	return []Story{
		{"jobs", page(atDesk("/admin/jobs"), app.JobQuery{}, "", jobs...)},
		{"jobs-fifty", page(atDesk("/admin/jobs"), app.JobQuery{Cursor: "200000"}, "123000", hundred...)},
		{"jobs-retried", retried},
		{"jobs-refused", gone},
		{"jobs-none-failed", page(atDesk("/admin/jobs"), failed, "")},
		{"jobs-none", page(atDesk("/admin/jobs"), app.JobQuery{}, "")},
		{"jobs-past-the-end", page(atDesk("/admin/jobs"), app.JobQuery{State: "done", Cursor: "2"}, "")},
	}
}

func keyStories() []Story {
	roles := []app.Role{{Name: app.RoleOwner}, {Name: app.RoleAdmin}, {Name: app.RoleUser}, {Name: strings.Repeat("Editor of the weekly ", 3)[:50]}}
	keys := []app.Key{
		{ID: 12, Name: "shop", Role: app.RoleUser, CreatedAt: storyTime.Add(-2 * time.Hour)},
		{ID: 11, Name: "crm.example.org", Role: app.RoleAdmin, CreatedAt: storyTime.AddDate(0, -2, 0), LastUsedAt: storyTime.Add(-3 * time.Minute)},
		{ID: 2, Name: strings.Repeat("w", 50), Role: roles[3].Name, CreatedAt: storyTime.AddDate(-2, 0, 0), LastUsedAt: storyTime.AddDate(-1, 0, 0)},
	}
	page := func(f Frame, keys ...app.Key) *Keys { return NewKeys(f, keys, roles) }
	made := page(atDesk("/admin/keys"), keys...)
	made.Made = &MadeKey{Name: "shop", Secret: "dwk_" + app.Secret(strings.Repeat("t", 43))}
	wrongKey := page(atDesk("/admin/keys"), keys...)
	wrongKey.Name, wrongKey.Role = "shop", app.RoleAdmin
	wrongKey.Errors = Errors{inCase(wrong("name", app.RuleTaken, ""), "key_taken", 0), wrong("current_password", app.RuleNotValid, "")}
	revoked := page(atDesk("/admin/keys"), keys[1:]...)
	revoked.Note = NoteKeyRevoked
	var many []app.Key
	for i := range 60 {
		many = append(many, app.Key{ID: int64(100 - i), Name: fmt.Sprintf("app %d", i), Role: app.RoleUser, CreatedAt: storyTime.AddDate(0, 0, -i)})
	}
	return []Story{
		{"keys", page(atDesk("/admin/keys"), keys...)},
		{"keys-none", page(atDesk("/admin/keys"))},
		{"keys-made", made},
		{"keys-wrong", wrongKey},
		{"keys-revoked", revoked},
		{"keys-many", page(atDesk("/admin/keys"), many...)},
	}
}

func auditStories() []Story {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	n := int64(4321)
	entry := func(action string, by app.AuditEntry, target *app.User, details string) app.AuditEntry {
		n--
		by.ID, by.Action, by.At = n, action, storyTime.Add(-time.Duration((4320-n)*(4320-n)*(4320-n))*time.Minute)
		if by.Details = json.RawMessage(details); details == "" {
			by.Details = json.RawMessage("{}")
		}
		if target != nil {
			by.TargetID, by.TargetEmail = target.ID, target.Email
		}
		return by
	}
	person := func(u *app.User) app.AuditEntry {
		return app.AuditEntry{ActorKind: app.ActorUser, ActorID: u.ID, ActorName: u.Username, IP: "203.0.113.9", UserAgent: firefox}
	}
	nobody := app.AuditEntry{ActorKind: app.ActorSystem, IP: "2001:db8:85a3:8d3:1319:8a2e:370:7348", UserAgent: "curl/8"}
	program := app.AuditEntry{ActorKind: app.ActorKey, ActorID: 7, ActorName: "crm.example.org", IP: "198.51.100.7"}
	shell := app.AuditEntry{ActorKind: app.ActorShell, ActorName: "root"}
	system := app.AuditEntry{ActorKind: app.ActorSystem}
	erased := app.AuditEntry{ActorKind: app.ActorUser, ActorID: 99, ActorErased: true, TargetErased: true, TargetID: 99}
	few := []app.AuditEntry{
		entry("user.updated", person(ada()), rightToLeft(), `{"changed":{"first_name":{"from":"Layla","to":"ليلى"},"user_timezone":{"from":"","to":"Asia/Beirut"},"last_name":{"from":"<b>&","to":""},"custom_fields":["phone","<i>","الهاتف"]}}`),
		entry("session.created", person(ada()), ada(), `{"session":"x","remember":true}`),
		entry("login.failed", nobody, ada(), `{"why":"wrong password","in_a_row":3}`),
		entry("login.failed", nobody, nil, `{"why":"the account is gone","in_a_row":104}`),
		entry("role.assigned", person(ada()), awkward(), `{"role":"Editor of the weekly newsletter"}`),
		entry("session.deleted", person(ada()), awkward(), `{"sessions":12,"why":"the password changed"}`),
		entry("email.changed", program, awkward(), fmt.Sprintf(`{"from":%q,"to":%q,"confirmed":false}`, "a"+longEmail, longEmail)),
		entry("role.updated", person(ada()), nil, `{"role":"Editor","changed":{"name":{"from":"Editor","to":"Chief editor"},"description":{"from":"","to":"Edits"}}}`),
		entry("fingerprint.mismatch", person(rightToLeft()), rightToLeft(), `{"session":"x","found":"fingerprint_mismatch","ended":true}`),
		entry("user.updated", erased, nil, ""),
		entry("user.created", shell, rightToLeft(), `{"username":"layla","roles":["Editor","User"],"confirmed":true,"is_active":false,"by_key":3}`),
		entry("import", shell, nil, `{"accounts":12345,"first_id":1,"last_id":12345}`),
		entry("restore", app.AuditEntry{ActorKind: app.ActorShell}, nil, `{"made_at":"2026-01-30T03:00:00Z","sessions_ended":17,"keys":2}`),
		entry("audit.pruned", system, nil, `{"through":400,"value":"00","entries":1}`),
		entry("audit.erased", system, &app.User{ID: 99}, ""),
		entry("key.created", person(ada()), nil, `{"key":8,"name":"shop","role":"Admin"}`),
		entry("something.new", person(ada()), ada(), `{"unheard_of":{"a":[1]}}`),
	}
	few[9].TargetID, few[9].Details = 99, nil
	var every []app.AuditEntry
	for _, action := range app.AuditActions() {
		every = append(every, entry(action, nobody, ada(), ""))
	}
	page := func(f Frame, q app.AuditQuery, found *app.AuditPage) *AuditLog { return NewAuditLog(f, q, found) }
	desk := atDesk("/admin/audit")
	refused := page(desk, app.AuditQuery{User: "nobody@example.org", Action: "user.eaten", Since: "yesterday"}, nil)
	refused.Errors = Errors{
		inCase(wrong("user", app.RuleUnknown, ""), "address_unknown", 0), wrong("action", app.RuleUnknown, ""), wrong("since", app.RuleInvalidFormat, ""),
	}
	return []Story{
		{"audit", page(desk, app.AuditQuery{}, &app.AuditPage{Entries: few, Next: "4000"})},
		{"audit-every-action", page(desk, app.AuditQuery{Cursor: "5000"}, &app.AuditPage{Entries: every})},
		{"audit-of-one", page(desk, app.AuditQuery{User: "layla@example.org", Action: "user.updated", Since: "2026-01-30T23:00:00Z"}, &app.AuditPage{Entries: few[:1], UserID: 3})},
		{"audit-none", page(desk, app.AuditQuery{Action: "restore"}, &app.AuditPage{})},
		{"audit-refused", refused},
	}
}
