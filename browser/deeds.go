package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Opens opens a path of the site, or a whole address, as from a bookmark or a mail.
func (p *Person) Opens(address string) *Person {
	p.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.base + address
	}
	return p.arrives(chromedp.Navigate(address), "open "+address)
}

// Follows follows the link with this name.
func (p *Person) Follows(link string) *Person {
	p.t.Helper()
	return p.arrives(p.tap(p.find("link", link)), "follow "+link)
}

// Presses presses the button with this name, which leads to a page.
func (p *Person) Presses(button string) *Person {
	p.t.Helper()
	return p.arrives(p.tap(p.find("button", button)), "press "+button)
}

// FollowsFirst follows the first link whose name has all these words in it.
func (p *Person) FollowsFirst(words ...string) *Person {
	p.t.Helper()
	return p.arrives(p.tap(p.first("link", words)), "follow "+strings.Join(words, " "))
}

// PressesFirst presses the first button whose name has all these words in it.
func (p *Person) PressesFirst(words ...string) *Person {
	p.t.Helper()
	return p.arrives(p.tap(p.first("button", words)), "press "+strings.Join(words, " "))
}

// Taps presses the first of a role with these words that leads nowhere: a button that works by a script, a menu that opens.
func (p *Person) Taps(role string, words ...string) *Person {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	p.do(chromedp.Do(ctx, p.tap(p.first(role, words))), "tap "+strings.Join(words, " "))
	return p
}

// Fills writes into the field with this label, in place of what is there.
func (p *Person) Fills(label, text string) *Person {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	p.do(chromedp.Do(ctx, p.tap(p.find(p.writable(label), label)), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))), "go to "+label)
	call(p, input.InsertText, input.InsertTextParams{Text: text})
	return p
}

// writable is the role of the field with this label: one to search in has its own.
func (p *Person) writable(label string) string {
	p.t.Helper()
	const search = "searchbox"
	if len(p.all(accessibility.QueryAXTreeParams{Role: search, AccessibleName: label})) > 0 {
		return search
	}
	return "textbox"
}

// Ticks ticks the box with this label.
func (p *Person) Ticks(label string) *Person { return p.Taps("checkbox", label) }

// Chooses chooses from a list by typing what the entry begins with, as one does in a long one.
func (p *Person) Chooses(label, entry string) *Person {
	p.t.Helper()
	list := p.find("combobox", label)
	call(p, dom.Focus, dom.FocusParams{BackendNodeID: list})
	p.Types(entry)
	if got := p.value("combobox", label); got != entry {
		p.t.Fatalf("the list %s stands at %q, want %q", label, got, entry)
	}
	return p
}

// Types presses one key after the other.
func (p *Person) Types(keys string) *Person {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	p.do(chromedp.Do(ctx, chromedp.KeyEvent(keys)), "type")
	return p
}

// Enters presses Enter, which sends the form that the person is in.
func (p *Person) Enters() *Person {
	p.t.Helper()
	return p.arrives(chromedp.KeyEvent(kb.Enter), "press Enter")
}

// Picks picks a file in the chooser that a button with this label opens.
func (p *Person) Picks(label, file string) *Person {
	p.t.Helper()
	p.Taps("button", label) // whose name goes on with the file that is chosen
	p.choose(file)
	return p
}

// choose picks a file in the chooser that opens.
func (p *Person) choose(file string) {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	select {
	case chooser := <-p.watch.chooser:
		call(p, dom.SetFileInputFiles, dom.SetFileInputFilesParams{BackendNodeID: chooser, Files: []string{file}})
	case <-ctx.Done():
		p.t.Fatalf("no file chooser opens on %s", p.place())
	}
}

// Address is where the first link with these words leads, for somebody else to open.
func (p *Person) Address(words ...string) string {
	p.t.Helper()
	node := call(p, dom.DescribeNode, dom.DescribeNodeParams{BackendNodeID: p.first("link", words)}).Node
	for i := 0; i+1 < len(node.Attributes); i += 2 {
		if node.Attributes[i] == "href" {
			return node.Attributes[i+1]
		}
	}
	p.t.Fatalf("the link %q leads nowhere", words)
	return ""
}

