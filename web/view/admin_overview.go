package view

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"doorward/app"
)

// Overview is the first page of administration: what needs somebody, how many there are of everything, and what the
// last days were like.
type Overview struct {
	Frame
	Warnings []Warning
	Missing  int // steps of the set-up that are still to be done; 0 also for who is no Owner
	Figures  []FigureGroup
	Plots    []Plot
	Days     []app.DayFigures // newest first
}

func (*Overview) template() (file, layout string) { return "admin_overview", "admin" }

// Warning is one thing that an operator must see, with the one thing to do about it: a command, or a page.
type Warning struct {
	Kind    string // its sentences are the texts warning.KIND of admin_overview
	What    string // the reason or the address, as it is; "" for none
	Command string // "" where a page does it
	To      string // the page's path and query
}

// FigureGroup is figures that belong together.
type FigureGroup struct {
	Name    string // its heading is the text group.NAME
	Figures []Figure
}

// Figure is a count, with the list that it counts.
type Figure struct {
	Name  string // the text figure.NAME says what is counted
	Count app.Total
	To    string // path and query
	Bad   bool   // there should be none
}

// Alarming tells a figure that somebody should look at.
func (f Figure) Alarming() bool { return f.Bad && f.Count.Count > 0 }

// NewOverview is the page of an overview as it was read.
func NewOverview(f Frame, o *app.Overview, s SetUp) *Overview {
	p := &Overview{Frame: f, Warnings: warnings(o, s), Figures: figuresOf(o), Plots: plots(o.Days), Days: slices.Clone(o.Days)}
	slices.Reverse(p.Days)
	if f.Me.Owner {
		p.Missing = s.Missing()
	}
	return p
}

// warnings begin with what is worst.
func warnings(o *app.Overview, s SetUp) []Warning {
	var all []Warning
	if o.Trouble != "" {
		all = append(all, Warning{Kind: "database", What: o.Trouble, Command: restoreCommand})
	}
	if !s.Secure() && !s.Local() {
		all = append(all, Warning{Kind: "address", What: s.BaseURL.String(), Command: addressCommand})
	}
	if len(s.Untrusted) > 0 {
		peers := strings.Join(s.Untrusted, ",")
		all = append(all, Warning{Kind: "proxy", Command: "doorward serve --trusted-proxies " + peers})
	}
	if s.MailIsKept {
		all = append(all, Warning{Kind: "mail", Command: mailCommand})
	}
	if o.Mails.Failed.Count+o.Pictures.Failed.Count > 0 {
		all = append(all, Warning{Kind: "failed", To: "/admin/jobs?state=" + string(app.JobFailed)})
	}
	return all
}

func figuresOf(o *app.Overview) []FigureGroup {
	today := o.Today()
	count := func(name, to string, n int) Figure { return Figure{Name: name, Count: app.Total{Count: n}, To: to} }
	log := func(action string) string {
		return "/admin/audit?action=" + action + "&since=" + url.QueryEscape(today.Day.Format(time.RFC3339))
	}
	jobs := func(kind app.JobKind, counts app.JobCounts) []Figure {
		to := "/admin/jobs?kind=" + string(kind) + "&state="
		return []Figure{
			{Name: string(kind) + "_waiting", Count: counts.Waiting, To: to + string(app.JobWaiting)},
			{Name: string(kind) + "_failed", Count: counts.Failed, To: to + string(app.JobFailed), Bad: true},
		}
	}
	return []FigureGroup{
		{"accounts", []Figure{
			count("all", "/admin/users", o.Accounts.All),
			count("active", "/admin/users?status=active", o.Accounts.Active),
			count("confirmed", "/admin/users?confirmed=true", o.Accounts.Confirmed),
			count("sessions", "/admin/sessions", o.Sessions),
		}},
		{"today", []Figure{
			count("present", "/admin/users?sort=-last_seen_at", today.Present),
			count("logins", log("session.created"), today.Logins),
			count("failed_logins", log("login.failed"), today.FailedLogins),
			count("registrations", log("user.registered"), today.Registrations),
		}},
		{"jobs", append(jobs(app.JobMail, o.Mails), jobs(app.JobAvatar, o.Pictures)...)},
	}
}
