package web

import (
	"net/http"

	"doorward/app"
)

func postPasswordReset(c *call) error {
	body, err := decode[addressBody](c)
	if err != nil {
		return err
	}
	if err := c.s.accounts.RequestPasswordReset(c.r.Context(), app.Stranger(c.client), body.Email); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusAccepted)
}

func docPostPasswordReset() *operation {
	return &operation{
		id: "requestPasswordReset", tag: "Password reset", summary: "Ask for a link to set a new password",
		about: "The answer is the same whatever the address.",
		takes: addressBody{}, example: addressExample,
		gives:   []given{{http.StatusAccepted, "If there is an account, a mail goes to it.", nil}},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeRateLimitExceeded},
	}
}

type resetAnswer struct {
	Email string `json:"email" doc:"Masked: a mail scanner may ask."`
}

func getPasswordReset(c *call) error {
	pending, err := c.s.accounts.FindPasswordReset(c.r.Context(), c.pathToken())
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, resetAnswer{pending.MaskedEmail})
}

func docGetPasswordReset() *operation {
	return &operation{
		id: "getPasswordReset", tag: "Password reset", summary: "Whose password does a link set?", about: "Changes nothing.",
		gives:   []given{{http.StatusOK, "The link is good.", resetAnswer{}}},
		refuses: []app.Code{app.CodeInvalidToken},
	}
}

type newPasswordBody struct {
	Password             app.Secret  `json:"password" format:"password"`
	PasswordConfirmation *app.Secret `json:"password_confirmation,omitempty" format:"password" doc:"When sent, must match."`
}

func putPasswordReset(c *call) error {
	body, err := decode[newPasswordBody](c)
	if err != nil {
		return err
	}
	device, err := c.s.accounts.ResetPassword(c.r.Context(), app.Stranger(c.client), c.pathToken(), app.PasswordInput{
		Password: body.Password, Confirmation: body.PasswordConfirmation,
	})
	if err != nil {
		return err
	}
	return c.done(http.StatusNoContent, c.setDevice(device))
}

func docPutPasswordReset() *operation {
	return &operation{
		id: "resetPassword", tag: "Password reset", summary: "Set a new password by a mailed token",
		about: "Every session and every other link of the account ends. A password that is refused leaves the link usable.",
		takes: newPasswordBody{}, example: `{"password": "a better horse battery"}`,
		gives:   []given{{http.StatusNoContent, "The password is set.", nil}},
		refuses: []app.Code{app.CodeInvalidToken, app.CodeValidationFailed},
	}
}

type passwordBody struct {
	CurrentPassword      app.Secret  `json:"current_password,omitempty" format:"password" doc:"Not looked at with check=true."`
	Password             app.Secret  `json:"password" format:"password"`
	PasswordConfirmation *app.Secret `json:"password_confirmation,omitempty" format:"password" doc:"When sent, must match."`
}

type tokenAnswer struct {
	Token   string      `json:"token" doc:"Of the fresh session."`
	Session sessionView `json:"session"`
}

// putPassword changes one's own password; the session that asks goes on as a fresh one.
func putPassword(c *call) error {
	body, err := decode[passwordBody](c)
	if err != nil {
		return err
	}
	in := app.PasswordInput{Current: body.CurrentPassword, Password: body.Password, Confirmation: body.PasswordConfirmation}
	checkOnly, err := c.checkOnly()
	switch {
	case err != nil:
		return err
	case checkOnly:
		return c.checkedOnly(c.s.accounts.CheckPasswordChange(c.actor, in))
	}
	grant, err := c.s.accounts.ChangePassword(c.r.Context(), c.actor, in)
	if err != nil {
		return err
	}
	if c.viaCookie {
		if err := c.setSession(grant); err != nil {
			return err
		}
	}
	return c.sendJSON(http.StatusOK, tokenAnswer{grant.Token.Reveal(), c.viewGranted(&grant)})
}

func docPutPassword() *operation {
	return &operation{
		id: "changePassword", tag: "Own account", summary: "Change one's password",
		about: "Every session and mailed link of the account ends; the answer holds a fresh session for the one that asked.",
		query: []parameter{checkParameter},
		takes: passwordBody{}, example: `{"current_password": "correct horse battery", "password": "a better horse battery"}`,
		gives: []given{
			{http.StatusOK, "A fresh session.", tokenAnswer{}},
			{http.StatusNoContent, "With check=true: nothing is wrong with it.", nil},
		},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeRateLimitExceeded},
	}
}
