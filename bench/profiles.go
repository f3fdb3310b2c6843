//go:build linux

package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// path is something that a server does often, as a benchmark of one of its rooms.
type path struct {
	name, room, bench, times string
	focus                    string // what of the profile belongs to it, as a pattern of functions: not what prepares it
}

const collecting = `|runtime\.gcBgMarkWorker`

var paths = []path{
	{"session check, cached", "./web", "^BenchmarkPaths$/^check_cached$", "5s", `http\.\(\*conn\)\.serve` + collecting},
	{"session check, uncached", "./web", "^BenchmarkPaths$/^check_uncached$", "5s", `http\.\(\*conn\)\.serve` + collecting},
	{"login, at the lowest cost of hashing", "./web", "^BenchmarkPaths$/^login$", "3s", `.`},
	{"a page: the list of accounts", "./web", "^BenchmarkPaths$/^page$", "3s", `web\.\(\*Server\)\.ServeHTTP` + collecting},
	{"five variants of a JPEG of 12 megapixels", "./imaging", "^BenchmarkMake$/^JPEG$", "10x", `imaging\.\(\*Imager\)\.Make|disintegration/imaging` + collecting},
	{"import", "./app", "^BenchmarkImport$", "3x", `.`},
}

// profile runs each path and keeps its profile in a folder, and prints the five largest costs: packages, by the share of
// samples that were taken in their own code.
func (b *bench) profile(folder string, out io.Writer) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	fmt.Fprintln(out, "| path | the five largest costs |\n| --- | --- |")
	for _, p := range paths {
		file := filepath.Join(folder, regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(p.name), "-")+".pprof")
		binary := strings.TrimSuffix(file, ".pprof") + ".test"
		cmd := exec.Command("go", "test", "-run", "^$", "-bench", p.bench, "-benchtime", p.times, "-cpuprofile", file, "-o", binary, p.room)
		cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1") // else what was interrupted counts as interrupting
		if said, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", p.name, err, said)
		}
		top, err := exec.Command("go", "tool", "pprof", "-top", "-nodecount", "100000", "-nodefraction", "0", "-focus", p.focus, "-relative_percentages", binary, file).Output()
		if err != nil {
			return fmt.Errorf("%s: read the profile: %w", p.name, err)
		}
		var costs []string
		for _, c := range costsOf(string(top))[:5] {
			costs = append(costs, fmt.Sprintf("%s %.0f %%", c.of, c.percent))
		}
		fmt.Fprintf(out, "| %s | %s |\n", p.name, strings.Join(costs, " · "))
	}
	return nil
}

type cost struct {
	of      string
	percent float64
}

// sample is a line of pprof's list: the function's own share, and its name.
var sample = regexp.MustCompile(`(?m)^\s*\S+\s+([0-9.]+)%\s+[0-9.]+%\s+\S+\s+[0-9.]+%\s+(\S+)`)

// costsOf adds functions' shares up by what they are part of, the largest first.
func costsOf(top string) []cost {
	sums := map[string]float64{}
	for _, m := range sample.FindAllStringSubmatch(top, -1) {
		percent, err := strconv.ParseFloat(m[1], 64)
		if err == nil {
			sums[partOf(m[2])] += percent
		}
	}
	var all []cost
	for of, percent := range sums {
		all = append(all, cost{of, percent})
	}
	slices.SortFunc(all, func(a, b cost) int { return cmp.Or(cmp.Compare(b.percent, a.percent), cmp.Compare(a.of, b.of)) })
	return append(all, make([]cost, 5)...)
}

// parts are what people call packages, by the functions in them; the first that fits.
var parts = []struct {
	functions *regexp.Regexp
	of        string
}{
	{regexp.MustCompile(`^(internal/runtime/)?syscall`), "the kernel"},
	{regexp.MustCompile(`^(runtime\.(gc|scan|grey|find|spanOf|wb|bulkBarrier|typePointers|mark|sweep|tryDefer|\(\*(gc|mark|sweep|spanInline|typePointers))|internal/runtime/gc)`), "collecting garbage"},
	{regexp.MustCompile(`^runtime\.(mem|malloc|newobject|growslice|makeslice|nextFree|heap|deduct|profilealloc|publication|stack|\(\*(mspan|mcache|mcentral|mheap|fixalloc|page))`), "taking memory"},
	{regexp.MustCompile(`^(runtime|internal/runtime|internal/(bytealg|abi|cpu)|aeshash|memeq|cmpbody|indexbyte|strings|bytes|slices|unicode|strconv|time|context|gogo)`), "Go's scheduler, maps and strings"},
	{regexp.MustCompile(`^(internal/)?sync`), "locks"},
	{regexp.MustCompile(`^modernc\.org/sqlite/lib`), "SQLite"},
	{regexp.MustCompile(`^(modernc\.org|database/sql)`), "SQLite's driver"},
	{regexp.MustCompile(`^golang\.org/x/crypto`), "bcrypt"},
	{regexp.MustCompile(`^compress/`), "packing"},
	{regexp.MustCompile(`^(net|bufio|internal/poll|io|vendor/golang\.org/x/net)(/|\.|$)`), "`net/http`"},
	{regexp.MustCompile(`^((html|text)/template|reflect|fmt|internal/fmtsort|html)`), "templates"},
	{regexp.MustCompile(`^image/jpeg`), "the JPEG codec"},
	{regexp.MustCompile(`^(doorward/imaging|github\.com/disintegration/imaging|image)`), "shrinking"},
	{regexp.MustCompile(`^(crypto|hash)/`), "SHA-256 and AES"},
	{regexp.MustCompile(`^encoding/json`), "JSON"},
	{regexp.MustCompile(`^golang\.org/x/text`), "folding case and forms of letters"},
	{regexp.MustCompile(`^doorward/`), "Doorward"},
}

func partOf(function string) string {
	for _, p := range parts {
		if p.functions.MatchString(function) {
			return p.of
		}
	}
	if at := strings.LastIndexByte(function, '/'); at >= 0 {
		name, _, _ := strings.Cut(function[at+1:], ".")
		return function[:at+1] + name
	}
	name, _, _ := strings.Cut(function, ".")
	return name
}
