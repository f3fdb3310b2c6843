package web

import (
	"bytes"
	"net/http"

	"doorward/app"
)

type loginBody struct {
	Email    *string     `json:"email,omitempty" doc:"This or username."`
	Username *string     `json:"username,omitempty" doc:"This or email."`
	Password *app.Secret `json:"password" nullable:"false" format:"password"`
	Remember bool        `json:"remember,omitempty" doc:"The cookie outlives the browser."`
	Cookie   bool        `json:"cookie,omitempty" doc:"The token comes as a cookie instead of in the body."`
	Client   *clientBody `json:"client,omitempty"`
}

// login is the one name to look the account up by.
func (b loginBody) login() (string, error) {
	switch {
	case b.Password == nil:
		return "", malformed("/password must be a text.")
	case b.Email != nil && b.Username != nil:
		return "", malformed("Send /email or /username, not both.")
	case b.Email != nil:
		return *b.Email, nil
	case b.Username != nil:
		return *b.Username, nil
	}
	return "", nil
}

type grantAnswer struct {
	Token   string      `json:"token,omitempty" doc:"What Authorization: Bearer takes. It is shown only here; not with \"cookie\": true."`
	Session sessionView `json:"session"`
	User    userView    `json:"user"`
}

// postSession opens a session, in place of the one that the browser's cookie names.
func postSession(c *call) error {
	body, err := decode[loginBody](c)
	if err != nil {
		return err
	}
	login, err := body.login()
	if err != nil {
		return err
	}
	if c.cors && body.Cookie {
		return errCrossOrigin
	}
	by, err := c.anybody()
	if err != nil {
		return err
	}
	grant, err := c.s.accounts.Login(c.r.Context(), by, app.LoginInput{
		Login: login, Password: *body.Password, Remember: body.Remember, Device: c.device(), Replaces: c.cookieSession(),
		For: body.Client.person(),
	})
	if err != nil {
		return err
	}
	answer := grantAnswer{Session: c.viewGranted(&grant), User: c.s.viewUser(&grant.User, true)}
	if body.Cookie {
		err = c.setSession(grant)
	} else {
		answer.Token = grant.Token.Reveal()
		err = c.setDevice(grant.Device)
	}
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusCreated, answer)
}

// viewGranted shows a session that this request opened, for its own client or the person that a key speaks for.
func (c *call) viewGranted(g *app.Grant) sessionView {
	return viewSession(&g.Session, true, app.FingerprintOK)
}

func docPostSession() *operation {
	return &operation{
		id: "logIn", tag: "Session", summary: "Log in",
		about: "By e-mail or username. An unknown address and a wrong password are answered alike, in the same time. The session that the request's cookie names ends. " + aboutClient,
		takes: loginBody{}, example: `{"email": "ada@example.org", "password": "correct horse battery"}`,
		gives:   []given{{http.StatusCreated, "A session.", grantAnswer{}}},
		refuses: []app.Code{app.CodeUnauthenticated, app.CodeForbidden, app.CodeInvalidCredentials, app.CodeAccountInactive, app.CodeAccountUnconfirmed, app.CodeValidationFailed, app.CodeRateLimitExceeded},
	}
}

type sessionAnswer struct {
	Session sessionView `json:"session"`
	User    userView    `json:"user"`
}

// sessionBody is the answer to GET /session, made once for a cached session and fingerprint.
func (c *call) sessionBody() []byte {
	return c.checked.Body(c.fingerprint, func() []byte {
		body, err := encodeJSON(sessionAnswer{
			viewSession(&c.checked.Session, true, c.fingerprint), c.s.viewUser(&c.checked.User, true),
		})
		if err != nil {
			panic(err) // what the store holds was JSON when it came in
		}
		return body
	})
}

// getSession is the session check: the hottest path there is.
func getSession(c *call) error {
	c.w.Header()["Content-Type"] = jsonType
	_, _ = c.w.Write(c.sessionBody())
	return nil
}

func docGetSession() *operation {
	return &operation{
		id: "getSession", tag: "Session", summary: "Whose session is this?",
		about: "Checks the session and its fingerprint and tells the account behind it.",
		gives: []given{{http.StatusOK, "The session and its account.", sessionAnswer{}}},
	}
}

// userMember is where the user begins in a ready session body. No text before it holds a quote that is not escaped.
var userMember = []byte(`,"user":{`)

// getMe answers from the same ready body as getSession: `{"user":…}` is its second half.
func getMe(c *call) error {
	body := c.sessionBody()
	at := bytes.Index(body, userMember)
	c.w.Header()["Content-Type"] = jsonType
	_, _ = c.w.Write([]byte("{"))
	_, _ = c.w.Write(body[at+1:])
	return nil
}

func docGetMe() *operation {
	return &operation{
		id: "getMe", tag: "Own account", summary: "One's own account",
		gives: []given{{http.StatusOK, "The account.", userAnswer{}}},
	}
}

// deleteSession logs out.
func deleteSession(c *call) error {
	if err := c.s.accounts.Logout(c.r.Context(), c.actor); err != nil {
		return err
	}
	if c.viaCookie {
		c.clearSession()
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteSession() *operation {
	return &operation{
		id: "logOut", tag: "Session", summary: "Log out", about: "Ends the session that asks.",
		gives: []given{{http.StatusNoContent, "It has ended.", nil}},
	}
}

type sessionsAnswer struct {
	Sessions []sessionView `json:"sessions" nullable:"false"`
}

func getSessions(c *call) error {
	list, err := c.s.accounts.ListSessions(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	return c.sendSessions(list)
}

// sendSessions shows sessions as this request sees them. An API key has none of its own.
func (c *call) sendSessions(list []app.Session) error {
	answer := sessionsAnswer{make([]sessionView, len(list))}
	for i := range list {
		current := c.actor.IsUser() && list[i].ID == c.actor.Session.ID
		answer.Sessions[i] = viewSession(&list[i], current, c.s.accounts.SessionFingerprint(&list[i], c.client))
	}
	return c.sendJSON(http.StatusOK, answer)
}

func docGetSessions() *operation {
	return &operation{
		id: "listOwnSessions", tag: "Own account", summary: "One's sessions", about: "Valid ones only, newest first.",
		gives: []given{{http.StatusOK, "The sessions.", sessionsAnswer{}}},
	}
}

func deleteSessions(c *call) error {
	if _, err := c.s.accounts.EndOtherSessions(c.r.Context(), c.actor); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteSessions() *operation {
	return &operation{
		id: "endOtherSessions", tag: "Own account", summary: "Log out everywhere else", about: "Ends all of one's sessions but the one that asks.",
		gives: []given{{http.StatusNoContent, "They have ended.", nil}},
	}
}

func deleteSessionByID(c *call) error {
	id := c.r.PathValue("id")
	if err := c.s.accounts.EndSession(c.r.Context(), c.actor, id); err != nil {
		return err
	}
	if c.viaCookie && id == c.actor.Session.ID {
		c.clearSession()
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteSessionByID() *operation {
	return &operation{
		id: "endOwnSession", tag: "Own account", summary: "End one of one's sessions",
		gives:   []given{{http.StatusNoContent, "It has ended.", nil}},
		refuses: []app.Code{app.CodeNotFound},
	}
}
