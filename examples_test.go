package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheExamplesKnowWhatTheyDependOn holds the requirements of the programs in examples that are modules of their own: what a
// room newly imports, they need too. .ci/run builds and tests them.
func TestTheExamplesKnowWhatTheyDependOn(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"examples/mount", "examples/go-app"} {
		for _, file := range []string{"go.mod", "go.sum", dir + "/go.mod", dir + "/go.sum"} { // or go test would keep an old result
			if _, err := os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-test", "./...")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("run `go mod tidy` in %s: %v\n%.2000s", dir, err, out)
		}
	}
}

// needs skips a test where a program is missing, but not where everything is to be tested.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing", program)
	}
	t.Skipf("%s is missing", program)
}

// TestTheExampleAppsPassTheirTests runs the suites of examples in other languages against `doorward dev`, as docs/developing.md
// says, with this test's binary for the program.
func TestTheExampleAppsPassTheirTests(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	for dir, command := range map[string][]string{
		"examples/javascript": {"node", "--test"},
		"examples/python":     {"python3", "-B", "-m", "unittest"},
	} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			needs(t, command[0])
			readAll(t, dir)
			cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "DOORWARD="+os.Args[0], programEnv+"=1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%.4000s", err, out)
			}
		})
	}
}

// readAll reads a folder's files, so that go test keeps no result from before one was changed.
func readAll(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			readFile(t, file)
		}
	}
}

// quoted is a block of a document that says which file it is from.
var quoted = regexp.MustCompile("(?m)^From \\[([^\\]]+)\\]\\([^)]+\\):\n\n```[a-z]+\n((?s:.*?))\n```$")

func TestWhatTheStoryQuotesIsTheExamplesOwnText(t *testing.T) {
	t.Parallel()
	blocks := quoted.FindAllStringSubmatch(string(readFile(t, "docs/developing.md")), -1)
	if len(blocks) < 10 {
		t.Fatalf("only %d blocks were found", len(blocks))
	}
	for _, block := range blocks {
		if text := string(readFile(t, block[1])); !strings.Contains(text, block[2]+"\n") {
			t.Errorf("docs/developing.md quotes what is not in %s:\n%s", block[1], block[2])
		}
	}
}
