package view

import (
	"encoding/json"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorward/app"
	"doorward/app/lang"
)

// AuditLine is an entry of the audit log as people read it: what happened, what differs since, what else is known, and
// who did it from where.
type AuditLine struct {
	ID      int64
	At      time.Time
	Action  string
	Target  Party // the account that it concerns
	By      Party
	ByKind  app.ActorKind
	IP      string
	Device  string // "" when not known
	Changes []Difference
	Facts   []AuditFact
	Erased  bool // what is personal in it is gone

	told map[string]any // what the sentence may name
	what string         // with `restore`: "keys" for new ones
}

// Party is an account, key or user of the shell in an entry.
type Party struct {
	ID   int64  // 0 for none
	Name string // "" when it is not known, or erased
}

// Difference is what changed in one field. Of custom fields the log keeps the names alone.
type Difference struct {
	Field    string
	From, To string
	Names    []string
}

// AuditFact is something else that an entry tells. The text fact.NAME of admin_audit says what it is called.
type AuditFact struct {
	Name  string
	Value string // "" where the name says it all
}

// NewAuditLine reads an entry.
func NewAuditLine(e *app.AuditEntry) AuditLine {
	l := AuditLine{
		ID: e.ID, At: e.At, Action: e.Action, Target: Party{e.TargetID, e.TargetEmail}, By: Party{e.ActorID, e.ActorName}, ByKind: e.ActorKind,
		IP: e.IP, Erased: e.ActorErased || e.TargetErased, told: map[string]any{"role": "", "name": "", "email": "", "n": 1},
	}
	if e.UserAgent != "" {
		l.Device = app.DeviceName(e.UserAgent)
	}
	var details map[string]json.RawMessage
	if json.Unmarshal(e.Details, &details) == nil {
		l.read(details)
	}
	return l
}

// inSentences are details that the sentence of their action names, by the place that they take in it.
var inSentences = map[string]map[string]string{
	"role.assigned":          {"role": "role"},
	"role.removed":           {"role": "role"},
	"role.created":           {"role": "role"},
	"role.updated":           {"role": "role"},
	"role.deleted":           {"role": "role"},
	"key.created":            {"name": "name", "role": "role"},
	"key.revoked":            {"name": "name"},
	"session.deleted":        {"sessions": "n"},
	"email.change_requested": {"email": "email"},
	"import":                 {"accounts": "n"},
	"audit.pruned":           {"entries": "n"},
}

// silent are numbers and digests for programs.
var silent = []string{"session", "avatar", "sha256", "key", "value", "through", "first_id", "last_id", "what"}

// negated are details that say something also when they are false.
var negated = []string{"ended", "confirmed", "is_active"}

// read sorts what an entry tells into what differs, what its sentence names, and everything else.
func (l *AuditLine) read(details map[string]json.RawMessage) {
	l.Changes = differences(details["changed"])
	delete(details, "changed")
	if l.Action == "email.changed" {
		l.Changes = append(l.Changes, Difference{Field: "email", From: plainText(details["from"]), To: plainText(details["to"])})
		delete(details, "from")
		delete(details, "to")
	}
	l.what = plainText(details["what"])
	for _, name := range slices.Sorted(maps.Keys(details)) {
		value := plainText(details[name])
		place := inSentences[l.Action][name]
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case place == "n" && err == nil:
			l.told["n"] = n
		case place == "n":
		case place != "":
			l.told[place] = value
		case value == "" || slices.Contains(silent, name):
		case value == "true":
			l.Facts = append(l.Facts, AuditFact{Name: name})
		case value == "false" && slices.Contains(negated, name):
			l.Facts = append(l.Facts, AuditFact{Name: "not_" + name})
		case value == "false":
		default:
			l.Facts = append(l.Facts, AuditFact{name, value})
		}
	}
}

// differences reads `{field: {from, to}}` and, for custom fields, `{field: [names]}`.
func differences(raw json.RawMessage) []Difference {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	var all []Difference
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		d := Difference{Field: field}
		var both struct{ From, To json.RawMessage }
		switch {
		case json.Unmarshal(fields[field], &d.Names) == nil:
		case json.Unmarshal(fields[field], &both) == nil:
			d.From, d.To = plainText(both.From), plainText(both.To)
		default:
			continue
		}
		all = append(all, d)
	}
	return all
}

// plainText is a JSON value as a person reads it; "" for null.
func plainText(raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		words := make([]string, 0, len(v))
		for _, one := range v {
			if word, ok := one.(string); ok {
				words = append(words, word)
			}
		}
		return strings.Join(words, ", ")
	}
	return string(raw)
}

