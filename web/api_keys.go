package web

import (
	"net/http"
	"time"

	"doorward/app"
)

// keyView is an API key, never with its secret.
type keyView struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Role       string     `json:"role" doc:"What it acts with."`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"May be a minute old."`
}

func viewKey(k app.Key) keyView {
	return keyView{ID: k.ID, Name: k.Name, Role: k.Role, CreatedAt: k.CreatedAt.UTC(), LastUsedAt: moment(k.LastUsedAt)}
}

type keysAnswer struct {
	Keys []keyView `json:"keys" nullable:"false"`
}

func getKeys(c *call) error {
	keys, err := c.s.accounts.ListKeys(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	answer := keysAnswer{make([]keyView, len(keys))}
	for i := range keys {
		answer.Keys[i] = viewKey(keys[i])
	}
	return c.sendJSON(http.StatusOK, answer)
}

func docGetKeys() *operation {
	return &operation{
		id: "listKeys", tag: "API keys", summary: "List the API keys", about: "Those that work, newest first.",
		gives: []given{{http.StatusOK, "The keys.", keysAnswer{}}},
	}
}

type keyBody struct {
	Name            string     `json:"name" maxLength:"50" doc:"Letters from A to Z, digits, spaces and . _ -, and not a number alone; unique without regard to case."`
	Role            string     `json:"role" doc:"What the key acts with, for good."`
	CurrentPassword app.Secret `json:"current_password" format:"password"`
}

type newKeyAnswer struct {
	Key    keyView `json:"key"`
	Secret string  `json:"secret" doc:"What Authorization: Bearer takes. It is shown only here."`
}

func postKey(c *call) error {
	body, err := decode[keyBody](c)
	if err != nil {
		return err
	}
	made, secret, err := c.s.accounts.CreateKey(c.r.Context(), c.actor, app.KeyInput{Name: body.Name, Role: body.Role, Current: body.CurrentPassword})
	if err != nil {
		return err
	}
	return c.sendJSON(http.StatusCreated, newKeyAnswer{viewKey(made), secret.Reveal()})
}

func docPostKey() *operation {
	return &operation{
		id: "createKey", tag: "API keys", summary: "Make an API key",
		about: "For an app's server, which acts with it as whoever has the role. Below Admin it may ask `POST /sessions/verify` and what anyone may.",
		takes: keyBody{}, example: `{"name": "shop", "role": "User", "current_password": "correct horse battery"}`,
		gives:   []given{{http.StatusCreated, "The key and, this once, its secret.", newKeyAnswer{}}},
		refuses: []app.Code{app.CodeValidationFailed, app.CodeRateLimitExceeded},
	}
}

func deleteKey(c *call) error {
	id, err := c.keyID()
	if err != nil {
		return err
	}
	if err := c.s.accounts.RevokeKey(c.r.Context(), c.actor, id); err != nil {
		return err
	}
	return c.sendEmpty(http.StatusNoContent)
}

func docDeleteKey() *operation {
	return &operation{
		id: "revokeKey", tag: "API keys", summary: "Revoke an API key", about: "Its next request is refused. Its name is free again.",
		gives:   []given{{http.StatusNoContent, "It works no more.", nil}},
		refuses: []app.Code{app.CodeNotFound},
	}
}
