package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"doorward/app/apptest"
)

// loaded lists what a page makes a browser load.
func loaded(b *browser) []string {
	var list []string
	for _, n := range all(b.doc, "link", "script", "img", "iframe") {
		for _, name := range []string{"href", "src"} {
			if at := attrOf(n, name); at != "" {
				list = append(list, at)
			}
		}
	}
	return list
}

func TestTheReferenceLoadsOnlyWhatThisSiteServesPackedAndForGood(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t), under("http://accounts.example.org/auth"))
	b := s.browser(t, 9).visit("/auth"+api+"/docs").on("/auth"+api+"/docs", http.StatusOK)
	if got := b.page.header.Get("Content-Security-Policy"); got != pagePolicy {
		t.Errorf("its policy is %q", got)
	}
	for _, n := range all(b.doc, "script", "style") {
		if n.FirstChild != nil || n.Data == "style" {
			t.Errorf("an inline <%s>", n.Data)
		}
	}
	files := loaded(b)
	if len(files) < 5 {
		t.Fatalf("it loads %v", files)
	}
	hashed := regexp.MustCompile(`^/auth/static/[a-z-]+\.[0-9a-f]{12}\.(js|css|svg)$`)
	for _, file := range files {
		if !hashed.MatchString(file) {
			t.Errorf("it loads %s", file)
			continue
		}
		got := s.do("GET", file, nil, with("Accept-Encoding", "gzip")).is(200)
		if got.header.Get("Content-Encoding") != "gzip" || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s comes with %v", file, got.header)
		}
	}
	at := attrOf(all(b.doc, "main")[0], "data-description")
	if got := s.do("GET", at, nil).is(200).at("openapi"); got != "3.1.0" {
		t.Errorf("%s is version %v", at, got)
	}
}

func TestTheReferenceCanBeReadWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	b := s.browser(t, 9).visit(api + "/docs")
	for _, rt := range s.server.apiRoutes() {
		b.reads(rt.method + " " + rt.path + " " + rt.doc.summary)
	}
	for _, n := range all(b.doc, "a") {
		if at := attrOf(n, "href"); at != api+"/openapi.json" {
			t.Errorf("a link leads to %s", at)
		}
	}
}

// TestTheVendoredFilesAreTheNamedOnes compares what is served to a client without gzip with the READMEs' lists.
func TestTheVendoredFilesAreTheNamedOnes(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	reference, profile := s.browser(t, 9).visit(api+"/docs"), s.browser(t, 8)
	s.Owner("ada@example.org")
	cropper := regexp.MustCompile(`/static/cropper[^"]+`).FindAllString(profile.signIn("ada@example.org").page.body, -1)
	for folder, files := range map[string][]string{"swagger-ui": loaded(reference), "cropperjs": cropper} {
		readme, err := os.ReadFile("view/" + folder + "/README.md")
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, file := range files {
			if !strings.Contains(file, strings.TrimSuffix(folder, "js")) {
				continue
			}
			found++
			got := s.do("GET", file, nil, with("Accept-Encoding", "identity")).is(200)
			sum := sha256.Sum256([]byte(got.body))
			if got.header.Get("Content-Encoding") != "" || !strings.Contains(string(readme), hex.EncodeToString(sum[:])) {
				t.Errorf("%s is not what the README names", file)
			}
		}
		if found != 2 {
			t.Errorf("%d vendored files of %s are loaded", found, folder)
		}
	}
}
