package web

import (
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// userRoutes is what every path of one account begins with.
const userRoutes = api + "/users/{id}"

// jobRoutes is what every path of one job begins with.
const jobRoutes = api + "/jobs/{id}"

// keyRoutes is what every path of one API key begins with.
const keyRoutes = api + "/keys/{id}"

// ofUser tells whether a route is about the account that its path names.
func ofUser(pattern string) bool {
	return pattern == userRoutes || strings.HasPrefix(pattern, userRoutes+"/")
}

// userID is the account that the path names.
func (c *call) userID() (int64, error) { return c.pathID() }

// keyID is the API key that the path names.
func (c *call) keyID() (int64, error) { return c.pathID() }

// pathID is what the path names by a number. Whatever names none (a word, a sign, a leading zero, more than any id can be)
// is as little there as an id that nobody has: 404. Who may not ask at all was told so before the handler ran.
func (c *call) pathID() (int64, error) {
	text := c.r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0, errNotFound
	}
	return id, nil
}

// whose is the account that a route is about: the one that its path names, or else the caller's own.
func (c *call) whose() (app.Whose, error) {
	if !ofUser(c.pattern) {
		return app.Own(), nil
	}
	id, err := c.userID()
	return app.UserOf(id), err
}

// idSchema describes the wildcard `id` of a path: an account's, key's or job's is a number, any other a text.
func idSchema(path string) *huma.Schema {
	if ofUser(path) || path == keyRoutes || strings.HasPrefix(path, jobRoutes+"/") {
		return &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
	}
	return &huma.Schema{Type: huma.TypeString}
}
