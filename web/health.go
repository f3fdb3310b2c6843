package web

import (
	"io"
	"net/http"
	"time"

	"doorward/app"
)

// healthRoutes are asked by whatever keeps the process running.
func healthRoutes() []route {
	return []route{
		{method: "GET", path: "/healthz", handle: getHealth},
		{method: "GET", path: "/readyz", handle: getReadiness},
		{method: "GET", path: "/metrics", handle: getMetrics},
	}
}

// getHealth says that the process answers.
func getHealth(c *call) error { return c.sendText("ok\n") }

// getReadiness says whether requests can be served, and if not, why.
func getReadiness(c *call) error {
	if err := c.s.accounts.Ready(c.r.Context()); err != nil {
		c.s.log.Warn("not ready", "request_id", c.id, "error", err)
		refusal := app.Refuse(app.KindOverloaded, app.CodeOverloaded, err.Error())
		refusal.RetryAfter = 5 * time.Second
		return refusal
	}
	return c.sendText("ready\n")
}

func (c *call) sendText(text string) error {
	c.w.Header()["Content-Type"] = textType
	c.w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(c.w, text)
	return nil
}
