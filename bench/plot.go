//go:build linux

package main

import (
	"fmt"
	"math"
	"strings"
)

// plotHead has the colours of both schemes: a picture follows whoever looks at it.
const plotHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 920 400" font-family="system-ui, sans-serif" font-size="13">
<title>What a request costs, and what is held, with more and more accounts and sessions</title>
<style>
  .ground { fill: #fff } text { fill: #333 } .head { font-weight: 600; font-size: 14px } .small { font-size: 12px; fill: #5f5f5f }
  .grid { stroke: #e3e3e3 } .bound { stroke: #8a8a8a; stroke-dasharray: 3 4 } .line { fill: none; stroke-width: 2.25; stroke-linejoin: round }
  .a { --c: #1a5fb4 } .b { --c: #26734d } .c { --c: #a8480b } .line { stroke: var(--c) } .dot { fill: var(--c) } .name { fill: var(--c) }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #d8dee4 } .small { fill: #9aa4ae } .grid { stroke: #2b323b } .bound { stroke: #7d8590 }
    .a { --c: #79b8ff } .b { --c: #6fcf97 } .c { --c: #f0a06b }
  }
</style>
<rect class="ground" width="920" height="400" rx="6"/>
`

// panel is a plot with its place, and how values lie on its two axes.
type panel struct {
	out                      *strings.Builder
	left, top, width, height float64
	x, y                     func(float64) float64 // from 0 to 1
}

// logarithmic puts each tenfold as far from the one before.
func logarithmic(from, to float64) func(float64) float64 {
	return func(v float64) float64 { return math.Log(v/from) / math.Log(to/from) }
}

func linear(to float64) func(float64) float64 { return func(v float64) float64 { return v / to } }

func (p panel) at(x, y float64) (float64, float64) {
	return p.left + p.width*p.x(x), p.top + p.height*(1-p.y(y))
}

func (p panel) text(x, y float64, class, anchor, words string) {
	fmt.Fprintf(p.out, "<text class=%q x=\"%.0f\" y=\"%.0f\" text-anchor=%q>%s</text>\n", class, x, y, anchor, words)
}

func (p panel) head(words string) { p.text(p.left-44, p.top-22, "head", "start", words) }

// rows draws lines across at these values, with what they are called.
func (p panel) rows(values []float64, name func(float64) string) {
	for _, v := range values {
		_, y := p.at(0, v)
		fmt.Fprintf(p.out, "<path class=\"grid\" d=\"M%.0f %.1fh%.0f\"/>\n", p.left, y, p.width)
		p.text(p.left-8, y+4, "small", "end", name(v))
	}
}

// columns names values below.
func (p panel) columns(values []float64, about string) {
	for _, v := range values {
		x, _ := p.at(v, 1)
		p.text(x, p.top+p.height+20, "small", "middle", counted(v))
	}
	p.text(p.left+p.width/2, p.top+p.height+40, "small", "middle", about)
}

// series draws a line through points, its name behind the last.
func (p panel) series(class, name string, points [][2]float64) {
	path, dots := "", ""
	var x, y float64
	for i, point := range points {
		x, y = p.at(point[0], point[1])
		path += fmt.Sprintf("%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x, y)
		dots += fmt.Sprintf("<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", x, y)
	}
	fmt.Fprintf(p.out, "<g class=%q><path class=\"line\" d=%q/>%s<text class=\"name\" x=\"%.0f\" y=\"%.0f\">%s</text></g>\n", class, path, dots, x+9, y+4, name)
}

// counted is a number as people say it: 1k, 1M.
func counted(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.0fM", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.0fk", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}

// drawn is a picture of what requests cost at each size, of what a database takes, and of what the largest server held.
func drawn(all []grown) string {
	var out strings.Builder
	out.WriteString(plotHead)
	largest := all[len(all)-1]
	var at []float64
	for _, g := range all {
		at = append(at, float64(g.size))
	}
	along := func(of func(grown) float64) (points [][2]float64) {
		for _, g := range all {
			points = append(points, [2]float64{float64(g.size), of(g)})
		}
		return points
	}
	sized := logarithmic(float64(all[0].size), float64(largest.size))

	costs := panel{&out, 74, 56, 290, 286, sized, logarithmic(5, 10_000)}
	costs.head("CPU time of a request")
	costs.rows([]float64{10, 100, 1000, 10_000}, func(v float64) string {
		if v >= 1000 {
			return fmt.Sprintf("%.0f ms", v/1000)
		}
		return fmt.Sprintf("%.0f µs", v)
	})
	costs.columns(at, "accounts, and as many live sessions")
	costs.series("a", "check, cached", along(func(g grown) float64 { return g.cached }))
	costs.series("a", "check, uncached", along(func(g grown) float64 { return g.uncached }))
	costs.series("b", "page of accounts", along(func(g grown) float64 { return g.page }))
	costs.series("b", "search", along(func(g grown) float64 { return g.search }))
	costs.series("c", "login, cheapest hash", along(func(g grown) float64 { return g.login }))

	disk := panel{&out, 590, 56, 210, 92, sized, linear(600)}
	disk.head("Database")
	disk.rows([]float64{0, 200, 400, 600}, func(v float64) string { return fmt.Sprintf("%.0f B", v) })
	disk.columns(at, "accounts, and as many live sessions")
	disk.series("c", "an account", along(func(g grown) float64 { return float64(g.PerAccount) }))
	disk.series("a", "a session", along(func(g grown) float64 { return float64(g.PerSession) }))

	var held [][2]float64
	most := 50.0
	for _, m := range largest.memory {
		MB := float64(m.kB) / 1000
		held = append(held, [2]float64{float64(m.seen), MB})
		most = max(most, 50*math.Ceil(MB/50))
	}
	memory := panel{&out, 590, 250, 210, 92, linear(100_000), linear(most)}
	memory.head("Memory")
	memory.rows([]float64{0, most / 2, most}, func(v float64) string { return fmt.Sprintf("%.0f MB", v) })
	x, _ := memory.at(16_384, 0)
	fmt.Fprintf(&out, "<path class=\"bound\" d=\"M%.1f %.0fv%.0f\"/>\n", x, memory.top, memory.height)
	memory.text(x+6, memory.top+memory.height-8, "small", "start", "the cache's bound, 16,384")
	memory.columns([]float64{0, 50_000, 100_000}, "sessions checked, of "+counted(float64(largest.size)))
	memory.series("a", "resident", held)
	out.WriteString("</svg>\n")
	return out.String()
}
