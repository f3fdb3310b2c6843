package cli

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"doorward/app"
)

// userListCommand is `doorward user list`.
type userListCommand struct {
	Search string `help:"Part of an e-mail, username or name." placeholder:"TEXT"`
	JSON   bool   `name:"json" help:"As JSON, with the names that the API has."`
}

// listPage is how many accounts are read at one time.
const listPage = 100

// Run lists every account that fits, in the order in which they were made, backwards.
func (c userListCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) error {
		query := app.UserQuery{Page: 1, PageSize: listPage, Search: c.Search}
		var users []app.User
		for {
			page, err := a.ListUsers(in.ctx, by, query)
			if err != nil {
				return err
			}
			users = append(users, page.Users...)
			if page.NextCursor == "" {
				break
			}
			query.Page, query.Cursor = 0, page.NextCursor
		}
		if c.JSON {
			list := make([]userLine, len(users))
			for i := range users {
				list[i] = lineOf(&users[i])
			}
			return in.printJSON(map[string]any{"users": list})
		}
		rows := make([][]string, len(users))
		for i, u := range users {
			rows[i] = []string{strconv.FormatInt(u.ID, 10), u.Email, u.Username, strings.Join(u.Roles, ","), stateOf(&u), moment(u.CreatedAt), moment(u.LastSeenAt)}
		}
		return in.printTable([]string{"ID", "EMAIL", "USERNAME", "ROLES", "STATE", "CREATED", "LAST SEEN"}, rows)
	})
}

// stateOf is what stands in an account's way, in a word or two.
func stateOf(u *app.User) string {
	switch {
	case !u.IsActive && !u.IsConfirmed():
		return "inactive, unconfirmed"
	case !u.IsActive:
		return "inactive"
	case !u.IsConfirmed():
		return "unconfirmed"
	}
	return "active"
}

// userLine is an account as the API has it, without addresses of pictures, which depend on the server.
type userLine struct {
	ID              int64                      `json:"id"`
	Email           string                     `json:"email"`
	Username        *string                    `json:"username"`
	FirstName       *string                    `json:"first_name"`
	LastName        *string                    `json:"last_name"`
	FullName        *string                    `json:"full_name"`
	IsActive        bool                       `json:"is_active"`
	ConfirmedAt     *time.Time                 `json:"confirmed_at"`
	UserTimezone    *string                    `json:"user_timezone"`
	PreferredLocale *string                    `json:"preferred_locale"`
	Roles           []string                   `json:"roles"`
	CustomFields    map[string]json.RawMessage `json:"custom_fields"`
	Avatar          *avatarLine                `json:"avatar"`
	Registration    registrationLine           `json:"registration"`
	LastSeenAt      *time.Time                 `json:"last_seen_at"`
	CreatedAt       time.Time                  `json:"created_at"`
	UpdatedAt       time.Time                  `json:"updated_at"`
}

type avatarLine struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	SHA256 string `json:"sha256"`
}

type registrationLine struct {
	IP      *string `json:"ip"`
	Country *string `json:"country"`
	Region  *string `json:"region"`
	City    *string `json:"city"`
}

func lineOf(u *app.User) userLine {
	ip := ""
	if u.Registration.IP.IsValid() {
		ip = u.Registration.IP.String()
	}
	var avatar *avatarLine
	if u.Avatar != nil {
		avatar = &avatarLine{u.Avatar.ID, string(u.Avatar.Status), u.Avatar.SHA256}
	}
	return userLine{
		ID: u.ID, Email: u.Email, Username: textOrNull(u.Username), FirstName: textOrNull(u.FirstName), LastName: textOrNull(u.LastName),
		FullName: textOrNull(u.FullName()), IsActive: u.IsActive, ConfirmedAt: momentOrNull(u.ConfirmedAt),
		UserTimezone: textOrNull(u.Timezone), PreferredLocale: textOrNull(u.Locale), Roles: u.Roles, CustomFields: u.CustomFields, Avatar: avatar,
		Registration: registrationLine{textOrNull(ip), textOrNull(u.Registration.Country), textOrNull(u.Registration.Region), textOrNull(u.Registration.City)},
		LastSeenAt:   momentOrNull(u.LastSeenAt), CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// userShowCommand is `doorward user show EMAIL`.
type userShowCommand struct {
	Email string `arg:"" help:"The account's address."`
	JSON  bool   `name:"json" help:"As JSON, with the names that the API has."`
}

// Run shows the account.
func (c userShowCommand) Run(in *invocation) error {
	return in.withUser(c.Email, func(_ *app.Accounts, _ app.Actor, user app.User) error {
		line := lineOf(&user)
		if c.JSON {
			return in.printJSON(map[string]any{"user": line})
		}
		custom, err := json.Marshal(user.CustomFields)
		if err != nil {
			return fmt.Errorf("encode custom fields: %w", err)
		}
		return in.printTable([]string{"id", strconv.FormatInt(user.ID, 10)}, [][]string{
			{"email", user.Email}, {"username", user.Username}, {"name", user.FullName()}, {"state", stateOf(&user)},
			{"roles", strings.Join(user.Roles, ", ")}, {"time zone", user.Timezone}, {"language", user.Locale},
			{"confirmed", moment(user.ConfirmedAt)}, {"created", moment(user.CreatedAt)}, {"last seen", moment(user.LastSeenAt)}, {"custom fields", string(custom)},
		})
	})
}
