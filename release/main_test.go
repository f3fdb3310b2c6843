package main

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestARunningProgramAndItsSumAreMade(t *testing.T) {
	t.Parallel()
	target := runtime.GOOS + "/" + runtime.GOARCH
	if !slices.Contains(targets, target) {
		t.Skipf("nothing is built for %s", target)
	}
	folder := filepath.Join(t.TempDir(), "dist")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-out", folder, "-version", "v9.8.7", "-targets", target}, &out, &errs); code != 0 {
		t.Fatalf("exit %d, %s", code, &errs)
	}
	path := strings.TrimSpace(out.String())
	if want := filepath.Join(folder, "doorward-v9.8.7-"+runtime.GOOS+"-"+runtime.GOARCH); strings.TrimSuffix(path, ".exe") != want {
		t.Errorf("built %s, want %s", path, want)
	}
	said, err := exec.CommandContext(t.Context(), path, "version").Output()
	if err != nil || !strings.HasPrefix(string(said), "doorward v9.8.7 (") {
		t.Errorf("it says %s, %v", said, err)
	}
	sum, err := sumOf(path)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := os.ReadFile(filepath.Join(folder, sums)); err != nil || string(list) != sum+"  "+filepath.Base(path)+"\n" {
		t.Errorf("the sums are %q, %v", list, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if here, err := filepath.Abs(".."); err != nil || bytes.Contains(content, []byte(here)) {
		t.Errorf("the builder's path %s is in it (%v)", here, err)
	}
	if runtime.GOOS == "linux" {
		isStatic(t, path)
		runsAlone(t, path)
	}
}

func isStatic(t *testing.T, path string) {
	t.Helper()
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			t.Error("it needs a loader: it is not static")
		}
	}
}

func TestWhatCantBeBuiltIsRefused(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "dist")
	for _, args := range [][]string{{"-targets", "plan9/amd64"}, {"-targets", ""}, {"-version", "v1 -X evil"}, {"more"}, {"-unknown"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"-out", folder}, args...), &out, &errs); code != 2 || errs.Len() == 0 {
			t.Errorf("%q: exit %d, %s", args, code, &errs)
		}
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("a folder was made all the same")
	}
}
