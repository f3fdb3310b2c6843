package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/cli"
)

var (
	crashRounds = flag.Int("crash.rounds", 3, "how often the server is killed")
	crashSeed   = flag.Uint64("crash.seed", 0, "where randomness begins; 0: somewhere new")
)

const (
	crashResidents = 6
	// crashWrites is how many writes a round's server answers at most before it is killed, and crashPause how long it goes
	// on after the last of them at most: the one suits every machine, the other hits every moment.
	crashWrites = 250
	crashPause  = 20 * time.Millisecond
	// crashPatience is how long something that is due may take to come.
	crashPatience = 30 * time.Second
)

// TestCrashLosesNothingAcknowledged kills the real process under load at random moments, starts it again on the same
// folder, and compares what is there with a ledger of every write whose answer came. `go test . -run Crash -crash.rounds=50
// -v` does so more often.
func TestCrashLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-crash.seed=%d", seed)
	c := &crash{t: t, random: rand.New(rand.NewPCG(seed, 0)), data: filepath.Join(t.TempDir(), "data"), sink: startSink(t)}
	c.setUp()
	for i := range crashResidents {
		c.residents = append(c.residents, &resident{
			name: fmt.Sprintf("resident%d", i), random: rand.New(rand.NewPCG(seed, uint64(i+1))), sink: c.sink,
			client: &http.Client{Transport: &http.Transport{}}, touched: map[*ledger]bool{}, audited: map[string]*count{},
			patience: crashPatience,
		})
	}
	for range *crashRounds {
		c.round()
	}
	c.end()
}

// crash is the server that is killed, and who uses it.
type crash struct {
	t         *testing.T
	random    *rand.Rand
	data      string
	sink      *sink
	residents []*resident
	server    *process
}

func (c *crash) start() {
	c.t.Helper()
	c.server = start(c.t, program(c.t, c.args()...))
	for _, r := range c.residents {
		r.base = c.server.base
	}
}

func (c *crash) args() []string {
	args := []string{"--data", c.data, "--listen", "127.0.0.1:0", "--smtp-url", c.sink.url + "?tls=none", "--bcrypt-cost", "4", "--unconfirmed", "allowed"}
	for _, limit := range []string{"login", "registration", "registration-ip", "reset", "confirmation", "mail-ip"} {
		args = append(args, "--limit-"+limit, "off")
	}
	return args
}

// kill ends the server as a crash does, and looks whether it complained of anything before.
func (c *crash) kill() {
	c.t.Helper()
	if err := c.server.cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	for range c.server.lines {
	}
	_ = c.server.cmd.Wait()
	for line := range strings.Lines(c.server.log.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") {
			c.t.Errorf("the server complains: %s", line)
		}
	}
}

// setUp makes the Owner, after whom anybody may register.
func (c *crash) setUp() {
	c.t.Helper()
	c.start()
	_, code, _ := strings.Cut(c.server.printed("setup="), "setup=")
	owner := &resident{name: "owner", client: http.DefaultClient, base: c.server.base}
	a := owner.ask("POST", "/api/v1/registrations", "", object{"email": "owner@example.org", "password": "a porter of porters", "setup_code": code})
	if a.status != http.StatusCreated {
		c.t.Fatalf("the Owner's registration is answered %d %s", a.status, a.Code)
	}
	c.kill()
}

// round starts the server, compares what the last round left, and kills it somewhere in the next load. One start in six is
// killed before it is done.
func (c *crash) round() {
	c.t.Helper()
	if c.random.IntN(6) == 0 {
		c.killAtItsStart()
	}
	c.start()
	c.verify()
	var load sync.WaitGroup
	answered := make(chan struct{}, crashWrites)
	for _, r := range c.residents {
		load.Go(func() { c.use(r, answered) })
	}
	gone := make(chan struct{})
	go func() {
		load.Wait()
		close(gone)
	}()
	for range c.random.IntN(crashWrites) {
		select {
		case <-answered:
		case <-gone:
			c.t.Fatal("the server answers nobody, before it was killed")
		}
	}
	<-time.After(time.Duration(c.random.Int64N(int64(crashPause)))) // the moment is the point of it
	c.kill()
	<-gone
	for _, r := range c.residents {
		r.client.CloseIdleConnections()
	}
}

// use lets a resident do one thing after the other until the server answers no more.
func (c *crash) use(r *resident, answered chan<- struct{}) {
	for {
		answers, err := r.act()
		if err != nil {
			c.t.Error(err)
		}
		if !answers {
			return
		}
		select {
		case answered <- struct{}{}:
		default: // more than anybody waits for
		}
	}
}

