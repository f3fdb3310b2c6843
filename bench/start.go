package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// somebodysHash is a bcrypt hash at the default cost; nobody signs in with it here.
const somebodysHash = "$2a$12$abcdefghijklmnopqrstuuGXiIRN3rF4yZb7nE1uNZzHk0yY5sZ1u"

// accountsFile writes what `doorward import` reads.
func accountsFile(path string, n int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	for i := range n {
		fmt.Fprintf(out, `{"email":"person%d@example.org","username":"person_%d","first_name":"Person","last_name":"Number%d","password_hash":%q}`+"\n", i, i, i, somebodysHash)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// measureStart times a start on a data folder with accounts in it up to the first 200, beside a bare net/http program's.
func (b *bench) measureStart() ([]row, error) {
	data := filepath.Join(b.dir, "start")
	accounts := filepath.Join(b.dir, "accounts.jsonl")
	if err := accountsFile(accounts, b.accounts); err != nil {
		return nil, err
	}
	first, err := b.doorward("", data) // makes the folder
	if err != nil {
		return nil, err
	}
	if err := first.stop(); err != nil {
		return nil, err
	}
	if out, err := exec.Command(b.binary, "import", accounts, "--data", data, "--log-level", "error").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("import: %w\n%s", err, out)
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
	return []row{r}, nil
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
