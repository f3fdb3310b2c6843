//go:build linux

// Command bench measures Doorward beside a control in the same run, and PocketBase where it can be built, and prints one
// table of ratios. What can be trusted on a shared machine is CPU time, which the operating system counts; wall-clock figures
// are medians. It needs Linux (/proc) and the Go tool. Run it from the project's root: go run ./bench
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"text/tabwriter"
	"time"
)

func main() {
	b := &bench{}
	flag.IntVar(&b.requests, "requests", 200_000, "session checks in each round")
	flag.IntVar(&b.rounds, "rounds", 5, "rounds of each measurement; medians are printed")
	flag.IntVar(&b.accounts, "accounts", 100_000, "accounts that the start finds")
	flag.DurationVar(&b.storm, "storm", 15*time.Second, "how long people log in")
	flag.StringVar(&b.keep, "keep", "", "a folder that keeps what growth fills for the next run; none: it goes with the run")
	flag.StringVar(&b.plot, "plot", "", "a file for the plot of how cost grows, as SVG")
	only := flag.String("only", "", "the measurements to take, as a pattern: "+names())
	alone := flag.Bool("alone", false, "without PocketBase")
	profiles := flag.String("profile", "", "a folder: take a profile of each hot path instead, keep it there, and print the largest costs")
	control := flag.String("control", "", "internal: serve this body as the bare handler, on a free port")
	hashes := flag.Int("hash", 0, "internal: hash a password so often at Doorward's default cost, on all cores")
	flood := flag.String("flood", "", "internal: try wrong passwords at this server, and print what came of it")
	flag.Parse()
	switch {
	case *flood != "":
		fail(b.sendFlood(*flood))
	case *control != "":
		fail(serveControl(*control))
	case *hashes > 0:
		fail(hashAlone(*hashes))
	case *profiles != "":
		fail(b.profile(*profiles, os.Stdout))
	default:
		pattern, err := regexp.Compile(*only)
		fail(err)
		fail(b.run(os.Stdout, pattern, *alone))
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// row is one line of the table: what was measured, for Doorward and for its control, their ratio, and PocketBase.
type row struct {
	work, doorward, control, ratio, wanted, peer string
}

// bench is one run.
type bench struct {
	requests, rounds, accounts int
	storm                      time.Duration
	plot, keep                 string

	dir    string
	binary string
	peer   *peer // nil: left out
}

var measurements = []struct {
	name    string
	measure func(*bench) ([]row, error)
}{
	{"start", (*bench).measureStart},
	{"sessions", (*bench).measureSessions},
	{"logins", (*bench).measureLogins},
	{"flood", (*bench).measureFlood},
	{"pictures", (*bench).measurePictures},
	{"memory", (*bench).measureMemory},
	{"mails", (*bench).measureMails},
	{"writes", (*bench).measureWrites},
	{"growth", (*bench).measureGrowth},
}

func names() (all string) {
	for i, m := range measurements {
		if i > 0 {
			all += ", "
		}
		all += m.name
	}
	return all
}

func (b *bench) run(out io.Writer, only *regexp.Regexp, alone bool) (err error) {
	if b.dir, err = os.MkdirTemp("", "doorward-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.binary = filepath.Join(b.dir, "doorward")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build doorward: %w", err)
	}
	if !alone {
		b.peer = buildPeer(b.dir)
	}
	var table []row
	for _, m := range measurements {
		if !only.MatchString(m.name) {
			continue
		}
		rows, err := m.measure(b)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		table = append(table, rows...)
	}
	lines := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(lines, "| work\t| Doorward\t| control\t| ratio\t| wanted\t| PocketBase\t|")
	fmt.Fprintln(lines, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, r := range table {
		fmt.Fprintf(lines, "| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", r.work, r.doorward, r.control, r.ratio, r.wanted, r.peer)
	}
	return lines.Flush()
}

// doorward starts a server on a data folder, on given cores or on all ("").
func (b *bench) doorward(cores, data string, flags ...string) (*process, error) {
	name, args := b.binary, append([]string{"--data", data, "--listen", "127.0.0.1:0", "--log-level", "error"}, flags...)
	if cores != "" {
		name, args = pinned(cores, name, args)
	}
	if _, err := os.Stat(data); err != nil {
		return start(setup, name, args...)
	}
	return start(nil, name, args...)
}
