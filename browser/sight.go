package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// On checks which page the person came to, by its path, and how it was answered.
func (p *Person) On(path string, status int64) *Person {
	p.t.Helper()
	place := strings.TrimPrefix(p.place(), p.base)
	if got, _, _ := strings.Cut(place, "?"); got != path || p.status != status {
		p.t.Fatalf("on %s with %d, want %s with %d:\n%s", place, p.status, path, status, p.text())
	}
	return p
}

// Reads checks that the page shows these words.
func (p *Person) Reads(words string) *Person {
	p.t.Helper()
	if text := p.text(); !strings.Contains(text, words) {
		p.t.Fatalf("%s doesn't read %q:\n%s", p.place(), words, text)
	}
	return p
}

// Lacks checks that the page shows nothing of the kind.
func (p *Person) Lacks(words string) *Person {
	p.t.Helper()
	if text := p.text(); strings.Contains(text, words) {
		p.t.Fatalf("%s reads %q:\n%s", p.place(), words, text)
	}
	return p
}

// Awaits waits for a change on the page, made by a script, that makes an expression true.
func (p *Person) Awaits(expression string) *Person {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(0)))
	p.do(err, "wait for "+expression)
	return p
}

// IsLed waits until the page has gone to another path by itself.
func (p *Person) IsLed(path string) *Person {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	for {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.readyState === 'complete' ? location.pathname : ''"))
		if err == nil && at == path {
			return p
		}
		select {
		case <-time.After(20 * time.Millisecond): // a page on its way to another can't tell when it gets there
		case <-ctx.Done():
			p.t.Fatalf("the page stays at %s, and is not led to %s", at, path)
		}
	}
}

// Sees checks an expression about the page.
func (p *Person) Sees(expression string) *Person {
	p.t.Helper()
	if !evaluate[bool](p, expression) {
		p.t.Fatalf("%s: not so: %s", p.place(), expression)
	}
	return p
}

func (p *Person) place() string { return evaluate[string](p, "location.href") }

// text is what can be read, a line break as a space.
func (p *Person) text() string {
	return strings.Join(strings.Fields(evaluate[string](p, "document.body.innerText")), " ")
}

func evaluate[T any](p *Person, expression string) T {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	p.do(err, "look at the page")
	return value
}

// Looks looks at the whole page on a small phone and at a desk, in the colours that the person has not chosen, and on their
// own device: whether all of it fits, can be hit and can be read, that nothing on it keeps anybody out, and that nothing went wrong
// behind it. Somebody in passing (Device) leaves it at the last. The album, if there is one, keeps the page under this name
// as the person's own device shows it.
func (p *Person) Looks(name string) *Person {
	p.t.Helper()
	own := p.device
	if !own.Passing {
		p.looksAround(name)
	}
	if p.album != nil {
		p.do(p.album.keep(p.ctx, name, own.Width, own.Dark), "take a picture")
	}
	for _, amiss := range p.watch.taken() {
		p.t.Errorf("on the way to %s: %s", name, amiss)
	}
	return p
}

func (p *Person) looksAround(name string) {
	p.t.Helper()
	own := p.device
	// Between 320 and 1280 nothing else is laid out, and another scheme changes colours alone.
	windows := []Device{{Width: 320, Dark: !own.Dark}, {Width: 1280, Dark: !own.Dark}, {Width: own.Width, Dark: own.Dark}}
	for _, d := range windows {
		p.hold(d.Width, d.Dark)
		for _, flaw := range p.flaws(d.Width) {
			p.t.Errorf("%s at %d (dark: %v) %s", name, d.Width, d.Dark, flaw)
		}
	}
	for _, barrier := range p.barriers() {
		p.t.Errorf("%s %s", name, barrier)
	}
}

func (p *Person) flaws(width int64) []string {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	found, err := Flaws(ctx, width)
	p.do(err, "look at the page")
	return found
}

// barriers is what axe-core finds. Where no scripts run it can't either: the same page is looked at where they do.
func (p *Person) barriers() []string {
	p.t.Helper()
	if p.device.NoScripts {
		return nil
	}
	ctx, cancel := p.patient()
	defer cancel()
	found, err := Barriers(ctx)
	p.do(err, "look for barriers")
	return found
}

