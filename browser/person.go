package browser

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a person waits for a page, or for something to show on it. It is far more than any takes, and only
// there so that a test fails where it would hang.
const patience = 30 * time.Second

// Device is what a person holds.
type Device struct {
	Width     int64 // of the window, in CSS pixels; below 1000 it is a phone, with a finger for a mouse
	Dark      bool
	NoScripts bool
	Passing   bool   // goes another's way again: what that one looked at (Looks) is not looked at from all sides once more
	UserAgent string // "" for the browser's own
}

func isPhone(width int64) bool { return width < 1000 }

// Person is somebody at a browser window of their own. The methods do what a person does, and fail the test where that
// can't be done. It is for one goroutine.
type Person struct {
	*window
	within string // the name of the region that is looked at, "" for the whole page
}

// window is what a person sits at.
type window struct {
	t      testing.TB
	ctx    context.Context
	base   string
	device Device
	watch  *watch
	status int64 // what the page that is shown was answered with
	album  *Album
	held   [2]float64 // where the mouse is held down
}

// New seats a person at a browser (Start) in front of the site at base. album may be nil.
func New(t testing.TB, browser context.Context, base string, d Device, album *Album) *Person {
	t.Helper()
	watch := newWatch(base)
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(watch.see))
	t.Cleanup(cancel)
	p := &Person{window: &window{t: t, ctx: ctx, base: base, device: d, watch: watch, album: album}}
	p.do(chromedp.Do(ctx), "open a window")
	if d.UserAgent != "" {
		call(p, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: d.UserAgent})
	}
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: d.NoScripts})
	call(p, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
	p.hold(d.Width, d.Dark)
	return p
}

// In is the same person looking at one region of the page only, by its name: a section by its heading.
func (p *Person) In(region string) *Person { return &Person{p.window, region} }

// hold makes the window that wide, and light or dark.
func (p *Person) hold(width int64, dark bool) {
	p.t.Helper()
	p.do(Hold(p.ctx, width, dark), "turn the window")
}

// Hold makes a browser's window that wide, a phone's below 1000, and light or dark.
func Hold(ctx context.Context, width int64, dark bool) error {
	return hold(ctx, width, windowHeight, dark)
}

// windowHeight is how high windows are.
const windowHeight = 800

func hold(ctx context.Context, width, height int64, dark bool) error {
	var options []chromedp.EmulateViewportOption
	if isPhone(width) {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height, options...)); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	return err
}

// do fails the test with what the person was about.
func (p *Person) do(err error, about string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", about, err)
	}
}

// patient is a context for one deed.
func (p *Person) patient() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, patience)
}

// call runs one command of the browser's protocol.
func call[P, R any](p *Person, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	p.do(err, string(command.Method))
	return result
}
