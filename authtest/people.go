package authtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"doorward/app"
)

// User is an account that is there at the beginning. All but Email may be left out.
type User struct {
	Email        string
	Password     string // "" for Password; no rule of new passwords holds
	Username     string // "": made from the e-mail
	FirstName    string
	LastName     string
	Timezone     string
	Locale       string
	Roles        []string // Owner, Admin, User or one of Options.Roles; none: User
	CustomFields map[string]any
	Unconfirmed  bool
	Inactive     bool
}

// devUsers are nil users' seeds.
func devUsers(users []User) ([]app.DevUser, error) {
	if len(users) == 0 {
		return app.Seeds(), nil
	}
	list := make([]app.DevUser, len(users))
	for i, u := range users {
		active := !u.Inactive
		list[i] = app.DevUser{
			AccountRow: app.AccountRow{
				Email: u.Email, Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Timezone: u.Timezone, Locale: u.Locale,
				IsActive: &active, Roles: u.Roles,
			},
			Password: app.Secret(u.Password), Unconfirmed: u.Unconfirmed,
		}
		if u.Password == "" {
			list[i].Password = Password
		}
		if len(u.CustomFields) == 0 {
			continue
		}
		list[i].CustomFields = map[string]json.RawMessage{}
		for name, value := range u.CustomFields {
			text, err := json.Marshal(value)
			if err != nil {
				return nil, fmt.Errorf("user %d: custom field %s: %w", i, name, err)
			}
			list[i].CustomFields[name] = text
		}
	}
	return list, nil
}

// Reset brings everything back to the beginning, within milliseconds: the accounts given, or else those that the Doorward was
// started with, with ids from 1 in their order; the clock to now. Sessions, mails and faults go; keys of Key stay.
func (s *Server) Reset(users ...User) {
	s.helper()
	seeds := s.seeds
	if len(users) > 0 {
		var err error
		seeds, err = devUsers(users)
		s.must(err)
	}
	s.must(s.dev.Reset(context.Background(), seeds, s.roles...))
	s.mails.forget()
}

// Session is somebody's session.
type Session struct {
	Token  string       // for `Authorization: Bearer`
	Cookie *http.Cookie // what a browser would show instead
	UserID int64
	Email  string
}

// Authorize lets a request come from whoever has the session.
func (s Session) Authorize(r *http.Request) { r.Header.Set("Authorization", "Bearer "+s.Token) }

// SignIn opens a session for an account, without its password.
func (s *Server) SignIn(email string) Session {
	s.helper()
	var answer struct {
		Token string
		User  struct {
			ID    int64
			Email string
		}
	}
	response := s.send(http.MethodPost, "/dev/api/sessions", "", map[string]string{"email": email}, &answer)
	if response.StatusCode != http.StatusCreated {
		s.fail("sign in as %s: %s", email, response.Status)
	}
	session := Session{Token: answer.Token, UserID: answer.User.ID, Email: answer.User.Email}
	for _, cookie := range response.Cookies() {
		if strings.HasSuffix(cookie.Name, "doorward_session") {
			session.Cookie = cookie
		}
	}
	return session
}

// Call sends a request to the JSON API, such as POST "/api/v1/registrations", as whoever the token is of (a session's, a
// key's, "" for nobody's), with body as JSON unless it is nil. It reads the answer's JSON into answer unless that is nil, and
// answers the status.
func (s *Server) Call(method, path, token string, body, answer any) (status int) {
	s.helper()
	return s.send(method, path, token, body, answer).StatusCode
}

func (s *Server) send(method, path, token string, body, answer any) *http.Response {
	s.helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		s.must(err)
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, s.URL+path, content)
	s.must(err)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	s.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	s.must(err)
	if answer != nil && len(text) > 0 {
		if err := json.Unmarshal(text, answer); err != nil {
			s.fail("%s %s answers %s with what is not such JSON: %v: %.300s", method, path, response.Status, err, text)
		}
	}
	return response
}

// Key makes an API key that acts with a role (Owner, Admin or User), as your app's server has one, and answers its secret.
// It is there after a Reset too.
func (s *Server) Key(role string) (secret string) {
	s.helper()
	made := app.KeyPrefix + app.Secret(rand.Text())
	s.must(s.dev.KeepKey(context.Background(), "authtest "+rand.Text(), role, made))
	return made.Reveal()
}

// Advance moves the clock forward, so that sessions, links and limits come to their end, once the mails and pictures that are
// due already were tried. A Reset brings it back to now.
func (s *Server) Advance(by time.Duration) {
	s.helper()
	_, err := s.dev.Advance(context.Background(), by)
	s.must(err)
}

// Now reads the clock.
func (s *Server) Now() time.Time { return s.clock.Now() }

func (s *Server) helper() {
	if s.test != nil {
		s.test.Helper()
	}
}
