package browser_test

import (
	"strings"
	"testing"

	"doorward/browser"
)

// TestAnOwnerRunsAccountsFromTheBrowserAlone makes accounts, finds them, changes many at once and one in every part, with
// and without scripts.
func TestAnOwnerRunsAccountsFromTheBrowserAlone(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	for name, device := range map[string]browser.Device{
		"desk": {Width: 1280}, "phone without scripts": {Width: 360, Dark: true, NoScripts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startProgram(t)
			var album *browser.Album
			if *shots != "" {
				album = &browser.Album{Folder: *shots, Prefix: "users-" + strings.ReplaceAll(name, " ", "-") + "-"}
			}
			p := browser.New(t, b, s.base, device, album)
			p.Opens(s.setup).Fills("E-mail", "owner@example.org").Fills("Password", "a porter of porters").Presses("Create account")
			makeAccounts(p)
			if device.NoScripts {
				findByForm(p)
			} else {
				findWhileTyping(p)
			}
			changeMany(p)
			changeOne(p)
		})
	}
}

func makeAccounts(p *browser.Person) {
	p.Opens("/admin/users").On("/admin/users", 200).Reads("1 account").Follows("Make an account")
	p.On("/admin/users/new", 200).Looks("new")
	p.Fills("E-mail", "owner@example.org").Presses("Make account").On("/admin/users/new", 422).Reads("has an account already").Looks("new-refused")
	for _, name := range []string{"ada", "grace", "emmy"} {
		p.Opens("/admin/users/new").Fills("E-mail", name+"@example.org").Fills("First name", strings.ToUpper(name[:1])+name[1:]).Presses("Make account")
		p.Reads("The account was made.").Reads("None is set yet.")
	}
	p.Looks("invited")
}

const (
	listed   = `document.querySelectorAll("#list tbody tr").length`
	selected = `document.getElementById("picked").textContent`
)

// findWhileTyping sees the list follow the search field and the filters, with the address, and come back.
func findWhileTyping(p *browser.Person) {
	p.Opens("/admin/users").Sees(listed + " === 4")
	p.Fills("Search by e-mail, username or name", "grace").Awaits(listed + " === 1").Sees(`location.search === "?search=grace"`).Reads("1 account fits.")
	p.Fills("Search by e-mail, username or name", "nobody").Awaits(listed + " === 0").Reads("No account fits").Looks("found-none")
	p.Fills("Search by e-mail, username or name", "").Awaits(listed + ` === 4 && location.search === ""`)
	p.Chooses("Role", "Owner").Awaits(listed + ` === 1 && location.search === "?role=Owner"`)
	p.Taps("link", "Show all").Awaits(listed + ` === 4 && document.getElementById("role").value === ""`)
	p.Taps("link", "E-mail").Awaits(`location.search === "?sort=email" && document.querySelector("#list tbody a").textContent === "Ada"`)
	p.Sees(`history.back() ?? true`).Awaits(`location.search === "" && document.querySelector("#list tbody a").textContent === "Emmy"`)
	p.Ticks("Select Ada").Sees(selected + ` === "1 selected"`)
	p.Fills("Search by e-mail, username or name", "example").Awaits(`location.search === "?search=example"`).Awaits(selected + ` === "1 selected"`)
	p.Taps("button", "Select all on this page").Sees(selected + ` === "4 selected"`).Looks("selected")
	p.Taps("button", "Select none").Sees(selected + ` === "0 selected" || document.getElementById("picked").hidden`)
	p.Opens("/admin/users").Sees(`document.elementFromPoint(700, document.querySelector("#list tbody tr").getBoundingClientRect().y + 20).closest("a") !== null`)
}

func findByForm(p *browser.Person) {
	p.Opens("/admin/users").Fills("Search by e-mail, username or name", "grace").Presses("Search").On("/admin/users", 200).Reads("1 account fits.").Looks("found")
	p.Follows("Show all").Reads("4 accounts")
}

func changeMany(p *browser.Person) {
	p.Opens("/admin/users?sort=email").Ticks("Select Ada").Ticks("Select Grace").Ticks("Select owner").Looks("three-selected")
	p.Presses("Deactivate…").On("/admin/users/bulk", 200).Reads("Will be changed: 2").Reads("Nobody changes their own roles").Looks("ask-many")
	p.Presses("Deactivate 2 accounts").On("/admin/users/bulk/done", 200).Reads("2 accounts were deactivated.").Looks("did-many")
	p.Follows("Back to the list").On("/admin/users", 200).Reads("Deactivated")
	p.Ticks("Select Ada").Ticks("Select Grace").Presses("Activate…").Presses("Activate 2 accounts").Reads("2 accounts were activated.")
	p.Follows("Back to the list").Ticks("Select Ada").Presses("Set a field…").On("/admin/users/bulk", 200).Looks("ask-field")
	p.Fills("Name of the custom field", "plan").Fills("Value", "pro").Presses("Set it for 1 account").Reads("1 account has a new value in plan: pro.").Looks("did-field")
}

func changeOne(p *browser.Person) {
	p.Opens("/admin/users?search=ada").Follows("Ada").Reads("ada@example.org").Reads("plan")
	p.In("Profile").Fills("Last name", "Lovelace").Presses("Save profile").Reads("The profile was saved.").Reads("Ada Lovelace")
	p.In("E-mail").Presses("Confirm address").Reads("The address was confirmed.")
	p.In("Roles").Taps("DisclosureTriangle", "Give…", "Admin").Looks("ask-role")
	p.In("Roles").PressesFirst("Give role", "Admin").Reads("The role was given.").Sees(`document.querySelector("#roles .held .role-name").textContent.includes("Admin")`)
	p.In("Password").Fills("New password", "a horse by an owner").Presses("Set password").Reads("The new password was set")
	p.In("Status").Taps("DisclosureTriangle", "Deactivate…").Looks("ask-status")
	p.In("Status").Presses("Deactivate account").Reads("The account was deactivated").Looks("changed-one")
	p.Follows("Delete account…").Reads("Nobody else ever gets the username ada.").Looks("ask-delete")
	p.Presses("Delete account").On("/admin/users", 200).Reads("The account was deleted").Reads("3 accounts")
}
