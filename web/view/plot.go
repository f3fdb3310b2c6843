package view

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"time"

	"doorward/app"
)

// Plot is one figure over the last days, a bar each, oldest first. It is drawn in a box that the page stretches; what
// stands beside it says the same in words.
type Plot struct {
	Name        string // its heading is the text figure.NAME of admin_overview
	Bars        []Bar
	Sum, Most   int
	First, Last int // the figures at both ends
	From, To    time.Time
}

// Bar is one day.
type Bar struct {
	Day   time.Time
	Count int
}

// The plot's own measures.
const (
	plotHeight = 640 // whole numbers are shorter to write
	plotStep   = 100 // from one bar to the next
	plotBar    = 80
	leastBar   = 15 // so that few among many are seen at all
)

// Box is the plot's viewBox.
func (p Plot) Box() string {
	return fmt.Sprintf("0 0 %d %d", plotStep*len(p.Bars)-(plotStep-plotBar), plotHeight)
}

// Drawn is what the plot's svg holds: for each day on which there was anything, a column that can be pointed at, which
// tells the day and its figure, with the bar in it. It is written here because a template takes several times as long.
func (p Plot) Drawn(f *Frame) template.HTML {
	var out strings.Builder
	for i, bar := range p.Bars {
		if bar.Count == 0 {
			continue
		}
		height := max(leastBar, plotHeight*bar.Count/p.Most)
		fmt.Fprintf(&out, `<g><title>%s: %s</title><rect class="plot-day" x="%d" width="%d" height="%d"/><rect class="plot-bar" x="%d" y="%d" width="%d" height="%d"/></g>`,
			html.EscapeString(f.DayName(bar.Day)), html.EscapeString(f.texts.Number(int64(bar.Count))),
			plotStep*i, plotBar, plotHeight, plotStep*i, plotHeight-height, plotBar, height)
	}
	return template.HTML(out.String()) // words are escaped, and all else are numbers
}

// plots draws each figure of the days.
func plots(days []app.DayFigures) []Plot {
	return []Plot{
		newPlot("registrations", days, func(d app.DayFigures) int { return d.Registrations }),
		newPlot("logins", days, func(d app.DayFigures) int { return d.Logins }),
		newPlot("present", days, func(d app.DayFigures) int { return d.Present }),
		newPlot("failed_logins", days, func(d app.DayFigures) int { return d.FailedLogins }),
	}
}

func newPlot(name string, days []app.DayFigures, figure func(app.DayFigures) int) Plot {
	p := Plot{Name: name}
	for _, day := range days {
		n := figure(day)
		p.Bars = append(p.Bars, Bar{day.Day, n})
		p.Sum += n
		p.Most = max(p.Most, n)
	}
	first, last := p.Bars[0], p.Bars[len(p.Bars)-1]
	p.First, p.From, p.Last, p.To = first.Count, first.Day, last.Count, last.Day
	return p
}