// What a page can do wrong in a window. Each script lists what does.
const (
	tooWide = `(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1).map((e) => "sticks out: " + e.outerHTML.slice(0, 120)).slice(0, 5);
	})()`

	tooSmall = `[...document.querySelectorAll("button, .button, summary, input:not([type=hidden]), select, .side a, .bar a, .next a, .beside")].filter((e) => {
		const box = (e.type === "checkbox" ? e.closest(".tick") : e).getBoundingClientRect();
		return box.width > 1 && box.height < 43.5 && !e.closest(".unseen");
	}).map((e) => "is too small for a finger: " + e.getBoundingClientRect().height + " " + e.outerHTML.slice(0, 120))`

	// Text needs 4.5:1 against what is behind it, 3:1 where it is large. What lies on a picture or a drawing is not looked at.
	tooFaint = `(() => {
		const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
		const known = new Map(); // a colour can be written in many ways: painting it tells its channels
		const channels = (colour) => {
			if (!known.has(colour)) {
				brush.clearRect(0, 0, 1, 1);
				brush.fillStyle = colour;
				brush.fillRect(0, 0, 1, 1);
				known.set(colour, [...brush.getImageData(0, 0, 1, 1).data]);
			}
			return known.get(colour);
		};
		const light = ([r, g, b]) => {
			const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
			return 0.2126 * x + 0.7152 * y + 0.0722 * z;
		};
		const ground = (e) => {
			for (; e; e = e.parentElement) {
				const c = channels(getComputedStyle(e).backgroundColor);
				if (c[3] > 0) return c;
			}
			return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
		};
		const found = [];
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let node; (node = walker.nextNode()); ) {
			const e = node.parentElement;
			if (!node.data.trim() || e.closest("svg, script, style, noscript, .unseen, [hidden], option") || !e.checkVisibility()) continue;
			const style = getComputedStyle(e);
			const [a, b] = [light(channels(style.color)), light(ground(e))];
			const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
			const size = parseFloat(style.fontSize);
			const large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 600;
			if (ratio < (large ? 3 : 4.5)) found.push("is too faint, " + ratio.toFixed(2) + ": " + node.data.trim().slice(0, 60));
		}
		return found;
	})()`
)

// Flaws lists what is wrong with the page that a window of this width shows.
func Flaws(ctx context.Context, width int64) ([]string, error) {
	checks := []string{tooWide, tooFaint}
	if isPhone(width) {
		checks = append(checks, tooSmall)
	}
	return chromedp.Run(ctx, chromedp.Evaluate[[]string]("["+strings.Join(checks, ",\n")+"].flat()"))
}

// Album keeps pictures of pages in a folder.
type Album struct {
	Folder string
	Prefix string // of every file's name
	count  int
}

func (a *Album) keep(ctx context.Context, name string, width int64, dark bool) error {
	a.count++
	return Photograph(ctx, filepath.Join(a.Folder, fmt.Sprintf("%s%02d-%s.png", a.Prefix, a.count, name)), width, dark)
}

// Photograph writes a picture of the whole page to a file, as a window shows it that is high enough: what a frame holds is
// not drawn as long as it is out of sight.
func Photograph(ctx context.Context, file string, width int64, dark bool) error {
	height, err := chromedp.Run(ctx, chromedp.Evaluate[int64]("document.documentElement.scrollHeight"))
	if err != nil {
		return err
	}
	if err := hold(ctx, width, max(height, windowHeight), dark); err != nil {
		return err
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	if err := Hold(ctx, width, dark); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, picture, 0o644)
}

// What a page can do wrong over time, and on paper.
const (
	// tooLively lists what moves for longer than 10 ms where its person wants nothing to.
	tooLively = `[...document.querySelectorAll("*")].flatMap((e) => ["", "::before", "::after"].flatMap((part) => {
		const style = getComputedStyle(e, part);
		const long = (times) => times.split(", ").some((time) => parseFloat(time) * (time.endsWith("ms") ? 1 : 1000) > 10);
		const moves = long(style.transitionDuration) || style.animationName !== "none" && long(style.animationDuration);
		return moves || style.scrollBehavior === "smooth" ? ["moves: " + e.outerHTML.slice(0, 120)] : [];
	}))`

	// shifted lists what moved by itself after it was seen.
	shifted = `new Promise((done) => {
		const found = [];
		const note = (list) => list.getEntries().forEach((entry) => found.push(...entry.sources.map(({ node, previousRect, currentRect }) =>
			"was moved by " + entry.value.toFixed(4) + ", from y " + previousRect.y + " to " + currentRect.y + ": " + (node?.outerHTML ?? node?.textContent ?? "").slice(0, 120))));
		const watch = new PerformanceObserver(note);
		watch.observe({ type: "layout-shift", buffered: true });
		requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { note({ getEntries: () => watch.takeRecords() }); done(found); })));
	})`

	// wasteful lists what is of no use on paper, and what can't be read there.
	wasteful = `(() => {
		const seen = (e) => e.checkVisibility() && e.getBoundingClientRect().height > 1;
		const found = [...document.querySelectorAll("nav, button, .skip, input[type=search], input[type=file]")].filter(seen).map((e) => "is printed: " + e.outerHTML.slice(0, 120));
		const ground = getComputedStyle(document.body).backgroundColor;
		if (ground !== "rgb(255, 255, 255)") found.push("is printed on " + ground);
		return found;
	})()`
)

// Lively lists what moves on the page that a window shows, which asks for nothing to (Hold).
func Lively(ctx context.Context) ([]string, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[[]string](tooLively))
}

// Shifted lists what has moved on a page since it was first seen, but for what its person did.
func Shifted(ctx context.Context) ([]string, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[[]string](shifted, chromedp.EvalAwaitPromise))
}

// Printed lists what is wrong with the page on paper. The window shows it on the screen again afterwards.
func Printed(ctx context.Context, width int64, dark bool) ([]string, error) {
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: "dark"}, // browsers print in light: that they have to is nothing to rely on
	}})
	if err != nil {
		return nil, err
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string]("["+tooWide+",\n"+tooFaint+",\n"+wasteful+"].flat()"))
	if err != nil {
		return nil, err
	}
	return found, Hold(ctx, width, dark)
}
