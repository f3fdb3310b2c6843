package main

import (
	"os"
	"os/exec"
	"testing"
)

// TestTheExampleKnowsWhatItDependsOn holds the requirements of the program in examples/mount, which is a module of its
// own: what a room newly imports, it needs too. .ci/run builds and tests it.
func TestTheExampleKnowsWhatItDependsOn(t *testing.T) {
	t.Parallel()
	const dir = "examples/mount"
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
