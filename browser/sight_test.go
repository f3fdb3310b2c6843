package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
)

// bad is a page that does everything that pages must not.
const bad = `<!DOCTYPE html><title>Bad</title><meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { margin: 0; background: #fff; color: #111 } .faint { color: #999 } .wide { width: 700px; background: #eee } @media (prefers-color-scheme: dark) { body { background: #333 } .faint { color: #eee } .wide { color: #ccc } }</style>
<p class="faint">A faint line.</p><label>Nobody's <input style="height: 44px" aria-describedby="nothing" aria-invalid="perhaps"></label><input id="nameless" style="height: 44px">
<div style="display: flex"><button style="width: 10px; height: 10px; padding: 0">x</button><button style="width: 10px; height: 10px; padding: 0">y</button></div>
<div class="wide">A wide line.</div><button style="height: 20px">A small button</button>
<img src="/missing.png" alt=""><img src="http://elsewhere.example/x.png" alt=""><script>document.title = "inline"</script><script src="/bad.js"></script>`

// good is one that does nothing wrong.
const good = `<!DOCTYPE html><html lang="en"><title>Good</title><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light">
<link rel="icon" href="data:,"><main><h1>Good</h1><p>A line.</p><label>Name <input style="height: 44px"></label><button style="height: 44px">Go on</button></main><script>document.title = "ran"</script>`

func site(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /bad", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "script-src 'self'; style-src 'unsafe-inline'")
		_, _ = w.Write([]byte(bad))
	})
	mux.HandleFunc("GET /bad.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`console.error("a complaint"); undefinedFunction()`))
	})
	mux.HandleFunc("GET /good", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(good))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

func TestWhatAPageDoesWrongIsSeen(t *testing.T) {
	t.Parallel()
	base := site(t)
	p := New(t, Start(t), base, Device{Width: 360}, nil)
	p.Opens("/bad").On("/bad", http.StatusOK)
	amiss := strings.Join(p.watch.taken(), "\n")
	for what, words := range map[string]string{
		"a missing picture":      base + "/missing.png was answered with 404",
		"another origin":         "asked elsewhere: http://elsewhere.example/x.png",
		"what the policy blocks": "Content Security Policy",
		"a complaint":            "a complaint",
		"a failed script":        "a script failed",
	} {
		if !strings.Contains(amiss, words) {
			t.Errorf("%s is not seen: %s", what, amiss)
		}
	}
	for _, dark := range []bool{false, true} {
		p.hold(360, dark)
		flaws := strings.Join(p.flaws(360), "\n")
		faint := map[bool]string{false: "A faint line.", true: "A wide line."}[dark]
		for _, words := range []string{"sticks out", "too small for a finger", "too faint", faint} {
			if !strings.Contains(flaws, words) {
				t.Errorf("dark %v: %q is not seen: %s", dark, words, flaws)
			}
		}
	}
}

func TestWhatKeepsPeopleOutIsFound(t *testing.T) {
	t.Parallel()
	p := New(t, Start(t), site(t), Device{Width: 360}, nil).Opens("/bad")
	found := strings.Join(p.barriers(), "\n")
	for _, rule := range []string{"color-contrast: ", "html-has-lang: ", "label: ", "aria-valid-attr-value: ", "target-size: "} {
		if !strings.Contains(found, rule) {
			t.Errorf("%s is not found: %s", rule, found)
		}
	}
	text, err := axeCore()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("axe/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256([]byte(text)); !strings.Contains(string(readme), hex.EncodeToString(sum[:])) {
		t.Error("axe-core is not the one that its README names")
	}
}

func TestAPageThatDoesNothingWrongIsLeftAlone(t *testing.T) {
	t.Parallel()
	browser := Start(t)
	base := site(t)
	for _, width := range []int64{360, 1280} {
		p := New(t, browser, base, Device{Width: width}, nil).Opens("/good").Fills("Name", "Ada")
		if amiss := slices.Concat(p.watch.taken(), p.flaws(width), p.barriers()); len(amiss) > 0 {
			t.Errorf("at %d: %q", width, amiss)
		}
		if p.value("textbox", "Name") != "Ada" || evaluate[string](p, "document.title") != "ran" {
			t.Errorf("at %d: the field holds %q, and the script ran: %s", width, p.value("textbox", "Name"), evaluate[string](p, "document.title"))
		}
	}
	p := New(t, browser, base, Device{Width: 360, NoScripts: true}, nil).Opens("/good")
	if title := evaluate[string](p, "document.title"); title != "Good" {
		t.Errorf("without scripts one ran: the title is %s", title)
	}
	if amiss := p.watch.taken(); len(amiss) > 0 {
		t.Errorf("without scripts: %q", amiss)
	}
}
