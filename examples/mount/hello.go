package main

import (
	"fmt"
	"net/http"

	"doorward/app"
	"doorward/web"
)

// hello is a page for everybody that greets who is signed in.
func hello(site *web.Server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		user, signedIn := site.Session(r)
		if !signedIn {
			fmt.Fprintln(w, "Hello, stranger. Sign in at /auth/login.")
			return
		}
		fmt.Fprintf(w, "Hello, %s.\n", user.DisplayName())
	}
}

// greet is for people who are signed in; everybody else is led to the sign-in, or told 401.
func greet(site *web.Server) http.Handler {
	return site.SignedIn(func(w http.ResponseWriter, r *http.Request, user app.User) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "%s greets you.\n", user.DisplayName())
	})
}
