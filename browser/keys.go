package browser

import (
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp/kb"
)

// maxStops is more presses of Tab than any page needs.
const maxStops = 150

// shown answers what is amiss with how a person sees where they are, "" for nothing: what has the focus, or what is drawn
// around it, has a line around it, and is not out of sight.
const shown = `(() => {
	const at = document.activeElement;
	const name = at.outerHTML.slice(0, 120);
	if (at.matches("body, main")) return ""; // where reading begins: nothing to be pressed
	const ringed = (e) => {
		const style = getComputedStyle(e);
		return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
	};
	let ring = at;
	while (ring && !ringed(ring)) ring = ring.parentElement;
	if (!ring) return "has the focus, and nothing shows it: " + name;
	const box = at.getBoundingClientRect();
	const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
	const there = document.elementFromPoint(x, y);
	if (!there) return "has the focus out of sight: " + name;
	const own = there === at || at.contains(there) || there.contains(at) || [...(at.labels ?? [])].some((label) => label.contains(there));
	return own ? "" : "has the focus behind something: " + name + " behind " + there.outerHTML.slice(0, 120);
})()`

// TabsTo presses Tab until the focus is on the first of this role, in the order of the page, whose name has these words in
// it. Wherever it comes to on the way has to be seen.
func (p *Person) TabsTo(role string, words ...string) *Person {
	p.t.Helper()
	var stops []string
	for range maxStops {
		p.Types(kb.Tab)
		if amiss := evaluate[string](p, shown); amiss != "" {
			p.t.Errorf("%s %s", p.place(), amiss)
		}
		at, name := p.focused()
		if at == role && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			return p
		}
		stops = append(stops, at+" "+name)
	}
	p.t.Fatalf("Tab never comes to a %s with %q on %s, but to %q", role, words, p.place(), slices.Compact(stops))
	return p
}

// IsAt checks what has the focus, by its role and words of its name.
func (p *Person) IsAt(role string, words ...string) *Person {
	p.t.Helper()
	at, name := p.focused()
	if at != role || slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
		p.t.Fatalf("%s has the focus on a %s %q, want a %s with %q", p.place(), at, name, role, words)
	}
	if amiss := evaluate[string](p, shown); amiss != "" {
		p.t.Errorf("%s %s", p.place(), amiss)
	}
	return p
}

// IsTold checks what a field that has the focus says of itself besides its name: that it is wrong, and why.
func (p *Person) IsTold(words string) *Person {
	p.t.Helper()
	node := p.focusedNode()
	invalid := slices.ContainsFunc(node.Properties, func(one *accessibility.Property) bool { return one.Name == "invalid" && said(one.Value) == "true" })
	if about := said(node.Description); !invalid || !strings.Contains(about, words) {
		p.t.Fatalf("the field with the focus is wrong: %v, and says %q, want %q", invalid, about, words)
	}
	return p
}

// Hears checks that these words are announced when the page comes or they are written: they stand in a live region.
func (p *Person) Hears(role, words string) *Person {
	p.t.Helper()
	if len(p.all(accessibility.QueryAXTreeParams{Role: role})) == 0 || !evaluate[bool](p, `[...document.querySelectorAll("[role=`+role+`]")].some((e) => e.innerText.includes("`+words+`"))`) {
		p.t.Fatalf("%s announces no %s %q:\n%s", p.place(), role, words, p.text())
	}
	return p
}

// OpensChooser presses Space on the field for a file that has the focus, and picks one in the chooser that opens.
func (p *Person) OpensChooser(file string) *Person {
	p.t.Helper()
	p.Types(" ")
	p.choose(file)
	return p
}

func (p *Person) focused() (role, name string) {
	p.t.Helper()
	node := p.focusedNode()
	return said(node.Role), said(node.Name)
}

// focusedNode is what has the focus, as the accessibility tree tells it.
func (p *Person) focusedNode() *accessibility.Node {
	p.t.Helper()
	object := call(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"}).Result.ObjectID
	node := call(p, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: object}).Node
	alone := false
	return call(p, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{BackendNodeID: node.BackendNodeID, FetchRelatives: &alone}).Nodes[0]
}
