// Command bench measures Doorward beside a control in the same run, and prints one table of ratios. What can be trusted on
// a shared machine is CPU time, which the operating system counts; wall-clock figures are medians. It needs Linux (/proc)
// and the Go tool. Run it from the project's root: go run ./bench
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"
)

func main() {
	requests := flag.Int("requests", 200_000, "session checks in each round")
	rounds := flag.Int("rounds", 5, "rounds of each measurement; medians are printed")
	control := flag.String("control", "", "internal: serve this body as the bare handler, on a free port")
	flag.Parse()
	if *control != "" {
		fail(serveControl(*control))
		return
	}
	fail(run(*requests, *rounds))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// row is one line of the table: what was measured, for Doorward and for its control, and their ratio.
type row struct {
	work, doorward, control, ratio, wanted string
}

func run(requests, rounds int) error {
	dir, err := os.MkdirTemp("", "doorward-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "doorward")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build doorward: %w", err)
	}
	var table []row
	for _, measure := range []func() ([]row, error){
		func() ([]row, error) { return measureStart(binary, dir, rounds) },
		func() ([]row, error) { return measureSessions(binary, dir, requests, rounds) },
		func() ([]row, error) { return measurePictures(rounds) },
	} {
		rows, err := measure()
		if err != nil {
			return err
		}
		table = append(table, rows...)
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "work\tdoorward\tcontrol\tratio\twanted")
	for _, r := range table {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", r.work, r.doorward, r.control, r.ratio, r.wanted)
	}
	return out.Flush()
}
