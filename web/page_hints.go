package web

import (
	"net/http"

	"doorward/app"
)

// hintView is what is wrong with one field of a form that somebody is filling in, in the page's language. The JSON API's
// checks say the same, in English for programs.
type hintView struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// hint answers a form that was sent to be looked at alone (`?check=true`, by hints.js): what is wrong with its fields, and
// nothing is done. The check tells no more than the JSON API's: not whether an address or a name is taken. It went well
// whatever it found, for browsers log every other answer as a fault of the page.
func (c *call) hint(err error) error {
	hints := []hintView{}
	if err != nil {
		published := app.AsError(err)
		if len(published.Fields) == 0 {
			return err
		}
		for _, one := range published.Fields {
			hints = append(hints, hintView{one.Field, string(one.Rule), c.s.views.Say(c.language(), one)})
		}
	}
	return c.sendJSON(http.StatusOK, map[string]any{"errors": hints})
}
