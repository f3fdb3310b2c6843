//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// roomBench runs benchmarks that a room of the project has of its own, and answers the median of one of their metrics for
// each, by its name without the number of cores.
func (b *bench) roomBench(room, pattern, times, metric string) (map[string]float64, error) {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", pattern, "-benchtime", times, "-count", strconv.Itoa(b.rounds), room)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("benchmarks of %s: %w\n%s", room, err, out)
	}
	all := map[string][]float64{}
	line := regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s.*\s([0-9.e+]+) ` + regexp.QuoteMeta(metric) + `(?:\s|$)`)
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		value, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, err
		}
		all[m[1]] = append(all[m[1]], value)
	}
	medians := map[string]float64{}
	for name, values := range all {
		medians[name] = median(values)
	}
	if len(medians) == 0 {
		return nil, fmt.Errorf("benchmarks of %s told no %s:\n%s", room, metric, out)
	}
	return medians, nil
}

// measurePictures sets the CPU time of making variants, of all threads, against decoding alone.
func (b *bench) measurePictures() ([]row, error) {
	cpu, err := b.roomBench("./imaging", "^Benchmark(DecodeAlone|Squares|Make)$", "5x", "cpu-ms/op")
	if err != nil {
		return nil, err
	}
	alone := cpu["DecodeAlone"]
	line := func(work, name, wanted string) row {
		return row{work: work, doorward: fmt.Sprintf("%.0f ms CPU", cpu[name]), control: fmt.Sprintf("%.0f ms CPU", alone), ratio: fmt.Sprintf("%.2f", cpu[name]/alone), wanted: wanted}
	}
	return []row{
		line("12-megapixel JPEG to four squares, against decoding alone", "Squares", "1.8"),
		line("the same with the original encoded anew", "Make", ""),
	}, nil
}

// measureMails sends mails over one kept connection, beside a connection for each.
func (b *bench) measureMails() ([]row, error) {
	rates, err := b.roomBench("./app/mail", "^BenchmarkSend$/^plain$", "1s", "mails/s")
	if err != nil {
		return nil, err
	}
	one, each := rates["Send/plain/one_connection"], rates["Send/plain/each_its_connection"]
	return []row{{work: "mails over loopback SMTP, against a connection for each", doorward: fmt.Sprintf("%.0f/s", one), control: fmt.Sprintf("%.0f/s", each), ratio: fmt.Sprintf("%.1f", one/each), wanted: "3"}}, nil
}

// measureWrites has callers write to one store side by side, each until its own write is on disk.
func (b *bench) measureWrites() ([]row, error) {
	rates, err := b.roomBench("./sqlite", "^BenchmarkDurableWrites$", "5000x", "writes/s")
	if err != nil {
		return nil, err
	}
	var rows []row
	alone := rates["DurableWrites/callers=1"]
	for _, of := range []struct{ callers, wanted string }{{"32", "5"}, {"256", "20"}} {
		rate := rates["DurableWrites/callers="+of.callers]
		rows = append(rows, row{work: "durable writes from " + of.callers + " callers, against one", doorward: fmt.Sprintf("%.0f/s", rate), control: fmt.Sprintf("%.0f/s", alone), ratio: fmt.Sprintf("%.1f", rate/alone), wanted: of.wanted})
	}
	return rows, nil
}
