package browser

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// axePacked is axe-core; axe/README.md says where it comes from.
//
//go:embed axe/axe.min.js.gz
var axePacked []byte

var axeCore = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(axePacked))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
})

// barriers answers a line for each element that breaks a rule of WCAG 2.2, A or AA, as far as a program can tell. %s is a
// list of rules, empty for all: what only a colour scheme changes needn't be looked for twice.
const barriers = `(async () => {
	const only = [%s];
	const found = await axe.run(document, {
		runOnly: only.length ? only : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		rules: only.length ? {} : { "target-size": { enabled: true } }, // 24 px: it has to be asked for
		resultTypes: ["violations"],
		iframes: false, // a mail's frame runs no scripts
	});
	return found.violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + rule.help + ": " + node.target.join(" ") + " " +
		[...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ")));
})()`

// Barriers lists what keeps people from using the page that a window shows, by axe-core's rules for WCAG 2.2 A and AA and
// its own good practice. With names of rules only these are looked at.
func Barriers(ctx context.Context, rules ...string) ([]string, error) {
	if err := bringAxe(ctx); err != nil {
		return nil, err
	}
	quoted := make([]string, 0, len(rules))
	for _, rule := range rules {
		quoted = append(quoted, fmt.Sprintf("%q", rule))
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](fmt.Sprintf(barriers, strings.Join(quoted, ", ")), chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("run axe-core: %w", err)
	}
	return found, nil
}

// bringAxe loads axe-core into the page once. It comes through the browser's protocol, past the page's policy.
func bringAxe(ctx context.Context) error {
	there, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("typeof axe === 'object'"))
	if err != nil || there {
		return err
	}
	text, err := axeCore()
	if err != nil {
		return fmt.Errorf("unpack axe-core: %w", err)
	}
	_, err = chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](text+";0"))
	return err
}
