package web

import (
	"net/http"

	"doorward/app"
)

func getUserSessions(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	list, err := c.s.accounts.ListUserSessions(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	return c.sendSessions(list)
}

func docGetUserSessions() *operation {
	return &operation{
		id: "listUserSessions", tag: "Accounts", summary: "An account's sessions",
		about:   "Valid ones only, newest first. `fingerprint` compares each with this request's client, as everywhere.",
		gives:   []given{{http.StatusOK, "The sessions.", sessionsAnswer{}}},
		refuses: []app.Code{app.CodeNotFound},
	}
}

func deleteUserSessions(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	if err := c.s.accounts.EndUserSessions(c.r.Context(), c.actor, id); err != nil {
		return err
	}
	if c.viaCookie && id == c.actor.ID {
		c.clearSession()
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteUserSessions() *operation {
	return &operation{
		id: "endUserSessions", tag: "Accounts", summary: "Log an account out everywhere",
		about:   "All of its sessions; where it is one's own, the one that asks too.",
		gives:   []given{{http.StatusNoContent, "They have ended.", nil}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow},
	}
}

func deleteUserSession(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	session := c.r.PathValue("sid")
	if err := c.s.accounts.EndUserSession(c.r.Context(), c.actor, id, session); err != nil {
		return err
	}
	if c.viaCookie && session == c.actor.Session.ID {
		c.clearSession()
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteUserSession() *operation {
	return &operation{
		id: "endUserSession", tag: "Accounts", summary: "End one session of an account",
		gives:   []given{{http.StatusNoContent, "It has ended.", nil}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow},
	}
}
