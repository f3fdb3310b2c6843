//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// sizes are how many accounts and live sessions there are when the cost of one more request is measured.
var sizes = []int{1_000, 100_000, 1_000_000}

// grown is what requests cost beside so many accounts and sessions.
type grown struct {
	size                                  int
	uncached, cached, login, page, search float64 // µs of CPU
	filled
	memory []heldAfter
}

// filled is what a database of that size takes on the disk, in bytes.
type filled struct{ PerAccount, PerSession int }

// heldAfter is the memory that a server holds, in kB, after it checked so many sessions.
type heldAfter struct{ seen, kB int }

// measureGrowth fills data folders with accounts and live sessions, and asks the same of each. It draws what it found, if
// -plot says where.
func (b *bench) measureGrowth() ([]row, error) {
	var all []grown
	var rows []row
	for _, n := range sizes {
		g, err := b.growth(n)
		if err != nil {
			return nil, fmt.Errorf("%d accounts: %w", n, err)
		}
		all = append(all, g)
		first, last := all[0], g.memory[len(g.memory)-1]
		rows = append(rows, row{
			work:     fmt.Sprintf("beside %d accounts and live sessions: check uncached · cached · login", n),
			doorward: fmt.Sprintf("%.0f · %.1f · %.0f µs CPU", g.uncached, g.cached, g.login),
			ratio:    fmt.Sprintf("%.2f · %.2f · %.2f of the first", g.uncached/first.uncached, g.cached/first.cached, g.login/first.login),
		}, row{
			work:     fmt.Sprintf("beside %d accounts and live sessions: first page of accounts · search for one", n),
			doorward: fmt.Sprintf("%.0f · %.0f µs CPU", g.page, g.search),
			ratio:    fmt.Sprintf("%.2f · %.2f of the first", g.page/first.page, g.search/first.search),
		}, row{
			work:     fmt.Sprintf("beside %d accounts and live sessions: database · memory after %d were checked", n, last.seen),
			doorward: fmt.Sprintf("%d bytes an account, %d a session · %s", g.PerAccount, g.PerSession, megabytes(last.kB)),
		})
	}
	if b.plot == "" {
		return rows, nil
	}
	return rows, os.WriteFile(b.plot, []byte(drawn(all)), 0o644)
}

func (b *bench) growth(n int) (g grown, err error) {
	folder := b.dir
	if b.keep != "" {
		folder = b.keep
	}
	data := filepath.Join(folder, fmt.Sprintf("grown-%d", n))
	g.size = n
	if g.filled, err = b.fill(data, n); err != nil {
		return g, err
	}
	p, err := b.doorward(serverCore, data, growthFlags...)
	if err != nil {
		return g, err
	}
	defer p.stop()
	owner, err := logIn(p)
	if err != nil {
		return g, err
	}
	if err := p.settled(); err != nil {
		return g, err
	}
	const some = 1000 // no more than the smallest has
	order := rand.New(rand.NewPCG(1, uint64(n))).Perm(n)
	shown := func(i int) (string, string) { return sessionPath, "Authorization: Bearer " + grownToken(order[i]) }
	asOwner := func(path string) func(i int) (string, string) {
		return func(i int) (string, string) { return fmt.Sprintf(path, order[i]), "Authorization: Bearer " + owner }
	}
	for _, one := range []struct {
		into      *float64
		n, rounds int
		what      func(i int) (path, header string)
	}{
		{&g.uncached, some, 1, shown}, // they are cached then
		{&g.cached, 50 * some, b.rounds, func(i int) (string, string) { return shown(i % some) }},
		{&g.page, some, b.rounds, func(i int) (string, string) { return "/api/v1/users?page_size=10", "Authorization: Bearer " + owner }},
		{&g.search, some, 1, asOwner("/api/v1/users/search?q=person%d@")},
	} {
		costs := make([]float64, one.rounds)
		for i := range costs {
			if costs[i], err = cpuOf(p, one.n, one.what); err != nil {
				return g, err
			}
		}
		*one.into = median(costs)
	}
	if g.login, err = cpuOfLogins(p, order[:some]); err != nil {
		return g, err
	}
	g.memory, err = remembered(p, n, shown)
	return g, err
}

