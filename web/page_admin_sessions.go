package web

import (
	"net/http"
	"net/url"
	"strconv"

	"doorward/app"
	"doorward/web/view"
)

const allSessionsPath = "/admin/sessions"

func getAdminSessions(c *call) error {
	page, err := c.allSessions(c.r.URL.Query())
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page)
}

// allSessions is the page of everybody's sessions that a query names.
func (c *call) allSessions(query url.Values) (*view.AllSessions, error) {
	number, err := strconv.Atoi(query.Get("page"))
	if err != nil {
		number = 1 // an address that somebody shortened
	}
	search := query.Get("search")
	found, err := c.s.accounts.ListAllSessions(c.r.Context(), c.actor, app.SessionQuery{Page: number, PageSize: pageSize, Search: search})
	if err != nil {
		return nil, err
	}
	return view.NewAllSessions(c.frame(allSessionsPath), search, &found, c.actor.Session.ID), nil
}

// postAdminSessions ends one session of an account, and comes back to where in the list that was.
func postAdminSessions(c *call) error {
	form, err := c.form()
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(form.Get("user"), 10, 64)
	if err != nil {
		return errNotFound
	}
	if err := c.s.accounts.EndUserSession(c.r.Context(), c.actor, id, form.Get("session")); err != nil {
		refused, err := c.refuse(err)
		if err != nil {
			return err
		}
		page, err := c.allSessions(form)
		if err != nil {
			return err
		}
		refused.tell(&page.Frame)
		return c.show(refused.status, page)
	}
	page := view.AllSessions{Search: form.Get("search")}
	number, _ := strconv.Atoi(form.Get("page")) // 0 leads to the first
	return c.redirect(allSessionsPath+page.At(number), view.NoteSessionEnded)
}
