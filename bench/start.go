package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// measureStart times a start on an existing data folder up to the first 200, beside a bare net/http program's, and reads
// the memory that an idle server holds.
func measureStart(binary, dir string, rounds int) ([]row, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "start")
	var ours, bare []time.Duration
	var memory []int
	for i := range rounds + 1 {
		took, held, err := timeStart(binary, "--data", data, "--listen", "127.0.0.1:0", "--log-level", "error")
		if err != nil {
			return nil, err
		}
		control, _, err := timeStart(self, "-control", "ok")
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first start makes the folder
			ours, bare, memory = append(ours, took), append(bare, control), append(memory, held)
		}
	}
	a, b := median(ours), median(bare)
	return []row{
		{"start to first 200", a.Round(100 * time.Microsecond).String(), b.Round(100 * time.Microsecond).String(), fmt.Sprintf("+%v", (a - b).Round(100*time.Microsecond)), "under 100ms"},
		{"idle resident memory", fmt.Sprintf("%.1f MB", float64(median(memory))/1000), "–", "–", "under 30 MB"},
	}, nil
}

func timeStart(name string, args ...string) (took time.Duration, residentKB int, err error) {
	p, err := start(nil, name, args...)
	if err != nil {
		return 0, 0, err
	}
	if took, err = p.firstOK("/readyz"); err != nil {
		return 0, 0, err
	}
	time.Sleep(300 * time.Millisecond) // idle: what the start left to do later is done
	if residentKB, err = p.resident(); err != nil {
		return 0, 0, err
	}
	return took, residentKB, p.stop()
}
