package view

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"doorward/app"
)

// Story is a page prepared with data that pages find hard, for the golden files, the screenshots and the story book.
type Story struct {
	Name string // in kebab case, unique
	Page Framed
}

// storyTime is when every story happens.
var storyTime = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// Stories are all stories, made anew.
func Stories() []Story {
	stories := signInStories()
	stories = append(stories, mailedLinkStories()...)
	stories = append(stories, accountStories()...)
	stories = append(stories, listStories()...)
	stories = append(stories, adminStories()...)
	stories = append(stories, devStories()...)
	stories = append(stories, failureStories()...)
	return append(stories, translatedStories(stories)...)
}

// translatedStories are some stories told again in languages that pages find hard: one that runs from right to left, one
// without spaces, one with long words. Their names end in the language.
func translatedStories(stories []Story) []Story {
	again := map[string][]string{
		"ar": {"login", "register-wrong", "confirm", "sessions", "security", "mailbox", "failure-503",
			"overview-troubled", "welcome", "roles", "role", "all-sessions", "jobs", "keys-made", "audit"},
		"ja": {"login-limited", "unconfirmed", "sessions", "reset-sent", "overview", "audit"},
		"de": {"register-strict", "security-password-wrong", "sessions", "overview-troubled", "welcome", "roles", "role-unheld", "all-sessions", "jobs", "keys-wrong", "audit"},
		"fr": {"login-refused", "audit"}, "es": {"register-unowned", "audit"}, "uk": {"sessions", "overview-first-day", "audit"},
	}
	var told []Story
	for _, language := range []string{"ar", "ja", "de", "fr", "es", "uk"} {
		for _, story := range stories {
			if slices.Contains(again[language], story.Name) {
				told = append(told, Story{story.Name + "-" + language, spoken(story.Page, language)})
			}
		}
	}
	return told
}

// spoken is a copy of a page in another language.
func spoken(page Framed, language string) Framed {
	again := reflect.New(reflect.TypeOf(page).Elem())
	again.Elem().Set(reflect.ValueOf(page).Elem())
	other := again.Interface().(Framed)
	other.Around().Lang = language
	return other
}

func stranger() Frame { return Frame{Now: storyTime, Self: "/login?return_to=%2Faccount"} }

func with(f Frame, change func(*Frame)) Frame {
	change(&f)
	return f
}

func wrong(field string, rule app.Rule, message string) app.FieldError {
	return app.FieldError{Field: field, Rule: rule, Message: message}
}

// inCase names the sentence of a field's error, with the figure in it; 0 for none.
func inCase(e app.FieldError, name string, limit int64) app.FieldError {
	e.Case, e.Limit = name, limit
	return e
}

func refusedWith(code app.Code) *Problem { return &Problem{Error: &app.Error{Code: code}} }

const wrongCurrent = "That is not your current password."

var (
	plainRule  = Rule{Min: 8}
	strictRule = Rule{Min: 14, Upper: true, Lower: true, Digit: true, Special: true}
	longEmail  = strings.Repeat("a-very-long-name.", 8) + "x@subdomain.example.org"
	longName   = strings.Repeat("Wolfeschlegel", 8)[:100]
)

func signInStories() []Story {
	refused := with(stranger(), func(f *Frame) { f.Alert = refusedWith(app.CodeInvalidCredentials) })
	limited := with(stranger(), func(f *Frame) { f.Alert, f.Retry = refusedWith(app.CodeRateLimitExceeded), 90*time.Second })
	unconfirmed := with(stranger(), func(f *Frame) {
		f.Alert = refusedWith(app.CodeAccountUnconfirmed)
	})
	goOn := with(stranger(), func(f *Frame) { f.Note = NoteSessionOver })
	return []Story{
		{"login", &Login{Frame: stranger(), MayRegister: true}},
		{"login-go-on", &Login{Frame: goOn, ReturnTo: "/account/sessions?a=1&b=2", MayRegister: true}},
		{"login-refused", &Login{Frame: refused, Login: "ada@example.org", Remember: true, MayRegister: true}},
		{"login-empty", &Login{Frame: stranger(), Errors: Errors{inCase(wrong("email", app.RuleRequired, "Enter your e-mail address or username."), "login_missing", 0)}}},
		{"login-limited", &Login{Frame: limited, Login: longEmail}},
		{"login-unconfirmed", &Login{Frame: unconfirmed, Login: "ada", Unconfirmed: true}},
		{"logout", &Logout{Frame: framed(ada())}},
		{"logout-long", &Logout{Frame: framed(awkward())}},
		{"register", &Register{Frame: stranger(), Rule: plainRule}},
		{"register-strict", &Register{Frame: stranger(), Rule: strictRule}},
		{"register-wrong", &Register{Frame: stranger(), Email: longEmail, Rule: strictRule, Errors: Errors{
			wrong("email", app.RuleTaken, "That address has an account already. Sign in, or reset the password."),
			wrong("password", app.RuleTooCommon, "That password is on the list of common ones. Choose one that nobody would guess."),
		}}},
		{"register-setup", &Register{Frame: stranger(), SetupCode: "cccccccccccccccccccccc", Rule: plainRule}},
		{"register-closed", &RegisterRefused{Frame: stranger()}},
		{"register-unowned", &RegisterRefused{Frame: stranger(), Unowned: true}},
		{"register-sent", &Sent{Frame: stranger(), After: SentAfterRegistration}},
	}
}

