// Package browser puts a person in front of a real Chromium, for tests: they find fields by their labels and buttons by
// their names, as the accessibility tree tells them, type, tap and read. What nobody would see but everybody would mind is
// watched meanwhile: errors in the console, what the content policy refused, requests to anywhere else.
//
// Start starts the browser, New seats a person at it with cookies of their own. It is test support: nothing that is
// shipped imports it.
package browser

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
)

// Start starts a browser without a window, which ends with the test. Where there is none the test is skipped, unless CI
// says (CI=true) that one has to be there. Under the race detector it is skipped as well: what runs in a browser, and the
// program in front of it, are processes that the detector does not see.
//
// It finds no host but this machine under `localhost`, so that nothing a page asks for elsewhere leaves it.
func Start(t testing.TB) context.Context {
	t.Helper()
	program, found := find()
	switch {
	case raced:
		t.Skip("the race detector sees nothing of a browser: run this without it")
	case !found && os.Getenv("CI") == "true":
		t.Fatal("there is no browser: install chromium")
	case !found:
		t.Skip("there is no browser: install chromium, or name one in CHROME")
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(program),
		chromedp.NoSandbox, // it can't be had as root, and nothing but our own pages is opened
		chromedp.DisableGPU,
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-features", "Translate,IsolateSandboxedIframes"), // else a mail's frame is a process of its own, and not watched
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // its profile goes with it; that it had to be killed is no fault of what was tested
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return ctx
}

// find looks for a browser where one usually is.
func find() (program string, found bool) {
	for _, name := range []string{os.Getenv("CHROME"), "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}
