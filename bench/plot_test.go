//go:build linux

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAPlotIsAPictureInBothColourSchemes(t *testing.T) {
	t.Parallel()
	one := grown{size: 1000, uncached: 90, cached: 15, login: 1800, page: 210, search: 300, filled: filled{507, 319}, memory: []heldAfter{{1000, 53_000}}}
	two := one
	two.size, two.search, two.memory = 1_000_000, 4400, []heldAfter{{1000, 88_000}, {100_000, 224_000}}
	plot := drawn([]grown{one, two})
	for tokens := xml.NewDecoder(strings.NewReader(plot)); ; {
		if _, err := tokens.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, plot)
		}
	}
	for _, part := range []string{"prefers-color-scheme: dark", ">1k<", ">1M<", ">10 ms<", "check, uncached", "an account", "250 MB", "16,384"} {
		if !strings.Contains(plot, part) {
			t.Errorf("no %q in\n%s", part, plot)
		}
	}
	if strings.Contains(plot, "NaN") || strings.Contains(plot, "Inf") {
		t.Errorf("a point lies nowhere:\n%s", plot)
	}
}

func TestCostsOfAProfileAreAddedUpByPackage(t *testing.T) {
	t.Parallel()
	costs := costsOf(`Showing nodes accounting for 100ms
      flat  flat%   sum%        cum   cum%
      40ms 40.00% 40.00%       60ms 60.00%  modernc.org/sqlite/lib._sqlite3VdbeExec
      20ms 20.00% 60.00%       20ms 20.00%  modernc.org/sqlite/lib._sqlite3BtreeInsert (inline)
      30ms 30.00% 90.00%       30ms 30.00%  internal/runtime/syscall/linux.Syscall6
      10ms 10.00%   100%       10ms 10.00%  example.org/some/thing.(*T).Do
`)
	want := []cost{{"SQLite", 60}, {"the kernel", 30}, {"example.org/some/thing", 10}}
	for i, c := range want {
		if costs[i] != c {
			t.Errorf("cost %d is %v, want %v", i, costs[i], c)
		}
	}
}
