package view

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"doorward/app"
)

// TrailEntry is an entry of the audit log beside an account: what happened, who did it, and what differs since.
type TrailEntry struct {
	Action  string // its text is trail.action's
	At      time.Time
	ByKind  app.ActorKind
	ByID    int64  // with app.ActorUser and app.ActorKey
	ByName  string // "" when not known, or erased
	BySelf  bool   // the account itself did it
	OtherID int64  // the account that it concerns, where that is another one; 0 else
	Other   string // its address
	IP      string
	Device  string
	Changes []Change
	Customs []string // custom fields that differ: the log does not keep their values
	Facts   []Fact
	Erased  bool // what is personal in it is gone
}

// Change is what differs in one field.
type Change struct {
	Field    string
	From, To string
}

// ownFields are those that the texts of `trail.field` name.
var ownFields = []string{"first_name", "last_name", "username", "email", "user_timezone", "preferred_locale", "name", "description"}

// Known tells a field that has a name of its own in every language.
func (c Change) Known() bool { return slices.Contains(ownFields, c.Field) }

// Fact is something else that an entry tells. Without a value its name says all.
type Fact struct{ Name, Value string }

// knownFacts are those that the texts of `trail.fact` name.
var knownFacts = []string{
	"role", "roles", "username", "email", "why", "in_a_row", "sessions", "remember", "confirmed", "is_active", "ended", "name", "description",
}

// Known tells a fact that has a name of its own in every language.
func (f Fact) Known() bool { return slices.Contains(knownFacts, f.Name) }

// ByAt is the path of the account that did it.
func (t TrailEntry) ByAt() string { return UserPath(t.ByID) }

// OtherAt is the path of the other account that it concerns.
func (t TrailEntry) OtherAt() string { return UserPath(t.OtherID) }

// silentFacts are numbers and digests for programs.
var silentFacts = []string{"session", "avatar", "sha256", "key", "value", "found"}

// NewTrailEntry is an entry as the page of an account shows it.
func NewTrailEntry(e *app.AuditEntry, userID int64) TrailEntry {
	t := TrailEntry{
		Action: e.Action, At: e.At, ByKind: e.ActorKind, ByID: e.ActorID, ByName: e.ActorName,
		BySelf: e.ActorKind == app.ActorUser && e.ActorID == userID, IP: e.IP, Erased: e.ActorErased || e.TargetErased,
	}
	if e.UserAgent != "" {
		t.Device = app.DeviceName(e.UserAgent)
	}
	if e.TargetID != userID {
		t.OtherID, t.Other = e.TargetID, e.TargetEmail
	}
	var details map[string]json.RawMessage
	if json.Unmarshal(e.Details, &details) == nil {
		t.readDetails(details)
	}
	return t
}

// readDetails sorts what an entry tells into what differs, by field, and everything else.
func (t *TrailEntry) readDetails(details map[string]json.RawMessage) {
	t.readChanged(details["changed"])
	delete(details, "changed")
	if t.Action == "email.changed" {
		t.Changes = append(t.Changes, Change{"email", plain(details["from"]), plain(details["to"])})
		delete(details, "from")
		delete(details, "to")
	}
	for _, name := range slices.Sorted(maps.Keys(details)) {
		switch value := plain(details[name]); {
		case value == "" || value == "false" || slices.Contains(silentFacts, name):
		case value == "true":
			t.Facts = append(t.Facts, Fact{Name: name})
		default:
			t.Facts = append(t.Facts, Fact{name, value})
		}
	}
}

func (t *TrailEntry) readChanged(raw json.RawMessage) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		var both struct{ From, To json.RawMessage }
		switch {
		case json.Unmarshal(fields[field], &t.Customs) == nil: // a list of names
		case json.Unmarshal(fields[field], &both) == nil:
			t.Changes = append(t.Changes, Change{field, plain(both.From), plain(both.To)})
		}
	}
}

// plain is a JSON value as a person reads it; "" for none and for what says nothing.
func plain(raw json.RawMessage) string {
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
		var words []string
		for _, one := range v {
			if word, ok := one.(string); ok {
				words = append(words, word)
			}
		}
		return strings.Join(words, ", ")
	}
	return string(raw)
}
