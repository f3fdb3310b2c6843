// Package authtest starts a whole Doorward inside a test, in one line: pages, JSON API, mails and jobs on a real database, at an
// address of its own on loopback, as `doorward dev` has them. Mails stay in a mailbox, the clock moves when it is told to,
// deliveries fail on demand, and everything goes back to the beginning between tests.
//
//	func TestGreeting(t *testing.T) {
//		accounts := authtest.Start(t)
//		session := accounts.SignIn("user@example.test")
//		…
//	}
//
// Three confirmed accounts are there at the beginning, all with the password "password": owner@example.test, admin@example.test
// and user@example.test. One Doorward for all tests of a package, made anew for each, is New in TestMain and In in the tests.
// docs/developing.md tells the whole story, examples/go-app is an app that is tested this way.
package authtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"doorward/app"
	"doorward/app/blob"
	"doorward/app/mail"
	"doorward/goose"
	"doorward/imaging"
	"doorward/sqlite"
	"doorward/web"
)

// Password is that of accounts for which none is given.
const Password = "password"

// TB is what is needed of a test: *testing.T has it, and so do other frameworks' tests.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Options say how a Doorward for tests differs from `doorward dev`. The zero value is a good one.
type Options struct {
	// Users are the accounts at the beginning and after a Reset; the three of the package's description if there are none.
	Users []User
	// Roles are there beside Owner, Admin and User, at the beginning and after a Reset.
	Roles []string
	// Policy changes the rules, which begin as Doorward's defaults without limits and with cheap hashing.
	Policy func(*app.Policy)
	// Site changes pages and API: its name, origins that may call it, languages.
	Site func(*web.Options)
	// Path is where Doorward is when it is not alone, such as "/auth"; "" for the root.
	Path string
	// Mount answers all requests, those below Path too, for a program that has Doorward as a part of it. nil: site alone.
	Mount func(accounts *app.Accounts, site *web.Server) http.Handler
	// Log is where Doorward logs; nil keeps warnings for the message of a test that fails.
	Log *slog.Logger
}

// Server is a Doorward that runs. Its methods fail the test when something can't be done, or panic where there is no test
// (on what New answers), and may be called from several goroutines.
type Server struct {
	// URL is where it is, without a slash at its end: http://127.0.0.1:PORT and the path, if there is one.
	URL string

	*running
	test TB // nil for none
}

// running is what the views of one Server share.
type running struct {
	origin   string
	accounts *app.Accounts
	dev      *app.Dev
	clock    *app.DevClock
	mails    *mailbox
	seeds    []app.DevUser
	roles    []string
	log      *journal
	closers  []func() error // in the order in which things were opened
}

// Start starts a Doorward that ends with the test.
func Start(t TB) *Server {
	t.Helper()
	return StartWith(t, Options{})
}

// StartWith is Start with options.
func StartWith(t TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("authtest: %v", err)
		return nil
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Fatalf("authtest: %v", err)
		}
	})
	return s.view(t)
}

// New starts a Doorward that ends with Close: in TestMain, say, for all tests of a package.
func New(o Options) (_ *Server, err error) {
	r := &running{log: &journal{}, clock: app.NewDevClock(time.Now), roles: o.Roles}
	server := httptest.NewUnstartedServer(nil)
	defer func() {
		if err != nil {
			err = fmt.Errorf("start: %w", errors.Join(err, server.Listener.Close(), r.close()))
		}
	}()
	if r.seeds, err = devUsers(o.Users); err != nil {
		return nil, err
	}
	r.origin = "http://" + server.Listener.Addr().String()
	s := &Server{URL: r.origin + strings.TrimSuffix(o.Path, "/"), running: r}
	if server.Config.Handler, err = r.wire(s.URL, o); err != nil {
		return nil, err
	}
	if err := r.dev.Reset(context.Background(), r.seeds, r.roles...); err != nil {
		return nil, err
	}
	r.work()
	server.Start()
	r.onClose(func() error {
		r.accounts.EndStreams() // which would never end by themselves, and Close waits for requests
		server.Close()
		return nil
	})
	return s, nil
}

// In is the same Doorward for one test: back at its beginning, now and for whoever comes after, and failing that test. Tests
// that share a Doorward can't be parallel to each other.
func (s *Server) In(t TB) *Server {
	t.Helper()
	mine := s.view(t)
	mine.Reset()
	return mine
}

