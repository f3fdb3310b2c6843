package browser_test

import (
	"testing"

	"doorward/browser"
)

// TestBrowsersLearnThatTheirSessionEnded ends all other sessions from one browser, and one from administration: a browser
// with scripts leaves its page at once, one without at its next click.
func TestBrowsersLearnThatTheirSessionEnded(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := startProgram(t)
	sit := func(d browser.Device) *browser.Person { return browser.New(t, b, s.base, d, nil) }
	owner := sit(browser.Device{Width: 1280})
	owner.Opens(s.setup).Fills("E-mail", "owner@example.org").Fills("Password", "a porter of porters").Presses("Create account")
	signIn := func(d browser.Device) *browser.Person {
		return sit(d).Opens("/login").Fills("E-mail or username", "owner@example.org").Fills("Password", "a porter of porters").Presses("Sign in").On("/account", 200)
	}

	lively, plain := signIn(browser.Device{Width: 390}), signIn(browser.Device{Width: 1280, NoScripts: true})
	owner.Opens("/account/sessions").Presses("End all other sessions").On("/account/sessions", 200).Reads("Every other session was ended.").Reads("signed in nowhere else")
	lively.IsLed("/login").Reads("Your session has ended.")
	plain.Follows("Security").On("/login", 200).Reads("Your session has ended.")

	watched := signIn(browser.Device{Width: 1280, UserAgent: firefox})
	watched.Opens("/admin").On("/admin", 200)
	owner.Opens("/admin/sessions").Taps("DisclosureTriangle", "End session", "Firefox on Linux").Reads("needs the password again")
	owner.PressesFirst("End session", "Firefox on Linux").On("/admin/sessions", 200).Reads("The session was ended.")
	watched.IsLed("/login").Reads("Your session has ended.")
}
