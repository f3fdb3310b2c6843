package view

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"doorward/app"
)

func accountStories() []Story {
	stories := append(profileStories(), securityStories()...)
	return append(stories, sessionStories()...)
}

func profile(u *app.User, note Note) *Profile {
	f := framed(u)
	f.Here, f.Note = "/account", note
	return &Profile{
		Frame: f, FirstName: u.FirstName, LastName: u.LastName, Username: u.Username, Timezone: u.Timezone, Locale: u.Locale,
		Picture: NewPicture(u, 10<<20), Fields: NewFields(u.CustomFields),
	}
}

func profileStories() []Story {
	wrongNames := profile(awkward(), "")
	wrongNames.FirstName = strings.Repeat("very ", 30) + "long"
	wrongNames.Errors = Errors{
		inCase(wrong("first_name", app.RuleTooLong, "A name has at most 100 characters."), "name_long", 100),
		wrong("username", app.RuleTaken, "That username is taken. Choose another."),
		wrong("user_timezone", app.RuleUnknown, "Choose a time zone such as Europe/Paris, or whole hours from -12 to +14."),
	}
	wrongLanguage := profile(ada(), "")
	wrongLanguage.LocaleErrors = Errors{wrong("preferred_locale", app.RuleUnknown, "Choose a language such as en or en-GB.")}
	awaited := ada()
	awaited.Avatar = &app.Avatar{ID: "pppppppppppppppppppppp", Status: app.AvatarProcessing}
	failed := ada()
	failed.Avatar = &app.Avatar{ID: "ffffffffffffffffffffff", Status: app.AvatarFailed, Error: "picture_damaged"}
	refused := profile(ada(), "")
	refused.Picture.Refused = &Problem{Error: &app.Error{Code: app.CodeUnsupportedMediaType, Case: "no_picture"}}
	newField := profile(withFields(), "")
	newField.Fields.RefusedNew("email", "ada@example.net", Errors{inCase(wrong("name", app.RuleNotUpdatable, "This name belongs to the account itself, and can't be changed here."), "custom_field_protected", 0)})
	fullField := profile(withFields(), "")
	fullField.Fields.Refused("about", strings.Repeat("very ", 40)+"long\n\nindeed", Errors{inCase(wrong("value", app.RuleTooLong, "Custom fields take at most 64 KiB in all."), "custom_fields_large", 0)})
	newcomer := &app.User{ID: 5, Email: "new@example.org", Username: "new", IsActive: true, Roles: []string{app.RoleUser}}
	waiting := Unconfirmed{Frame: NewFrame(newcomer, true, false, storyTime)}
	waiting.Here, waiting.Note = "/account", NoteRegistered
	kept := Unconfirmed{Frame: NewFrame(newcomer, true, false, storyTime), Kept: true}
	kept.Here = "/account"
	return []Story{
		{"profile", profile(ada(), "")},
		{"profile-owner", profile(ada(), NoteOwner)},
		{"profile-saved", profile(rightToLeft(), NoteProfileSaved)},
		{"profile-awkward", profile(awkward(), "")},
		{"profile-wrong", wrongNames},
		{"profile-language-wrong", wrongLanguage},
		{"profile-picture-awaited", profile(awaited, NotePictureReceived)},
		{"profile-picture-failed", profile(failed, "")},
		{"profile-picture-refused", refused},
		{"profile-fields", profile(withFields(), NoteFieldAdded)},
		{"profile-fields-many", profile(withManyFields(), NoteFieldRemoved)},
		{"profile-field-name-wrong", newField},
		{"profile-field-value-wrong", fullField},
		{"unconfirmed", &waiting},
		{"unconfirmed-kept", &kept},
	}
}

// withFields has a custom field of every kind.
func withFields() *app.User {
	u := ada()
	u.CustomFields = map[string]json.RawMessage{
		"phone": json.RawMessage(`"555-1234"`), "about": json.RawMessage(`"I count.\nI compute.\n"`), "<b>&": json.RawMessage(`"<script>alert(1)</script>"`),
		"plan": json.RawMessage(`{"seats":5,"add-ons":["mail","chat"]}`), "newsletter": json.RawMessage(`true`), "empty": json.RawMessage(`""`),
		"bell\a": json.RawMessage(`"a name that no form can send"`), "الهاتف": json.RawMessage(`"٥٥٥"`), "tab": json.RawMessage(`"a\tb"`),
		strings.Repeat("w", 100): json.RawMessage(`[` + strings.Repeat("1234567890", 100) + `]`), "none": json.RawMessage(`null`),
	}
	return u
}

// withManyFields has more custom fields than a page shows.
func withManyFields() *app.User {
	u := ada()
	u.CustomFields = map[string]json.RawMessage{}
	for i := range maxFieldRows + 3 {
		u.CustomFields[fmt.Sprintf("field %03d", i)] = json.RawMessage(`"x"`)
	}
	return u
}

