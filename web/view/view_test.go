package view

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newViews(t testing.TB, o Site) *Views {
	t.Helper()
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func render(t testing.TB, v *Views, p Framed) string {
	t.Helper()
	page, err := v.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// stable takes out of a page what changes with the content of static files and says nothing about the page.
func stable(v *Views, page string) string {
	for name, a := range v.assets {
		page = strings.ReplaceAll(page, a.Name, name)
	}
	for name, read := range v.packed {
		if a, err := read(); err == nil {
			page = strings.ReplaceAll(page, a.Name, name)
		}
	}
	return page
}

func TestEveryStoryIsTheGoldenPage(t *testing.T) {
	t.Parallel()
	v := newViews(t, Site{})
	seen := map[string]bool{}
	for _, story := range Stories() {
		if seen[story.Name] {
			t.Errorf("two stories are named %q", story.Name)
		}
		seen[story.Name] = true
		t.Run(story.Name, func(t *testing.T) {
			t.Parallel()
			got := stable(v, render(t, v, story.Page))
			if strings.HasSuffix(story.Name, "-thousand") { // it is the same template as with a few rows, and half a megabyte
				return
			}
			file := filepath.Join("testdata", story.Name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the page differs from %s at %q; run with -update and look at the difference", file, firstDifference(got, string(want)))
			}
		})
	}
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".html"); !seen[name] {
			t.Errorf("%s is no story's", file)
		}
	}
}

func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-40):min(len(a), i+40)]
}

func TestEveryPageTemplateHasAStory(t *testing.T) {
	t.Parallel()
	told := map[string]bool{
		"parts": true, "people": true,
		"bare": true, "reference": true, // drawn by Swagger UI from the server's own description: no data could be awkward
	}
	for _, story := range Stories() {
		file, layout := story.Page.template()
		told[file], told[layout] = true, true
	}
	files, err := templateFiles.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(strings.TrimSuffix(file.Name(), partsEnding), ".html"); !told[name] {
			t.Errorf("no story shows %s", file.Name())
		}
	}
}

func TestEveryNoteHasItsSentence(t *testing.T) {
	t.Parallel()
	v := newViews(t, Site{})
	sentences := map[string]Note{}
	for _, note := range Notes() {
		page := render(t, v, &Login{Frame: Frame{Now: storyTime, Note: note}})
		_, after, found := strings.Cut(page, `role="status">`)
		sentence, _, _ := strings.Cut(after, "</div>")
		_, sentence, _ = strings.Cut(sentence, "<p>")
		if !found || !strings.Contains(sentence, ".") {
			t.Errorf("note %q reads %q", note, sentence)
		}
		if other, twice := sentences[sentence]; twice {
			t.Errorf("notes %q and %q read the same", note, other)
		}
		sentences[sentence] = note
		if ParseNote(string(note)) != note {
			t.Errorf("note %q is not read back", note)
		}
	}
	if got := ParseNote("<b>anything"); got != "" {
		t.Errorf("an unknown code is the note %q", got)
	}
}

func TestAPrefixStandsBeforeEveryAddress(t *testing.T) {
	t.Parallel()
	v := newViews(t, Site{Prefix: "/auth", Name: "Example & Co"})
	for _, story := range Stories() {
		doc := parsePage(t, render(t, v, story.Page))
		for _, attr := range []string{"href", "src", "action"} {
			for _, n := range elementsWith(doc, attr) {
				to := attrOf(n, attr)
				if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/auth/") {
					t.Errorf("%s: %s=%q lacks the prefix", story.Name, attr, to)
				}
			}
		}
	}
}

func TestASiteThatCannotBeShownIsRefused(t *testing.T) {
	t.Parallel()
	for name, site := range map[string]Site{
		"a long name":           {Name: strings.Repeat("x", 101)},
		"a name with a newline": {Name: "a\nb"},
		"no colour":             {Accent: "red; background: url(//example.org)"},
		"a colour out of range": {Accent: "rgb(256, 0, 0)"},
		"no picture":            {Logo: []byte("hello")},
		"too large a picture":   {Logo: append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, maxLogo)...)},
	} {
		if _, err := New(site); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTheOperatorsNameLogoAndColourReplaceOurs(t *testing.T) {
	t.Parallel()
	v := newViews(t, Site{Name: "Example & Co", Accent: "#ffd400", Logo: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)})
	page := render(t, v, &Login{Frame: stranger()})
	for _, want := range []string{"Example &amp; Co", v.Logo(), v.SiteStyle()} {
		if want == "" || !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, `class="mark"`) {
		t.Error("our mark stands beside the operator's logo")
	}
	ours := newViews(t, Site{})
	if ours.Logo() != "" || ours.SiteStyle() != "" {
		t.Error("a site without settings has a logo or colours of its own")
	}
	yellow, mark := v.assets["door.svg"].Name, ours.assets["door.svg"].Name
	if yellow == mark {
		t.Error("the mark of the browser's tab keeps our colour")
	}
}

func TestMomentsReadAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	book := newViews(t, Site{}).book
	told := func(language string, at, now time.Time, zone *time.Location) Moment {
		m, err := newMoment(book.In(language), at, now, zone)
		if err != nil {
			t.Error(err)
		}
		return m
	}
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		off  time.Duration
		want string
	}{
		{0, "just now"},
		{-59 * time.Second, "just now"},
		{-time.Minute, "1 minute ago"},
		{-59 * time.Minute, "59 minutes ago"},
		{-time.Hour, "1 hour ago"},
		{-23*time.Hour - 59*time.Minute, "23 hours ago"},
		{-24 * time.Hour, "1 day ago"},
		{-30 * 24 * time.Hour, "30 days ago"},
		{-31 * 24 * time.Hour, "31 December 2025"},
		{time.Second, "in under a minute"},
		{time.Hour, "in 1 hour"},
		{40 * 24 * time.Hour, "12 March"},
	} {
		if got := told("en", now.Add(c.off), now, nil).Relative; got != c.want {
			t.Errorf("%v is told as %q, want %q", c.off, got, c.want)
		}
	}
	for zone, want := range map[string]string{
		"": "31 January 2026, 12:00 UTC", "Europe/Paris": "31 January 2026, 13:00 CET", "-5": "31 January 2026, 07:00 UTC-05:00",
		"Asia/Kathmandu": "31 January 2026, 17:45 UTC+05:45", "Nowhere/Else": "31 January 2026, 12:00 UTC",
	} {
		if got := told("en", now, now, zoneOf(zone)).Exact; got != want {
			t.Errorf("in %q it is %q, want %q", zone, got, want)
		}
	}
	for language, want := range map[string][3]string{
		"de": {"vor 2 Tagen", "in 1 Stunde", "31. Dezember 2025, 12:00 UTC"},
		"uk": {"2 дні тому", "через 1 годину", "31 грудня 2025\u00a0р., 12:00 UTC"},
		"ja": {"2 日前", "1 時間後", "2025年12月31日 12:00 UTC"},
		"ar": {"قبل يومين", "خلال ساعة واحدة", "31 ديسمبر 2025، 12:00 UTC"},
	} {
		got := [3]string{
			told(language, now.AddDate(0, 0, -2), now, nil).Relative, told(language, now.Add(time.Hour), now, nil).Relative,
			told(language, now.AddDate(0, 0, -31), now, nil).Exact,
		}
		if got != want {
			t.Errorf("%s tells %q, want %q", language, got, want)
		}
	}
}

func TestEveryZoneAndLanguageOfTheListsCanBeStored(t *testing.T) {
	t.Parallel()
	zones := 0
	for _, group := range zonesWith("") {
		for _, zone := range group.Zones {
			zones++
			if _, err := time.LoadLocation(zone.Name); err != nil {
				t.Errorf("zone %q: %v", zone.Name, err)
			}
		}
	}
	if zones < 400 {
		t.Errorf("only %d zones are offered", zones)
	}
	for _, l := range languagesWith("") {
		if l.Label == l.Tag {
			t.Errorf("language %q has no name", l.Tag)
		}
	}
}

func TestWhatIsChosenIsInItsList(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Paris", "+2", "-11", "0", "US/Eastern", "Etc/UTC"} {
		chosen := 0
		for _, group := range zonesWith(zone) {
			for _, one := range group.Zones {
				if one.Chosen {
					chosen++
				}
			}
		}
		if chosen != 1 {
			t.Errorf("zone %q is chosen %d times", zone, chosen)
		}
	}
	for _, tag := range []string{"en", "cy", "pt-BR"} {
		chosen := 0
		for _, l := range languagesWith(tag) {
			if l.Chosen {
				chosen++
			}
		}
		if chosen != 1 {
			t.Errorf("language %q is chosen %d times", tag, chosen)
		}
	}
}

func TestLinksInAMailAreCutOutWhole(t *testing.T) {
	t.Parallel()
	m := Mail{Text: "See http://a.test/x?y=1, or (https://b.test/z).\njavascript:alert(1) httpx"}
	var links []string
	var whole strings.Builder
	for _, s := range m.Spans() {
		whole.WriteString(s.Text)
		if s.Link {
			links = append(links, s.Text)
		}
	}
	if whole.String() != m.Text {
		t.Errorf("the text reads %q", whole.String())
	}
	if len(links) != 2 || links[0] != "http://a.test/x?y=1" || links[1] != "https://b.test/z" {
		t.Errorf("links are %q", links)
	}
}

func BenchmarkNewAndFirstPage(b *testing.B) {
	for b.Loop() {
		render(b, newViews(b, Site{}), &Login{Frame: stranger()})
	}
}

func BenchmarkPage(b *testing.B) {
	v, page := newViews(b, Site{}), Stories()
	for b.Loop() {
		render(b, v, page[0].Page)
	}
}
