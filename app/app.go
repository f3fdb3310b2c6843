// Package app holds the rules and the words of user accounts: who may register, come in, change what, and what is
// written down about it. It does no I/O of its own: storage, pictures, files and mail are ports (store.go, ports.go)
// that main wires. Start with Accounts, then read one flow from top to bottom: registration.go or login.go.
//
// Every operation takes the Actor who does it, checks in the same order (who, input, limits, slow work, one Update with
// rule, rows, audit entry and jobs, then what follows the commit) and answers with a typed result or an *Error.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Options are the parts and settings of an Accounts. Clock, Log, Keys, Imager and Blobs must be set; Policy's zero
// values are filled by DefaultPolicy only when Policy is nil.
type Options struct {
	Policy  *Policy
	Clock   func() time.Time
	Log     *slog.Logger
	Keys    Keys
	Imager  Imager
	Blobs   Blobs
	Courier Courier // nil: mails are kept for the mailbox
	Locator Locator // nil: places are not known
	Workers int     // background workers for each kind of job; 0: one a core
	Hashers int     // passwords hashed at one time; 0: one a core
	// HashThread is called on each operating system's thread that does nothing but hash, to give it a lower priority, and
	// what it answers when that thread's work is done; nil: any thread hashes, as fast as the rest. The thread ends with its
	// work.
	HashThread func() (done func())
}

// Keys are the data folder's secrets that app uses.
type Keys struct {
	Seal  [32]byte // seals tokens in waiting mails (XChaCha20-Poly1305)
	Audit [32]byte // chains the audit log (HMAC-SHA-256)
}

// Policy is what the operator decides. The settings' names are in contract and README.
type Policy struct {
	RegistrationOpen bool
	DefaultRole      string // Owner or an unknown role counts as User
	DefaultActive    bool
	Unconfirmed      UnconfirmedPolicy
	UnconfirmedKeep  time.Duration // 0: for good
	ConcealAccounts  bool
	SessionLifetime  time.Duration
	SessionIdle      time.Duration // 0: no idle limit
	Fingerprint      FingerprintPolicy
	BcryptCost       int // 4 to 15
	PasswordMin      int // characters
	PasswordRequire  []CharClass
	Limits           Limits
	AvatarMaxBytes   int64
	AuditKeep        time.Duration // how long audit entries are kept; 0: for good
}

// UnconfirmedPolicy says what an unconfirmed account may do.
type UnconfirmedPolicy string

// The policies for unconfirmed accounts.
const (
	UnconfirmedLimited UnconfirmedPolicy = "limited" // in, but only to confirm, correct or leave
	UnconfirmedRefused UnconfirmedPolicy = "refused" // no login
	UnconfirmedAllowed UnconfirmedPolicy = "allowed" // as if confirmed
)

// FingerprintPolicy says what happens when a session comes from elsewhere.
type FingerprintPolicy string

// The fingerprint policies.
const (
	FingerprintOff    FingerprintPolicy = "off"
	FingerprintWarn   FingerprintPolicy = "warn"   // log and audit, once a session and differing pair
	FingerprintStrict FingerprintPolicy = "strict" // any difference ends the session
)

// CharClass is a kind of character that a password must hold.
type CharClass string

// The character classes.
const (
	CharUpper   CharClass = "upper"
	CharLower   CharClass = "lower"
	CharDigit   CharClass = "digit"
	CharSpecial CharClass = "special"
)

// DefaultPolicy is what holds when nothing is set.
func DefaultPolicy() Policy {
	return Policy{
		RegistrationOpen: true,
		DefaultRole:      RoleUser,
		DefaultActive:    true,
		Unconfirmed:      UnconfirmedLimited,
		UnconfirmedKeep:  30 * 24 * time.Hour,
		SessionLifetime:  60 * 24 * time.Hour,
		Fingerprint:      FingerprintWarn,
		BcryptCost:       12,
		PasswordMin:      8,
		Limits:           DefaultLimits(),
		AvatarMaxBytes:   10 << 20,
	}
}

