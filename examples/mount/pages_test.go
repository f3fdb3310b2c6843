package main

import (
	"io"
	"net/http"
	"testing"
	"time"

	"doorward/app"
	"doorward/authtest"
	"doorward/web"
)

// TestTheProgramsOwnPages has the program's pages around a Doorward for tests: no data folder, nobody to register first.
func TestTheProgramsOwnPages(t *testing.T) {
	d := authtest.StartWith(t, authtest.Options{
		Path:  "/auth",
		Mount: func(_ *app.Accounts, site *web.Server) http.Handler { return routes(site) },
	})
	session := d.SignIn("user@example.test")
	for _, want := range []string{"Hello, user.\n", "Hello, stranger. Sign in at /auth/login.\n"} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", d.Origin()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(session.Cookie)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || string(text) != want {
			t.Errorf("the page reads %q (%v), want %q", text, err, want)
		}
		d.Advance(61 * 24 * time.Hour) // the session's end
	}
}
