package view

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/lang"
)

func TestEveryActionOfTheAuditLogHasItsSentence(t *testing.T) {
	t.Parallel()
	texts := newViews(t, Site{}).book.In(lang.English) // the other languages have what English has
	for _, action := range app.AuditActions() {
		for _, kind := range []string{"said.", "action."} {
			if !texts.Has("admin_audit." + kind + action) {
				t.Errorf("there is no text admin_audit.%s%s", kind, action)
			}
		}
	}
	for _, field := range BulkFields()[1:] { // the first is any custom field
		if !texts.Has("admin_audit.field." + field) {
			t.Errorf("there is no text admin_audit.field.%s", field)
		}
	}
}

// written are the ways in which the source of app writes a reason or a detail into the log.
var (
	reasons = regexp.MustCompile(`"why": +"([^"]+)"|why :?= "([^"]+)"|(?:endSessions|loginFailed)\([^)]*"([^"]+)"\)`)
	details = regexp.MustCompile(`details\{([^}]*)\}|told\["([a-z_]+)"\] =|\bd\["([a-z_]+)"\] =`)
	keys    = regexp.MustCompile(`"([a-z_]+)":`)
)

func TestEveryReasonAndDetailOfTheAuditLogHasItsText(t *testing.T) {
	t.Parallel()
	texts := newViews(t, Site{}).book.In(lang.English)
	files, err := filepath.Glob("../../app/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source of app", err)
	}
	told, names := map[string]bool{"ip_mismatch": true, "account_inactive": true, "account_unconfirmed": true}, map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, found := range reasons.FindAllStringSubmatch(string(source), -1) {
			told[found[1]+found[2]+found[3]] = true
		}
		for _, found := range details.FindAllStringSubmatch(string(source), -1) {
			names[found[2]+found[3]] = true
			for _, key := range keys.FindAllStringSubmatch(found[1], -1) {
				names[key[1]] = true
			}
		}
	}
	if len(told) < 14 || len(names) < 20 {
		t.Fatalf("only %d reasons and %d details were found", len(told), len(names))
	}
	for reason := range told {
		if !texts.Has("admin_audit.why." + reasonKey(reason)) {
			t.Errorf("the reason %q has no text admin_audit.why.%s", reason, reasonKey(reason))
		}
	}
	for _, elsewhere := range append([]string{"", "changed", "from", "to"}, silent...) {
		delete(names, elsewhere)
	}
	for _, places := range inSentences {
		for name := range places {
			delete(names, name)
		}
	}
	for name := range names {
		if !texts.Has("admin_audit.fact." + name) {
			t.Errorf("the detail %q has no text admin_audit.fact.%s", name, name)
		}
	}
}

// say is an entry as its page says it, in English.
func say(t *testing.T, e app.AuditEntry) (what, who string, line AuditLine) {
	t.Helper()
	texts := newViews(t, Site{}).book.In(lang.English)
	path := func(p string) string { return "/auth" + p }
	line = NewAuditLine(&e)
	said, err := line.sentence(texts, path)
	if err != nil {
		t.Fatal(err)
	}
	author, err := line.author(texts, path)
	if err != nil {
		t.Fatal(err)
	}
	return string(said), string(author), line
}

