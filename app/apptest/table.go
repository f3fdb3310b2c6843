package apptest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Table is a table in the documentation each of whose rows names the tests that hold it, in its last cell.
type Table struct {
	Root   string // the module's, as seen from the test
	Page   string // below Root
	Head   string // the table's first line
	Least  int    // rows
	Prefix string // of test files whose every test stands in a row
}

var (
	declaredTest = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	namedTest    = regexp.MustCompile("`(Test\\w+)`")
)

// Check holds that every row names tests, that each of them exists, and that every test in the table's own files stands in a
// row. The test that asks needs no row.
func (table Table) Check(t *testing.T) {
	t.Helper()
	exist, own := table.tests(t)
	text, err := os.ReadFile(filepath.Join(table.Root, filepath.FromSlash(table.Page)))
	must(t, err)
	_, rest, found := strings.Cut(string(text), table.Head+"\n")
	if !found {
		t.Fatalf("%s has no table with the head %q", table.Page, table.Head)
	}
	columns := strings.Count(table.Head, " | ") + 1
	named := map[string]bool{t.Name(): true}
	rows := 0
	for row := range strings.Lines(rest) {
		switch {
		case strings.HasPrefix(row, "| ---"):
			continue
		case strings.HasPrefix(row, "|"):
			rows++
		}
		if !strings.HasPrefix(row, "|") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), " | ")
		names := namedTest.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(cells) != columns || len(names) == 0 {
			t.Errorf("a row of %d cells and %d tests: %s", len(cells), len(names), row)
		}
		for _, name := range names {
			named[name[1]] = true
			if !exist[name[1]] {
				t.Errorf("there is no %s", name[1])
			}
		}
	}
	if rows < table.Least {
		t.Errorf("the table has %d rows", rows)
	}
	for name := range own {
		if !named[name] {
			t.Errorf("%s stands in no row", name)
		}
	}
}

// tests are the tests of the module, and those among them in the table's own files.
func (table Table) tests(t *testing.T) (all, own map[string]bool) {
	t.Helper()
	all, own = map[string]bool{}, map[string]bool{}
	must(t, filepath.WalkDir(table.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, found := range declaredTest.FindAllSubmatch(content, -1) {
			all[string(found[1])] = true
			if strings.HasPrefix(filepath.Base(path), table.Prefix) {
				own[string(found[1])] = true
			}
		}
		return err
	}))
	return all, own
}
