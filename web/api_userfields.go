package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"doorward/app"
)

// userChangesBody documents app.Changes where whoever manages accounts sends them: the address may change too.
type userChangesBody struct {
	FirstName    *string  `json:"first_name,omitempty" nullable:"true"`
	LastName     *string  `json:"last_name,omitempty" nullable:"true"`
	Email        *string  `json:"email,omitempty" maxLength:"160" doc:"Not one's own."`
	Username     *string  `json:"username,omitempty"`
	UserTimezone *string  `json:"user_timezone,omitempty" nullable:"true" doc:"An IANA name, or whole hours from -12 to +14; empty clears."`
	_            struct{} `additionalProperties:"true"`
}

const emailRule = "Another `email` clears the confirmation, ends mailed links and tells the old address; sessions go on. Ask for a confirmation mail to the new one " +
	"separately. One's own is `not_updatable`: it changes by POST /me/email."

func patchUser(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	changes, err := decode[app.Changes](c)
	if err != nil {
		return err
	}
	user, err := c.s.accounts.UpdateUser(c.r.Context(), c.actor, id, changes)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, userAnswer{c.s.viewUser(&user, true)})
}

func docPatchUser() *operation {
	return &operation{
		id: "updateUser", tag: "Accounts", summary: "Change an account's fields",
		about: "Members other than the named ones are custom fields, merged into those present. All of it changes or none. " + emailRule,
		takes: userChangesBody{}, example: `{"email": "grace@example.org", "first_name": "Grace", "phone": "555-1234"}`,
		gives:   []given{{http.StatusOK, "The account as it is now.", userAnswer{}}},
		refuses: []app.Code{app.CodeNotFound, app.CodeRankTooLow, app.CodeValidationFailed},
	}
}

type bulkBody struct {
	IDs    []*int64    `json:"ids" minItems:"1" maxItems:"1000" doc:"An account that is named twice is changed once."` // pointers, to tell null from 0
	Fields app.Changes `json:"fields"`
}

type bulkAnswer struct {
	Results []bulkView `json:"results" nullable:"false" doc:"One for each account, in the order of the ids."`
}

// bulkView is what became of one account.
type bulkView struct {
	ID    int64        `json:"id"`
	OK    bool         `json:"ok"`
	User  *userView    `json:"user" doc:"The account as it is now; null when it did not change."`
	Error *bulkProblem `json:"error" doc:"Why it did not change; null when it did."`
}

// bulkProblem is of a problem what says something about one account: the rest is the whole answer's.
type bulkProblem struct {
	Code   string         `json:"code" doc:"The published name of the error, as a problem has it."`
	Detail string         `json:"detail" doc:"A sentence for people."`
	Errors []fieldProblem `json:"errors" nullable:"false" doc:"With validation_failed, what is wrong with which field; otherwise empty."`
}

// TransformSchema says what the changes and the ids are.
func (bulkBody) TransformSchema(registry huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["fields"] = registry.Schema(reflect.TypeFor[userChangesBody](), true, "")
	s.Properties["ids"].Nullable, s.Properties["ids"].Items.Nullable = false, false
	return s
}

// TransformSchema says which members may be null.
func (bulkView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "user", "error")
}

func patchUsers(c *call) error {
	body, err := decode[bulkBody](c)
	if err != nil {
		return err
	}
	ids := make([]int64, len(body.IDs))
	for i, id := range body.IDs {
		if id == nil {
			return malformed(fmt.Sprintf("/ids/%d must be a whole number.", i))
		}
		ids[i] = *id
	}
	results, err := c.s.accounts.UpdateUsers(c.r.Context(), c.actor, ids, body.Fields)
	if err != nil {
		return err
	}
	answer := bulkAnswer{make([]bulkView, len(results))}
	for i := range results {
		answer.Results[i] = c.s.viewBulk(&results[i])
	}
	return c.sendJSON(http.StatusOK, answer)
}

func (s *Server) viewBulk(r *app.BulkResult) bulkView {
	if r.Err != nil {
		return bulkView{ID: r.ID, Error: &bulkProblem{string(r.Err.Code), r.Err.Message, viewFields(r.Err.Fields)}}
	}
	user := s.viewUser(&r.User, true)
	return bulkView{ID: r.ID, OK: true, User: &user}
}

func docPatchUsers() *operation {
	return &operation{
		id: "updateUsers", tag: "Accounts", summary: "Change fields of many accounts",
		about: "The same change for each, each on its own: what is refused for one (it is not there, its rank is not below yours, a name is taken) is told in its result. " +
			"What would be refused for every account is refused at once, and nothing is changed. " + emailRule,
		takes: bulkBody{}, example: `{"ids": [2, 3], "fields": {"user_timezone": "Europe/Paris", "team": "blue"}}`,
		gives:   []given{{http.StatusOK, "What became of each account.", bulkAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

// getUserField reads one field by its name: a member of the account as it is shown, so that nothing that is kept beside
// it can be found, or else a custom field.
func getUserField(c *call) error {
	id, err := c.userID()
	if err != nil {
		return err
	}
	user, err := c.s.accounts.GetUser(c.r.Context(), c.actor, id)
	if err != nil {
		return err
	}
	shown, err := encodeJSON(c.s.viewUser(&user, true))
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(shown, &members); err != nil {
		return fmt.Errorf("read the account as it is shown: %w", err)
	}
	name := c.r.PathValue("name")
	value, found := members[name]
	if !found {
		value, found = user.CustomFields[name]
	}
	if !found {
		return errNotFound
	}
	return c.sendJSON(http.StatusOK, valueAnswer{value})
}

func docGetUserField() *operation {
	return &operation{
		id: "getUserField", tag: "Accounts", summary: "Read one field of an account",
		about:   "By its name: a member of the account as it is shown, or else a custom field. Passwords, hashes and whatever else is kept inside are never found.",
		gives:   []given{{http.StatusOK, "Its value.", valueAnswer{}}},
		refuses: []app.Code{app.CodeNotFound},
	}
}
