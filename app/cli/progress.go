package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
)

// progress shows on a terminal how far long work has come; anywhere else it shows nothing.
type progress struct {
	to    io.Writer // nil where nobody watches
	what  string
	total int // 0 when it is not known
	shown time.Time
	width int
}

// progressEvery is how often the line changes: as often as an eye can tell.
const progressEvery = 100 * time.Millisecond

func newProgress(to io.Writer, what string, total int) *progress {
	p := &progress{what: what, total: total}
	if file, ok := to.(*os.File); ok && isatty.IsTerminal(file.Fd()) {
		p.to = to
	}
	return p
}

// at tells how many are done.
func (p *progress) at(done int) {
	if p.to == nil || time.Since(p.shown) < progressEvery {
		return
	}
	p.shown = time.Now() // for an eye: no rule depends on it
	line := fmt.Sprintf("%s %d", p.what, done)
	if p.total > 0 {
		const cells = 30
		full := min(done*cells/p.total, cells)
		line = fmt.Sprintf("%s [%s%s] %d of %d", p.what, strings.Repeat("#", full), strings.Repeat(".", cells-full), done, p.total)
	}
	p.clear()
	p.width = len(line)
	fmt.Fprint(p.to, line)
}

// clear takes the line away, before something else is printed.
func (p *progress) clear() {
	if p.to != nil && p.width > 0 {
		fmt.Fprint(p.to, "\r"+strings.Repeat(" ", p.width)+"\r")
		p.width = 0
	}
}