// remembered reads what a server holds after it checked more and more of its sessions.
func remembered(p *process, n int, shown func(i int) (path, header string)) (all []heldAfter, err error) {
	seen := 1000 // of them it has seen
	for _, upTo := range []int{1000, 4000, 8000, 16_384, 24_000, 32_000, 64_000, 100_000} {
		if upTo > n {
			break
		}
		from := seen
		if seen = upTo; seen > from {
			if _, err := cpuOf(p, seen-from, func(i int) (string, string) { return shown(from + i) }); err != nil {
				return nil, err
			}
		}
		kB, err := p.resident()
		if err != nil {
			return nil, err
		}
		all = append(all, heldAfter{seen, kB})
	}
	return all, nil
}

// cpuOfLogins is the server's CPU time for a login of each of these accounts, in microseconds. Hashing is at its cheapest: it
// takes the same time beside any number.
func cpuOfLogins(p *process, accounts []int) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	err = together(connections, func(worker int) error {
		for i := worker; i < len(accounts); i += connections {
			_, _, err := post(p.base+"/api/v1/sessions", map[string]any{"email": fmt.Sprintf("person%d@example.org", accounts[i]), "password": password})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return float64(after-before) / float64(time.Microsecond) / float64(len(accounts)), err
}

var growthFlags = []string{"--bcrypt-cost", "4", "--limit-login", "off", "--fingerprint", "off", "--unconfirmed", "allowed"}

// fill makes a data folder with the Owner, n accounts and a live session of each, unless there is one (-keep).
func (b *bench) fill(data string, n int) (f filled, err error) {
	database, note := filepath.Join(data, "doorward.db"), data+".json"
	if text, err := os.ReadFile(note); err == nil {
		return f, json.Unmarshal(text, &f)
	}
	if err := os.RemoveAll(data); err != nil { // half of one
		return f, err
	}
	p, err := b.doorward("", data, growthFlags...)
	if err != nil {
		return f, err
	}
	_, _, err = signIn(p)
	if err := p.stop(); err != nil {
		return f, err
	}
	if err != nil {
		return f, err
	}
	var at [3]int64 // how large the file is: empty, with accounts, with sessions
	for i, step := range []func() error{
		func() error { return nil },
		func() error { return b.importAccounts(data, n) },
		func() error { return fillSessions(database, n) },
	} {
		if err := step(); err != nil {
			return f, err
		}
		size, err := os.Stat(database)
		if err != nil {
			return f, err
		}
		at[i] = size.Size()
	}
	f = filled{PerAccount: int(at[1]-at[0]) / n, PerSession: int(at[2]-at[1]) / n}
	text, err := json.Marshal(f)
	if err != nil {
		return f, err
	}
	return f, os.WriteFile(note, text, 0o644)
}

// importAccounts imports n accounts that all have the password.
func (b *bench) importAccounts(data string, n int) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return err
	}
	file := filepath.Join(b.dir, "grown.jsonl")
	if err := accountsFile(file, n, string(hash)); err != nil {
		return err
	}
	_, err = usedBy(b.binary, "import", file, "--data", data, "--log-level", "error")
	return err
}

func grownToken(i int) string { return fmt.Sprintf("bench-token-of-the-session-number-%d", i) }

// fillSessions gives the first n accounts a session each, one by one in one transaction.
func fillSessions(database string, n int) error {
	db, err := sql.Open("sqlite", "file:"+database+"?_pragma=cache_size(-100000)")
	if err != nil {
		return err
	}
	defer db.Close()
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO sessions (id, digest, user_id, created_at, expires_at, remember, ip, user_agent, user_agent_hash)
		VALUES (?, ?, ?, ?, ?, 0, '127.0.0.1', 'bench', zeroblob(32))`)
	if err != nil {
		return err
	}
	now := time.Now()
	for i := range n {
		digest := sha256.Sum256([]byte(grownToken(i)))
		made := now.Add(-time.Duration(i) * time.Millisecond).UnixMicro()
		if _, err := insert.ExecContext(ctx, fmt.Sprintf("bench%d", i), digest[:], i+1, made, now.Add(30*24*time.Hour).UnixMicro()); err != nil {
			return err
		}
	}
	return tx.Commit()
}
