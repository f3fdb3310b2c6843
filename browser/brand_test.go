package browser_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"doorward/browser"
)

// TestPagesAndMailsAreTheOperators sees the operator's name, picture and colour on a stranger's page, on one's own and in
// a kept mail.
func TestPagesAndMailsAreTheOperators(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	logo := image.NewRGBA(image.Rect(0, 0, 120, 48))
	for i := range 120 * 48 {
		logo.SetRGBA(i%120, i/120, color.RGBA{160, 0, 60, 255})
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, logo); err != nil {
		t.Fatal(err)
	}
	s := startProgram(t, "--site-name", "Größe & Söhne", "--site-logo", file(t, "logo.png", picture.Bytes()), "--accent", "#a0003c")
	var album *browser.Album
	if *shots != "" {
		album = &browser.Album{Folder: *shots, Prefix: "brand-"}
	}
	p := browser.New(t, b, s.base, browser.Device{Width: 1280}, album)
	own := func() {
		t.Helper()
		p.Sees(`document.title.endsWith("Größe & Söhne") && document.querySelector("img.logo").naturalWidth === 120`)
		p.Sees(`getComputedStyle(document.documentElement).getPropertyValue("--accent").trim() === "#a0003c"`)
	}
	p.Opens("/login").Looks("login")
	own()
	p.Opens(s.setup).Fills("E-mail", "owner@example.org").Fills("Password", "a porter of porters").Presses("Create account")
	p.Opens("/account").Looks("account")
	own()
	p.Opens("/reset-password").Fills("E-mail", "owner@example.org").Presses("Send the mail")
	p.Opens("/mailbox").FollowsFirst("owner@example.org").Reads("at Größe & Söhne").Looks("mail") // its picture too is loaded
}
