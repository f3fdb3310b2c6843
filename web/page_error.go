package web

import (
	"html"
	"io"
	"net/http"

	"doorward/app"
)

// pageError answers an error to a person.
func (s *Server) pageError(c *call, err error) {
	status := statusOf(err)
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	title := html.EscapeString(http.StatusText(status))
	_, _ = io.WriteString(c.w, "<!doctype html><html lang=en><meta charset=utf-8><title>"+title+"</title><h1>"+title+"</h1><p>"+
		html.EscapeString(app.AsError(err).Message)+"</p>")
}
