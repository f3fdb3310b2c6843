package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"doorward/authtest"
)

// hello asks the app for its page as whoever has a session, and answers the status.
func hello(app http.Handler, token string) int {
	r := httptest.NewRequest("GET", "/hello", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w.Code
}

// start is a Doorward and the app beside it, for one test.
func start(t *testing.T) (*authtest.Server, http.Handler) {
	d := authtest.Start(t)
	return d, newApp(accounts{url: d.URL, key: d.Key("User")})
}

func TestOnlyWhoeverIsSignedInIsGreeted(t *testing.T) {
	d, app := start(t)
	if status := hello(app, "no such token"); status != 401 {
		t.Errorf("a stranger is answered %d", status)
	}
	if status := hello(app, d.SignIn("user@example.test").Token); status != 200 {
		t.Errorf("who is signed in is answered %d", status)
	}
}

func TestANewcomerConfirmsByMail(t *testing.T) {
	d, app := start(t)
	person := map[string]string{"email": "ada@example.test", "password": "correct horse battery"}
	if status := d.Call("POST", "/api/v1/registrations", "", person, nil); status != 201 {
		t.Fatalf("registering answers %d", status)
	}
	var session struct{ Token string }
	d.Call("POST", "/api/v1/sessions", "", person, &session)
	if status := hello(app, session.Token); status != 403 {
		t.Errorf("before the mail is read, the app answers %d", status)
	}
	d.Call("POST", "/api/v1/confirmations/"+d.Mail("ada@example.test").Token(), "", nil, nil)
	if status := hello(app, session.Token); status != 200 {
		t.Errorf("after it, the app answers %d", status)
	}
}

func TestALinkToANewPasswordExpires(t *testing.T) {
	d, _ := start(t)
	d.Call("POST", "/api/v1/password-resets", "", map[string]string{"email": "user@example.test"}, nil)
	link := "/api/v1/password-resets/" + d.Mail("user@example.test").Token()
	d.Advance(61 * time.Minute)
	if status := d.Call("PUT", link, "", map[string]string{"password": "correct horse battery"}, nil); status != 404 {
		t.Errorf("after an hour the link answers %d", status)
	}
}

func TestASessionExpires(t *testing.T) {
	d, app := start(t)
	session := d.SignIn("user@example.test")
	d.Advance(61 * 24 * time.Hour)
	if status := hello(app, session.Token); status != 401 {
		t.Errorf("after 61 days the app answers %d", status)
	}
}

func TestAMailServerInTroubleOnlyDelaysTheMail(t *testing.T) {
	d, _ := start(t)
	d.FailMails(authtest.TempFail, 1)
	person := map[string]string{"email": "ada@example.test", "password": "correct horse battery"}
	if status := d.Call("POST", "/api/v1/registrations", "", person, nil); status != 201 {
		t.Fatalf("registering answers %d", status)
	}
	d.Advance(time.Minute) // when it is tried again
	d.Mail("ada@example.test")
}
