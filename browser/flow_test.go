package browser_test

import (
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorward/browser"
)

var shots = flag.String("shots", os.Getenv("SHOTS"), "a folder: keep a picture of every page there; the environment's SHOTS says it too")

const (
	firefox     = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	oldPassword = "seventeen grey geese"
	newPassword = "eighteen white swans"
	shown       = `document.querySelector("main img.face")?.naturalWidth > 0`
)

// TestTheMainJob is all that an account is for, done by three people at real browsers: the first becomes Owner by the
// set-up link, the second registers and lives through everything up to the deletion of their account, at two devices.
func TestTheMainJob(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	devices := map[string]browser.Device{
		"phone":                  {Width: 360},
		"laptop without scripts": {Width: 1024, Dark: true, NoScripts: true},
	}
	if os.Getenv("CI") == "true" || *shots != "" { // the other two come to the same pages by mouse and finger
		devices["desk"] = browser.Device{Width: 1280, Dark: true, Passing: true}
		devices["phone without scripts"] = browser.Device{Width: 360, NoScripts: true, Passing: true}
	}
	for name, device := range devices {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startProgram(t)
			var album *browser.Album
			if *shots != "" {
				album = &browser.Album{Folder: *shots, Prefix: strings.ReplaceAll(name, " ", "-") + "-"}
			}
			other := browser.Device{Width: 1280, UserAgent: firefox, NoScripts: device.NoScripts}
			job := mainJob{
				program: s,
				owner:   browser.New(t, b, s.base, device, album),
				person:  browser.New(t, b, s.base, device, album),
				other:   browser.New(t, b, s.base, other, nil),
				scripts: !device.NoScripts,
				picture: photograph(t),
			}
			job.setUp()
			job.register()
			job.useTwoDevices()
			job.fillProfile()
			job.endTheOtherSession()
			job.loseThePassword()
			job.changeEmail()
			job.leave()
		})
	}
}

// mainJob is who takes part.
type mainJob struct {
	program
	owner, person, other *browser.Person
	scripts              bool
	picture              string // a file
}

