package app

import (
	"context"
	"errors"
	"time"
)

// Store keeps everything but picture files. It holds no rules: rows in, rows out. storetest is this contract as a
// test suite; every store runs it.
type Store interface {
	// View runs fn on one consistent state that nothing changes meanwhile. fn must not write. Views run side by side.
	View(ctx context.Context, fn func(Tx) error) error

	// Update runs fn alone. When fn returns nil, all it did is durable before Update returns nil, also against a power
	// cut; when fn returns an error (or panics), nothing of it stays and that error is returned. A store may run fn more
	// than once, so fn has no effect outside tx but variables that it sets anew each time.
	// When ctx ends before fn began, fn does not run and ctx's error is returned; once begun, it goes on to its end.
	// A store that can't write at present (full disk, failed check) returns an error that is ErrUnavailable.
	Update(ctx context.Context, fn func(Tx) error) error

	// SessionByDigest reads one session with its user, their roles and avatar in a single statement, expired or not.
	// ErrNoRow when there is none. It is View's fast path for the one read that every request makes.
	SessionByDigest(ctx context.Context, d Digest) (Session, User, error)

	// OnForeignChange sets what is called, soon (under a second) after another process committed a change. It is called
	// from one goroutine, never concurrently. Set it once, before Run.
	OnForeignChange(fn func())

	// Ready answers nil when the store can read and write; the error is for a person.
	Ready(ctx context.Context) error
}

// What a store says of rows. Anything else it returns is a fault of the machine.
var (
	// ErrNoRow says that the row is not there.
	ErrNoRow = errors.New("no such row")
	// ErrUnavailable says that nothing can be written at present; reads may go on.
	ErrUnavailable = errors.New("storage can't be written at present")
	// ErrDamaged is in the error of Ready when the stored data itself is broken: a backup is the way back.
	ErrDamaged = errors.New("the database is damaged")
)

// Taken says that a unique value belongs to another row already. Field is `email`, `username`, `role`, `key` or `avatar`.
type Taken struct{ Field string }

func (e *Taken) Error() string { return e.Field + " is taken" }

