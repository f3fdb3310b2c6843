package view

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"doorward/browser"
)

// TestEveryPageStandsStillAndPrintsWell looks at the first story of each page: nothing moves when its scripts come late,
// after it was seen; nothing is animated for who wants no motion; on paper there is what it says, dark on white.
func TestEveryPageStandsStillAndPrintsWell(t *testing.T) {
	t.Parallel()
	ctx := browser.Start(t)
	server := storyServer(t, newViews(t, Site{}), "").Config.Handler
	seen := &pagesSeen{pages: map[string]chan struct{}{}}
	late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, isSeen := strings.CutPrefix(r.URL.Path, "/seen"); isSeen {
			seen.note(path)
			return
		}
		if page, err := url.Parse(r.Referer()); err == nil && strings.HasSuffix(r.URL.Path, ".js") {
			<-seen.of(page.Path)
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(late.Close)
	base := strings.Replace(late.URL, "127.0.0.1", "localhost", 1)
	if _, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err) // each page waits for its scripts
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `new PerformanceObserver(() => requestAnimationFrame(() => fetch("/seen" + location.pathname))).observe({ type: "paint", buffered: true });`,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "America/Argentina/Buenos_Aires"}); err != nil {
		t.Fatal(err) // which is offered on one page
	}
	done := map[string]bool{}
	for _, story := range Stories() {
		file, _ := story.Page.template()
		if done[file] || !strings.Contains(story.Name, *only) {
			continue
		}
		done[file] = true
		w := window{360, false}
		if err := browser.Hold(ctx, w.width, w.dark); err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(base+"/stories/"+story.Name)); err != nil {
			t.Fatal(err)
		}
		report := func(found []string, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			for _, flaw := range found {
				t.Errorf("%s %s", story.Name, flaw)
			}
		}
		report(browser.Shifted(ctx))
		report(browser.Lively(ctx))
		report(browser.Printed(ctx, w.width, w.dark))
		if story.Name == "profile" {
			first, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("#user_timezone optgroup").label + ": " + document.querySelector("#user_timezone optgroup").textContent`))
			if err != nil || first != "Use this device's: Argentina, Buenos Aires" {
				t.Errorf("the time zone offered first is %q: %v", first, err)
			}
		}
	}
}

// pagesSeen are the pages that a browser has drawn, by their paths.
type pagesSeen struct {
	mu    sync.Mutex
	pages map[string]chan struct{} // closed when it is
}

// of is closed when a page is seen.
func (s *pagesSeen) of(path string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pages[path] == nil {
		s.pages[path] = make(chan struct{})
	}
	return s.pages[path]
}

func (s *pagesSeen) note(path string) {
	page := s.of(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-page: // a page is drawn more than once
	default:
		close(page)
	}
}
