package browser_test

import (
	"fmt"
	"testing"

	"doorward/browser"
)

// TestEveryRoomOfAdministrationCanBeUsed opens what no other test of the browser comes to, and what people come to who have
// no business there: each is looked at on every width, in light and dark, and for what keeps anybody out.
func TestEveryRoomOfAdministrationCanBeUsed(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := startProgram(t)
	var album *browser.Album
	if *shots != "" {
		album = &browser.Album{Folder: *shots, Prefix: "rooms-"}
	}
	owner := browser.New(t, b, s.base, browser.Device{Width: 1280}, album)
	owner.Opens(s.setup).Fills("E-mail", "owner@example.org").Fills("Password", "a porter of porters").Presses("Create account")
	keepRoles(owner)
	keepKeys(owner)
	for _, room := range []struct{ path, reads string }{
		{"/admin/sessions", "This session"}, {"/admin/audit", "signed in"}, {"/admin/audit?action=role.created", "Editor"},
		{"/admin/audit?user=nobody", "address"}, {"/admin/jobs", "mail"}, {"/logout", "This ends your session"}, {"/.well-known/change-password", "Password"},
	} {
		owner.Opens(room.path).Looks("room")
	}
	visit(browser.New(t, b, s.base, browser.Device{Width: 390, Dark: true}, album), owner)
}

func keepRoles(p *browser.Person) {
	p.Opens("/admin").Follows("Roles").On("/admin/roles", 200).Looks("roles")
	p.In("A new role").Fills("Name", "Editor").Fills("Description", "Edits what others wrote").Presses("Make role")
	p.On("/admin/roles", 200).Reads("The role was made.").Follows("Editor").Looks("role")
	p.Fills("E-mail of the account", "nobody@example.org").Presses("Give role").Reads("No account").Looks("role-refused")
	p.Fills("E-mail of the account", "owner@example.org").Presses("Give role").Looks("role-given")
}

func keepKeys(p *browser.Person) {
	p.Opens("/admin").Follows("API keys").On("/admin/keys", 200).Reads("API keys show here.").Looks("keys-none")
	p.Fills("Name", "shop").Fills("Your own password", "a horse").Presses("Make key").Looks("keys-refused")
	p.Fills("Your own password", "a porter of porters").Presses("Make key").Reads("This is its secret").Looks("keys-made")
	p.Taps("DisclosureTriangle", "Revoke…").Looks("keys-ask").PressesFirst("Revoke").On("/admin/keys", 200).Looks("keys-revoked")
}

// visit is somebody without rank, whose address the owner confirms, and who tries doors and passwords.
func visit(p, owner *browser.Person) {
	p.Opens("/register").Fills("E-mail", "eve@example.org").Fills("Password", "a horse by a fence").Presses("Create account")
	owner.Opens("/admin/users?search=eve").Follows("eve").In("E-mail").Presses("Confirm address").Reads("The address was confirmed.")
	p.Opens("/admin").On("/admin", 403).Looks("forbidden").Opens("/nothing/here").On("/nothing/here", 404).Looks("nothing")
	p.Opens("/logout").Presses("Sign out")
	for i := range 6 {
		p.Fills("E-mail or username", "owner@example.org").Fills("Password", fmt.Sprint("a guess at it, number ", i)).Presses("Sign in")
	}
	p.On("/login", 429).Reads("again in").Looks("limited")
	p.Presses("العربية").On("/login", 200).Sees(`document.dir === "rtl"`).Looks("in-arabic")
}