func mailedLinkStories() []Story {
	made := app.PendingConfirmation{
		Email: "a•••@example.org", RegisteredAt: storyTime.Add(-26 * time.Hour), Device: "Firefox on Linux", IP: "203.0.113.9", Deniable: true,
	}
	bare := app.PendingConfirmation{Email: "a•••@" + strings.Repeat("long.", 20) + "example.org", RegisteredAt: storyTime.AddDate(-1, 0, 0)}
	noMail := []app.FieldError{wrong("email", app.RuleInvalidFormat, "That doesn't look like an e-mail address: it needs one @ with something on both sides, and no spaces.")}
	short := Errors{inCase(wrong("password", app.RuleTooShort, "A password has at least 14 characters."), "", 14)}
	return []Story{
		{"confirm", &Confirm{Frame: stranger(), Token: "ttt", Pending: made}},
		{"confirm-bare", &Confirm{Frame: stranger(), Token: "ttt", Pending: bare}},
		{"confirm-ask", &ConfirmAsk{Frame: stranger()}},
		{"confirm-ask-wrong", &ConfirmAsk{Frame: stranger(), Email: "ada at example", Errors: noMail}},
		{"confirm-sent-kept", &Sent{Frame: stranger(), After: SentAfterConfirmation, Kept: true}},
		{"confirm-dead", &DeadLink{Frame: stranger(), For: SentAfterConfirmation}},
		{"confirm-dead-confirmed", &DeadLink{Frame: framed(ada()), For: SentAfterConfirmation}},
		{"reset-ask", &ResetAsk{Frame: stranger()}},
		{"reset-ask-wrong", &ResetAsk{Frame: stranger(), Email: "<script>alert(1)</script>", Errors: noMail}},
		{"reset-sent", &Sent{Frame: stranger(), After: SentAfterReset}},
		{"reset", &Reset{Frame: stranger(), Token: "ttt", Masked: "a•••@example.org", Rule: plainRule}},
		{"reset-wrong", &Reset{Frame: stranger(), Token: "ttt", Masked: "a•••@example.org", Rule: strictRule, Errors: short}},
		{"reset-dead", &DeadLink{Frame: stranger(), For: SentAfterReset}},
		{"email-change", &EmailChange{Frame: framed(ada()), Token: "ttt", Pending: app.PendingEmailChange{OldEmail: "ada@example.org", NewEmail: longEmail}}},
		{"email-change-dead", &DeadLink{Frame: framed(ada()), For: SentAfterEmailChange}},
	}
}

func failureStories() []Story {
	of := func(status int, problem *Problem, retry time.Duration) *Failure {
		f := with(stranger(), func(f *Frame) { f.Retry = retry })
		return &Failure{Frame: f, Status: status, Problem: problem, RequestID: "5j2m8k3p9w4x"}
	}
	return []Story{
		{"failure-403", &Failure{Frame: framed(rightToLeft()), Status: 403}},
		{"failure-403-refused", &Failure{Frame: framed(ada()), Status: 403, Problem: refusedWith(app.CodeForbidden)}},
		{"failure-404", of(404, nil, 0)},
		{"failure-429", of(429, refusedWith(app.CodeRateLimitExceeded), 42*time.Second)},
		{"failure-500", of(500, nil, 0)},
		{"failure-503", of(503, refusedWith(app.CodeOverloaded), 2*time.Second)},
		{"failure-400", of(400, nil, 0)},
	}
}

// ada is an Owner with little to tell; awkward has as much of everything as there can be.
func ada() *app.User {
	return &app.User{
		ID: 1, Email: "ada@example.org", Username: "ada", FirstName: "Ada", IsActive: true, ConfirmedAt: storyTime,
		Roles: []string{app.RoleOwner}, CreatedAt: storyTime.AddDate(0, -3, 0), LastSeenAt: storyTime, Timezone: "Europe/Paris",
	}
}

func awkward() *app.User {
	return &app.User{
		ID: 2, Email: longEmail, Username: strings.Repeat("w", 30), FirstName: longName, LastName: longName, IsActive: true,
		ConfirmedAt: storyTime, Roles: []string{app.RoleUser}, CreatedAt: storyTime.AddDate(-2, 0, 0), Timezone: "-5", Locale: "cy",
		Avatar: &app.Avatar{ID: "vvvvvvvvvvvvvvvvvvvvvv", Status: app.AvatarReady},
	}
}

// rightToLeft has a name that is written from right to left.
func rightToLeft() *app.User {
	return &app.User{
		ID: 3, Email: "layla@example.org", Username: "layla", FirstName: "ليلى", LastName: "الأخيلية", IsActive: true,
		ConfirmedAt: storyTime, Roles: []string{app.RoleUser}, CreatedAt: storyTime.AddDate(0, -1, 0), Locale: "ar",
	}
}

func framed(u *app.User) Frame {
	return NewFrame(u, false, u.Rank() == app.RankOwner, storyTime)
}

// people are as many accounts as a page of the directory can hold, no two alike.
func people(n int) []UserRow {
	rows := make([]UserRow, 0, n)
	for i := range n {
		u := &app.User{
			ID: int64(100 + i), Email: fmt.Sprintf("person%d@example.org", i), Username: fmt.Sprintf("person%d", i), IsActive: i%7 != 3,
			Roles: []string{app.RoleUser}, CreatedAt: storyTime.Add(-time.Duration(i*i) * time.Hour),
		}
		if i%3 != 1 {
			u.ConfirmedAt = u.CreatedAt
		}
		if i%2 == 0 {
			u.FirstName, u.LastName = []string{"Grace", "Emmy", "Sofja", "Maryam"}[i/2%4], []string{"Hopper", "Noether", "Kowalewskaja", "Mirzakhani"}[i/2%4]
		}
		if i%5 != 4 {
			u.LastSeenAt = storyTime.Add(-time.Duration(i*37) * time.Minute)
		}
		rows = append(rows, NewUserRow(u, 0))
	}
	return rows
}
