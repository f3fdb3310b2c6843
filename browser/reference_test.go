package browser_test

import (
	"testing"

	"doorward/browser"
)

// TestTheReferenceIsDrawnFromThisServerAlone opens the API reference: it is drawn with all that it loads coming from the
// site itself and nothing refused by its policy, and it fits a phone, an open route's examples included.
func TestTheReferenceIsDrawnFromThisServerAlone(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := startProgram(t)
	for name, device := range map[string]browser.Device{"phone": {Width: 360, Dark: true}, "desk": {Width: 1280}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := browser.New(t, b, s.base, device, nil)
			p.Opens("/api/v1/docs#/Session/logIn").On("/api/v1/docs#/Session/logIn", 200)
			p.Awaits(`document.querySelector(".opblock.is-open .responses-table .example") !== null`)
			p.Sees(`document.querySelectorAll(".opblock").length > 30`)
			p.Reads("correct horse battery").Reads("invalid_credentials")
			p.Sees(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
			p.Sees(`[...document.querySelectorAll(".opblock.is-open *")].every((e) => e.getBoundingClientRect().right <= innerWidth + 1)`)
			p.IsQuiet()
		})
	}
}

func TestTheReferenceIsAListWithoutScripts(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	p := browser.New(t, b, startProgram(t).base, browser.Device{Width: 360, NoScripts: true}, nil)
	p.Opens("/api/v1/docs").On("/api/v1/docs", 200).Reads("POST /api/v1/sessions").Looks("reference")
}
