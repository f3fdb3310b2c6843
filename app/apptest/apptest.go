// Package apptest gives a test an Accounts made of real parts (a database file, a picture folder, the real imaging) in
// which only the clock, the mail transport and the cost of hashing are not real. Start with New, then act as several
// people in turn through Persona.
package apptest

import (
	"context"
	"log/slog"
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
}

// countedStore counts the Updates of the operations under test; what a test does through World.Store isn't among them.
type countedStore struct {
	app.Store
	updates atomic.Int64
}

func (s *countedStore) Update(ctx context.Context, fn func(app.Tx) error) error {
	s.updates.Add(1)
	return s.Store.Update(ctx, fn)
}

// Updates counts the transactions that act makes. Background work counts too: it belongs to a Paused world.
func (w *World) Updates(act func()) int {
	before := w.counted.updates.Load()
	act()
	return int(w.counted.updates.Load() - before)
}

// Option changes what a World is made with.
type Option func(*app.Options)

// WithPolicy changes the policy, which begins as the default with cheap hashing.
func WithPolicy(change func(*app.Policy)) Option {
	return func(o *app.Options) { change(o.Policy) }
}

// WithoutCourier keeps mails, as without an SMTP server.
func WithoutCourier() Option { return func(o *app.Options) { o.Courier = nil } }

// WithoutLimits switches every limit off.
func WithoutLimits() Option {
	return WithPolicy(func(p *app.Policy) { p.Limits = app.Limits{} })
}

// New makes a World that ends with the test.
func New(t testing.TB, options ...Option) *World {
	t.Helper()
	w := Paused(t, options...)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return w
}

// Paused makes a World whose background work is not running.
func Paused(t testing.TB, options ...Option) *World {
	t.Helper()
	w := &World{T: t, Clock: NewClock(), Outbox: &Outbox{}, Log: &Log{}, Dir: t.TempDir()}
	log := slog.New(slog.NewTextHandler(w.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	store, err := sqlite.Open(t.Context(), filepath.Join(w.Dir, "doorward.db"), sqlite.Options{
		Migrations: goose.Migrations(), Now: w.Clock.Now, Log: log,
	})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
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
	w.Store, w.counted = store, &countedStore{Store: store}
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
