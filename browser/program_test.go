package browser_test

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// build builds the program once.
var build = sync.OnceValues(func() (string, error) {
	if err := dependOnSources(".."); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "doorward-browser-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "doorward")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", binary, "doorward")
	cmd.Stderr = os.Stderr
	return binary, cmd.Run()
})

// dependOnSources reads every folder of the sources. go test keeps a result for as long as nothing changed that the test
// has looked at, and what a build looks at it does not see.
func dependOnSources(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		return err
	})
}

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// program is a server that runs, and what it printed at its start.
type program struct {
	base    string
	setup   string // the link to become Owner
	mailbox string // the link to the kept mails
}

func startProgram(t *testing.T, args ...string) program {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(binary, append([]string{"--data", filepath.Join(dir, "data"), "--listen", "localhost:0", "--bcrypt-cost", "4"}, args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "SystemRoot=" + os.Getenv("SystemRoot")}
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the server's log:\n%s", &log)
		}
	})
	var p program
	for text := bufio.NewScanner(stdout); p.mailbox == "" && text.Scan(); {
		line := strings.TrimSpace(text.Text())
		link := line[strings.LastIndexByte(line, ' ')+1:]
		switch {
		case strings.HasPrefix(line, "Doorward is at "):
			p.base = link
		case strings.Contains(link, "/register?setup="):
			p.setup = link
		case strings.Contains(link, "/mailbox?key="):
			p.mailbox = link
		}
	}
	if p.mailbox == "" {
		t.Fatalf("the server did not start: %s", &log)
	}
	return p
}
