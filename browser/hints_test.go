package browser_test

import (
	"strings"
	"testing"

	"doorward/browser"
)

// TestHintsComeWhileSomebodyTypes sees what is wrong with a field below it before the form is sent, and gone once it is
// right; nothing is said of what is only unfinished.
func TestHintsComeWhileSomebodyTypes(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := startProgram(t)
	var album *browser.Album
	if *shots != "" {
		album = &browser.Album{Folder: *shots, Prefix: "hints-"}
	}
	p := browser.New(t, b, s.base, browser.Device{Width: 390}, album)
	below := func(id string) string {
		return `document.getElementById("` + id + `")?.getAttribute("aria-describedby")?.includes("` + id + `-error") === true && document.getElementById("` + id + `-error").textContent`
	}
	right := func(id string) string {
		return `!document.getElementById("` + id + `-error") && !document.getElementById("` + id + `").hasAttribute("aria-invalid")`
	}
	answers := `performance.getEntriesByType("resource").filter((r) => r.name.includes("check=true")).length`
	later := `(globalThis.asked ??= fetch("/healthz").then(() => (globalThis.answered = true))) && globalThis.answered === true` // what was answered before is dealt with

	p.Opens(s.setup).Fills("E-mail", "owner@").Awaits(answers + " === 1").Sees(right("email")).Sees(right("password"))
	p.Fills("Password", "password").Awaits(below("email") + `.includes("one @ with something on both sides")`).Awaits(below("password") + `.includes("list of common ones")`).Looks("register")
	p.Fills("E-mail", "owner@example.org").Sees(`(globalThis.before = ` + answers + `) >= 0`)
	p.Holds("button", "Create account").Awaits(answers + " > globalThis.before").Awaits(later).Sees(below("email") + ` !== false`) // it would move the button
	p.LetsGo().On("/register", 422).Sees(right("email"))
	p.Fills("Password", "a porter of porters").Awaits(right("password")).Presses("Create account").On("/admin/welcome", 200)

	p.Opens("/account").Fills("Username", "o").Fills("First name", strings.Repeat("o", 101)).Awaits(below("username") + `.includes("at least 3 characters")`)
	p.Awaits(below("first_name") + `.includes("at most 100 characters")`).Looks("profile")
	p.Opens("/account/security").In("Password").Fills("New password", "owner@example.org").Awaits(below("new-password") + `.includes("can't be the e-mail address")`)
	p.In("E-mail").Fills("New e-mail", "owner@example.org").Awaits(below("email") + `.includes("your address already")`).Looks("security")
	p.In("E-mail").Fills("New e-mail", "other@example.org").Awaits(right("email"))
}
