package view

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var (
	shots = flag.String("shots", "", "a folder: look at every story in a browser and keep pictures of it there")
	only  = flag.String("only", "", "with -shots: stories whose name has this in it")
)

// pagePolicy is as strict as the site's.
const pagePolicy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// storyServer serves every story under its name, and the files that pages load.
func storyServer(t *testing.T, v *Views) *httptest.Server {
	mux := http.NewServeMux()
	for _, story := range Stories() {
		mux.HandleFunc("GET /stories/"+story.Name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", pagePolicy)
			_, _ = w.Write([]byte(render(t, v, story.Page)))
		})
	}
	mux.HandleFunc("GET /static/{name}", func(w http.ResponseWriter, r *http.Request) {
		a, ok := v.Asset(r.PathValue("name"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a.Type)
		_, _ = w.Write(a.Body)
	})
	mux.HandleFunc("GET /avatars/{id}/{variant}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path fill="#c5a880" d="M0 0h4v4H0z"/><circle cx="2" cy="1.6" r=".8" fill="#5b4636"/><circle cx="2" cy="4" r="1.5" fill="#5b4636"/></svg>`))
	})
	mux.HandleFunc("GET /mailbox/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<p>The mail as HTML</p>"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func browser(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true), chromedp.Flag("hide-scrollbars", true),
	))
	t.Cleanup(cancel)
	return ctx
}

// media chooses light or dark, and motion or none.
func media(scheme string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return chromedp.Void{}, err
	}
}

// tooWide lists what sticks out of the window on its side, and tooSmall what is hard to hit with a finger.
const (
	tooWide = `(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1).map((e) => e.outerHTML.slice(0, 120)).slice(0, 5);
	})()`
	tooSmall = `[...document.querySelectorAll("button, .button, summary, input:not([type=hidden]), select, .side a, .bar a, .next a, .beside")].filter((e) => {
		const box = (e.type === "checkbox" ? e.closest(".tick") : e).getBoundingClientRect();
		return box.width > 1 && box.height < 43.5 && !e.closest(".unseen");
	}).map((e) => e.getBoundingClientRect().height + " " + e.outerHTML.slice(0, 120))`
)

func TestEveryStoryFitsEveryWindow(t *testing.T) {
	if *shots == "" {
		t.Skip("needs a browser: run with -shots FOLDER")
	}
	server := storyServer(t, newViews(t, Site{}))
	ctx := browser(t)
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{320, 360, 1280} {
		touch := width < 1000
		options := []chromedp.EmulateViewportOption{}
		if touch {
			options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
		}
		for _, scheme := range []string{"light", "dark"} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800, options...), media(scheme)); err != nil {
				t.Fatal(err)
			}
			for _, story := range Stories() {
				if strings.Contains(story.Name, *only) {
					look(ctx, t, server.URL, story.Name, width, scheme, touch)
				}
			}
		}
	}
}

func look(ctx context.Context, t *testing.T, base, story string, width int64, scheme string, touch bool) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/stories/"+story)); err != nil {
		t.Fatal(err)
	}
	checks := map[string]string{"sticks out": tooWide}
	if touch {
		checks["is too small for a finger"] = tooSmall
	}
	for what, script := range checks {
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 && scheme == "light" {
			t.Errorf("%s at %d: %s: %s", story, width, what, strings.Join(found, "\n\t"))
		}
	}
	if width == 320 {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%s-%d-%s.png", story, width, scheme)
	if err := os.WriteFile(filepath.Join(*shots, name), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
