package web

import (
	"net/http"

	"doorward/web/view"
)

func toSessions(c *call) error { return c.redirect("/account/sessions", "") }

func getAccountSessions(c *call) error {
	list, err := c.s.accounts.ListSessions(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	page := &view.Sessions{Frame: c.frame("/account/sessions")}
	for _, one := range list {
		page.List = append(page.List, view.NewSessionRow(one, c.s.accounts.PlaceOf(one.IP), c.actor.Session.ID))
	}
	return c.show(http.StatusOK, page)
}

// postAccountSessions ends every session but the one that asks.
func postAccountSessions(c *call) error {
	if _, err := c.s.accounts.EndOtherSessions(c.r.Context(), c.actor); err != nil {
		return err
	}
	return c.redirect("/account/sessions", view.NoteOtherSessionsEnded)
}

// postAccountSession ends one session.
func postAccountSession(c *call) error {
	if err := c.s.accounts.EndSession(c.r.Context(), c.actor, c.r.PathValue("id")); err != nil {
		return err
	}
	return c.redirect("/account/sessions", view.NoteSessionEnded)
}
