//go:build linux

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"doorward/bench/pictures"
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

// measurePictures sets the CPU time of making variants, of all threads, against decoding alone, and tells what a server holds
// at most meanwhile.
func (b *bench) measurePictures() ([]row, error) {
	cpu, err := b.roomBench("./imaging", "^Benchmark(DecodeAlone|Squares|Make)$", "5x", "cpu-ms/op")
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, kind := range pictures.Kinds() {
		name := strings.ReplaceAll(kind.Name, " ", "_") // as benchmarks are named
		line := func(work, bench, wanted string) row {
			took, alone := cpu[bench+"/"+name], cpu["DecodeAlone/"+name]
			return row{work: work, doorward: fmt.Sprintf("%.0f ms CPU", took), control: fmt.Sprintf("%.0f ms CPU", alone), ratio: fmt.Sprintf("%.2f", took/alone), wanted: wanted}
		}
		rows = append(rows, line("12-megapixel "+kind.Name+" to four squares, against decoding alone", "Squares", "1.8"))
		if kind.Name == "JPEG" {
			rows = append(rows, line("the same with the original encoded anew", "Make", ""))
		}
	}
	peaks, err := b.measurePeaks()
	return append(rows, peaks...), err
}

// measurePeaks uploads one picture of each kind to a server that did nothing before, and reads the most that it held until
// the variants were made.
func (b *bench) measurePeaks() (rows []row, err error) {
	img := pictures.Photograph(pictures.Width, pictures.Height, 7)
	for _, kind := range pictures.Kinds() {
		picture, err := kind.Encode(img)
		if err != nil {
			return nil, err
		}
		over, err := b.peak(picture)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.Name, err)
		}
		rows = append(rows, row{work: "memory over idle while a 12-megapixel " + kind.Name + " is made", doorward: "+" + megabytes(over), wanted: "+60 MB"})
	}
	return rows, nil
}

// peak is how much more than idle a new server holds at one time while it makes a picture, in kB.
func (b *bench) peak(picture []byte) (int, error) {
	data, err := os.MkdirTemp(b.dir, "peak-")
	if err != nil {
		return 0, err
	}
	p, err := b.doorward("", filepath.Join(data, "data"), "--bcrypt-cost", "4", "--limit-login", "off", "--avatar-max-bytes", strconv.Itoa(len(picture)))
	if err != nil {
		return 0, err
	}
	defer p.stop()
	bearer, _, err := signIn(p)
	if err != nil {
		return 0, err
	}
	time.Sleep(3 * time.Second) // until what a start leaves to do later is done
	idle, err := p.resident()
	if err != nil {
		return 0, err
	}
	if err := p.forgetPeak(); err != nil {
		return 0, err
	}
	if err := upload(http.MethodPut, p.base+"/api/v1/me/avatar", "file", bearer, picture); err != nil {
		return 0, err
	}
	most, err := p.held("VmHWM:")
	return most - idle, err
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