// validate refuses what no flow could work with.
func (p Policy) validate() error {
	switch {
	case p.BcryptCost < bcrypt.MinCost || p.BcryptCost > maxBcryptCost:
		return fmt.Errorf("bcrypt cost %d is not from %d to %d", p.BcryptCost, bcrypt.MinCost, maxBcryptCost)
	case p.PasswordMin < 1 || p.PasswordMin > maxPasswordBytes:
		return fmt.Errorf("password minimum %d is not from 1 to %d", p.PasswordMin, maxPasswordBytes)
	case p.SessionLifetime <= 0:
		return errors.New("the session lifetime must be positive")
	case p.SessionIdle < 0 || p.UnconfirmedKeep < 0 || p.AuditKeep < 0:
		return errors.New("a duration is negative")
	case p.AvatarMaxBytes <= 0:
		return errors.New("the largest avatar must be over 0 bytes")
	}
	return nil
}

// Accounts is all of Doorward's rules over one store. Its methods are safe for any number of goroutines.
type Accounts struct {
	store    Store
	policy   Policy
	clock    func() time.Time
	began    time.Time // by the clock, when this was made
	log      *slog.Logger
	keys     Keys
	imager   Imager
	blobs    Blobs
	courier  Courier
	locator  Locator
	workers  int
	hashing  *hashPool
	limits   *limiter
	sessions *sessionCache
	apiKeys  *keyCache
	events   *hub
	uploads  uploads
	wakers   map[JobKind]*waker
	moved    *waker // the clock was moved: for the hourly purge
	seen     *seenLog
	peers    ignoredPeers
	foreign  foreignLog
	setup    setup
	jobs     jobCounts
	mailbox  Secret
	sweep    sync.Mutex // one sweep of the picture folder at a time
}

