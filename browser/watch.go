package browser

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watch notes what goes wrong behind the pages of one window. A page that is answered with a 4xx is none of it: what is
// loaded beside it is.
type watch struct {
	origin  string // the only one that may be asked
	chooser chan cdp.BackendNodeID

	mu    sync.Mutex
	amiss []string
}

func newWatch(base string) *watch {
	return &watch{origin: base, chooser: make(chan cdp.BackendNodeID, 1)}
}

// see is called by the browser's reader with each event, and must not ask the browser anything.
func (w *watch) see(event any) {
	switch e := event.(type) {
	case *page.EventFileChooserOpened:
		w.chooser <- e.BackendNodeID
	case *network.EventRequestWillBeSent:
		if !w.own(e.Request.URL) {
			w.note("asked elsewhere: %s", e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Type != network.ResourceTypeDocument && e.Response.Status >= http.StatusBadRequest {
			w.note("%s was answered with %d", e.Response.URL, e.Response.Status)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			w.note("a %s was not loaded: %s %s", e.Type, e.ErrorText, e.BlockedReason)
		}
	case *log.EventEntryAdded:
		answered := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "the server responded with a status of")
		if !answered && (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) {
			w.note("the console says: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		w.note("a script failed: %s %s", e.ExceptionDetails.Text, spoken(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.note("a script says: %s", spoken(e.Args...))
		}
	}
}

// spoken is what a script gave to the console, as text.
func spoken(objects ...*runtime.RemoteObject) string {
	var words []string
	for _, o := range objects {
		switch {
		case o == nil:
		case o.Description != "":
			words = append(words, o.Description)
		default:
			words = append(words, string(o.Value))
		}
	}
	return strings.Join(words, " ")
}

// own tells what belongs to the site, or is in the page itself.
func (w *watch) own(url string) bool {
	return url == w.origin || strings.HasPrefix(url, w.origin+"/") || strings.HasPrefix(url, "data:") ||
		strings.HasPrefix(url, "blob:"+w.origin) || url == "about:blank" || url == "about:srcdoc"
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.amiss = append(w.amiss, fmt.Sprintf(format, args...))
}

// taken is what went wrong since it was last asked.
func (w *watch) taken() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	amiss := w.amiss
	w.amiss = nil
	return amiss
}
