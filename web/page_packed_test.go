package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"doorward/web/view"
)

// maxWeight is what a page may weigh on the way to a browser, in bytes: with its styles, its scripts and the mark.
const maxWeight = 60_000

var (
	staticPath = regexp.MustCompile(`/static/[^"]+`) // wherever it stands: a script may load it later
	hashedName = regexp.MustCompile(`^/static/[a-z.-]+\.[0-9a-f]{12}\.(js|css|svg)$`)
)

// TestNoPageWeighsMoreThanSixtyKilobytes weighs each story as a browser gets it, all that it may load later included.
func TestNoPageWeighsMoreThanSixtyKilobytes(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	gzipped := with("Accept-Encoding", "gzip, deflate, br, zstd")
	files := map[string]int{}
	heaviest, most := "", 0
	for _, story := range view.Stories() {
		page := s.do("GET", "/dev/pages/"+story.Name, nil, host("localhost"), gzipped).is(200)
		weight := len(page.body)
		if page.header.Get("Content-Encoding") == "gzip" {
			page.body = unpacked(t, page.body)
		}
		counted := map[string]bool{}
		for _, path := range staticPath.FindAllString(page.body, -1) {
			if counted[path] {
				continue
			}
			counted[path] = true
			if _, known := files[path]; !known {
				got := s.do("GET", path, nil, host("localhost"), gzipped).is(200)
				if keep := got.header.Get("Cache-Control"); keep != "public, max-age=31536000, immutable" || !hashedName.MatchString(path) {
					t.Errorf("%s is kept by %q", path, keep)
				}
				files[path] = len(got.body)
			}
			weight += files[path]
		}
		if weight > maxWeight {
			t.Errorf("%s weighs %d bytes, %d of them the page itself", story.Name, weight, len(page.body))
		}
		if weight > most {
			heaviest, most = story.Name, weight
		}
	}
	t.Logf("%s weighs most: %d bytes", heaviest, most)
}

func unpacked(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPagesComePackedToThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	s := owned(t)
	plain := s.do("GET", "/login", nil, with("Accept-Encoding", "identity")).is(http.StatusOK)
	lengths := map[int]bool{}
	for range 40 {
		packed := s.do("GET", "/login", nil, with("Accept-Encoding", "gzip")).is(http.StatusOK)
		if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Vary") != "Accept-Encoding" || plain.header.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("headers %v and %v", plain.header, packed.header)
		}
		if unpacked(t, packed.body) != plain.body {
			t.Fatal("unpacked it is another page")
		}
		lengths[len(packed.body)] = true
	}
	if len(lengths) < 5 {
		t.Errorf("its length tells how well it packs: %v", lengths)
	}
}

func TestPagesWithLinksAndSecretsInThemAreNotPacked(t *testing.T) {
	t.Parallel()
	s, _ := newDevSite(t)
	for _, name := range []string{"mail", "dev-mail", "keys-made"} {
		got := s.do("GET", "/dev/pages/"+name, nil, host("localhost"), with("Accept-Encoding", "gzip")).is(200)
		if got.header.Get("Content-Encoding") != "" {
			t.Errorf("%s is packed", name)
		}
	}
}