// New wires an Accounts; nothing runs in the background before Run.
func New(store Store, o Options) (*Accounts, error) {
	policy := DefaultPolicy()
	if o.Policy != nil {
		policy = *o.Policy
	}
	if err := policy.validate(); err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	if store == nil || o.Clock == nil || o.Log == nil || o.Imager == nil || o.Blobs == nil {
		return nil, errors.New("app: store, clock, log, imager and blobs must be given")
	}
	if o.Keys.Seal == [32]byte{} || o.Keys.Audit == [32]byte{} {
		return nil, errors.New("app: the data folder's keys must be given")
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	a := &Accounts{
		store: store, policy: policy, clock: o.Clock, log: o.Log, keys: o.Keys,
		imager: o.Imager, blobs: o.Blobs, courier: o.Courier, locator: o.Locator, workers: workers,
		hashing:  newHashPool(policy.BcryptCost, o.Hashers, o.HashThread),
		limits:   newLimiter(o.Clock),
		sessions: newSessionCache(sessionCacheSize),
		apiKeys:  newKeyCache(),
		events:   newHub(),
		wakers:   map[JobKind]*waker{JobMail: newWaker(), JobAvatar: newWaker()},
		moved:    newWaker(),
		began:    o.Clock(),
		seen:     newSeenLog(),
		peers:    ignoredPeers{wake: newWaker()},
		setup:    setup{code: newSecret()},
		mailbox:  newSecret(),
	}
	store.OnForeignChange(a.foreignChange)
	return a, nil
}

// Policy is what the operator decided, for pages that tell it.
func (a *Accounts) Policy() Policy { return a.policy }

// Now reads the injected clock.
func (a *Accounts) Now() time.Time { return a.clock() }

// Ready answers nil when requests can be served; the error is for a person.
func (a *Accounts) Ready(ctx context.Context) error {
	err := a.store.Ready(ctx)
	if errors.Is(err, ErrDamaged) {
		return fmt.Errorf("%w: %s", err, a.wayBack(ctx, baseName))
	}
	return err
}

// MailIsKept tells whether mails stay in the mailbox because no SMTP server is set up.
func (a *Accounts) MailIsKept() bool { return a.courier == nil }

// Run does the background work (mails, pictures, purging, last-seen times) until ctx ends, then finishes what is
// running, at most for the time that ctx's owner waits, and returns.
func (a *Accounts) Run(ctx context.Context) {
	if err := a.releaseJobs(ctx); err != nil {
		a.log.Warn("take back interrupted jobs", "error", err) // their leases end anyway
	}
	a.forgetIgnoredPeers(ctx)
	a.tellForeign(ctx, func(Event) {}) // what was done before is no news
	var all sync.WaitGroup
	start := func(fn func(context.Context)) {
		all.Add(1)
		go func() {
			defer all.Done()
			fn(ctx)
		}()
	}
	for range a.workers {
		start(func(ctx context.Context) { a.work(ctx, JobAvatar, a.makeAvatar) })
		if a.courier != nil {
			start(func(ctx context.Context) { a.work(ctx, JobMail, a.deliverMail) })
		}
	}
	start(a.purgeHourly)
	start(a.flushSeen)
	all.Wait()
}

// unit is one run of an Update: the transaction, and what is to happen once it is committed.
type unit struct {
	Tx
	a       *Accounts
	events  []Event
	touched map[int64]struct{} // users whose cached sessions are stale
	all     bool               // everybody's are
	revoked []int64            // keys that ended
	wake    map[JobKind]bool
	folders []string // of avatars that are gone
}

// touch marks a user's cached sessions as stale.
func (u *unit) touch(userID int64) { u.touched[userID] = struct{}{} }

// touchAll marks everybody's, where naming them would take long.
func (u *unit) touchAll() { u.all = true }

// publish keeps an event for after the commit, with the transaction's time and who stands behind it: the same actor as
// in the audit entry.
func (u *unit) publish(by Actor, e Event) {
	e.At, e.Actor = u.Now(), EventActor{by.Kind, by.ID, by.Name}
	u.events = append(u.events, e)
}

// update runs fn as one transaction and, once that is durable, does what fn left: caches, events, workers, files.
// Errors that are not published ones become `internal` or `overloaded` here, once.
func (a *Accounts) update(ctx context.Context, fn func(*unit) error) error {
	return a.updateBy(ctx, a.store.Update, fn)
}

// updateBy is update by another of the store's ways to run a transaction.
func (a *Accounts) updateBy(ctx context.Context, run func(context.Context, func(Tx) error) error, fn func(*unit) error) error {
	var done *unit
	err := run(ctx, func(tx Tx) error {
		done = &unit{Tx: tx, a: a, touched: map[int64]struct{}{}, wake: map[JobKind]bool{}}
		return fn(done)
	})
	if err != nil {
		return storeError(err)
	}
	if done.all {
		a.sessions.forgetAll()
	}
	for id := range done.touched {
		a.sessions.forgetUser(id)
	}
	for _, id := range done.revoked {
		a.apiKeys.forget(id)
		a.events.doubt(streamOwner{ActorKey, id})
	}
	for _, e := range done.events {
		a.events.publish(e)
	}
	for id := range done.touched { // after the events: a stream tells of its session's end before it ends
		a.events.doubt(streamOwner{ActorUser, id})
	}
	for kind := range done.wake {
		a.wakers[kind].wake()
	}
	for _, folder := range done.folders {
		if err := a.blobs.RemoveFolder(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			a.log.Warn("remove avatar files", "avatar", folder, "error", err)
		}
	}
	return nil
}

// view runs fn on one consistent state.
func (a *Accounts) view(ctx context.Context, fn func(Tx) error) error {
	return storeError(a.store.View(ctx, fn))
}

// storeError turns what a store says into what may be published.
func storeError(err error) error {
	var published *Error
	var taken *Taken
	switch {
	case err == nil, errors.As(err, &published):
		return err
	case errors.As(err, &taken):
		return Invalid(FieldError{Field: taken.Field, Rule: RuleTaken, Message: takenMessage(taken.Field)})
	case errors.Is(err, ErrNoRow):
		return errNotFound
	case errors.Is(err, ErrUnavailable):
		return notSaved(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Kind: KindOverloaded, Code: CodeOverloaded, Message: "This took too long. Try again in a moment.", Case: "took_too_long", RetryAfter: 2 * time.Second, cause: err}
	}
	return AsError(err)
}

// notSaved refuses a write for which the machine has no room, or no working disk.
func notSaved(cause error) error {
	return &Error{Kind: KindOverloaded, Code: CodeOverloaded, Message: "Nothing can be saved at the moment. Try again shortly.", Case: "nothing_saved", RetryAfter: 10 * time.Second, cause: cause}
}
