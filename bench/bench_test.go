//go:build linux

package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own binary be the control.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "-control" {
		fail(serveControl(os.Args[2]))
		return
	}
	os.Exit(m.Run())
}

func TestABenchmarkRunsToItsTable(t *testing.T) {
	t.Chdir("..")
	var table bytes.Buffer
	b := &bench{requests: 400, rounds: 1, accounts: 10, storm: time.Second}
	if err := b.run(&table, regexp.MustCompile("^(start|sessions)$"), true); err != nil {
		t.Fatal(err)
	}
	for _, work := range []string{"start to first 200 with 10 accounts", "session check, cached, bearer", "forward-auth", "session check, uncached"} {
		if !strings.Contains(table.String(), "| "+work) {
			t.Errorf("no line of %q in\n%s", work, &table)
		}
	}
}
