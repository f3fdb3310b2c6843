//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashingCost is Doorward's default; PocketBase's is 10.
const hashingCost = 12

// people log in side by side.
const people = 20

// hashAlone is what nothing that checks passwords with bcrypt can go below: it checks n on all cores, and nothing else.
func hashAlone(n int) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), hashingCost)
	if err != nil {
		return err
	}
	var left atomic.Int64
	left.Store(int64(n))
	return together(runtime.NumCPU(), func(int) error {
		for left.Add(-1) >= 0 {
			if err := bcrypt.CompareHashAndPassword(hash, []byte(password)); err != nil {
				return err
			}
		}
		return nil
	})
}

// measureLogins has people log in all the time: by themselves, which is the rate beside that of hashing alone, and while
// sessions are checked.
func (b *bench) measureLogins() ([]row, error) {
	doorward, err := b.doorward("", filepath.Join(b.dir, "logins"), "--limit-login", "off")
	if err != nil {
		return nil, err
	}
	defer doorward.stop()
	bearer, _, err := signIn(doorward)
	if err != nil {
		return nil, err
	}
	login := func() error { _, err := logIn(doorward); return err }
	alone, each, err := b.loginsAlone(doorward, login)
	if err != nil {
		return nil, err
	}
	ours, err := b.logins(doorward, sessionPath, bearer, login)
	if err != nil {
		return nil, err
	}
	rate, cpu, err := hashesAlone(max(int(alone*b.storm.Seconds()), 20))
	if err != nil {
		return nil, err
	}
	rows := []row{
		{work: "logins at 20 clients, cost 12", doorward: fmt.Sprintf("%.2f/s", alone), control: fmt.Sprintf("%.2f/s", rate), ratio: fmt.Sprintf("%.2f", alone/rate), wanted: "0.97"},
		{work: "the same while 1000 sessions a second are checked", doorward: fmt.Sprintf("%.2f/s", ours.rate), control: fmt.Sprintf("%.2f/s", rate), ratio: fmt.Sprintf("%.2f", ours.rate/rate)},
		{work: "CPU of a login", doorward: tenths(each), control: tenths(cpu), ratio: fmt.Sprintf("%.3f", float64(each)/float64(cpu)), wanted: "1.03"},
		{work: "session check while they log in: median", doorward: ours.busyMedian.String(), control: ours.quietMedian.String(), ratio: fmt.Sprintf("%.1f", float64(ours.busyMedian)/float64(ours.quietMedian))},
		{work: "session check while they log in: p99", doorward: ours.busy.String(), control: ours.quiet.String(), ratio: fmt.Sprintf("%.1f", float64(ours.busy)/float64(ours.quiet)), wanted: "2, and 10ms"},
	}
	if b.peer == nil {
		return rows, nil
	}
	peer, err := b.peer.start("")
	if err != nil {
		return nil, err
	}
	defer peer.stop()
	if err := b.peer.signIn(peer); err != nil {
		return nil, err
	}
	login = func() error {
		_, _, err := post(peer.base+peerUsers+"auth-with-password", map[string]any{"identity": "owner@example.org", "password": password})
		return err
	}
	if alone, each, err = b.loginsAlone(peer, login); err != nil {
		return nil, err
	}
	theirs, err := b.logins(peer, peerUsers+"records/"+b.peer.record, b.peer.bearer, login)
	if err != nil {
		return nil, err
	}
	rows[0].peer = fmt.Sprintf("%.2f/s (cost 10)", alone)
	rows[1].peer = fmt.Sprintf("%.2f/s (cost 10)", theirs.rate)
	rows[2].peer = tenths(each) + " (cost 10)"
	rows[3].peer = fmt.Sprintf("%v (%v)", theirs.busyMedian, theirs.quietMedian)
	rows[4].peer = fmt.Sprintf("%v (%v)", theirs.busy, theirs.quiet)
	return rows, nil
}

// loginsAlone is how many people come to log in each second when nothing else is asked, and the server's CPU time for each.
func (b *bench) loginsAlone(p *process, logIn func() error) (rate float64, cpu time.Duration, err error) {
	before, err := p.cpu()
	if err != nil {
		return 0, 0, err
	}
	var done atomic.Int64
	began := time.Now()
	err = together(people, func(int) error { return keepLoggingIn(began.Add(b.storm), logIn, &done) })
	took := time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	after, err := p.cpu()
	n := max(done.Load(), 1)
	return float64(n) / took.Seconds(), (after - before) / time.Duration(n), err
}

// keepLoggingIn is one of the people.
func keepLoggingIn(until time.Time, logIn func() error, done *atomic.Int64) error {
	for time.Now().Before(until) {
		err := logIn()
		if errors.Is(err, errBusy) { // a busy machine hashes slowly, and twenty are more than may wait
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		done.Add(1)
	}
	return nil
}

// stormy is what logins did, and what they did to session checks.
type stormy struct {
	rate                    float64       // a second
	quiet, busy             time.Duration // the 99th percentile of a session check
	quietMedian, busyMedian time.Duration
}

// logins measures session checks without and with people who log in. Sessions are checked a thousand times a second on one
// connection, whatever the answers take.
func (b *bench) logins(p *process, path, header string, logIn func() error) (stormy, error) {
	quiet, err := latencies(p, path, header, time.Now().Add(b.storm*2/3))
	if err != nil {
		return stormy{}, err
	}
	began, until := time.Now(), time.Now().Add(b.storm)
	var done atomic.Int64
	var busy []time.Duration
	err = together(people+1, func(worker int) error {
		if worker == people {
			var err error
			busy, err = latencies(p, path, header, until)
			return err
		}
		return keepLoggingIn(until, logIn, &done)
	})
	return stormy{
		rate:  float64(done.Load()) / time.Since(began).Seconds(),
		quiet: percentile(quiet, 99), busy: percentile(busy, 99), quietMedian: percentile(quiet, 50), busyMedian: percentile(busy, 50),
	}, err
}

// latencies asks once a millisecond until a time.
func latencies(p *process, path, header string, until time.Time) (all []time.Duration, err error) {
	c, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	reader, line := bufio.NewReader(c), request(p.base, path, header)
	for time.Now().Before(until) {
		began := time.Now()
		if _, err := ask(c, reader, line); err != nil {
			return nil, err
		}
		took := time.Since(began)
		all = append(all, took)
		time.Sleep(time.Millisecond - took)
	}
	return all, nil
}

func percentile(all []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)].Round(10 * time.Microsecond)
}

// hashesAlone runs the control.
func hashesAlone(n int) (rate float64, cpu time.Duration, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	used, err := usedBy(self, "-hash", fmt.Sprint(n))
	took := time.Since(began)
	return float64(n) / took.Seconds(), used / time.Duration(n+1), err // and one to begin with
}