// Tx is one transaction. All its times are UTC and kept to the microsecond. A method that names one row returns
// ErrNoRow when it is missing, unless it says otherwise. Insert and update return *Taken for a broken unique value.
// Lists are never nil. A Tx is used by one goroutine and not after View or Update returned.
type Tx interface {
	// Now is the one reading of the clock that holds for the whole transaction.
	Now() time.Time

	// ---- users ----

	// FindUser reads a user by id, with Roles (by rank, then name) and Avatar (the chosen one, or nil) filled in,
	// as in every method that returns a User.
	FindUser(id int64) (User, error)
	FindUserByEmail(key string) (User, error)
	FindUserByUsername(key string) (User, error)
	// FirstUser finds the user of the lowest id.
	FirstUser() (User, error)
	// FirstUserWithRole finds the oldest (lowest id) user with a role, active or not.
	FirstUserWithRole(role string) (User, error)
	// InsertUser adds a row and returns its id, which was never given before. ID, Roles and Avatar of u are ignored.
	InsertUser(u User) (int64, error)
	// UpdateUser writes every column but id, created_at, the password and last_seen_at. Roles and Avatar are ignored; AvatarID counts.
	UpdateUser(u User) error
	// DeleteUser removes the row and, with it, sessions, tokens, assignments, avatars and warnings; jobs of the user that
	// are not done are removed too.
	DeleteUser(id int64) error
	// ListUsers reads the users that f chooses, and counts how many there are behind every page. No page costs a look at
	// all of those before it, and none without Search a look at all that fit.
	ListUsers(f UserFilter) (UserList, error)
	// UsersFrom reads at most limit users whose id is above after, by id.
	UsersFrom(after int64, limit int) ([]User, error)
	// PasswordHash reads the stored hash; "" when the account has no password.
	PasswordHash(userID int64) (Secret, error)
	// SetPasswordHash stores the hash of another password, or takes it away (""). The mark of the one before goes.
	SetPasswordHash(userID int64, hash Secret) error
	// RehashPassword stores another hash of the same password, and the mark by which browsers know the password since before.
	RehashPassword(userID int64, hash Secret, mark string) error
	// PasswordMark reads what RehashPassword stored last; "" when the password was never hashed anew.
	PasswordMark(userID int64) (string, error)
	// TouchUsers moves last_seen_at forward, never back; ids without a row are passed over.
	TouchUsers(seen map[int64]time.Time) error
	// AbandonedUsers lists ids (at most limit) of accounts that registered themselves before t, never confirmed and never logged in.
	AbandonedUsers(before time.Time, limit int) ([]int64, error)

	// RetireUsername keeps the digest of a given-up username's key for the account that had it. Doing it again changes nothing.
	RetireUsername(d Digest, userID int64) error
	// RetiredUsername tells who gave a username up; 0 when nobody did.
	RetiredUsername(d Digest) (int64, error)
	// UsernamesLeft counts the usernames that an account gave up.
	UsernamesLeft(userID int64) (int, error)

	// LoginFailures counts wrong passwords in a row under a digest (of an e-mail key); 0 when there were none.
	LoginFailures(d Digest) (int, error)
	// AddLoginFailure counts one more and returns the new count. ownerless says that there is no account; a count that was an
	// account's once stays one.
	AddLoginFailure(d Digest, ownerless bool) (int, error)
	// ClearLoginFailures forgets them. Nothing there is no error.
	ClearLoginFailures(d Digest) error
	// DeleteOwnerlessFailures forgets what was counted without an account, last before t, the oldest first and at most limit
	// of them, and tells how many it forgot.
	DeleteOwnerlessFailures(before time.Time, limit int) (int, error)

	// ---- roles ----

	// ListRoles reads all, system roles first by rank, then by name, with UserCount, which costs no look at the users.
	ListRoles() ([]Role, error)
	// FindRole looks a role up by its exact name.
	FindRole(name string) (Role, error)
	InsertRole(r Role) (int64, error)
	// UpdateRole writes name and description.
	UpdateRole(r Role) error
	// RoleInUse tells whether a user holds the role or an API key that works acts with it.
	RoleInUse(roleID int64) (bool, error)
	// DeleteRole removes a role that is not in use.
	DeleteRole(roleID int64) error
	// AssignRole tells whether anything changed.
	AssignRole(userID, roleID int64) (bool, error)
	// RemoveRole tells whether anything changed.
	RemoveRole(userID, roleID int64) (bool, error)
	// CountActive counts active users with the named role.
	CountActive(role string) (int, error)
	// CountUsers counts all users, active or not, without looking at each.
	CountUsers() (int, error)
	// ListUsersWithRole reads one page of the users with a role, active or not, by e-mail key; empty for no such role.
	ListUsersWithRole(roleID int64, limit, offset int) ([]User, error)
	// UsersWithoutRole lists the ids above after (at most limit, ascending) of active users who hold no role.
	UsersWithoutRole(after int64, limit int) ([]int64, error)

	// ---- API keys ----

	// InsertKey stores a key under its secret's digest and returns the row's id, which was never given before. k.ID is
	// ignored; ErrNoRow when there is no role of the exact name k.Role.
	InsertKey(k Key, d Digest) (int64, error)
	// FindKey reads a key that works; a revoked one is no row, here and wherever keys are found. Role is the role's present
	// name.
	FindKey(id int64) (Key, error)
	// FindKeyByName looks without regard to case.
	FindKeyByName(name string) (Key, error)
	KeyByDigest(d Digest) (Key, error)
	// ListKeys reads all, newest first.
	ListKeys() ([]Key, error)
	// RevokeKey ends a key for good and frees its name.
	RevokeKey(id int64) error
	// TouchKeys moves last_used_at forward, never back; ids without a row are passed over.
	TouchKeys(used map[int64]time.Time) error

	// ---- sessions ----

	InsertSession(s Session, d Digest) error
	// FindSession reads by public id, expired or not.
	FindSession(id string) (Session, error)
	// ListSessions reads a user's sessions that expire after now and were seen (or made) at or after seenSince, newest
	// first. A zero seenSince means no idle limit.
	ListSessions(userID int64, now, seenSince time.Time) ([]Session, error)
	// PageSessions reads the sessions that f chooses, newest first, and how many there are.
	PageSessions(f SessionFilter) ([]Session, Total, error)
	// CountSessions counts the sessions that are valid as in ListSessions, the accounts that have one, and those of the
	// sessions that were made at or after madeSince.
	CountSessions(now, seenSince, madeSince time.Time) (SessionStats, error)
	// DeleteSession removes one session of one user. ErrNoRow also when it is another's.
	DeleteSession(userID int64, id string) error
	// DeleteSessions removes all of a user's sessions but the one named (may be "") and returns the removed ids.
	DeleteSessions(userID int64, except string) ([]string, error)
	// TouchSessions moves last_seen_at forward, never back; ids without a row are passed over.
	TouchSessions(seen map[string]time.Time) error
	// DeleteExpiredSessions removes at most limit sessions that expired at or before now or (with a non-zero idleSince)
	// were last seen before it, and returns them as (id, user id).
	DeleteExpiredSessions(now, idleSince time.Time, limit int) ([]Session, error)
	// NoteFingerprint remembers that a session was met with a differing pair; true the first time.
	NoteFingerprint(sessionID string, pair Digest) (bool, error)

	// ---- mailed tokens ----

	// InsertToken stores a token under its digest and returns the row's id, which was never given before.
	InsertToken(t Token, d Digest) (int64, error)
	// FindToken reads by purpose and digest, expired or not.
	FindToken(p TokenPurpose, d Digest) (Token, error)
	// SetTokenDigest gives a token another value, which alone opens it from then on.
	SetTokenDigest(id int64, d Digest) error
	// TokenByID reads a row by id, expired or not.
	TokenByID(id int64) (Token, error)
	// TokensOf reads a user's tokens that expire after now, newest first.
	TokensOf(userID int64, now time.Time) ([]Token, error)
	// UseToken removes the token if it expires after now, and returns it. ErrNoRow when it is missing, used or expired.
	UseToken(p TokenPurpose, d Digest, now time.Time) (Token, error)
	// DeleteTokens removes a user's tokens of the named purposes; all of them when none is named.
	DeleteTokens(userID int64, purposes ...TokenPurpose) error
	// DeleteExpiredTokens removes at most limit tokens that expired at or before now, and counts them.
	DeleteExpiredTokens(now time.Time, limit int) (int, error)

	// ---- avatars ----

	InsertAvatar(a Avatar) error
	FindAvatar(id string) (Avatar, error)
	// AvatarsOf reads all of a user's avatars, newest first.
	AvatarsOf(userID int64) ([]Avatar, error)
	// UpdateAvatar writes status, format, width, height and error.
	UpdateAvatar(a Avatar) error
	DeleteAvatar(id string) error
	// SetAvatar chooses the avatar that the user shows; "" for none.
	SetAvatar(userID int64, avatarID string) error
	// AvatarsFrom reads at most limit avatars whose id is above after, by id.
	AvatarsFrom(after string, limit int) ([]Avatar, error)
	// KnownAvatars tells which of the ids have a row.
	KnownAvatars(ids []string) (map[string]bool, error)

	// ---- jobs ----

	// InsertJob adds a waiting job and returns its id, which was never given before.
	InsertJob(j Job) (int64, error)
	FindJob(id int64) (Job, error)
	// ClaimJob takes the waiting job of a kind that is due longest (next_at at or before now), or a running one whose lease
	// ended, marks it running until leaseUntil and counts the attempt. ErrNoRow when nothing is due.
	ClaimJob(kind JobKind, now, leaseUntil time.Time) (Job, error)
	// UpdateJob writes state, next_at, lease_until, attempts, last_error, payload and finished_at.
	UpdateJob(j Job) error
	// ListJobs reads newest first, at most f.Limit.
	ListJobs(f JobFilter) ([]Job, error)
	// NextJobAt is when the next job of a kind is due (a running one: when its lease ends); the zero time when none waits.
	NextJobAt(kind JobKind) (time.Time, error)
	// DeleteFinishedJobs removes at most limit jobs in a state that finished before t, and counts them.
	DeleteFinishedJobs(state JobState, before time.Time, limit int) (int, error)

	// ---- audit ----

	// LastAudit reads the newest row of the log; ErrNoRow when the log is empty.
	LastAudit() (AuditRow, error)
	// InsertAudit adds a row under the id it carries, which must be free.
	InsertAudit(r AuditRow) error
	// ListAudit reads newest first: by id, whatever the clock did.
	ListAudit(f AuditFilter) ([]AuditRow, error)
	// AuditAfter reads at most limit rows whose id is above id, oldest first.
	AuditAfter(id int64, limit int) ([]AuditRow, error)
	// EraseAudit removes open parts of a row with their salts: the actor's, the target's or both. One that is erased
	// already is no error.
	EraseAudit(id int64, actor, target bool) error
	// SetAuditMAC writes a row's value, for a log that is chained anew.
	SetAuditMAC(id int64, mac Digest) error
	// DeleteAudit removes rows up to and including an id, the oldest first and at most limit, and counts them.
	DeleteAudit(through int64, limit int) (int, error)

	// NoteDeleted remembers that an account is gone since now, until ForgetDeleted.
	NoteDeleted(userID int64) error
	// DeletedUsers lists ids (at most limit) of remembered accounts that were gone at or before t, longest ago first.
	DeletedUsers(before time.Time, limit int) ([]int64, error)
	// ForgetDeleted drops what NoteDeleted remembered. Nothing there is no error.
	ForgetDeleted(userID int64) error

	// ---- figures ----

	// CountAccounts reads how many accounts there are, active ones and confirmed ones, without looking at each.
	CountAccounts() (AccountCounts, error)
	// CountValidSessions counts the sessions that are valid as in ListSessions, without looking at each: only at those
	// that are over and not removed yet.
	CountValidSessions(now, seenSince time.Time) (int, error)
	// CountJobs counts the jobs of a kind in a state, and stops at limit.
	CountJobs(kind JobKind, state JobState, limit int) (int, error)
	// DatabaseSize is how large the database is, in bytes, with what is free in it.
	DatabaseSize() (int64, error)
	// FiguresSince reads what happened on each day (UTC) from that of t on, oldest first; a day on which nothing did is left
	// out. The store keeps the figures: each audit row of user.registered, session.created and login.failed counts, whatever
	// becomes of it, and an account counts as present once for each day that TouchUsers moves it to.
	FiguresSince(t time.Time) ([]DayFigures, error)

	// ---- facts about the installation ----

	// Fact reads a stored value; ErrNoRow when it was never set.
	Fact(name string) (string, error)
	SetFact(name, value string) error
}

