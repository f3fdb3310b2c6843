package web

import (
	"net/http"

	"doorward/app"
)

type registrationBody struct {
	Email                string      `json:"email" maxLength:"160"`
	Password             app.Secret  `json:"password" format:"password"`
	PasswordConfirmation *app.Secret `json:"password_confirmation,omitempty" format:"password" doc:"When sent, must match."`
	Username             string      `json:"username,omitempty" doc:"Made from the e-mail when absent."`
	FirstName            string      `json:"first_name,omitempty"`
	LastName             string      `json:"last_name,omitempty"`
	SetupCode            app.Secret  `json:"setup_code,omitempty" doc:"Makes the first Owner; the server prints it at its start."`
	Client               *clientBody `json:"client,omitempty"`
}

func (b registrationBody) input() app.RegistrationInput {
	return app.RegistrationInput{
		Email: b.Email, Password: b.Password, PasswordConfirmation: b.PasswordConfirmation,
		Username: b.Username, FirstName: b.FirstName, LastName: b.LastName, SetupCode: b.SetupCode,
		For: b.Client.person(),
	}
}

const registrationExample = `{"email": "ada@example.org", "password": "correct horse battery", "first_name": "Ada"}`

// postRegistration makes an account. Where accounts are concealed the answer says nothing.
func postRegistration(c *call) error {
	body, err := decode[registrationBody](c)
	if err != nil {
		return err
	}
	by, err := c.anybody()
	if err != nil {
		return err
	}
	made, err := c.s.accounts.Register(c.r.Context(), by, body.input())
	switch {
	case err != nil:
		return err
	case made.Concealed:
		return c.sendEmpty(http.StatusAccepted)
	}
	return c.sendJSON(http.StatusCreated, userAnswer{c.s.viewUser(&made.User, true)})
}

func docPostRegistration() *operation {
	return &operation{
		id: "register", tag: "Registration", summary: "Register an account",
		about: "A mail with a link to confirm the address goes out. Until there has been an Owner, `setup_code` is needed, and its holder becomes Owner. " + aboutClient,
		takes: registrationBody{}, example: registrationExample,
		gives: []given{
			{http.StatusCreated, "The account.", userAnswer{}},
			{http.StatusAccepted, "Accounts are concealed: whatever the address, a mail says what follows.", nil},
		},
		refuses: []app.Code{app.CodeUnauthenticated, app.CodeForbidden, app.CodeSetupCodeRequired, app.CodeRegistrationClosed, app.CodeValidationFailed, app.CodeRateLimitExceeded},
	}
}

// postRegistrationCheck runs the checks of a registration that reveal nothing and change nothing.
func postRegistrationCheck(c *call) error {
	body, err := decode[registrationBody](c)
	if err != nil {
		return err
	}
	by, err := c.anybody()
	if err != nil {
		return err
	}
	if err := c.s.accounts.CheckRegistration(c.r.Context(), by, body.input()); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docPostRegistrationCheck() *operation {
	return &operation{
		id: "checkRegistration", tag: "Registration", summary: "Check a registration without effect",
		about: "The same checks, nothing stored, and no word about whether an address or name is taken.",
		takes: registrationBody{}, example: registrationExample,
		gives:   []given{{http.StatusNoContent, "Nothing is wrong with it.", nil}},
		refuses: []app.Code{app.CodeUnauthenticated, app.CodeForbidden, app.CodeSetupCodeRequired, app.CodeRegistrationClosed, app.CodeValidationFailed},
	}
}
