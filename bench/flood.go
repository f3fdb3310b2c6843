//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The flood: so many connections from so many addresses try wrong passwords, with the limits off. After calm everything is as
// it was before.
const (
	floodConnections = 200
	floodAddresses   = 50
	floodCalm        = 2 * time.Second
)

// flooded is what came of a flood: answers by status, and those that were sent away without being told when to come back.
type flooded struct {
	Took    time.Duration
	Answers map[int]int
	Bare    int
}

// measureFlood looks at session checks beside a flood of wrong passwords and after it, and at how many of these are done.
func (b *bench) measureFlood() ([]row, error) {
	doorward, err := b.doorward("", filepath.Join(b.dir, "flood"), "--limit-login", "off", "--trusted-proxies", "127.0.0.1/32")
	if err != nil {
		return nil, err
	}
	defer doorward.stop()
	bearer, _, err := signIn(doorward)
	if err != nil {
		return nil, err
	}
	capacity, _, err := hashesAlone(20)
	if err != nil {
		return nil, err
	}
	quiet, err := latencies(doorward, sessionPath, bearer, time.Now().Add(b.storm/3))
	if err != nil {
		return nil, err
	}
	wait, err := b.flood(doorward.base)
	if err != nil {
		return nil, err
	}
	busy, err := latencies(doorward, sessionPath, bearer, time.Now().Add(b.storm))
	if err != nil {
		return nil, err
	}
	came, err := wait()
	if err != nil {
		return nil, err
	}
	time.Sleep(floodCalm)
	calm, err := latencies(doorward, sessionPath, bearer, time.Now().Add(b.storm/3))
	if err != nil {
		return nil, err
	}
	before, beside, after := percentile(quiet, 99), percentile(busy, 99), percentile(calm, 99)
	ratio := func(p99 time.Duration) string { return fmt.Sprintf("%.1f", float64(p99)/float64(before)) }
	done := float64(came.Answers[http.StatusUnauthorized]) / came.Took.Seconds()
	strange := came.Bare
	for status, n := range came.Answers {
		if status != http.StatusUnauthorized && status != http.StatusServiceUnavailable {
			strange += n
		}
	}
	return []row{
		{work: "session check in a flood of wrong passwords: p99", doorward: beside.String(), control: before.String(), ratio: ratio(beside), wanted: "2, and 25ms"},
		{work: "session check two seconds after it: p99", doorward: after.String(), control: before.String(), ratio: ratio(after), wanted: "as before"},
		{work: "passwords of the flood that are looked at", doorward: fmt.Sprintf("%.2f/s", done), control: fmt.Sprintf("%.2f/s", capacity), ratio: fmt.Sprintf("%.2f", done/capacity), wanted: "0.90"},
		{work: "answers to it but 401, and 503 with Retry-After", doorward: strconv.Itoa(strange), control: fmt.Sprintf("%d sent away", came.Answers[http.StatusServiceUnavailable]), wanted: "0"},
	}, nil
}

// flood lets another process send it, at the lowest priority: its senders would be other machines. wait gives what came of it.
func (b *bench) flood(base string) (wait func() (flooded, error), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("nice", "-n", "19", self, "-flood", base, "-storm", b.storm.String())
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() (came flooded, err error) {
		if err := cmd.Wait(); err != nil {
			return came, err
		}
		return came, json.Unmarshal(out.Bytes(), &came)
	}, nil
}

// sendFlood is that process. Who is sent away comes back when they are told to.
func (b *bench) sendFlood(base string) error {
	came := flooded{Took: b.storm, Answers: map[int]int{}}
	var mu sync.Mutex
	until := time.Now().Add(b.storm)
	err := together(floodConnections, func(worker int) error {
		client := &http.Client{Transport: &http.Transport{}}
		for time.Now().Before(until) {
			status, wait, err := wrongPassword(client, base, worker)
			if err != nil {
				return err
			}
			mu.Lock()
			if time.Now().Before(until) {
				came.Answers[status]++
			}
			if status == http.StatusServiceUnavailable && wait == 0 {
				came.Bare++
			}
			mu.Unlock()
			time.Sleep(min(wait, time.Until(until)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(came)
}

// wrongPassword tries one, and tells how long to wait before the next.
func wrongPassword(client *http.Client, base string, worker int) (status int, wait time.Duration, err error) {
	body := fmt.Sprintf(`{"email":"somebody-%d@example.org","password":"a wrong password"}`, worker)
	r, err := http.NewRequest(http.MethodPost, base+"/api/v1/sessions", strings.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", worker%floodAddresses))
	answer, err := client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, 0, err
	}
	seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // 0 where there is none
	return answer.StatusCode, time.Duration(seconds) * time.Second, nil
}
