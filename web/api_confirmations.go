package web

import (
	"net/http"
	"time"

	"doorward/app"
)

type addressBody struct {
	Email string `json:"email" maxLength:"160"`
}

const addressExample = `{"email": "ada@example.org"}`

// pathToken is the token of the path. It goes nowhere but to app.
func (c *call) pathToken() app.Secret { return app.Secret(c.r.PathValue("token")) }

func postConfirmation(c *call) error {
	body, err := decode[addressBody](c)
	if err != nil {
		return err
	}
	if err := c.s.accounts.RequestConfirmation(c.r.Context(), app.Stranger(c.client), body.Email); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusAccepted)
}

func docPostConfirmation() *operation {
	return &operation{
		id: "requestConfirmation", tag: "Confirmation", summary: "Ask for a confirmation mail",
		about: "The answer is the same whatever the address.",
		takes: addressBody{}, example: addressExample,
		gives:   []given{{http.StatusAccepted, "If there is an unconfirmed account, a mail goes to it.", nil}},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeRateLimitExceeded},
	}
}

type confirmedAnswer struct {
	User       userView       `json:"user"`
	Registered registeredView `json:"registered"`
}

// registeredView says how the account came to be, so that its owner can tell that it wasn't them.
type registeredView struct {
	At     time.Time `json:"at"`
	Device *string   `json:"device"`
	IP     *string   `json:"ip"`
}

func postConfirmationToken(c *call) error {
	user, made, err := c.s.accounts.Confirm(c.r.Context(), app.Stranger(c.client), c.pathToken())
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, confirmedAnswer{
		User:       c.s.viewUser(&user, true),
		Registered: registeredView{made.RegisteredAt.UTC(), text(made.Device), text(made.IP)},
	})
}

func docPostConfirmationToken() *operation {
	return &operation{
		id: "confirm", tag: "Confirmation", summary: "Confirm an address by its mailed token",
		about:   "`registered` says when and from which device the account was made.",
		gives:   []given{{http.StatusOK, "The confirmed account.", confirmedAnswer{}}},
		refuses: []app.Code{app.CodeInvalidToken},
	}
}

func deleteConfirmationToken(c *call) error {
	if err := c.s.accounts.DenyConfirmation(c.r.Context(), app.Stranger(c.client), c.pathToken()); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteConfirmationToken() *operation {
	return &operation{
		id: "denyConfirmation", tag: "Confirmation", summary: "This wasn't me",
		about:   "Deletes the unconfirmed account that somebody made with one's address.",
		gives:   []given{{http.StatusNoContent, "The account is gone.", nil}},
		refuses: []app.Code{app.CodeInvalidToken, app.CodeForbidden},
	}
}

func postOwnConfirmation(c *call) error {
	if err := c.s.accounts.RequestOwnConfirmation(c.r.Context(), c.actor); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusAccepted)
}

func docPostOwnConfirmation() *operation {
	return &operation{
		id: "requestOwnConfirmation", tag: "Own account", summary: "Ask for one's own confirmation mail",
		gives:   []given{{http.StatusAccepted, "A mail goes out.", nil}},
		refuses: []app.Code{app.CodeAlreadyConfirmed, app.CodeRateLimitExceeded},
	}
}