// Self tells what an account did itself.
func (l AuditLine) Self() bool {
	return l.ByKind == app.ActorUser && l.By.ID != 0 && l.By.ID == l.Target.ID
}

// called is a party's name, or else its number.
func (p Party) called(texts *lang.Texts) (string, error) {
	if p.Name != "" {
		return p.Name, nil
	}
	return texts.Say("admin_audit.account", "id", strconv.FormatInt(p.ID, 10))
}

// The functions by which templates say entries. path puts the site's prefix before a path.
func auditFunctions(texts *lang.Texts, path func(string) string) template.FuncMap {
	return template.FuncMap{
		"auditSaid": func(l AuditLine) (template.HTML, error) { return l.sentence(texts, path) },
		"auditBy":   func(l AuditLine) (template.HTML, error) { return l.author(texts, path) },
		"auditName": func(kind, name string) (string, error) { return auditName(texts, kind, name) },
		"auditFact": func(f AuditFact) (string, error) { return f.value(texts) },
	}
}

// sentence says what happened. An action that is not known here is named as programs name it.
func (l AuditLine) sentence(texts *lang.Texts, path func(string) string) (template.HTML, error) {
	key := "admin_audit.said." + l.Action
	if nobody := "admin_audit.said_nobody." + l.Action; l.Target.ID == 0 && texts.Has(nobody) {
		key = nobody
	}
	if l.Action == "restore" && l.what == "keys" {
		key = "admin_audit.said_renewed"
	}
	if !texts.Has(key) {
		return rich(texts, "admin_audit.said_else", []any{"action", element{"code", l.Action}})
	}
	name, err := l.Target.called(texts)
	if err != nil {
		return "", err
	}
	target, err := newLinked(path(auditOf(l.Target.ID)), name)
	if err != nil {
		return "", err
	}
	values := []any{"target", target, "n", l.told["n"]}
	for _, place := range []string{"role", "name", "email"} {
		words, _ := l.told[place].(string)
		values = append(values, place, element{"bdi", words})
	}
	return rich(texts, key, values)
}

// author says who did it.
func (l AuditLine) author(texts *lang.Texts, path func(string) string) (template.HTML, error) {
	switch {
	case l.Self():
		return rich(texts, "admin_audit.by.self", nil)
	case l.ByKind == app.ActorUser:
		name, err := l.By.called(texts)
		if err != nil {
			return "", err
		}
		who, err := newLinked(path(auditOf(l.By.ID)), name)
		if err != nil {
			return "", err
		}
		return rich(texts, "admin_audit.by.user", []any{"who", who})
	case l.ByKind == app.ActorKey:
		return rich(texts, "admin_audit.by.key", []any{"who", element{"bdi", l.By.Name}})
	case l.ByKind == app.ActorShell && l.By.Name != "":
		return rich(texts, "admin_audit.by.shell", []any{"who", element{"bdi", l.By.Name}})
	case l.ByKind == app.ActorShell:
		return rich(texts, "admin_audit.by.shell_alone", nil)
	case l.IP != "":
		return rich(texts, "admin_audit.by.stranger", nil)
	}
	return rich(texts, "admin_audit.by.system", nil)
}

// auditName is what a field or a fact is called; one that is not known here, and the name of a custom field, as it is.
func auditName(texts *lang.Texts, kind, name string) (string, error) {
	if key := "admin_audit." + kind + "." + name; texts.Has(key) {
		return texts.Say(key)
	}
	return name, nil
}

// value is a fact as the language writes it.
func (f AuditFact) value(texts *lang.Texts) (string, error) {
	if at, err := time.Parse(time.RFC3339, f.Value); err == nil {
		return texts.DateTime(at.UTC()) + " UTC", nil
	}
	if n, err := strconv.ParseInt(f.Value, 10, 64); err == nil {
		return texts.Number(n), nil
	}
	if f.Name == "why" || f.Name == "found" {
		key := "admin_audit.why." + reasonKey(f.Value)
		if texts.Has(key) {
			return texts.Say(key)
		}
	}
	return f.Value, nil
}

// reasonKey turns an English reason of the log into the key of its text.
func reasonKey(reason string) string {
	return strings.NewReplacer(" ", "_", "'", "").Replace(reason)
}

// auditOf is the part of the log that concerns an account.
func auditOf(userID int64) string { return "/admin/audit?user=" + strconv.FormatInt(userID, 10) }
