package view

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func parsePage(t testing.TB, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// elements are all elements of some names, in the order of the page; of any name with none given.
func elements(doc *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			found = append(found, n)
		}
	}
	return found
}

func elementsWith(doc *html.Node, attr string) []*html.Node {
	return slices.DeleteFunc(elements(doc), func(n *html.Node) bool { return !has(n, attr) })
}

func textOf(n *html.Node) string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(text.String())
}

// eachStory runs a check on every story's page.
func eachStory(t *testing.T, check func(t *testing.T, doc *html.Node)) {
	t.Helper()
	v := newViews(t, Site{})
	for _, story := range Stories() {
		t.Run(story.Name, func(t *testing.T) { check(t, parsePage(t, render(t, v, story.Page))) })
	}
}

func TestNoPageHoldsScriptOrStyleOfItsOwn(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, doc *html.Node) {
		for _, n := range elements(doc) {
			if n.Data == "style" || n.Data == "script" && (attrOf(n, "src") == "" || n.FirstChild != nil) {
				t.Errorf("an inline <%s>", n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

func TestEveryPageLoadsAndLinksOnlyItsOwnSite(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, doc *html.Node) {
		for _, n := range elements(doc) {
			for _, a := range n.Attr {
				if !slices.Contains([]string{"href", "src", "action", "formaction", "srcset", "data", "poster"}, a.Key) {
					continue
				}
				inLetter := n.Data == "a" && attrOf(n.Parent, "class") == "letter"
				if !inLetter && (strings.Contains(a.Val, ":") || strings.HasPrefix(a.Val, "//")) {
					t.Errorf("<%s %s=%q> leads elsewhere", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

func TestEveryControlHasALabel(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, doc *html.Node) {
		labelled := map[string]bool{}
		for _, n := range elements(doc, "label") {
			labelled[attrOf(n, "for")] = textOf(n) != ""
		}
		for _, n := range elements(doc, "input", "select", "textarea", "progress") {
			if attrOf(n, "type") != "hidden" && !labelled[attrOf(n, "id")] && attrOf(n, "aria-label") == "" {
				t.Errorf("<%s name=%q> has no label", n.Data, attrOf(n, "name"))
			}
		}
		for _, n := range elements(doc, "button", "a") {
			if textOf(n) == "" {
				t.Errorf("<%s> to %q says nothing", n.Data, attrOf(n, "href"))
			}
		}
		for _, n := range elements(doc, "iframe") {
			if attrOf(n, "title") == "" || !has(n, "sandbox") || strings.Contains(attrOf(n, "sandbox"), "allow-scripts") {
				t.Error("a frame without a title or a sandbox")
			}
		}
	})
}

func TestIDsAreUniqueAndWhatNamesThemFindsThem(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, doc *html.Node) {
		ids := map[string]bool{}
		for _, n := range elementsWith(doc, "id") {
			if id := attrOf(n, "id"); ids[id] || id == "" {
				t.Errorf("the id %q stands there twice", id)
			}
			ids[attrOf(n, "id")] = true
		}
		for _, n := range elements(doc) {
			for _, attr := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "form", "data-reveal", "data-rule-for"} {
				for _, id := range strings.Fields(attrOf(n, attr)) {
					if !ids[id] {
						t.Errorf("<%s %s=%q> names nothing", n.Data, attr, id)
					}
				}
			}
		}
	})
}

func TestPeopleFindTheirWayOnEveryPage(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, doc *html.Node) {
		if root := elements(doc, "html")[0]; attrOf(root, "lang") == "" {
			t.Error("no language")
		}
		if len(elements(doc, "h1")) != 1 || len(elements(doc, "main")) != 1 || len(elements(doc, "header")) != 1 {
			t.Error("not one heading, one main part and one header")
		}
		if first := elements(elements(doc, "body")[0], "a", "button", "input")[0]; attrOf(first, "class") != "skip" || attrOf(first, "href") != "#main" {
			t.Error("the skip link is not the first to be reached")
		}
		if title := textOf(elements(doc, "title")[0]); !strings.HasSuffix(title, " · Doorward") {
			t.Errorf("title %q", title)
		}
		if len(elementsWith(doc, "autofocus")) > 1 {
			t.Error("two elements want the focus")
		}
		if strings.Contains(textOf(elements(doc, "body")[0]), "!") {
			t.Error("an exclamation mark")
		}
	})
}

func TestAFieldThatIsWrongSaysSoToEverybody(t *testing.T) {
	t.Parallel()
	invalid := 0
	eachStory(t, func(t *testing.T, doc *html.Node) {
		for i, n := range elementsWith(doc, "aria-invalid") {
			invalid++
			if !strings.Contains(attrOf(n, "aria-describedby"), attrOf(n, "id")+"-error") {
				t.Errorf("%s does not name its error", attrOf(n, "id"))
			}
			if i == 0 && !has(n, "autofocus") {
				t.Errorf("the first wrong field %s does not take the focus", attrOf(n, "id"))
			}
		}
		for _, n := range elements(doc, "input") {
			if attrOf(n, "type") == "password" && attrOf(n, "value") != "" {
				t.Errorf("%s shows a password", attrOf(n, "id"))
			}
		}
	})
	if invalid < 10 {
		t.Errorf("the stories have only %d wrong fields", invalid)
	}
}

func TestWherePasswordsAreSetTheirStoreLearnsTheAccount(t *testing.T) {
	t.Parallel()
	set := 0
	eachStory(t, func(t *testing.T, doc *html.Node) {
		for _, form := range elements(doc, "form") {
			fields := map[string]bool{}
			for _, n := range elements(form, "input") {
				fields[attrOf(n, "autocomplete")] = true
			}
			if fields["new-password"] {
				set++
				if !fields["username"] {
					t.Errorf("the form of %s has no username", attrOf(form, "action"))
				}
			}
		}
	})
	if set == 0 {
		t.Error("no story sets a password")
	}
}

func TestEveryFormOfOurFilesIsPosted(t *testing.T) {
	t.Parallel()
	eachStory(t, func(t *testing.T, doc *html.Node) {
		for _, form := range elements(doc, "form") {
			if attrOf(form, "role") != "search" && attrOf(form, "method") != "post" {
				t.Errorf("the form of %s is not posted", attrOf(form, "action"))
			}
		}
		primary := 0
		for _, form := range elements(doc, "form") {
			primary = 0
			for _, n := range elements(form, "button") {
				if attrOf(n, "class") == "button" {
					primary++
				}
			}
			if primary > 1 {
				t.Errorf("the form of %s has %d primary buttons", attrOf(form, "action"), primary)
			}
		}
	})
}
