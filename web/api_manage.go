package web

import (
	"encoding/json"
	"net/http"

	"doorward/app"
)

// Acts on the account of another: api_manage_*.go for what has several routes.

type newUserBody struct {
	Email                string                     `json:"email" maxLength:"160"`
	Password             *app.Secret                `json:"password,omitempty" format:"password" doc:"Without it a link to set one is mailed, good for 7 days."`
	PasswordConfirmation *app.Secret                `json:"password_confirmation,omitempty" format:"password" doc:"When sent, must match."`
	Username             string                     `json:"username,omitempty" doc:"Made from the e-mail when absent."`
	FirstName            string                     `json:"first_name,omitempty"`
	LastName             string                     `json:"last_name,omitempty"`
	Roles                []string                   `json:"roles,omitempty" doc:"By their exact names. Absent: the default role; empty: none. Only an Owner gives Admin and Owner."`
	Confirmed            bool                       `json:"confirmed,omitempty" doc:"The address counts as proven."`
	IsActive             *bool                      `json:"is_active,omitempty" doc:"Absent: the default status."`
	UserTimezone         string                     `json:"user_timezone,omitempty" doc:"An IANA name, or whole hours from -12 to +14."`
	PreferredLocale      string                     `json:"preferred_locale,omitempty" doc:"ll or ll-CC."`
	CustomFields         map[string]json.RawMessage `json:"custom_fields,omitempty"`
}

func postUser(c *call) error {
	body, err := decode[newUserBody](c)
	if err != nil {
		return err
	}
	user, err := c.s.accounts.CreateUser(c.r.Context(), c.actor, app.NewUserInput{
		Email: body.Email, Password: body.Password, PasswordConfirmation: body.PasswordConfirmation, Username: body.Username,
		FirstName: body.FirstName, LastName: body.LastName, Roles: body.Roles, Confirmed: body.Confirmed, IsActive: body.IsActive,
		Timezone: body.UserTimezone, Locale: body.PreferredLocale, CustomFields: body.CustomFields,
	})
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusCreated, userAnswer{c.s.viewUser(&user, true)})
}

// done answers an act that has nothing to show.
func (c *call) done(status int, err error) error {
	if err != nil {
		return err
	}
	return c.sendEmpty(status)
}

func docPostUser() *operation {
	return &operation{
		id: "createUser", tag: "Accounts", summary: "Make an account",
		about: "Without a password a link to set one is mailed to the address; with one no mail goes out. Everything that is wrong is told at once.",
		takes: newUserBody{}, example: `{"email": "grace@example.org", "first_name": "Grace", "roles": ["User"], "custom_fields": {"phone": "555-1234"}}`,
		gives:   []given{{http.StatusCreated, "The account.", userAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeOwnerRoleProtected, app.CodeRankTooLow},
	}
}

func putUserPassword(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	body, err := decode[newPasswordBody](c)
	if err != nil {
		return err
	}
	return c.done(http.StatusNoContent, c.s.accounts.SetUserPassword(c.r.Context(), c.actor, id, app.PasswordInput{
		Password: body.Password, Confirmation: body.PasswordConfirmation,
	}))
}

func docPutUserPassword() *operation {
	return &operation{
		id: "setUserPassword", tag: "Accounts", summary: "Set another account's password",
		about: "Every session and mailed link of the account ends, and its address is told. One's own is changed at `PUT /me/password`.",
		takes: newPasswordBody{}, example: `{"password": "a better horse battery"}`,
		gives:   []given{{http.StatusNoContent, "The password is set.", nil}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow, app.CodeValidationFailed},
	}
}

type statusBody struct {
	IsActive *bool `json:"is_active" nullable:"false"`
}

func putUserStatus(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	body, err := decode[statusBody](c)
	if err != nil {
		return err
	}
	if body.IsActive == nil {
		return app.Invalid(app.FieldError{Field: "is_active", Rule: app.RuleRequired, Message: "Send true or false."})
	}
	user, err := c.s.accounts.SetUserStatus(c.r.Context(), c.actor, id, *body.IsActive)
	return c.sendUser(user, err)
}

func docPutUserStatus() *operation {
	return &operation{
		id: "setUserStatus", tag: "Accounts", summary: "Activate or deactivate another account",
		about: "Deactivation ends every session; activating again brings none back. Nobody changes their own status.",
		takes: statusBody{}, example: `{"is_active": false}`,
		gives:   []given{{http.StatusOK, "The account, also when nothing changed.", userAnswer{}}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow, app.CodeLastOwnerDeactivate, app.CodeValidationFailed},
	}
}

func deleteUser(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	return c.done(http.StatusNoContent, c.s.accounts.DeleteUser(c.r.Context(), c.actor, id))
}

func docDeleteUser() *operation {
	return &operation{
		id: "deleteUser", tag: "Accounts", summary: "Delete another account",
		about:   "With everything that is its own. This can't be undone. One's own is deleted at `DELETE /me`.",
		gives:   []given{{http.StatusNoContent, "The account is gone.", nil}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow, app.CodeLastOwnerDelete},
	}
}
