package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"doorward/browser"
)

// TestEverythingByTheKeyboardAlone is done without a mouse: where the focus is can always be seen, it comes to a field
// that is wrong by itself, and stays where its person was when a script changes the page.
func TestEverythingByTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := startProgram(t)
	p := browser.New(t, b, s.base, browser.Device{Width: 1280}, nil)
	registerByKeys(p.Opens(s.setup))
	for _, name := range []string{"ada", "grace"} { // so that there are some
		p.Opens("/admin/users/new").Fills("E-mail", name+"@example.org").Presses("Make account")
	}
	p.Opens("/account")
	uploadByKeys(p, photograph(t))
	menuByKeys(p)
	signInByKeys(p)
	endByKeys(p, browser.New(t, b, s.base, browser.Device{Width: 1280, UserAgent: firefox}, nil))
	manyByKeys(p)
}

func registerByKeys(p *browser.Person) {
	p.TabsTo("link", "Skip to the content").Types(kb.Enter).IsAt("main").TabsTo("textbox", "E-mail").Types("owner@example.org")
	p.TabsTo("textbox", "Password").Types("password").Enters().On("/register", 422)
	p.IsAt("textbox", "Password").IsTold("list of common ones")
	p.Types("a porter of porters").TabsTo("button", "Show password").Types(" ").IsAt("textbox", "Password")
	p.TabsTo("button", "Create account").Enters().On("/admin/welcome", 200).Hears("status", "you own this site")
}

func uploadByKeys(p *browser.Person, picture string) {
	p.TabsTo("button", "Picture file").OpensChooser(picture).Awaits(cutting)
	p.TabsTo("button", "Zoom in").Types(" ").TabsTo("button", "Upload picture").Types(kb.Enter)
	p.Awaits(`document.querySelector(".note-good") !== null`).Hears("status", "Your picture was changed.")
}

func menuByKeys(p *browser.Person) {
	p.Opens("/account").TabsTo("DisclosureTriangle", "your menu").Types(kb.Enter).TabsTo("link", "Administration")
	p.Types(kb.Escape).IsAt("DisclosureTriangle", "your menu").Sees(`!document.querySelector("header details").open`)
	p.Types(" ").TabsTo("link", "Your account").TabsTo("button", "Sign out").Enters().On("/login", 200).Hears("status", "You signed out.")
}

func signInByKeys(p *browser.Person) {
	p.TabsTo("textbox", "E-mail or username").Types("owner@example.org").TabsTo("textbox", "Password").Types("a horse").Enters()
	p.On("/login", 401).Hears("alert", "don't go together")
	p.TabsTo("textbox", "Password").Types("a porter of porters").TabsTo("checkbox", "Keep me signed in").Types(" ")
	p.TabsTo("button", "Sign in").Enters().On("/account", 200)
}

func endByKeys(p, other *browser.Person) {
	other.Opens("/login").Fills("E-mail or username", "owner@example.org").Fills("Password", "a porter of porters").Presses("Sign in")
	p.TabsTo("link", "Sessions").Enters().On("/account/sessions", 200)
	p.TabsTo("button", "End session", "Firefox on Linux").Enters().On("/account/sessions", 200).Hears("status", "The session was ended.")
	other.IsLed("/login").Hears("status", "Your session has ended.")
}

// shownAnew goes on an expression: and the list has followed.
const shownAnew = ` && !document.querySelector(".updating")`

func manyByKeys(p *browser.Person) {
	p.Opens("/admin/users").TabsTo("searchbox", "Search").Types("example").Awaits(`location.search === "?search=example"` + shownAnew).Sees(listed + " === 3")
	p.IsAt("searchbox", "Search").Hears("status", "3 accounts fit.")
	p.TabsTo("link", "Show all").Types(kb.Enter).Awaits(`location.search === ""`+shownAnew).IsAt("searchbox", "Search")
	p.TabsTo("link", "E-mail").Types(kb.Enter).Awaits(`location.search === "?sort=email"`+shownAnew).IsAt("link", "E-mail")
	p.TabsTo("checkbox", "Select ada").Types(" ").Hears("status", "1 selected").TabsTo("link", "ada").TabsTo("checkbox", "Select grace").Types(" ").Hears("status", "2 selected")
	p.TabsTo("button", "Deactivate…").Enters().On("/admin/users/bulk", 200)
	p.TabsTo("button", "Deactivate 2 accounts").Enters().On("/admin/users/bulk/done", 200).Hears("status", "2 accounts were deactivated.")
	p.TabsTo("link", "Back to the list").Enters().On("/admin/users", 200).Reads("Deactivated")
}
