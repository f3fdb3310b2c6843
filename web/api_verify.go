package web

import (
	"net/http"

	"doorward/app"
)

// clientBody is the person for whom an API key asks.
type clientBody struct {
	IP        string  `json:"ip" doc:"Their address, as the app's server saw it."`
	UserAgent *string `json:"user_agent,omitempty" nullable:"true" doc:"Their User-Agent header; absent or null when they sent none."`
}

// aboutClient is what the documentation of routes says that take one.
const aboutClient = "With an API key, `client` is the person that it speaks for: limits, fingerprint, location and mails see them. Without a key it is `forbidden`."

// person is nil when none is named.
func (b *clientBody) person() *app.SpokenFor {
	if b == nil {
		return nil
	}
	p := &app.SpokenFor{IP: b.IP}
	if b.UserAgent != nil {
		p.UserAgent = *b.UserAgent
	}
	return p
}

type verifyBody struct {
	Token  *app.Secret `json:"token" nullable:"false" doc:"A session's token, as somebody showed it to the app."`
	Client *clientBody `json:"client,omitempty" doc:"The person who showed it: their fingerprint is compared, and treated as --fingerprint says."`
}

type verifiedAnswer struct {
	Session verifiedSessionView `json:"session"`
	User    userView            `json:"user"`
}

// postSessionVerify is GET /session for an app's server, which is as often asked. It is a POST to keep the token out of
// addresses, and so out of logs.
func postSessionVerify(c *call) error {
	c.reads = true
	body, err := decode[verifyBody](c)
	switch {
	case err != nil:
		return err
	case body.Token == nil:
		return malformed("/token must be a text.")
	}
	how, full := byte(shownToApp), c.actor.Rank >= app.RankAdmin
	if full {
		how = shownToAdmin
	}
	presented := presentedAs(how, body.Token.Reveal())
	checked, fingerprint, err := c.s.accounts.VerifySession(c.r.Context(), c.actor, presented, body.Client.person())
	if err != nil {
		return err
	}
	c.w.Header()["Content-Type"] = jsonType
	_, _ = c.w.Write(c.verifiedBody(checked, fingerprint, full))
	return nil
}

// verifiedBody is made once for a cached session and fingerprint; the cache keeps full ones apart.
func (c *call) verifiedBody(checked *app.Checked, f app.Fingerprint, full bool) []byte {
	return checked.Body(f, func() []byte {
		session := viewSession(&checked.Session, true, f)
		body, err := encodeJSON(verifiedAnswer{verifiedSessionView(session), c.s.viewUser(&checked.User, full)})
		if err != nil {
			panic(err) // what the store holds was JSON when it came in
		}
		return body
	})
}

func docPostSessionVerify() *operation {
	return &operation{
		id: "verifySession", tag: "Session", summary: "Whose session is this token's?",
		about: "For an app's server that was shown a session's token. The use counts as one of the session. What an account that is still to confirm its address may do is the app's to decide. " +
			"A key below Admin is not told `registration` and `last_seen_at` (null).",
		takes: verifyBody{}, example: `{"token": "3q2-7wQdYp0mKzXvB8sR1tNcUfGhJkLaEoIiVuTySxM", "client": {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0"}}`,
		gives:   []given{{http.StatusOK, "The session and its account.", verifiedAnswer{}}},
		refuses: []app.Code{app.CodeInvalidToken, app.CodeValidationFailed},
	}
}
