package web

import (
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"doorward/app"
)

// checkOnly tells whether `?check=true` asks for the checks without the effect. Anything unclear (another word, twice, a
// query that can't be read) is refused, for the effect may be what the caller did not want.
func (c *call) checkOnly() (bool, error) {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	asked := query["check"]
	switch {
	case err == nil && len(asked) == 0:
		return false, nil
	case err == nil && len(asked) == 1 && (asked[0] == "true" || asked[0] == "false"):
		return asked[0] == "true", nil
	}
	return false, app.Invalid(app.FieldError{Field: "check", Rule: app.RuleInvalidFormat, Message: "check is true or false."})
}

// checkedOnly answers such a request.
func (c *call) checkedOnly(err error) error {
	if err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

// changesBody documents app.Changes: the schema fields, and any other member as a custom field.
type changesBody struct {
	FirstName    *string  `json:"first_name,omitempty" nullable:"true"`
	LastName     *string  `json:"last_name,omitempty" nullable:"true"`
	Username     *string  `json:"username,omitempty"`
	UserTimezone *string  `json:"user_timezone,omitempty" nullable:"true" doc:"An IANA name, or whole hours from -12 to +14; empty clears."`
	_            struct{} `additionalProperties:"true"`
}

func patchMe(c *call) error {
	changes, err := decode[app.Changes](c)
	if err != nil {
		return err
	}
	checkOnly, err := c.checkOnly()
	switch {
	case err != nil:
		return err
	case checkOnly:
		return c.checkedOnly(c.s.accounts.CheckUpdate(c.actor, changes))
	}
	user, err := c.s.accounts.UpdateProfile(c.r.Context(), c.actor, changes)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, userAnswer{c.s.viewUser(&user, true)})
}

func docPatchMe() *operation {
	return &operation{
		id: "updateMe", tag: "Own account", summary: "Change one's profile",
		about: "Members other than the named ones are custom fields, merged into those present. All of it changes or none.",
		query: []parameter{checkParameter},
		takes: changesBody{}, example: `{"first_name": "Ada", "user_timezone": "Europe/Paris", "phone": "555-1234"}`,
		gives: []given{
			{http.StatusOK, "The account as it is now.", userAnswer{}},
			{http.StatusNoContent, "With check=true: nothing is wrong with it.", nil},
		},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

type currentPasswordBody struct {
	CurrentPassword app.Secret `json:"current_password" format:"password"`
}

func deleteMe(c *call) error {
	body, err := decode[currentPasswordBody](c)
	if err != nil {
		return err
	}
	if err := c.s.accounts.DeleteOwnAccount(c.r.Context(), c.actor, body.CurrentPassword); err != nil {
		return err
	}
	if c.viaCookie {
		c.clearSession()
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteMe() *operation {
	return &operation{
		id: "deleteMe", tag: "Own account", summary: "Delete one's account", about: "With everything that is its own. This can't be undone.",
		takes: currentPasswordBody{}, example: `{"current_password": "correct horse battery"}`,
		gives:   []given{{http.StatusNoContent, "The account is gone.", nil}},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeRateLimitExceeded, app.CodeLastOwnerDelete},
	}
}

type emailBody struct {
	Email           string     `json:"email" maxLength:"160"`
	CurrentPassword app.Secret `json:"current_password,omitempty" format:"password" doc:"Not looked at with check=true."`
}

func postEmail(c *call) error {
	body, err := decode[emailBody](c)
	if err != nil {
		return err
	}
	in := app.EmailInput{Email: body.Email, Current: body.CurrentPassword}
	checkOnly, err := c.checkOnly()
	switch {
	case err != nil:
		return err
	case checkOnly:
		return c.checkedOnly(c.s.accounts.CheckEmailChange(c.actor, in))
	}
	if err := c.s.accounts.RequestEmailChange(c.r.Context(), c.actor, in); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusAccepted)
}

func docPostEmail() *operation {
	return &operation{
		id: "requestEmailChange", tag: "Own account", summary: "Ask for another e-mail address",
		about: "A link goes to the new address, a notice to the present one. Nothing changes until the link is used.",
		query: []parameter{checkParameter},
		takes: emailBody{}, example: `{"email": "ada@example.net", "current_password": "correct horse battery"}`,
		gives: []given{
			{http.StatusAccepted, "The mails go out.", nil},
			{http.StatusNoContent, "With check=true: nothing is wrong with it.", nil},
		},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeRateLimitExceeded},
	}
}

func postEmailToken(c *call) error {
	user, err := c.s.accounts.ChangeEmail(c.r.Context(), c.actor, c.pathToken())
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, userAnswer{c.s.viewUser(&user, true)})
}

func docPostEmailToken() *operation {
	return &operation{
		id: "changeEmail", tag: "Own account", summary: "Use the link of an e-mail change",
		gives:   []given{{http.StatusOK, "The account with its new address.", userAnswer{}}},
		refuses: []app.Code{app.CodeInvalidToken, app.CodeValidationFailed},
	}
}

// localeBody keeps the raw value, to tell null from nothing.
type localeBody struct {
	PreferredLocale jsontext.Value `json:"preferred_locale"`
}

// putLocale sets the language of the account that the path is about.
func putLocale(c *call) error {
	whose, err := c.whose()
	if err != nil {
		return err
	}
	body, err := decode[localeBody](c)
	if err != nil {
		return err
	}
	if body.PreferredLocale == nil {
		return app.Invalid(app.FieldError{Field: "preferred_locale", Rule: app.RuleRequired, Message: "Send a language, or null to clear it."})
	}
	var locale string // null clears, as empty does
	if err := json.Unmarshal(body.PreferredLocale, &locale); err != nil {
		return malformed("/preferred_locale must be a text or null.")
	}
	user, err := c.s.accounts.SetLocale(c.r.Context(), c.actor, whose, locale)
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, userAnswer{c.s.viewUser(&user, true)})
}

func docPutLocale() *operation {
	return &operation{
		id: "setLocale", tag: "Own account", summary: "Choose one's language",
		takes: localeBody{}, example: `{"preferred_locale": "en-GB"}`,
		gives:   []given{{http.StatusOK, "The account as it is now.", userAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed},
	}
}

func docPutUserLocale() *operation {
	doc := docPutLocale()
	doc.id, doc.tag, doc.summary = "setUserLocale", "Accounts", "Choose an account's language"
	doc.refuses = append(doc.refuses, app.CodeNotFound, app.CodeRankTooLow)
	return doc
}
