package browser_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"doorward/browser"
)

const (
	cutting   = `document.querySelector(".cutting .cropper-view-box img")?.complete === true`
	headFace  = `document.querySelector(".bar .menu img.face")`
	worn      = headFace + `?.naturalWidth > 0`
	pictureIs = headFace + `?.getAttribute("src").split("/")[2]`
)

// TestAPictureIsCutBeforeItGoesUp chooses a photograph that was taken on its side, moves and zooms it by buttons and keys,
// and sees it made: upright, as it was cut, here and in the person's other window, without another page in between.
func TestAPictureIsCutBeforeItGoesUp(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	for name, device := range map[string]browser.Device{"desk": {Width: 1280}, "phone": {Width: 390, Dark: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startProgram(t)
			var album *browser.Album
			if *shots != "" {
				album = &browser.Album{Folder: *shots, Prefix: "picture-" + name + "-"}
			}
			p, other := browser.New(t, b, s.base, device, album), browser.New(t, b, s.base, browser.Device{Width: 1280}, nil)
			p.Opens(s.setup).Fills("E-mail", "owner@example.org").Fills("Password", "a porter of porters").Presses("Create account")
			other.Opens("/account/sessions").Fills("E-mail or username", "owner@example.org").Fills("Password", "a porter of porters").Presses("Sign in")
			other.On("/account/sessions", 200)

			p.Opens("/account").Sees(`!document.querySelector("script[src*=cropper], link[href*=cropper]")`)
			refuseWhatIsNone(t, p)
			p.In("Picture").Picks("Picture file", onItsSide(t))
			p.Awaits(cutting).Looks("cutting")
			p.Sees(top("document.querySelector('.cropper-canvas img')", "red"))
			before := `document.querySelector(".cropper-view-box img").style.transform`
			p.Sees(`(globalThis.before = ` + before + `) !== null`)
			p.Types("+").Sees(before + ` !== globalThis.before`) // the frame has the focus
			p.Types("-")
			p.Taps("button", "Zoom in").Taps("button", "Move down").Taps("button", "Move up").Taps("button", "Turn").Taps("button", "Turn")
			p.Sees(top("document.querySelector('.cropper-view-box img')", "red")).Looks("turned")
			p.Taps("button", "Cancel").Sees(`!document.querySelector(".cutting") && document.getElementById("file").value === ""`)

			p.In("Picture").Picks("Picture file", onItsSide(t)).Awaits(cutting)
			p.In("Picture").Taps("button", "Upload picture")
			p.Awaits(`document.querySelector(".note-good") !== null && document.querySelector(".picture-face img")?.naturalWidth > 0`).Reads("Your picture was changed.")
			p.Awaits(worn).Sees(top(`document.querySelector(".picture-face img")`, "red")).Looks("made")
			p.Sees(`performance.getEntriesByType("navigation").length === 1 && location.pathname === "/account"`)
			other.Awaits(worn) // its page is still the list of sessions
			other.Opens("/account").Sees(`(globalThis.before = ` + pictureIs + `) !== ""`)

			p.Sees(hands("paste", "document", "clipboardData")).Awaits(cutting).Sees(`document.getElementById("file").files[0].name === "drawn.png"`)
			p.Taps("button", "Cancel").Sees(hands("drop", `document.querySelector(".picture-form")`, "dataTransfer")).Awaits(cutting)
			p.In("Picture").Picks("Picture file", photograph(t)).Awaits(cutting)
			p.In("Picture").Taps("button", "Upload picture")
			other.Awaits(pictureIs + ` !== globalThis.before && document.querySelector(".picture-face img").getAttribute("src").split("/")[2] === ` + pictureIs)
		})
	}
}

// refuseWhatIsNone chooses what is no picture, and one that is too large: the page says so itself.
func refuseWhatIsNone(t *testing.T, p *browser.Person) {
	wrong := `document.getElementById("file").getAttribute("aria-invalid") === "true" && document.getElementById("file").value === ""`
	p.In("Picture").Picks("Picture file", file(t, "notes.png", []byte("no picture at all"))).Awaits(wrong).Reads("This is not a picture that can be read here.").Looks("refused")
	p.In("Picture").Picks("Picture file", file(t, "large.png", make([]byte, 11<<20))).Awaits(wrong).Reads("A picture has at most 10 MiB.")
}

// hands is an expression that hands a drawn picture over, as pasting or dropping it does.
func hands(event, to, by string) string {
	class := map[string]string{"paste": "ClipboardEvent", "drop": "DragEvent"}[event]
	return `(() => { const c = document.createElement("canvas"); c.getContext("2d").fillRect(0, 0, 90, 90);
		c.toBlob((blob) => { const held = new DataTransfer(); held.items.add(new File([blob], "drawn.png", { type: "image/png" }));
		` + to + `.dispatchEvent(new ` + class + `("` + event + `", { ` + by + `: held, bubbles: true, cancelable: true })); }); return true; })()`
}

// top is an expression: the upper part of an image is of a colour, and the lower is not.
func top(img, colour string) string {
	return `(() => { const c = document.createElement("canvas"); c.width = c.height = 10; const x = c.getContext("2d", { willReadFrequently: true });
		x.drawImage(` + img + `, 0, 0, 10, 10); const at = (y) => x.getImageData(5, y, 1, 1).data;
		const is = (d) => ("` + colour + `" === "red" ? d[0] > 150 && d[2] < 100 : d[2] > 150 && d[0] < 100);
		return is(at(1)) && !is(at(8)); })()`
}

// onItsSide is a photograph of 4000 by 2000, which is more than is worked on, red to the left and blue to the right, that says it is to be turned clockwise:
// red is above then.
func onItsSide(t *testing.T) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 4000, 2000))
	for y := range 2000 {
		for x := range 4000 {
			c := color.RGBA{220, 30, 30, 255}
			if x >= 2000 {
				c = color.RGBA{30, 30, 220, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	turned := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return file(t, "side.jpg", append(turned, plain.Bytes()[2:]...))
}

func file(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