func TestAnEntryReadsAsASentence(t *testing.T) {
	t.Parallel()
	const ada = `<a href="/auth/admin/audit?user=1"><bdi>ada@example.org</bdi></a>`
	of := func(kind app.ActorKind, id int64, name, ip string) app.AuditEntry {
		return app.AuditEntry{ActorKind: kind, ActorID: id, ActorName: name, IP: ip, TargetID: 1, TargetEmail: "ada@example.org"}
	}
	for _, c := range []struct {
		action, details string
		entry           app.AuditEntry
		what, who       string
	}{
		{"user.updated", `{}`, of(app.ActorUser, 1, "ada", "203.0.113.9"), "The profile of " + ada + " was changed.", "by the account itself"},
		{"user.updated", `{}`, of(app.ActorUser, 2, "<b>", ""), "The profile of " + ada + " was changed.", `by <a href="/auth/admin/audit?user=2"><bdi>&lt;b&gt;</bdi></a>`},
		{"role.assigned", `{"role":"<i>"}`, of(app.ActorKey, 7, "crm", ""), ada + " was given the role <bdi>&lt;i&gt;</bdi>.", "by the API key <bdi>crm</bdi>"},
		{"session.deleted", `{"session":"x"}`, of(app.ActorShell, 0, "root", ""), "A session of " + ada + " was ended.", "by <bdi>root</bdi>, from the shell"},
		{"session.deleted", `{"sessions":3}`, of(app.ActorShell, 0, "", ""), "3 sessions of " + ada + " were ended.", "from the shell"},
		{"login.failed", `{}`, of(app.ActorSystem, 0, "", "203.0.113.9"), "A sign-in as " + ada + " failed.", "by somebody who was not signed in"},
		{"login.failed", `{}`, app.AuditEntry{ActorKind: app.ActorSystem}, "A sign-in failed: no account has the address or username.", "by Doorward itself"},
		{"user.deleted", ``, app.AuditEntry{ActorKind: app.ActorUser, ActorID: 9, TargetID: 9}, `The account <a href="/auth/admin/audit?user=9"><bdi>No. 9</bdi></a> was deleted.`, "by the account itself"},
		{"no.such", `{}`, of(app.ActorSystem, 0, "", ""), `<code dir="auto">no.such</code>`, "by Doorward itself"},
		{"import", `{"accounts":"many"}`, app.AuditEntry{ActorKind: app.ActorShell}, "1 account was imported.", "from the shell"},
		{"restore", `{"what":"keys","mails":2}`, app.AuditEntry{ActorKind: app.ActorShell}, "The keys of this site were made anew.", "from the shell"},
		{"role.updated", `nothing`, app.AuditEntry{ActorKind: app.ActorShell}, "The role <bdi></bdi> was changed.", "from the shell"},
	} {
		e := c.entry
		e.Action, e.Details = c.action, json.RawMessage(c.details)
		if what, who, _ := say(t, e); what != c.what || who != c.who {
			t.Errorf("%s %s reads %q, %q, want %q, %q", c.action, c.details, what, who, c.what, c.who)
		}
	}
}

func TestAnEntryTellsWhatChangedAndWhatElseIsKnown(t *testing.T) {
	t.Parallel()
	details := `{"changed":{"username":{"from":"ada","to":"countess"},"custom_fields":["a","b"],"odd":7},"why":"never confirmed","remember":true,
		"confirmed":false,"remembered":false,"session":"secret-looking","in_a_row":1234,"nothing":null,"deep":{"a":[1,"x"]},"list":["x","y",3]}`
	_, _, line := say(t, app.AuditEntry{Action: "user.updated", Details: json.RawMessage(details)})
	changes, err := json.Marshal(line.Changes)
	if want := `[{"Field":"custom_fields","From":"","To":"","Names":["a","b"]},{"Field":"username","From":"ada","To":"countess","Names":null}]`; err != nil || string(changes) != want {
		t.Errorf("changes %s, %v", changes, err)
	}
	texts := newViews(t, Site{}).book.In("de")
	var facts []string
	for _, f := range line.Facts {
		name, err := auditName(texts, "fact", f.Name)
		if err != nil {
			t.Fatal(err)
		}
		value, err := f.value(texts)
		if err != nil {
			t.Fatal(err)
		}
		facts = append(facts, name+"="+value)
	}
	if got, want := strings.Join(facts, "; "), `Nicht bestätigt=; deep={"a":[1,"x"]}; Falsche Passwörter in Folge=1.234; list=x, y; Bleibt angemeldet=; Grund=nie bestätigt`; got != want {
		t.Errorf("facts %s\nwant  %s", got, want)
	}
	_, _, line = say(t, app.AuditEntry{Action: "email.changed", Details: json.RawMessage(`{"from":"a@b","to":"c@d"}`)})
	if len(line.Changes) != 1 || line.Changes[0].From != "a@b" || line.Changes[0].To != "c@d" || len(line.Facts) != 0 {
		t.Errorf("a changed address is told as %+v", line)
	}
}

func TestWhatWasErasedFromAnEntryIsToldAsErased(t *testing.T) {
	t.Parallel()
	for _, e := range []app.AuditEntry{{ActorErased: true}, {TargetErased: true}} {
		e.Action, e.ActorKind, e.ActorID, e.TargetID = "user.updated", app.ActorUser, 3, 4
		page := render(t, newViews(t, Site{}), NewAuditLog(atDesk("/admin/audit"), app.AuditQuery{}, &app.AuditPage{Entries: []app.AuditEntry{e}}))
		if !strings.Contains(page, "What was personal in this entry is erased.") || !strings.Contains(page, "No. 4") || !strings.Contains(page, "No. 3") {
			t.Errorf("%+v doesn't say so", e)
		}
	}
}
