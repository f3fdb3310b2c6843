package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

var cpuLine = regexp.MustCompile(`(?m)^Benchmark(DecodeAlone|Squares|Make)\b.*\s([0-9.]+) cpu-ms/op`)

// measurePictures runs the imaging room's own benchmarks, which count the CPU time of all threads, and sets them against
// decoding alone.
func (b *bench) measurePictures() ([]row, error) {
	bench := exec.Command("go", "test", "-run", "^$", "-bench", "^Benchmark(DecodeAlone|Squares|Make)$", "-benchtime", "5x",
		"-count", strconv.Itoa(b.rounds), "./imaging")
	bench.Stderr = os.Stderr
	out, err := bench.Output()
	if err != nil {
		return nil, fmt.Errorf("picture benchmarks: %w\n%s", err, out)
	}
	cpu := map[string][]float64{}
	for _, m := range cpuLine.FindAllStringSubmatch(string(out), -1) {
		ms, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, err
		}
		cpu[m[1]] = append(cpu[m[1]], ms)
	}
	if len(cpu) != 3 {
		return nil, fmt.Errorf("picture benchmarks printed no CPU time:\n%s", out)
	}
	alone := median(cpu["DecodeAlone"])
	line := func(work, name, wanted string) row {
		ms := median(cpu[name])
		return row{work: work, doorward: fmt.Sprintf("%.0f ms CPU", ms), control: fmt.Sprintf("%.0f ms CPU", alone), ratio: fmt.Sprintf("%.2f", ms/alone), wanted: wanted}
	}
	return []row{
		line("12-megapixel JPEG to four squares, against decoding alone", "Squares", "1.8"),
		line("the same with the original encoded anew", "Make", ""),
	}, nil
}
