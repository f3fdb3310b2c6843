package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// importsOf maps each folder below the module's root to what its files (without tests) import.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	root := ".."
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && d.IsDir() && path != root {
			return fs.SkipDir // another module
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		folder = filepath.ToSlash(folder)
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[folder] = append(found[folder], name)
		}
		return nil
	}))
	return found
}

// within tells whether a package path is a folder or lies below it.
func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func TestTheRulesDoNoIO(t *testing.T) {
	t.Parallel()
	outside := []string{
		"golang.org/x/crypto", "golang.org/x/text", "golang.org/x/net/idna", "github.com/mileusna/useragent",
	}
	forbidden := []string{
		"net", "net/http", "net/smtp", "net/rpc", "net/textproto", "net/mail", "os", "database", "syscall", "plugin", "path/filepath", "log", "unsafe",
		"html", "text/template", "io/ioutil", "testing", "expvar", "crypto/tls", "runtime/cgo",
	}
	imports := importsOf(t)["app"]
	if len(imports) < 20 {
		t.Fatalf("only %d imports were read", len(imports))
	}
	for _, path := range imports {
		first, _, _ := strings.Cut(path, "/")
		switch {
		case strings.Contains(first, "."):
			if !slices.ContainsFunc(outside, func(o string) bool { return within(path, o) }) {
				t.Errorf("app imports %s", path)
			}
		case first == "doorward":
			t.Errorf("app imports %s: rooms point to app, never back", path)
		case path == "net/netip" || path == "log/slog" || path == "net/url":
		case slices.ContainsFunc(forbidden, func(f string) bool { return within(path, f) }):
			t.Errorf("app imports %s, which does I/O", path)
		}
	}
}

// TestRoomsImportInOneDirection holds which of our own packages each room may know. What a room is not listed with, it
// may not import.
func TestRoomsImportInOneDirection(t *testing.T) {
	t.Parallel()
	all := []string{"app", "web", "sqlite", "imaging", "goose", "docs"}
	may := map[string][]string{ // a room, and whom it may know besides what lies below itself
		".":             all,
		"app":           {}, // its root alone: what lies below it is listed by name
		"authtest":      {"app", "app/blob", "app/mail", "web", "sqlite", "imaging", "goose"},
		"app/apptest":   {"app", "app/blob", "app/mail", "sqlite", "imaging", "goose"},
		"app/storetest": {"app"},
		"app/lang":      {},
		"app/colour":    {},
		"app/blob":      {"app"},
		"app/mail":      {"app", "app/lang", "app/colour"},
		"app/geo":       {"app"},
		"app/folder":    {"app"},
		"app/archive":   {},
		"app/words":     {"app"},
		"app/transfer":  {"app"},
		"app/cli":       {"app", "app/lang", "app/transfer"},
		"web":           {"app", "app/lang", "app/colour"},
		"sqlite":        {"app"},
		"imaging":       {"app"},
		"goose":         {},
		"docs":          {},
		"bench":         all,
		"browser":       {},
		"release":       {},
	}
	for folder, imports := range importsOf(t) {
		room, known := roomOf(folder, may)
		if !known {
			t.Errorf("%s is in no room: list it here with whom it may know", folder)
			continue
		}
		for _, path := range imports {
			if path == "doorward" {
				t.Errorf("%s imports main", folder)
			}
			own, ours := strings.CutPrefix(path, "doorward/")
			if !ours || room != "app" && within(own, room) {
				continue
			}
			allowed := slices.ContainsFunc(may[room], func(m string) bool {
				return own == m || m != "app" && within(own, m) || m == "app" && slices.Equal(may[room], all) && within(own, m)
			})
			if !allowed {
				t.Errorf("%s imports %s", folder, own)
			}
			if !within(folder, "app/apptest") && own == "app/apptest" {
				t.Errorf("%s imports test support", folder)
			}
		}
	}
}

// roomOf is the longest listed folder that a folder lies in. Below app nothing belongs to app's root.
func roomOf(folder string, rooms map[string][]string) (room string, known bool) {
	for name := range rooms {
		if name == folder || name != "." && name != "app" && within(folder, name) {
			if len(name) > len(room) {
				room, known = name, true
			}
		}
	}
	return room, known
}
