package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

var mailLine = regexp.MustCompile(`(?m)^BenchmarkSend/plain/(one|each)\S*\s.*\s([0-9.]+) mails/s`)

// measureMails runs the mail room's own benchmark: mails over one kept connection beside a connection for each.
func (b *bench) measureMails() ([]row, error) {
	bench := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkSend$/^plain$", "-count", strconv.Itoa(b.rounds), "./app/mail")
	bench.Stderr = os.Stderr
	out, err := bench.Output()
	if err != nil {
		return nil, fmt.Errorf("mail benchmarks: %w\n%s", err, out)
	}
	rates := map[string][]float64{}
	for _, m := range mailLine.FindAllStringSubmatch(string(out), -1) {
		rate, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, err
		}
		rates[m[1]] = append(rates[m[1]], rate)
	}
	if len(rates["one"]) == 0 || len(rates["each"]) == 0 {
		return nil, fmt.Errorf("mail benchmarks printed no rates:\n%s", out)
	}
	one, each := median(rates["one"]), median(rates["each"])
	return []row{{work: "mails over loopback SMTP, against a connection for each", doorward: fmt.Sprintf("%.0f/s", one), control: fmt.Sprintf("%.0f/s", each), ratio: fmt.Sprintf("%.1f", one/each), wanted: "3"}}, nil
}
