package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"doorward/app"
)

// longestWait bounds how long a request waits for a mail.
const longestWait = time.Minute

type devMailView struct {
	ID      int64     `json:"id"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Links   []string  `json:"links"`
}

func viewDevMails(mails []app.CaughtMail) map[string][]devMailView {
	list := make([]devMailView, len(mails))
	for i, m := range mails {
		list[i] = devMailView{m.ID, m.To, m.Subject, m.At.UTC(), m.Text, m.HTML, m.Links}
		if m.Links == nil {
			list[i].Links = []string{}
		}
	}
	return map[string][]devMailView{"mails": list}
}

// getDevMailbox lists the mails, newest first; with `wait` it waits for the first.
func getDevMailbox(c *call) error {
	query := c.r.URL.Query()
	mails := c.s.options.Dev.Accounts.Mails()
	if !query.Has("wait") {
		return c.sendJSON(http.StatusOK, viewDevMails(mails.List(query.Get("to"))))
	}
	wait, ok := duration(query.Get("wait"))
	if !ok || wait > longestWait {
		return app.Invalid(app.FieldError{Field: "wait", Rule: app.RuleOutOfRange, Message: "Wait for up to 60s, such as 5s."})
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), wait)
	defer cancel()
	return c.sendJSON(http.StatusOK, viewDevMails(mails.Wait(ctx, query.Get("to"))))
}

func deleteDevMailbox(c *call) error {
	c.s.options.Dev.Accounts.Mails().Delete(c.r.URL.Query().Get("to"))
	return c.sendEmpty(http.StatusNoContent)
}

// duration reads 61m, 1h30m and 7d; not ok for what is none or not positive.
func duration(text string) (d time.Duration, ok bool) {
	rest := text
	if digits, after, found := strings.Cut(text, "d"); found {
		days, err := time.ParseDuration(digits + "h")
		if err != nil || days > longestDays {
			return 0, false
		}
		d, rest = 24*days, after
	}
	if rest != "" || rest == text {
		more, err := time.ParseDuration(rest)
		if err != nil {
			return 0, false
		}
		d += more
	}
	return d, d > 0
}

// longestDays keeps a number of days, read as hours, from overflowing.
const longestDays = 100_000 * time.Hour

type devSessionBody struct {
	Email string `json:"email"`
}

// postDevSession opens a session without a password, with its token and its cookie.
func postDevSession(c *call) error {
	body, err := decode[devSessionBody](c)
	if err != nil {
		return err
	}
	grant, err := c.s.options.Dev.Accounts.SignInAs(c.r.Context(), app.Stranger(c.client), body.Email)
	if err != nil {
		return err
	}
	if err := c.setSession(grant); err != nil {
		return err
	}
	return c.sendJSON(http.StatusCreated, grantAnswer{grant.Token.Reveal(), c.viewGranted(&grant), c.s.viewUser(&grant.User, true)})
}

type devClockBody struct {
	Advance string `json:"advance"`
}

// postDevClock moves the server's clock.
func postDevClock(c *call) error {
	body, err := decode[devClockBody](c)
	if err != nil {
		return err
	}
	now, err := c.advance(body.Advance)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, map[string]time.Time{"now": now})
}

func (c *call) advance(text string) (time.Time, error) {
	by, _ := duration(text) // 0 for what can't be read: refused like any other that is not forward
	now, err := c.s.options.Dev.Accounts.Advance(c.r.Context(), by)
	return now.UTC(), err
}

type devFaultsBody struct {
	Mail string `json:"mail"`
	Next *int   `json:"next,omitempty"`
}

// postDevFaults makes the next deliveries fail; one, where no number is given.
func postDevFaults(c *call) error {
	body, err := decode[devFaultsBody](c)
	if err != nil {
		return err
	}
	next := 1
	if body.Next != nil {
		next = *body.Next
	}
	if !c.s.options.Dev.Accounts.Mails().Fail(body.Mail, next) {
		return app.Invalid(app.FieldError{Field: "mail", Rule: app.RuleUnknown, Message: "Mails fail by tempfail, permfail, hang or drop, the next 0 or more of them."})
	}
	return c.sendEmpty(http.StatusNoContent)
}

type devUserBody struct {
	Email        string                     `json:"email"`
	Password     *app.Secret                `json:"password,omitempty"`
	Username     string                     `json:"username,omitempty"`
	FirstName    string                     `json:"first_name,omitempty"`
	LastName     string                     `json:"last_name,omitempty"`
	Timezone     string                     `json:"user_timezone,omitempty"`
	Locale       string                     `json:"preferred_locale,omitempty"`
	IsActive     *bool                      `json:"is_active,omitempty"`
	ConfirmedAt  *time.Time                 `json:"confirmed_at,omitempty"`
	Confirmed    *bool                      `json:"confirmed,omitempty"`
	Roles        []string                   `json:"roles,omitempty"`
	CustomFields map[string]json.RawMessage `json:"custom_fields,omitempty"`
}

type devResetBody struct {
	Users []devUserBody `json:"users,omitempty"`
	Roles []string      `json:"roles,omitempty"` // beside the system's
}

// postDevReset brings everything back to the seeds, or to the accounts given.
func postDevReset(c *call) error {
	body := devResetBody{}
	if c.r.ContentLength != 0 {
		var err error
		if body, err = decode[devResetBody](c); err != nil {
			return err
		}
	}
	users := app.Seeds()
	if body.Users != nil {
		users = make([]app.DevUser, len(body.Users))
		for i, u := range body.Users {
			users[i] = u.user()
		}
	}
	if err := c.s.options.Dev.Accounts.Reset(c.r.Context(), users, body.Roles...); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

func (u devUserBody) user() app.DevUser {
	made := app.DevUser{
		AccountRow: app.AccountRow{
			Email: u.Email, Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Timezone: u.Timezone, Locale: u.Locale,
			IsActive: u.IsActive, Roles: u.Roles, CustomFields: u.CustomFields,
		},
		Password:    app.DevPassword,
		Unconfirmed: u.Confirmed != nil && !*u.Confirmed,
	}
	if u.Password != nil {
		made.Password = *u.Password
	}
	if u.ConfirmedAt != nil {
		made.ConfirmedAt = *u.ConfirmedAt
	}
	return made
}
