package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheTableOfAttacksNamesTestsThatExist holds docs/security.md: each row names tests, each of them is there, and each
// test in a file of attacks stands in a row.
func TestTheTableOfAttacksNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	exist, attacks := testNames(t)
	text, err := os.ReadFile(filepath.Join("..", "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| attack | went wrong at | why it fails here | tests |\n| --- | --- | --- | --- |\n")
	if !found {
		t.Fatal("there is no table of attacks")
	}
	named := map[string]bool{}
	rows := 0
	for row := range strings.Lines(table) {
		if !strings.HasPrefix(row, "|") {
			break
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), " | ")
		names := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(row, -1)
		if len(cells) != 4 || len(names) == 0 {
			t.Errorf("a row of %d cells and %d tests: %s", len(cells), len(names), row)
		}
		for _, name := range names {
			named[name[1]] = true
			if !exist[name[1]] {
				t.Errorf("there is no %s", name[1])
			}
		}
	}
	if rows < 50 {
		t.Errorf("the table has %d rows", rows)
	}
	for name := range attacks {
		if !named[name] && name != t.Name() {
			t.Errorf("%s stands in no row", name)
		}
	}
}

// testNames are the tests of the module, and those among them in files of attacks.
func testNames(t *testing.T) (all, attacks map[string]bool) {
	t.Helper()
	all, attacks = map[string]bool{}, map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	if err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(content, -1) {
			all[string(found[1])] = true
			if strings.HasPrefix(filepath.Base(path), "attack_") {
				attacks[string(found[1])] = true
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all, attacks
}