func security(u *app.User) *Security {
	f := framed(u)
	f.Here = "/account/security"
	return &Security{Frame: f, Username: u.Email, Handle: u.Username, Rule: plainRule}
}

func securityStories() []Story {
	changed := security(ada())
	changed.Note = NotePasswordChanged
	wrongPassword := security(ada())
	wrongPassword.Rule = strictRule
	wrongPassword.PasswordErrors = Errors{
		wrong("current_password", app.RuleNotValid, wrongCurrent),
		inCase(wrong("password", app.RuleMustDiffer, "The password can't be the e-mail address."), "password_is_email", 0),
	}
	wrongEmail := security(awkward())
	wrongEmail.NewEmail = longEmail
	wrongEmail.EmailErrors = Errors{
		wrong("email", app.RuleDidNotChange, "That is your address already."),
		wrong("current_password", app.RuleNotValid, wrongCurrent),
	}
	wrongDelete := security(ada())
	wrongDelete.DeleteErrors = Errors{wrong("current_password", app.RuleNotValid, wrongCurrent)}
	lastOwner := security(ada())
	lastOwner.Stays = true
	return []Story{
		{"security", security(ada())},
		{"security-changed", changed},
		{"security-password-wrong", wrongPassword},
		{"security-email-wrong", wrongEmail},
		{"security-delete-wrong", wrongDelete},
		{"security-last-owner", lastOwner},
	}
}

func sessionStories() []Story {
	page := func(u *app.User, note Note, rows ...SessionRow) *Sessions {
		f := framed(u)
		f.Here, f.Note = "/account/sessions", note
		return &Sessions{Frame: f, List: rows}
	}
	row := func(id, agent, ip string, age, seen time.Duration) SessionRow {
		place := map[string]app.Place{"here": {City: "Lyon", Region: "Auvergne-Rhône-Alpes", Country: "France"}, "old": {Country: "Japan"}}[id]
		return NewSessionRow(app.Session{
			ID: id, UserAgent: agent, IP: netip.MustParseAddr(ip), CreatedAt: storyTime.Add(-age), LastSeenAt: storyTime.Add(-seen),
		}, place, "here")
	}
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	here := row("here", firefox, "203.0.113.9", 3*time.Hour, 0)
	other := row("phone", phone, "2001:db8:85a3:8d3:1319:8a2e:370:7348", 40*24*time.Hour, 3*time.Minute)
	unknown := row("old", "", "198.51.100.7", 400*24*time.Hour, 29*24*time.Hour)
	many := []SessionRow{here}
	for i := range 999 {
		many = append(many, row(fmt.Sprint("s", i), firefox, "198.51.100.7", time.Duration(i)*time.Hour, time.Duration(i)*time.Minute))
	}
	return []Story{
		{"sessions", page(ada(), "", here, other, unknown)},
		{"sessions-one", page(awkward(), NoteOtherSessionsEnded, here)},
		{"sessions-thousand", page(ada(), NoteSessionEnded, many...)},
	}
}

func listStories() []Story { return append(userStories(), mailStories()...) }

func mailStories() []Story {
	list := func(f Frame, key string, mails ...MailRow) *Mailbox {
		return &Mailbox{Frame: f, Key: key, Mails: mails}
	}
	confirm := MailRow{ID: 12, To: "ada@example.org", Subject: "Confirm your e-mail address for Doorward", At: storyTime.Add(-time.Minute)}
	long := MailRow{ID: 11, To: longEmail, Subject: "Set a new password for " + longName, At: storyTime.Add(-25 * time.Hour)}
	broken := MailRow{ID: 10, To: "grace@example.org", At: storyTime.AddDate(-1, 0, 0), Error: "its token can't be unsealed"}
	text := "Doorward\n\nAn account at Doorward was made with this address, and it needs your confirmation.\n\nConfirm this address:\n" +
		"http://localhost:8080/confirm/ttttttttttttttttttttttttttttttttttttttttttt\n\nThe link works once, until 7 February 2026, 12:00 (UTC).\n"
	return []Story{
		{"mailbox", list(framed(ada()), "", confirm, long, broken)},
		{"mailbox-by-key", list(stranger(), "kkkk", confirm)},
		{"mailbox-empty", list(framed(ada()), "")},
		{"mail", &Mail{Frame: framed(ada()), ID: 12, To: "ada@example.org", Subject: confirm.Subject, At: confirm.At, Text: text, HTML: true}},
		{"mail-broken", &Mail{Frame: stranger(), Key: "kkkk", ID: 10, To: longEmail, At: broken.At, Error: broken.Error}},
	}
}