// arrives does what leads to a page, and waits for that.
func (p *Person) arrives(deed chromedp.Action[chromedp.Void], about string) *Person {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, deed)
	p.do(err, about)
	p.status = answer.Status
	return p
}

// tap taps on a phone and clicks elsewhere, in the middle of what is there.
func (p *Person) tap(node cdp.BackendNodeID) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node}); err != nil {
			return err
		}
		box, err := cdp.Call(ctx, t, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node})
		if err != nil {
			return err
		}
		if len(box.Quads) == 0 || len(box.Quads[0]) != 8 {
			return fmt.Errorf("it takes no room on the page")
		}
		q := box.Quads[0] // four corners, x before y
		x, y := (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
		act := chromedp.MouseClickXY(x, y)
		if isPhone(p.device.Width) {
			act = chromedp.TapXY(x, y)
		}
		_, err = act(ctx, t)
		return err
	})
}

// find is the one thing of a role and name that the person can see, or hear.
func (p *Person) find(role, name string) cdp.BackendNodeID {
	p.t.Helper()
	found := p.all(accessibility.QueryAXTreeParams{Role: role, AccessibleName: name})
	if len(found) != 1 {
		p.t.Fatalf("there are %d of %s %q in %q of %s:\n%s", len(found), role, name, p.within, p.place(), p.text())
	}
	return found[0].BackendDOMNodeID
}

// first is the first of a role, in the order of reading, whose name has these words in it.
func (p *Person) first(role string, words []string) cdp.BackendNodeID {
	p.t.Helper()
	for _, node := range p.all(accessibility.QueryAXTreeParams{Role: role}) {
		name := said(node.Name)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) }) {
			return node.BackendDOMNodeID
		}
	}
	p.t.Fatalf("there is no %s with %q in %q of %s:\n%s", role, words, p.within, p.place(), p.text())
	return 0
}

// all asks the accessibility tree, within the region that is looked at.
func (p *Person) all(query accessibility.QueryAXTreeParams) []*accessibility.Node {
	p.t.Helper()
	query.BackendNodeID = call(p, dom.GetDocument, dom.GetDocumentParams{}).Root.BackendNodeID
	if p.within != "" {
		query.BackendNodeID = (&Person{p.window, ""}).find("region", p.within)
	}
	nodes := call(p, accessibility.QueryAXTree, query).Nodes
	return slices.DeleteFunc(nodes, func(n *accessibility.Node) bool { return n.Ignored })
}

// said is a name or value as text.
func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) != nil {
		return string(v.Value) // a number or a truth
	}
	return text
}

// value is what a control stands at.
func (p *Person) value(role, name string) string {
	p.t.Helper()
	found := p.all(accessibility.QueryAXTreeParams{Role: role, AccessibleName: name})
	if len(found) != 1 {
		return ""
	}
	return said(found[0].Value)
}

// Holds presses the mouse on the thing with this role and name and doesn't let go.
func (p *Person) Holds(role, name string) *Person {
	p.t.Helper()
	node := p.find(role, name)
	call(p, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node})
	q := call(p, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node}).Quads[0]
	p.held = [2]float64{(q[0] + q[4]) / 2, (q[1] + q[5]) / 2}
	p.mouse(chromedp.MousePressed)
	return p
}

// LetsGo lets go what is held, which leads to a page.
func (p *Person) LetsGo() *Person {
	p.t.Helper()
	return p.arrives(chromedp.MouseEvent(chromedp.MouseReleased, p.held[0], p.held[1], chromedp.ButtonLeft, chromedp.ClickCount(1)), "let go")
}

func (p *Person) mouse(event input.DispatchMouseEventType) {
	p.t.Helper()
	ctx, cancel := p.patient()
	defer cancel()
	p.do(chromedp.Do(ctx, chromedp.MouseEvent(event, p.held[0], p.held[1], chromedp.ButtonLeft, chromedp.ClickCount(1))), "use the mouse")
}