// UserFilter chooses users and the part of them that is read. Zero values mean any user, and the newest first.
type UserFilter struct {
	Search    string // part of e-mail, username, first or last name, without regard to case, `%` and `_` literal
	Role      string // the exact name; nobody holds an unknown one
	Active    *bool
	Confirmed *bool

	Sort      UserSort // "": by creation
	Ascending bool
	After     *UserPlace // only users behind it in the order; nil from the beginning
	Offset    int        // users passed over; not together with After
	Limit     int        // users read

	Count int // how far to count all who fit, wherever they stand; 0: not at all. Without Search the count is always whole
}

// UserSort names an order of users. Ties are broken by id, in the same direction.
type UserSort string

// The orders. Letter case does not matter to any of them; who has no username or last name, or was never seen, comes
// before those who do.
const (
	ByCreation UserSort = "created_at"
	ByEmail    UserSort = "email"
	ByUsername UserSort = "username"
	ByLastName UserSort = "last_name"
	ByLastSeen UserSort = "last_seen_at"
)

// UserPlace is where a user stood in an order when it was read. What it is made of is the store's.
type UserPlace struct {
	Text   string // of ByEmail, ByUsername and ByLastName
	Number int64  // of the others
	ID     int64
}

// UserList is what ListUsers read.
type UserList struct {
	Users []User
	Next  *UserPlace // of the last of Users, where more are behind it; nil at the end
	Total int        // all who fit, as far as Count said
}

// SessionFilter chooses sessions. Zero values mean any.
type SessionFilter struct {
	UserID    int64
	Search    string    // of their account, as in UserFilter
	Now       time.Time // those that expire after it
	SeenSince time.Time // those that were seen (or made) at or after it
	Limit     int       // must be set
	Offset    int
}

// Total is how many rows there are that fit. A search that finds very many may stop to count.
type Total struct {
	Count   int
	IsLeast bool // there are as many, and perhaps more
}

// JobFilter chooses jobs. Zero values mean any.
type JobFilter struct {
	Kind   JobKind
	State  JobState
	UserID int64
	Before int64 // ids below it; 0 from the newest
	Limit  int
}

// AuditFilter chooses audit rows. Zero values mean any.
type AuditFilter struct {
	UserID   int64 // rows whose target is that account, or whose actor is
	TargetID int64
	Action   string
	Since    time.Time
	Before   int64 // ids below it; 0 from the newest
	Limit    int
}
