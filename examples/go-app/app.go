package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// accounts is a Doorward: where it is, and the API key by which this app asks.
type accounts struct{ url, key string }

// user is what this app wants to know of somebody.
type user struct {
	ID          int64
	FullName    *string `json:"full_name"`
	Username    string
	ConfirmedAt *string `json:"confirmed_at"`
}

// whose asks whose session a token is of; nil for nobody's.
func (a accounts) whose(ctx context.Context, token string) (*user, error) {
	body, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, "POST", a.url+"/api/v1/sessions/verify", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+a.key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		var shown struct{ User user }
		return &shown.User, json.NewDecoder(answer.Body).Decode(&shown)
	case http.StatusNotFound:
		return nil, nil
	}
	return nil, fmt.Errorf("doorward answers %s", answer.Status)
}

// newApp greets people who are signed in and have confirmed their address.
func newApp(a accounts) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		user, err := a.whose(r.Context(), token)
		switch {
		case err != nil:
			http.Error(w, "Please come back later.", http.StatusBadGateway)
		case user == nil:
			http.Error(w, "Sign in first.", http.StatusUnauthorized)
		case user.ConfirmedAt == nil:
			http.Error(w, "Confirm your address first.", http.StatusForbidden)
		default:
			fmt.Fprintf(w, "Hello, %s.\n", user.Username)
		}
	})
	return mux
}
