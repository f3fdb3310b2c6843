//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// somebodysHash is a bcrypt hash at the default cost; nobody signs in with it here.
const somebodysHash = "$2a$12$abcdefghijklmnopqrstuuGXiIRN3rF4yZb7nE1uNZzHk0yY5sZ1u"

// accountsFile writes what `doorward import` reads.
func accountsFile(path string, n int, hash string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	for i := range n {
		fmt.Fprintf(out, `{"email":"person%d@example.org","username":"person_%d","first_name":"Person","last_name":"Number%d","password_hash":%q}`+"\n", i, i, i, hash)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// measureStart imports accounts, beside plain inserts of the same rows, and times a start on them up to the first 200, beside a
// bare net/http program's.
func (b *bench) measureStart() ([]row, error) {
	data := filepath.Join(b.dir, "start")
	accounts := filepath.Join(b.dir, "accounts.jsonl")
	if err := accountsFile(accounts, b.accounts, somebodysHash); err != nil {
		return nil, err
	}
	first, err := b.doorward("", data) // makes the folder
	if err != nil {
		return nil, err
	}
	if err := first.stop(); err != nil {
		return nil, err
	}
	importing, err := usedBy(b.binary, "import", accounts, "--data", data, "--log-level", "error")
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	inserting, err := b.plainInserts(data)
	if err != nil {
		return nil, fmt.Errorf("plain inserts: %w", err)
	}
	var ours, bare, theirs []time.Duration
	for range 2*b.rounds + 1 {
		took, err := timeStart("/readyz", func() (*process, error) { return b.doorward("", data) })
		if err != nil {
			return nil, err
		}
		control, err := timeStart("/readyz", func() (*process, error) { return b.control("ok") })
		if err != nil {
			return nil, err
		}
		ours, bare = append(ours, took), append(bare, control)
		if b.peer == nil {
			continue
		}
		peer, err := timeStart("/api/health", func() (*process, error) { return b.peer.start("") })
		if err != nil {
			return nil, err
		}
		theirs = append(theirs, peer)
	}
	a, c := median(ours), median(bare)
	r := row{
		work: fmt.Sprintf("start to first 200 with %d accounts", b.accounts), doorward: tenths(a), control: tenths(c),
		ratio: "+" + tenths(a-c), wanted: "+25ms",
	}
	if theirs != nil {
		r.peer = tenths(median(theirs)) + " (with none)"
	}
	rate := func(cpu time.Duration) string { return fmt.Sprintf("%.0f/CPU s", float64(b.accounts)/cpu.Seconds()) }
	return []row{r, {
		work: fmt.Sprintf("import of %d accounts with hashes, against plain inserts", b.accounts), doorward: rate(importing), control: rate(inserting),
		ratio: fmt.Sprintf("%.2f", float64(inserting)/float64(importing)), wanted: "0.5",
	}}, nil
}

func tenths(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }

func timeStart(path string, begin func() (*process, error)) (time.Duration, error) {
	p, err := begin()
	if err != nil {
		return 0, err
	}
	took, err := p.firstOK(path)
	if err != nil {
		return 0, err
	}
	return took, p.stop()
}
