//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a server that was started for a measurement.
type process struct {
	cmd   *exec.Cmd
	base  string   // http://127.0.0.1:PORT
	lines []string // what it printed up to the line with its address and those that came with it
	began time.Time
}

var (
	address = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)
	setup   = regexp.MustCompile(`/register\?setup=(\S+)`)
)

// pinned puts a command on the cores that are named, where the system has a way for that.
func pinned(cores, name string, args []string) (string, []string) {
	if taskset, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		return taskset, append([]string{"-c", cores, name}, args...)
	}
	return name, args
}

// start runs a server that prints its address on standard output, and waits for that line (and for `until`, when given).
func start(until *regexp.Regexp, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), began: time.Now()}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.lines = append(p.lines, lines.Text())
		if p.base == "" {
			p.base = address.FindString(lines.Text())
		}
		if p.base != "" && (until == nil || until.MatchString(lines.Text())) {
			go io.Copy(io.Discard, out)
			return p, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s ended before it told its address", name), p.stop())
}

// stop ends the process kindly.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() {
		return nil // by the signal: the bare handler has nothing to finish
	}
	return err
}

// setupCode finds the code in what the server printed.
func (p *process) setupCode() string {
	if m := setup.FindStringSubmatch(strings.Join(p.lines, "\n")); m != nil {
		return m[1]
	}
	return ""
}

// cpu is the CPU time that the process has used, by the clock that Linux keeps for each process.
func (p *process) cpu() (time.Duration, error) {
	const schedClock = 2 // CPUCLOCK_SCHED of the kernel's posix-timers_types.h
	var used unix.Timespec
	err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|schedClock), &used)
	return time.Duration(used.Nano()), err
}

// settled waits until a process does next to nothing: what a start leaves to do later is done.
func (p *process) settled() error {
	const look, quiet = time.Second, 10 * time.Millisecond
	before, err := p.cpu()
	for calm := 0; err == nil && calm < 3; {
		time.Sleep(look)
		var now time.Duration
		if now, err = p.cpu(); now-before < quiet {
			calm++
		} else {
			calm = 0
		}
		before = now
	}
	return err
}

// usedBy runs a command to its end and tells the CPU time that it used.
func usedBy(name string, args ...string) (time.Duration, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	err := cmd.Run()
	if err != nil {
		return 0, err
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// resident is the memory that the process holds, in kB.
func (p *process) resident() (int, error) { return p.held("VmRSS:") }

// held is a line of what the kernel tells of the process' memory, in kB.
func (p *process) held(line string) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), line)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("no %s in /proc", line)
	}
	return strconv.Atoi(fields[0])
}

// forgetPeak lets the most that the process held (VmHWM) begin anew.
func (p *process) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0)
}

// firstOK waits until a path answers 200 and tells how long that was after the start.
func (p *process) firstOK(path string) (time.Duration, error) {
	for time.Since(p.began) < 10*time.Second {
		answer, err := http.Get(p.base + path)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return time.Since(p.began), nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	return 0, errors.New("no 200 within 10 s")
}

func median[T int | time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
