package web

import (
	"net/http"

	"doorward/app"
	"doorward/web/view"
)

func getAdmin(c *call) error {
	overview, err := c.s.accounts.Overview(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, view.NewOverview(c.frame("/admin"), &overview, c.s.setUp(&overview)))
}

// getWelcome is where the set-up link leads to in the end. It is an Owner's.
func getWelcome(c *call) error {
	overview, err := c.s.accounts.Overview(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, &view.Welcome{Frame: c.frame("/admin"), SetUp: c.s.setUp(&overview)})
}

// setUp is how this server was set up, as far as pages tell of it.
func (s *Server) setUp(o *app.Overview) view.SetUp {
	return view.SetUp{
		BaseURL: s.options.BaseURL, MailIsKept: s.accounts.MailIsKept(), Untrusted: s.proxies.warn.seen(), BackedUpAt: o.BackedUpAt, BackupDue: o.BackupDue,
	}
}