func (c *crash) killAtItsStart() {
	c.t.Helper()
	cmd := program(c.t, c.args()...)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	<-time.After(time.Duration(c.random.Int64N(int64(40 * time.Millisecond))))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// verify compares all accounts that were used since the last time, each resident theirs.
func (c *crash) verify() {
	c.t.Helper()
	var all sync.WaitGroup
	for _, r := range c.residents {
		all.Go(func() {
			for _, wrong := range r.verify() {
				c.t.Error(wrong)
			}
		})
	}
	all.Wait()
}

// end compares everything that ever was, waits for every mail that is due, and reads the audit log through.
func (c *crash) end() {
	c.t.Helper()
	c.start()
	sum := tally{rounds: *crashRounds}
	patience, cancel := context.WithTimeout(c.t.Context(), crashPatience) // with all mails together
	defer cancel()
	for range 2 { // the first time settles pictures that were in doubt
		for _, r := range c.residents {
			for _, l := range r.accounts {
				r.touched[l] = true
			}
		}
		c.verify()
	}
	c.checkFolders()
	for _, r := range c.residents {
		sum.acknowledged += r.tally.acknowledged
		sum.doubted += r.tally.doubted
		sum.lost += r.tally.lost
		for _, l := range r.accounts {
			for about, m := range l.due {
				sum.mailsDue += m.least
				sum.mailsLost += c.awaitMails(patience, l.email, about, m)
			}
		}
	}
	sum.mailsDoubled = c.sink.doubled()
	c.kill()
	c.checkAudit()
	sum.print(c.t)
}

// awaitMails waits for mails to somebody, and counts those that did not come. More than were caused are a fault too: the
// same mail may come twice, but under the same Message-ID.
func (c *crash) awaitMails(patience context.Context, to, about string, due *count) (lost int) {
	c.t.Helper()
	for {
		came, changed := c.sink.count(to, about)
		if came > due.most {
			c.t.Errorf("%d mails about the %s went to %s, which asked for %d", came, about, to, due.most)
		}
		if came >= due.least {
			return 0
		}
		select {
		case <-changed:
		case <-patience.Done():
			c.t.Errorf("%d of %d mails about the %s to %s are lost", due.least-came, due.least, about, to)
			return due.least - came
		}
	}
}

// checkFolders asks for every picture that is on the disk: one that no account shows is not served.
func (c *crash) checkFolders() {
	c.t.Helper()
	shown := map[string]bool{}
	for _, r := range c.residents {
		for _, l := range r.accounts {
			if !l.exists.sure {
				continue
			}
			if a := r.ask("GET", "/api/v1/me", l.token, nil); a.User.Avatar != nil {
				shown[a.User.Avatar.ID] = true
			}
		}
	}
	folders, err := os.ReadDir(filepath.Join(c.data, "avatars"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, folder := range folders {
		a := c.residents[0].ask("GET", "/avatars/"+folder.Name()+"/original", "", nil)
		if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[shown[folder.Name()]]; a.status != want {
			c.t.Errorf("the picture %s, of which it is %v that an account shows it, answers %d", folder.Name(), shown[folder.Name()], a.status)
		}
	}
}

// checkAudit reads the log of the killed server from its first entry to its last.
func (c *crash) checkAudit() {
	c.t.Helper()
	settings := cli.Settings{Data: c.data}
	d, err := openData(c.t.Context(), settings, time.Now, cli.NewLog(settings, os.Stderr))
	if err != nil {
		c.t.Fatal(err)
	}
	defer d.close()
	var rows []app.AuditRow
	err = d.store.View(c.t.Context(), func(tx app.Tx) (err error) {
		rows, err = tx.ListAudit(app.AuditFilter{Limit: 1 << 20})
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	actions := map[string]int{}
	var before app.Digest
	for i := len(rows) - 1; i >= 0; i-- {
		if row := rows[i]; row.ID != int64(len(rows)-i) || !row.Holds(d.keys.Audit, before) {
			c.t.Fatalf("the audit log's chain breaks at entry %d (%s)", row.ID, row.Action)
		}
		before = rows[i].MAC
		actions[rows[i].Action]++
	}
	c.checkActions(actions)
}

// checkActions compares how often each action stands in the audit log with what the residents did.
func (c *crash) checkActions(found map[string]int) {
	c.t.Helper()
	done := map[string]count{"user.registered": {1, 1}} // the Owner's
	for _, r := range c.residents {
		for action, n := range r.audited {
			sum := done[action]
			done[action] = count{sum.least + n.least, sum.most + n.most}
		}
	}
	for _, action := range []string{"user.registered", "user.updated", "user.deleted", "password.changed", "password.reset", "password.reset_requested", "avatar.updated"} { // others have more than one cause
		if n := found[action]; n < done[action].least || n > done[action].most {
			c.t.Errorf("%s stands %d times in the audit log, want %+v", action, n, done[action])
		}
	}
}
