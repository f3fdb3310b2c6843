package view

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"doorward/app/lang"
	"doorward/browser"
)

var (
	shots = flag.String("shots", "", "a folder: keep pictures of every story there")
	only  = flag.String("only", "", "stories whose name has this in it")
	spoke = flag.String("lang", "", "the language that pictures are kept in, but for stories that have their own")
)

// many matches stories of a page with many rows.
var many = regexp.MustCompile(`-(fifty|hundred|thousand|many)$`)

// pagePolicy is as strict as the site's.
const pagePolicy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// storyServer serves every story under its name, in its own language or else in the one given, and the files that pages
// load.
func storyServer(t *testing.T, v *Views, language string) *httptest.Server {
	mux := http.NewServeMux()
	for _, story := range Stories() {
		if around := story.Page.Around(); around.Lang == "" {
			around.Lang = language
		}
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
		w.Header().Set("Cache-Control", "max-age=3600")
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

// window is one that a story is looked at in.
type window struct {
	width int64
	dark  bool
}

// TestEveryStoryFitsEveryWindow looks at each story as a small phone and a desk show it, in light and dark: all of it fits,
// can be hit by a finger and has enough contrast. What axe-core finds is looked for on each story on the phone, and on the
// first of each page in the dark at a desk, where the same parts are laid out otherwise; in other languages the next test
// looks, and many rows have no more than a few.
func TestEveryStoryFitsEveryWindow(t *testing.T) {
	t.Parallel()
	server := storyServer(t, newViews(t, Site{}), *spoke)
	ctx := browser.Start(t)
	base := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	windows := []window{{320, false}, {1280, false}, {1280, true}} // between the two nothing else is laid out, and dark changes colours alone
	if *shots != "" {
		windows = append(windows, window{360, true}, window{360, false})
	}
	seen := map[string]bool{}
	for _, story := range Stories() {
		if !strings.Contains(story.Name, *only) {
			continue
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(base+"/stories/"+story.Name)); err != nil {
			t.Fatal(err)
		}
		file, _ := story.Page.template()
		for _, w := range windows {
			look(ctx, t, story.Name, w)
			alike := story.Page.Around().Lang != *spoke || many.MatchString(story.Name)
			if w.width == 320 && !alike || w.dark && !seen[file] {
				findBarriers(ctx, t, story.Name, w)
			}
		}
		seen[file] = true
		slices.Reverse(windows) // the next begins as this one ends: to turn a window costs as much as to look at it
	}
}

// TestEveryStoryFitsAPhoneInOtherLanguages: German has the longest words, Arabic runs the other way, and Japanese breaks
// its lines by other rules.
func TestEveryStoryFitsAPhoneInOtherLanguages(t *testing.T) {
	t.Parallel()
	ctx := browser.Start(t)
	for _, language := range []string{"de", "ar", "ja"} {
		server := storyServer(t, newViews(t, Site{}), language)
		base := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
		seen := map[string]bool{}
		for _, story := range Stories() { // the first of each page, in English every one was looked at
			file, _ := story.Page.template()
			if seen[file] || !strings.Contains(story.Name, *only) {
				continue
			}
			seen[file] = true
			if err := chromedp.Do(ctx, chromedp.Navigate(base+"/stories/"+story.Name)); err != nil {
				t.Fatal(err)
			}
			w := window{320, false}
			look(ctx, t, language+"-"+story.Name, w)
			if language == "ar" {
				findBarriers(ctx, t, language+"-"+story.Name, w)
			}
		}
	}
}

// TestTheScriptTellsTimesInTheServersWords: when a minute has passed, times.js writes over what the server wrote.
func TestTheScriptTellsTimesInTheServersWords(t *testing.T) {
	t.Parallel()
	ctx := browser.Start(t)
	book := newViews(t, Site{}).book
	for _, language := range lang.Shipped() {
		var want, calls []string
		for unit, length := range map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour} {
			for _, n := range []int{1, 2, 3, 5, 11, 21} {
				for _, ahead := range []int{-1, 1} {
					moment, err := newMoment(book.In(language), storyTime.Add(time.Duration(ahead*n)*length), storyTime, nil)
					if err != nil {
						t.Fatal(err)
					}
					want = append(want, moment.Relative)
					calls = append(calls, fmt.Sprintf("words.format(%d, %q)", ahead*n, unit))
				}
			}
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](fmt.Sprintf(
			`{ const words = new Intl.RelativeTimeFormat("%s-u-nu-latn", { numeric: "always" }); [%s] }`, language, strings.Join(calls, ","))))
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %s is %q, the server says %q", language, calls[i], got[i], want[i])
			}
		}
	}
}

func look(ctx context.Context, t *testing.T, story string, w window) {
	t.Helper()
	if err := browser.Hold(ctx, w.width, w.dark); err != nil {
		t.Fatal(err)
	}
	flaws, err := browser.Flaws(ctx, w.width)
	if err != nil {
		t.Fatal(err)
	}
	for _, flaw := range flaws {
		t.Errorf("%s in %+v %s", story, w, flaw)
	}
	if *shots == "" {
		return
	}
	scheme := map[bool]string{false: "light", true: "dark"}[w.dark]
	if err := browser.Photograph(ctx, filepath.Join(*shots, fmt.Sprintf("%s-%d-%s.png", story, w.width, scheme)), w.width, w.dark); err != nil {
		t.Fatal(err)
	}
}

func findBarriers(ctx context.Context, t *testing.T, story string, w window) {
	t.Helper()
	found, err := browser.Barriers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, barrier := range found {
		t.Errorf("%s in %+v %s", story, w, barrier)
	}
}
