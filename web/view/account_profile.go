package view

import (
	"strings"

	"doorward/app"
)

// Profile is one's own account: picture, names, time zone, language, custom fields.
type Profile struct {
	Frame
	FirstName, LastName string
	Username            string
	Timezone            string
	Locale              string
	Picture             Picture
	Errors              Errors // of first_name, last_name, username and user_timezone
	LocaleErrors        Errors // of preferred_locale
	Fields              Fields
}

// Picture is the face on the profile, and what becomes of an upload.
type Picture struct {
	Face     Face
	Present  bool     // there is something to remove
	Awaited  bool     // an upload is being worked on: the page looks again by itself
	Failed   string   // the case in which the last upload was no picture, for its owner; "" otherwise
	MaxBytes int64    // larger files are refused
	Refused  *Problem // why this upload was refused; nil when it wasn't
}

// NewPicture is the picture of an account as it stands.
func NewPicture(u *app.User, maxBytes int64) Picture {
	p := Picture{Face: NewFace(u), MaxBytes: maxBytes}
	if u.Avatar == nil {
		return p
	}
	p.Present = true
	p.Awaited = u.Avatar.Status == app.AvatarProcessing
	if u.Avatar.Status == app.AvatarFailed {
		p.Failed = u.Avatar.Error
	}
	return p
}

// Refuse says why an upload was refused, in place of what was wrong with one before: what is wrong with the file, or else
// the alert.
func (p *Picture) Refuse(wrong Errors, alert *Problem) {
	p.Refused, p.Failed = alert, ""
	if file := wrong.Of("file"); file != nil {
		p.Refused = &Problem{Fields: []app.FieldError{*file}}
	}
}

func (*Profile) template() (file, layout string) { return "account_profile", "account" }

// Zones are the time zones to choose from, the present one among them.
func (p *Profile) Zones() []ZoneGroup { return zonesWith(p.Timezone) }

// Languages are the languages to choose from, the present one among them.
func (p *Profile) Languages() []Language { return languagesWith(p.Locale) }

// ZoneGroup is a part of the world with its time zones.
type ZoneGroup struct {
	Name  string // a text of zones.toml
	Zones []Zone
}

// Zone is one time zone to choose.
type Zone struct {
	Name   string // what is stored: Europe/Paris
	Label  string // what is read: Paris
	Chosen bool
}

// zonesWith groups the known zones; a chosen one that is not among them (an offset, an old name) comes first.
func zonesWith(chosen string) []ZoneGroup {
	var groups []ZoneGroup
	found := chosen == ""
	for name := range strings.Lines(zoneNames) {
		name = strings.TrimSpace(name)
		region, city, ok := strings.Cut(name, "/")
		if !ok {
			continue
		}
		if len(groups) == 0 || groups[len(groups)-1].Name != region {
			groups = append(groups, ZoneGroup{Name: region})
		}
		group := &groups[len(groups)-1]
		label := strings.ReplaceAll(strings.ReplaceAll(city, "_", " "), "/", ", ")
		group.Zones = append(group.Zones, Zone{name, label, name == chosen})
		found = found || name == chosen
	}
	if !found {
		groups = append([]ZoneGroup{{"chosen", []Zone{{chosen, zoneLabel(chosen), true}}}}, groups...)
	}
	return groups
}

func zoneLabel(zone string) string {
	if strings.Trim(zone, "+-0123456789") != "" {
		return zone
	}
	if zone[0] != '+' && zone[0] != '-' {
		zone = "+" + zone
	}
	return "UTC" + zone
}
