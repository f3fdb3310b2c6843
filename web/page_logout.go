package web

import (
	"net/http"

	"doorward/app"
	"doorward/web/view"
)

// getLogout changes nothing: a picture on another site may ask for it.
func getLogout(c *call) error {
	if c.identify() != nil {
		return c.redirect("/login", "")
	}
	return c.show(http.StatusOK, &view.Logout{Frame: c.frame("")})
}

// postLogout ends the session. One that is over already is signed out too.
func postLogout(c *call) error {
	if c.identify() == nil {
		err := c.s.accounts.Logout(c.r.Context(), c.actor)
		if err != nil && app.AsError(err).Kind != app.KindNotFound {
			return err
		}
	}
	c.clearSession()
	return c.redirect("/login", view.NoteSignedOut)
}