func (s *Server) view(t TB) *Server { return &Server{URL: s.URL, running: s.running, test: t} }

// Origin is URL without the path: where a program that has Doorward as a part of it is itself.
func (s *Server) Origin() string { return s.origin }

// Accounts are the rules themselves, for what has no method here.
func (s *Server) Accounts() *app.Accounts { return s.accounts }

// Close ends a Doorward of New and takes its data away.
func (s *Server) Close() error { return s.close() }

// fail ends the test, or panics where there is none.
func (s *Server) fail(format string, args ...any) {
	text := fmt.Sprintf("authtest: "+format, args...)
	if logged := s.log.String(); logged != "" {
		text += "\nlogged:\n" + logged
	}
	if s.test == nil {
		panic(text)
	}
	s.test.Helper()
	s.test.Fatalf("%s", text)
}

func (s *Server) must(err error) {
	if err != nil {
		if s.test != nil {
			s.test.Helper()
		}
		s.fail("%s", sentence(err))
	}
}

// sentence says what app refuses as it says it to people.
func sentence(err error) string {
	var refused *app.Error
	if !errors.As(err, &refused) {
		return err.Error()
	}
	text := []string{refused.Message}
	for _, field := range refused.Fields {
		text = append(text, field.Field+": "+field.Message)
	}
	return strings.Join(text, " ")
}

// wire opens the parts, in the order in which they need each other, and answers what serves.
func (r *running) wire(base string, o Options) (http.Handler, error) {
	address, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	dir, err := os.MkdirTemp("", "doorward-authtest-")
	if err != nil {
		return nil, err
	}
	r.onClose(func() error { return os.RemoveAll(dir) })
	store, err := sqlite.Open(context.Background(), filepath.Join(dir, "doorward.db"), sqlite.Options{
		Migrations: goose.Migrations(), Now: r.clock.Now, Log: log,
	})
	if err != nil {
		return nil, err
	}
	r.onClose(store.Close)
	pictures, err := blob.Open(filepath.Join(dir, "avatars"))
	if err != nil {
		return nil, err
	}
	r.onClose(pictures.Close)
	imager, err := imaging.New(imaging.Options{MaxPixels: 50_000_000})
	if err != nil {
		return nil, err
	}
	composer, err := mail.NewComposer(mail.Site{Name: "Doorward", BaseURL: address, From: "Doorward <no-reply@localhost>"})
	if err != nil {
		return nil, err
	}
	r.mails = newMailbox(composer)
	keys, err := randomKeys()
	if err != nil {
		return nil, err
	}
	policy := app.DefaultPolicy()
	policy.BcryptCost, policy.Limits = cheapest, app.Limits{}
	if o.Policy != nil {
		o.Policy(&policy)
	}
	r.accounts, err = app.New(store, app.Options{
		Policy: &policy, Clock: r.clock.Now, Log: log, Imager: imager, Blobs: pictures, Courier: r.mails, Workers: 2,
		Keys: app.Keys{Seal: keys[0], Audit: keys[1]},
	})
	if err != nil {
		return nil, err
	}
	r.dev = app.NewDev(r.accounts, store, r.clock, r.mails)
	options := web.Options{
		Accounts: r.accounts, BaseURL: address, Log: log, CookieHashKey: keys[2], CookieBlockKey: keys[3], Dev: &web.Dev{Accounts: r.dev},
	}
	if o.Site != nil {
		o.Site(&options)
	}
	site, err := web.New(options)
	if err != nil || o.Mount == nil {
		return site, err
	}
	return o.Mount(r.accounts, site), nil
}

// cheapest is bcrypt's lowest cost: nothing that a test hashes is worth more.
const cheapest = 4

// work lets mails, pictures and purging be done until close.
func (r *running) work() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.accounts.Run(ctx)
	}()
	r.onClose(func() error {
		stop()
		<-ended
		return nil
	})
}

func (r *running) onClose(fn func() error) { r.closers = append(r.closers, fn) }

// close closes what was opened last first; once.
func (r *running) close() error {
	var errs []error
	for len(r.closers) > 0 {
		last := len(r.closers) - 1
		errs = append(errs, r.closers[last]())
		r.closers = r.closers[:last]
	}
	return errors.Join(errs...)
}
