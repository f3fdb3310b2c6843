package view

import (
	"strconv"
	"time"

	"doorward/app"
)

// User is one account with every act on it, for whoever manages accounts. Where an act may not be, its section says why.
type User struct {
	Frame
	ID          int64
	Face        Face
	Email       string
	Username    string
	Roles       []string
	Active      bool
	HasPassword bool
	Confirmed   time.Time // zero: not yet
	Seen        time.Time // zero: never
	Made        Making
	You         bool
	OnlyOwner   bool // nothing takes away the last active Owner

	Names       Names
	NewEmail    string // as typed
	EmailErrors Errors // of email
	Locale      string
	LocaleWrong Errors // of preferred_locale
	Picture     Picture
	Fields      Fields
	Standings   []RoleRow
	Sessions    []SessionRow
	Rule        Rule
	PassErrors  Errors // of password
	Lines       []AuditLine
	TrailIsLong bool
	No          UserRefusals
}

// Names is the form of names and time zone.
type Names struct {
	FirstName, LastName, Username, Timezone string
	Errors                                  Errors // of first_name, last_name, username and user_timezone
}

// Zones are the time zones to choose from, the present one among them.
func (n Names) Zones() []ZoneGroup { return zonesWith(n.Timezone) }

// Making is how an account came to be.
type Making struct {
	At     time.Time
	Self   bool   // registered, rather than made by an administrator or the shell
	Place  string // "Lyon, Rhône, France"; "" when not known
	IP     string
	Device string
}

func newMaking(u *app.User) Making {
	m := Making{
		At: u.CreatedAt, Self: u.SelfRegistered,
		Place: placeName(app.Place{Country: u.Registration.Country, Region: u.Registration.Region, City: u.Registration.City}),
	}
	if u.Registration.IP.IsValid() {
		m.IP = u.Registration.IP.Unmap().String()
		m.Device = app.DeviceName(u.Registration.UserAgent)
	}
	return m
}

// UserRefusals say why an act on the account may not be; nil for those that may.
type UserRefusals struct{ Change, Email, Confirmation, Status, Password, Delete *Problem }

// RoleRow is a role beside an account.
type RoleRow struct {
	Name        string
	Description string
	Held        bool
	Rank        bool     // Owner or Admin: who gets it gets a hand in others' accounts
	Refused     *Problem // why it can't be taken or given; nil when it can
}

// NewUser is the page of an account as by found it.
func NewUser(f Frame, in *app.Inspection, by app.Actor, policy app.Policy) *User {
	u := &in.User
	p := &User{
		Frame: f, ID: u.ID, Face: NewFace(u), Email: u.Email, Username: u.Username, Roles: u.Roles, Active: u.IsActive,
		HasPassword: in.HasPassword, Confirmed: u.ConfirmedAt, Seen: u.LastSeenAt, Made: newMaking(u), You: by.IsUser() && u.ID == by.ID,
		Names:  Names{FirstName: u.FirstName, LastName: u.LastName, Username: u.Username, Timezone: u.Timezone},
		Locale: u.Locale, Picture: NewPicture(u, policy.AvatarMaxBytes), Fields: NewFields(u.CustomFields), Rule: NewRule(policy),
		OnlyOwner:   in.Refused.Delete != nil && in.Refused.Delete.Code == app.CodeLastOwnerDelete,
		TrailIsLong: in.TrailIsLong, No: newUserRefusals(in.Refused),
	}
	current := ""
	if by.Session != nil {
		current = by.Session.ID
	}
	for i, s := range in.Sessions {
		p.Sessions = append(p.Sessions, NewSessionRow(s, in.Places[i], current))
	}
	for _, r := range in.Roles {
		p.Standings = append(p.Standings, RoleRow{
			Name: r.Role.Name, Description: r.Role.Description, Held: r.Held, Rank: app.RankOf([]string{r.Role.Name}) > app.RankUser,
			Refused: whyNot(r.Refused),
		})
	}
	for i := range in.Trail {
		p.Lines = append(p.Lines, NewAuditLine(&in.Trail[i]))
	}
	return p
}

func newUserRefusals(r app.Refusals) UserRefusals {
	return UserRefusals{
		Change: whyNot(r.Change), Email: whyNot(r.Email), Confirmation: whyNot(r.Confirmation),
		Status: whyNot(r.Status), Password: whyNot(r.Password), Delete: whyNot(r.Delete),
	}
}

// whyNot is a refusal as a page says it, nil for none.
func whyNot(e *app.Error) *Problem {
	switch {
	case e == nil:
		return nil
	case len(e.Fields) > 0:
		return &Problem{Fields: e.Fields}
	}
	return &Problem{Error: e}
}

func (*User) template() (file, layout string) { return "admin_user", "admin" }

// At is the account's path; what is done to it is below.
func (p *User) At() string { return UserPath(p.ID) }

// UserPath is the path of an account's page.
func UserPath(id int64) string { return "/admin/users/" + strconv.FormatInt(id, 10) }

// Fixed tells an account of which nothing may be changed.
func (p *User) Fixed() bool { return p.No.Change != nil }

// Rank is the highest role that has one: Owner, Admin or "".
func (p *User) Rank() string {
	switch app.RankOf(p.Roles) {
	case app.RankOwner:
		return app.RoleOwner
	case app.RankAdmin:
		return app.RoleAdmin
	}
	return ""
}

// Refused is why there is no button for an act: About names what has a way of its own for oneself, "" otherwise.
type Refused struct {
	About string
	Why   *Problem
}

// RefusedEmail and its kin say of the parts of the page why they offer nothing.
func (p *User) RefusedEmail() Refused { return p.refused("own-email", p.No.Email) }

// RefusedPassword says why no password can be set.
func (p *User) RefusedPassword() Refused { return p.refused("own-password", p.No.Password) }

// RefusedConfirmation says why the confirmation stays as it is.
func (p *User) RefusedConfirmation() Refused { return Refused{Why: p.No.Confirmation} }

// RefusedStatus says why the status stays as it is.
func (p *User) RefusedStatus() Refused { return Refused{Why: p.No.Status} }

// RefusedDelete says why the account stays. Of oneself, what no way would change comes first: the last Owner stays.
func (p *User) RefusedDelete() Refused {
	if p.OnlyOwner {
		return Refused{Why: p.No.Delete}
	}
	return p.refused("own-deletion", p.No.Delete)
}

func (p *User) refused(own string, why *Problem) Refused {
	if p.You {
		return Refused{own, why}
	}
	return Refused{Why: why}
}

// Languages are the languages to choose from, the present one among them.
func (p *User) Languages() []Language { return languagesWith(p.Locale) }

// Language is the present one's name, "" for none.
func (p *User) Language() string {
	if p.Locale == "" {
		return ""
	}
	return languageName(p.Locale)
}

// Password is the field for a new password.
func (p *User) Password() NewPassword { return NewPassword{"new-password", p.Rule, p.PassErrors} }
