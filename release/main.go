// Command release builds Doorward for every system that it is offered for, with checksums:
//
//	go run ./release -version v1.2.3          # into dist/
//
// The same sources and the same Go make the same files, wherever they lie: no path of the builder is in them. `sha256sum -c
// SHA256SUMS` beside the files tells whether they are whole.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// targets are the systems and processors that Doorward is offered for.
var targets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// sums is the file of checksums, in the form that sha256sum reads.
const sums = "SHA256SUMS"

// versionForm keeps a version a part of a file's name, and of one linker flag.
var versionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*$`)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var r release
	flags.StringVar(&r.folder, "out", "dist", "the `folder` to write to; made if missing")
	flags.StringVar(&r.version, "version", "", "the release's `name`, such as v1.2.3; without it, what Go knows of the sources")
	only := flags.String("targets", strings.Join(targets, ","), "which `systems` to build for")
	if flags.Parse(args) != nil {
		return 2
	}
	r.targets = strings.Split(*only, ",")
	if err := r.check(flags.Args()); err != nil {
		fmt.Fprintln(stderr, "release:", err)
		return 2
	}
	if err := r.build(ctx, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "release:", err)
		return 1
	}
	return 0
}

// release is what is to be built.
type release struct {
	folder, version string
	targets         []string
}

func (r release) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("%q is not expected; see -help", rest[0])
	}
	if r.version != "" && !versionForm.MatchString(r.version) {
		return fmt.Errorf("-version %q is not a name such as v1.2.3", r.version)
	}
	for _, target := range r.targets {
		if !slices.Contains(targets, target) {
			return fmt.Errorf("-targets: %q is none of %s", target, strings.Join(targets, ","))
		}
	}
	return nil
}

// build builds one target after the other, and last the sums: a folder with them is whole.
func (r release) build(ctx context.Context, stdout, stderr io.Writer) error {
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return err
	}
	list := filepath.Join(r.folder, sums)
	if err := os.Remove(list); err != nil && !os.IsNotExist(err) {
		return err
	}
	var lines strings.Builder
	for _, target := range r.targets {
		name := r.nameOf(target)
		path := filepath.Join(r.folder, name)
		if err := r.compile(ctx, target, path, stderr); err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		sum, err := sumOf(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, name)
		fmt.Fprintln(stdout, path)
	}
	return os.WriteFile(list, []byte(lines.String()), 0o644)
}

// nameOf is `doorward-v1.2.3-linux-amd64`.
func (r release) nameOf(target string) string {
	parts := []string{"doorward"}
	if r.version != "" {
		parts = append(parts, r.version)
	}
	name := strings.Join(append(parts, strings.Split(target, "/")...), "-")
	if strings.HasPrefix(target, "windows/") {
		name += ".exe"
	}
	return name
}

// compile builds the program, without symbols for a debugger (a third of the size) and without a path of this machine.
func (r release) compile(ctx context.Context, target, path string, stderr io.Writer) error {
	system, processor, _ := strings.Cut(target, "/")
	linker := "-s -w -buildid="
	if r.version != "" {
		linker += " -X main.version=" + r.version
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", linker, "-o", path, "doorward")
	cmd.Stderr = stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=")
	return cmd.Run()
}

func sumOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}
