//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sizes are how many live sessions there are when the cost of one more request is measured.
var sizes = []int{1_000, 100_000, 1_000_000}

// grown is what requests cost beside so many sessions.
type grown struct {
	sessions                int
	uncached, cached, login float64 // µs of CPU
	resident                int     // kB, after all of `seen` sessions were checked
	seen                    int
	perSession              int // bytes of the database
}

// measureGrowth fills data folders with live sessions and asks for some of them, once when the cache knows none and once
// when it knows them all. It draws what it found, if -plot says where.
func (b *bench) measureGrowth() ([]row, error) {
	var all []grown
	var rows []row
	for _, n := range sizes {
		g, err := b.growth(n)
		if err != nil {
			return nil, fmt.Errorf("%d sessions: %w", n, err)
		}
		all = append(all, g)
		rows = append(rows, row{
			work:     fmt.Sprintf("beside %d live sessions: check uncached · cached · login", n),
			doorward: fmt.Sprintf("%.0f · %.1f · %.0f µs CPU", g.uncached, g.cached, g.login),
			ratio:    fmt.Sprintf("%.2f · %.2f · %.2f of the first", g.uncached/all[0].uncached, g.cached/all[0].cached, g.login/all[0].login),
		}, row{
			work:     fmt.Sprintf("beside %d live sessions: database · memory after %d were checked", n, g.seen),
			doorward: fmt.Sprintf("%d bytes a session · %s", g.perSession, megabytes(g.resident)),
		})
	}
	if b.plot == "" {
		return rows, nil
	}
	return rows, os.WriteFile(b.plot, []byte(drawn(all)), 0o644)
}

func (b *bench) growth(n int) (g grown, err error) {
	data := filepath.Join(b.dir, fmt.Sprintf("grown-%d", n))
	flags := []string{"--bcrypt-cost", "4", "--limit-login", "off", "--fingerprint", "off"}
	p, err := b.doorward("", data, flags...)
	if err != nil {
		return g, err
	}
	if _, _, err := signIn(p); err != nil {
		return g, err
	}
	if err := p.stop(); err != nil {
		return g, err
	}
	database := filepath.Join(data, "doorward.db")
	before, err := os.Stat(database)
	if err != nil {
		return g, err
	}
	if err := fillSessions(database, n); err != nil {
		return g, err
	}
	after, err := os.Stat(database)
	if err != nil {
		return g, err
	}
	g = grown{sessions: n, perSession: int(after.Size()-before.Size()) / n, seen: min(n, 100_000)}
	if p, err = b.doorward(serverCore, data, flags...); err != nil {
		return g, err
	}
	defer p.stop()
	time.Sleep(3 * time.Second) // until what a start leaves to do later is done
	order := rand.New(rand.NewPCG(1, uint64(n))).Perm(n)
	shown := func(i int) (string, string) {
		return sessionPath, "Authorization: Bearer " + grownToken(order[i%g.seen])
	}
	const some = 1000 // no more than the smallest has
	if g.uncached, err = cpuOf(p, some, shown); err != nil {
		return g, err
	}
	if g.cached, err = cpuOf(p, 50*some, func(i int) (string, string) { return shown(i % some) }); err != nil {
		return g, err
	}
	used, err := p.cpu()
	if err != nil {
		return g, err
	}
	if _, err := manySessions(p, some); err != nil {
		return g, err
	}
	now, err := p.cpu()
	if err != nil {
		return g, err
	}
	g.login = float64(now-used) / float64(time.Microsecond) / some
	if _, err := cpuOf(p, g.seen, shown); err != nil {
		return g, err
	}
	g.resident, err = p.resident()
	return g, err
}

func grownToken(i int) string { return fmt.Sprintf("bench-token-of-the-session-number-%d", i) }

// fillSessions gives the first account sessions, one by one in one transaction.
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
		VALUES (?, ?, 1, ?, ?, 0, '127.0.0.1', 'bench', zeroblob(32))`)
	if err != nil {
		return err
	}
	now := time.Now()
	for i := range n {
		digest := sha256.Sum256([]byte(grownToken(i)))
		made := now.Add(-time.Duration(i) * time.Millisecond).UnixMicro()
		if _, err := insert.ExecContext(ctx, fmt.Sprintf("bench%d", i), digest[:], made, now.Add(24*time.Hour).UnixMicro()); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// drawn is a plot of what requests cost, each to its cost at the smallest size.
func drawn(all []grown) string {
	const left, top, width, height, most = 60, 20, 480, 220, 2.0
	x := func(i int) int { return left + width*i/max(1, len(all)-1) }
	y := func(ratio float64) int { return top + int(height*(1-min(ratio, most)/most)) }
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 300" font-family="sans-serif" font-size="13">`+
		"\n<title>CPU time of a request beside live sessions, to the same beside %d</title>\n<rect width=\"700\" height=\"300\" fill=\"white\"/>\n", all[0].sessions)
	for _, line := range []float64{0, 0.5, 1, 1.5, 2} {
		fmt.Fprintf(&out, "<path d=\"M%d %dH%d\" stroke=\"#ccc\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f</text>\n", left, y(line), left+width, left-8, y(line)+4, line)
	}
	for i, g := range all {
		fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x(i), top+height+22, g.sessions)
	}
	fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">live sessions</text>\n", left+width/2, top+height+44)
	for _, series := range []struct {
		name, colour string
		of           func(grown) float64
		label        int
	}{
		{"check, uncached", "#b3261e", func(g grown) float64 { return g.uncached }, 60},
		{"check, cached", "#1a5fb4", func(g grown) float64 { return g.cached }, 85},
		{"login", "#26734d", func(g grown) float64 { return g.login }, 110},
	} {
		path := "M"
		for i, g := range all {
			path += fmt.Sprintf("%d %d ", x(i), y(series.of(g)/series.of(all[0])))
		}
		fmt.Fprintf(&out, "<path d=%q fill=\"none\" stroke=%q stroke-width=\"2\"/><text x=\"%d\" y=\"%d\" fill=%q>%s</text>\n", strings.TrimSpace(path), series.colour, left+width+16, series.label, series.colour, series.name)
	}
	out.WriteString("</svg>\n")
	return out.String()
}