// photograph is a picture of 1600 by 1200 in a file: a hill under a sky.
func photograph(t *testing.T) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for y := range 1200 {
		for x := range 1600 {
			hill := 700 + (x-800)*(x-800)/2500
			c := color.RGBA{uint8(120 + y/12), uint8(170 + y/16), 235, 255}
			if y > hill {
				c = color.RGBA{uint8(40 + x/40), uint8(130 - (y-hill)/10), 60, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	file := filepath.Join(t.TempDir(), "hill.jpg")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := jpeg.Encode(f, m, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

func (j mainJob) setUp() {
	j.person.Opens("/register").On("/register", 403).Looks("nobody-owns-it")
	j.owner.Opens(j.setup).On("/register", 200).Looks("set-up")
	j.owner.Fills("E-mail", "owner@example.org").Fills("Password", "a porter of porters").Presses("Create account")
	j.owner.On("/admin/welcome", 200).Reads("you own this site").Looks("owner")
	if j.scripts {
		j.owner.Taps("button", "Copy", "doorward backup").Awaits(`[...document.querySelectorAll("[role=status]")].some((e) => e.textContent === "Copied")`)
	} else {
		j.owner.Lacks("Copy")
	}
	j.owner.Follows("Go to the overview").On("/admin", 200).Reads("3 steps of the set-up").Looks("overview")
	j.owner.Follows("3 steps of the set-up").On("/admin/welcome", 200).Follows("the mailbox").On("/mailbox", 200).Reads("No mail yet").Looks("mailbox-empty")
	j.person.Opens(j.setup).On("/register", 200).Lacks("You will own this site") // used up: an ordinary registration
}

func (j mainJob) register() {
	p := j.person
	p.Opens("/").On("/login", 200).Looks("sign-in")
	p.Follows("Create an account").On("/register", 200)
	p.Fills("E-mail", "ada@example.org").Fills("Password", "password").Presses("Create account")
	p.On("/register", 422).Reads("list of common ones").Looks("register-refused")
	if j.scripts {
		p.Fills("Password", oldPassword).Taps("button", "Show password").Sees(`document.querySelector("#password").value === "` + oldPassword + `" && document.querySelector("#password").type === "text"`)
	} else {
		p.Fills("Password", oldPassword)
	}
	p.Presses("Create account").On("/account", 200).Reads("Confirm your address").Looks("unconfirmed")
	p.Opens("/account/sessions").On("/account", 200) // not before the address is confirmed

	link := j.mail("Confirm your e-mail address", "ada@example.org", "/confirm/", "mail-confirmation")
	p.Opens(link).On(strings.TrimPrefix(link, j.base), 200).Reads("Confirm your address").Looks("confirm")
	p.Presses("Confirm address").On("/account", 200).Reads("Your address was confirmed.").Looks("confirmed")
	p.Opens(link).On(strings.TrimPrefix(link, j.base), 404).Reads("nothing left to confirm").Looks("confirm-dead")
}

// mail is what a person does who looks into their mail, which here is the Owner's mailbox: the newest with this subject
// and receiver is opened. It answers the link in it.
func (j mainJob) mail(subject, to, path, name string) string {
	j.owner.Opens("/mailbox").Looks("mailbox")
	j.owner.FollowsFirst(subject, to).Reads(to).Looks(name)
	return j.owner.Address(j.base + path)
}

// useTwoDevices signs in at the other device, by the keyboard alone.
func (j mainJob) useTwoDevices() {
	o := j.other.Opens("/account/security").On("/login", 200)
	o.Types("\t\t\t") // past the skip link and the site's name
	o.Types("ada@example.org\t").Types(oldPassword)
	o.Enters().On("/account/security", 200).Reads("ada@example.org")
}

func (j mainJob) fillProfile() {
	p := j.person.Opens("/account").On("/account", 200)
	p.In("Picture").Picks("Picture file", j.picture)
	if j.scripts {
		p.Awaits(cutting).Looks("picture-chosen")
		p.In("Picture").Taps("button", "Upload picture")
		p.Awaits(`document.querySelector(".picture-face img")?.src.startsWith("http") && document.querySelector(".picture-face img").naturalWidth > 0`)
	} else {
		p.In("Picture").Presses("Upload picture").On("/account", 200).Reads("Your picture was changed.")
	}
	p.Opens("/account").Sees(shown).Looks("picture")

	you := p.In("You")
	you.Fills("First name", "Ada").Fills("Last name", "Lovelace").Fills("Username", "a").Presses("Save profile")
	p.On("/account", 422).Looks("profile-refused")
	you.Fills("Username", "Countess").Chooses("Time zone", "London").Presses("Save profile")
	p.On("/account", 200).Reads("Your profile was saved.").Reads("Ada Lovelace")
	p.In("Language").Chooses("Pages and mails", "British English").Presses("Save language")
	p.On("/account", 200).Reads("Your language was saved.").Looks("profile")
}

func (j mainJob) endTheOtherSession() {
	p := j.person.Follows("Sessions").On("/account/sessions", 200).Reads("Firefox on Linux").Looks("sessions")
	p.PressesFirst("End session", "Firefox on Linux")
	p.On("/account/sessions", 200).Reads("The session was ended.").Lacks("Firefox").Looks("session-ended")
	if j.scripts {
		j.other.IsLed("/login") // the open page is told
	} else {
		j.other.Opens("/account").On("/login", 200)
	}
	j.other.Reads("Your session has ended.")
}

func (j mainJob) loseThePassword() {
	p := j.person.Taps("DisclosureTriangle", "Ada Lovelace", "your menu").Looks("menu")
	p.PressesFirst("Sign out").On("/login", 200).Reads("You signed out.").Looks("signed-out")
	p.Fills("E-mail or username", "countess").Fills("Password", "something else").Presses("Sign in")
	p.On("/login", 401).Reads("don't go together").Looks("sign-in-refused")
	p.Follows("Forgot your password?").On("/reset-password", 200).Looks("reset-ask")
	p.Fills("E-mail", "ada@example.org").Presses("Send the mail").On("/reset-password/sent", 200).Looks("reset-sent")

	link := j.mail("Set a new password", "ada@example.org", "/reset-password/", "mail-reset")
	p.Opens(link).On(strings.TrimPrefix(link, j.base), 200).Looks("reset")
	p.Fills("New password", "short").Presses("Set password").On(strings.TrimPrefix(link, j.base), 422).Looks("reset-refused")
	p.Fills("New password", newPassword).Presses("Set password").On("/login", 200).Reads("Your new password was set").Looks("reset-done")
	p.Opens(link).On(strings.TrimPrefix(link, j.base), 404)
	p.Opens("/login").Fills("E-mail or username", "countess").Fills("Password", newPassword).Ticks("Keep me signed in").Presses("Sign in").On("/account", 200)
}

func (j mainJob) changeEmail() {
	p := j.person.Follows("Security").On("/account/security", 200).Looks("security")
	p.In("E-mail").Fills("New e-mail", "ada@example.net").Fills("Current password", oldPassword).Presses("Change e-mail")
	p.On("/account/security/email", 422).Reads("not your current password").Looks("security-refused")
	p.In("E-mail").Fills("New e-mail", "ada@example.net").Fills("Current password", newPassword).Presses("Change e-mail")
	p.On("/account/security", 200).Reads("A mail was sent to the new address.")

	link := j.mail("Confirm your new e-mail address", "ada@example.net", "/account/email/", "mail-email-change")
	p.Opens(link).On(strings.TrimPrefix(link, j.base), 200).Reads("ada@example.net").Looks("email-change")
	p.Presses("Change address").On("/account/security", 200).Reads("Your address was changed").Reads("ada@example.net")
}

func (j mainJob) leave() {
	p := j.person
	p.In("Leaving").Fills("Current password", newPassword).Presses("Delete account")
	p.On("/login", 200).Reads("Your account was deleted").Looks("deleted")
	p.Fills("E-mail or username", "ada@example.net").Fills("Password", newPassword).Presses("Sign in")
	p.On("/login", 401).Reads("don't go together")
}
