// Package storetest is the contract of app.Store as a test suite. Every store runs it from its own tests:
//
//	storetest.Run(t, func(t *testing.T, now func() time.Time) app.Store { … })
//
// A bug in a store is first a new case here. What only one kind of store can be asked (files, crashes, other processes)
// is tested beside that store. Each file holds the stories of one part of app.Tx.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"doorward/app"
)

// Run runs the whole suite. open makes an empty store (the three system roles are in it) that reads the time from now,
// and closes it with t.Cleanup. It is called from many tests at once.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) app.Store) {
	parts := []struct {
		name    string
		stories []story
	}{
		{"transactions", transactions()},
		{"concurrency", concurrency()},
		{"users", users()},
		{"directory", directory()},
		{"credentials", credentials()},
		{"roles", roles()},
		{"role holders", roleHolders()},
		{"keys", keys()},
		{"sessions", sessions()},
		{"tokens", tokens()},
		{"avatars", avatars()},
		{"jobs", jobs()},
		{"audit", audit()},
		{"figures", figures()},
		{"facts", facts()},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			for _, story := range part.stories {
				t.Run(story.name, func(t *testing.T) {
					t.Parallel()
					clock := &clock{now: start}
					story.run(&room{T: t, Store: open(t, clock.Now), clock: clock})
				})
			}
		})
	}
}

// story is one behaviour, told on a store of its own.
type story struct {
	name string
	run  func(r *room)
}

// start is when every story begins. Its microseconds are odd on purpose: a store that rounds is found out.
var start = time.Date(2026, 1, 31, 12, 0, 0, 123457000, time.UTC)

// clock is a clock that a story moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// room is a store and the test that is told on it.
type room struct {
	*testing.T
	app.Store
	clock *clock
	made  int // users so far, for names that differ
}

// update runs fn and ends the story if it fails. Inside fn, use Errorf: fn may run on another goroutine.
func (r *room) update(fn func(tx app.Tx) error) {
	r.Helper()
	if err := r.Update(r.Context(), fn); err != nil {
		r.Fatalf("update: %v", err)
	}
}

func (r *room) view(fn func(tx app.Tx) error) {
	r.Helper()
	if err := r.View(r.Context(), fn); err != nil {
		r.Fatalf("view: %v", err)
	}
}

// equal compares what was got with what is wanted.
func (r *room) equal(what string, got, want any) {
	r.Helper()
	if !reflect.DeepEqual(got, want) {
		r.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// noRow asks that err says that a row is missing.
func (r *room) noRow(what string, err error) {
	r.Helper()
	if !errors.Is(err, app.ErrNoRow) {
		r.Errorf("%s: got error %v, want %v", what, err, app.ErrNoRow)
	}
}

// taken asks that err says that a unique value is another's.
func (r *room) taken(what string, err error, field string) {
	r.Helper()
	var taken *app.Taken
	if !errors.As(err, &taken) || taken.Field != field {
		r.Errorf("%s: got error %v, want %s is taken", what, err, field)
	}
}

// try takes a method's two answers and gives the first, so that a story can list many in a row.
func try[T any](r *room, what string) func(T, error) T {
	return func(v T, err error) T {
		r.Helper()
		if err != nil {
			r.Errorf("%s: %v", what, err)
		}
		return v
	}
}

// errUndo is an error of a story's own.
var errUndo = errors.New("undo this")

// person is a user with every field set, unlike any other of the story.
func (r *room) person() app.User {
	r.made++
	name := fmt.Sprintf("Ada%d", r.made)
	key := strings.ToLower(name)
	now := r.clock.Now()
	return app.User{
		Email:          name + "@Example.org",
		EmailKey:       key + "@example.org",
		Username:       name,
		UsernameKey:    key,
		FirstName:      "Ada",
		LastName:       "Łovelace \"<&>'",
		IsActive:       true,
		ConfirmedAt:    now.Add(-time.Hour),
		Timezone:       "Europe/Paris",
		Locale:         "en-GB",
		CustomFields:   fields(`{"phone":"555-1234","big":12345678901234567890.5,"html":"<b>&amp;</b>","list":[1,{"a":null}]}`),
		SelfRegistered: true,
		Registration: app.Origin{
			IP:        netip.MustParseAddr("2001:db8::7"),
			UserAgent: "Mozilla/5.0",
			Country:   "France",
			Region:    "Île-de-France",
			City:      "Paris",
		},
		LoggedInAt: now.Add(-30 * time.Minute),
		LastSeenAt: now.Add(-time.Minute),
		CreatedAt:  now,
		UpdatedAt:  now.Add(time.Microsecond),
		Roles:      []string{},
	}
}

// add stores a user and gives them their id.
func (r *room) add(u app.User) app.User {
	r.Helper()
	r.update(func(tx app.Tx) (err error) {
		u.ID, err = tx.InsertUser(u)
		return err
	})
	return u
}

// someone is a stored person.
func (r *room) someone() app.User {
	r.Helper()
	return r.add(r.person())
}

// find reads a user back.
func (r *room) find(id int64) (u app.User) {
	r.Helper()
	r.view(func(tx app.Tx) (err error) {
		u, err = tx.FindUser(id)
		return err
	})
	return u
}

func (r *room) background() context.Context { return context.WithoutCancel(r.Context()) }
