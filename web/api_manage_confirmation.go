package web

import (
	"context"
	"net/http"

	"doorward/app"
)

func putUserConfirmation(c *call) error    { return c.confirmation(c.s.accounts.ConfirmUser) }
func deleteUserConfirmation(c *call) error { return c.confirmation(c.s.accounts.UnconfirmUser) }
func postUserConfirmationToggle(c *call) error {
	return c.confirmation(c.s.accounts.ToggleUserConfirmation)
}

// confirmation changes an account's confirmation by act.
func (c *call) confirmation(act func(context.Context, app.Actor, int64) (app.User, error)) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	user, err := act(c.r.Context(), c.actor, id)
	return c.sendUser(user, err)
}

func docUserConfirmation(id, summary, about string) *operation {
	return &operation{
		id: id, tag: "Accounts", summary: summary, about: about,
		gives:   []given{{http.StatusOK, "The account, also when nothing changed.", userAnswer{}}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow},
	}
}

func docPutUserConfirmation() *operation {
	return docUserConfirmation("confirmUser", "Confirm another account", "Without its mail. Nobody changes their own confirmation.")
}

func docDeleteUserConfirmation() *operation {
	return docUserConfirmation("unconfirmUser", "Take another account's confirmation away",
		"Sessions go on, with what an unconfirmed account may do; mailed links stay good, as using one proves the address anew.")
}

func docPostUserConfirmationToggle() *operation {
	return docUserConfirmation("toggleUserConfirmation", "Confirm another account, or the other way round", "Nobody changes their own confirmation.")
}

func postUserConfirmationMail(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	return c.done(http.StatusAccepted, c.s.accounts.SendUserConfirmation(c.r.Context(), c.actor, id))
}

func docPostUserConfirmationMail() *operation {
	return &operation{
		id: "mailUserConfirmation", tag: "Accounts", summary: "Mail another account its confirmation link",
		about:   "The limits on asking for mails don't count here.",
		gives:   []given{{http.StatusAccepted, "A mail goes out.", nil}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow, app.CodeAlreadyConfirmed},
	}
}
