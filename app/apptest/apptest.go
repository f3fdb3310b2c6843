// Package apptest gives a test an Accounts made of real parts (a database file, a picture folder, the real imaging) in
// which only the clock, the mail transport and the cost of hashing are not real. Start with New, then act as several
// people in turn through Persona.
package apptest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/blob"
	"doorward/goose"
	"doorward/imaging"
	"doorward/sqlite"
)

// Password is what every persona signs in with.
const Password app.Secret = "correct horse battery"

// Keys are a World's, so that a test can check what they seal.
var Keys = app.Keys{Seal: [32]byte{1}, Audit: [32]byte{2}}

// World is an Accounts for one test, with its background work running.
type World struct {
	*app.Accounts
	T      testing.TB
	Store  *sqlite.Store
	Clock  *Clock
	Outbox *Outbox
	Log    *Log
	Dir    string

	counted *countedStore
	options app.Options
}

// countedStore counts the Updates of the operations under test; what a test does through World.Store isn't among them.
type countedStore struct {
	app.Store
	updates atomic.Int64
	failing atomic.Pointer[func() error]
	unready atomic.Pointer[error]
	mu      sync.Mutex
	written chan struct{} // closed and made anew after each Update
}

func (s *countedStore) Update(ctx context.Context, fn func(app.Tx) error) error {
	if failing := s.failing.Load(); failing != nil {
		if err := (*failing)(); err != nil {
			return err
		}
	}
	err := s.Store.Update(ctx, fn)
	s.updates.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.written)
	s.written = make(chan struct{})
	return err
}

// Ready is the store's, or what Unready said.
func (s *countedStore) Ready(ctx context.Context) error {
	if unready := s.unready.Load(); unready != nil {
		return *unready
	}
	return s.Store.Ready(ctx)
}

func (s *countedStore) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written
}

// Updates counts the transactions that act makes. Background work counts too: it belongs to a Paused world.
func (w *World) Updates(act func()) int {
	before := w.Transactions()
	act()
	return w.Transactions() - before
}

// Transactions counts the transactions that were made so far.
func (w *World) Transactions() int { return int(w.counted.updates.Load()) }

// Failing makes each Update of the operations under test fail for which fails answers an error. It is asked by every
// goroutine that writes.
func (w *World) Failing(fails func() error) { w.counted.failing.Store(&fails) }

// Unready makes the store say from now on why it can't be written.
func (w *World) Unready(why error) { w.counted.unready.Store(&why) }

// Option changes what a World is made with.
type Option func(*app.Options)

// WithPolicy changes the policy, which begins as the default with cheap hashing.
func WithPolicy(change func(*app.Policy)) Option {
	return func(o *app.Options) { change(o.Policy) }
}

// WithoutCourier keeps mails, as without an SMTP server.
func WithoutCourier() Option { return func(o *app.Options) { o.Courier = nil } }

// WithCourier delivers mails by c instead of the Outbox.
func WithCourier(c app.Courier) Option { return func(o *app.Options) { o.Courier = c } }

// WithClock reads the time from now instead of the World's Clock.
func WithClock(now func() time.Time) Option { return func(o *app.Options) { o.Clock = now } }

// WithoutLimits switches every limit off.
func WithoutLimits() Option {
	return WithPolicy(func(p *app.Policy) { p.Limits = app.Limits{} })
}

// Await waits until holds answers true, asking it anew after each of the world's transactions.
func (w *World) Await(what string, holds func() bool) {
	w.T.Helper()
	end := time.After(patience)
	for {
		written := w.counted.next()
		if holds() {
			return
		}
		select {
		case <-written:
		case <-end:
			w.T.Fatalf("waited in vain for: %s\nlog:\n%s", what, w.Log)
		}
	}
}

// AwaitFiles waits for what happens in the picture folder a moment after a transaction, which nothing signals.
func (w *World) AwaitFiles(what string, holds func() bool) {
	w.T.Helper()
	w.Poll(what, holds)
}

// Poll waits for what nothing signals, such as the work of another process, by asking again and again.
func (w *World) Poll(what string, holds func() bool) {
	w.T.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			w.T.Fatalf("waited in vain for: %s\nlog:\n%s", what, w.Log)
		}
	}
}

// New makes a World that ends with the test.
func New(t testing.TB, options ...Option) *World {
	t.Helper()
	w := Paused(t, options...)
	w.Start(t)
	return w
}

// Start lets a Paused world's background work run until stop is called, or the test ends. stop waits for its end.
func (w *World) Start(t testing.TB) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

// Again makes a second, Paused server on the same database and pictures, as after a crash or with other settings.
func (w *World) Again(t testing.TB, options ...Option) *World {
	t.Helper()
	second := *w
	policy := *w.options.Policy
	second.options.Policy = &policy
	for _, option := range options {
		option(&second.options)
	}
	second.T, second.Outbox = t, &Outbox{}
	if second.options.Courier != nil && second.options.Courier == app.Courier(w.Outbox) {
		second.options.Courier = second.Outbox
	}
	second.counted = &countedStore{Store: w.Store, written: make(chan struct{})}
	var err error
	second.Accounts, err = app.New(second.counted, second.options)
	must(t, err)
	return &second
}

// migrated is the file of a database as a first start leaves it. All worlds of a test binary begin with a copy, as its
// migrations would be most of what a world costs: under the race detector a quarter of a second of the processor.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "doorward-apptest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "doorward.db")
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{Migrations: goose.Migrations(), Now: NewClock().Now})
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil { // which leaves everything in the one file
		return nil, err
	}
	return os.ReadFile(path)
})

// Paused makes a World whose background work is not running.
func Paused(t testing.TB, options ...Option) *World {
	t.Helper()
	w := &World{T: t, Clock: NewClock(), Outbox: &Outbox{}, Log: &Log{}, Dir: t.TempDir()}
	log := slog.New(slog.NewTextHandler(w.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	pictures, err := blob.Open(filepath.Join(w.Dir, "avatars"))
	must(t, err)
	t.Cleanup(func() { must(t, pictures.Close()) })
	imager, err := imaging.New(imaging.Options{MaxPixels: 50_000_000})
	must(t, err)
	policy := app.DefaultPolicy()
	policy.BcryptCost = 4
	o := app.Options{
		Policy: &policy, Clock: w.Clock.Now, Log: log, Imager: imager, Blobs: pictures, Courier: w.Outbox, Workers: 1,
		Keys: Keys,
	}
	for _, option := range options {
		option(&o)
	}
	path := filepath.Join(w.Dir, "doorward.db")
	database, err := migrated()
	must(t, err)
	must(t, os.WriteFile(path, database, 0o600))
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Migrations: goose.Migrations(), Now: o.Clock, Log: log})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	w.Store, w.counted, w.options = store, &countedStore{Store: store, written: make(chan struct{})}, o
	w.Accounts, err = app.New(w.counted, o)
	must(t, err)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Clock is a clock that moves only when told to.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock begins at noon of 31 January 2026, UTC.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock; a negative d moves it back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Advance moves the world's clock and wakes the workers, for whom something may be due.
func (w *World) Advance(d time.Duration) {
	w.Clock.Advance(d)
	w.Wake()
}

// Log keeps what was logged.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
