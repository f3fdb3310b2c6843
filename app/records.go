package app

import (
	"net/netip"
	"time"
)

// Session is one signed-in browser or program. The token that opens it is kept nowhere; its digest is the store's.
type Session struct {
	ID            string // public, 22 characters
	UserID        int64
	CreatedAt     time.Time
	LastSeenAt    time.Time // may be a minute old
	ExpiresAt     time.Time
	Remember      bool // the cookie outlives the browser
	IP            netip.Addr
	UserAgent     string // for the device's name
	UserAgentHash Digest
}

// TokenPurpose says what a mailed token does.
type TokenPurpose string

// What mailed tokens do.
const (
	TokenConfirmation  TokenPurpose = "confirmation"
	TokenEmailChange   TokenPurpose = "email_change"
	TokenPasswordReset TokenPurpose = "password_reset"
)

// Token is a mailed token's row, bound to the address it was sent to.
type Token struct {
	ID        int64
	Purpose   TokenPurpose
	UserID    int64
	Email     string // the address it was sent to, as stored: a new one with TokenEmailChange
	EmailKey  string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// AvatarStatus is how far a picture has come.
type AvatarStatus string

// The states of an avatar.
const (
	AvatarProcessing AvatarStatus = "processing"
	AvatarReady      AvatarStatus = "ready"
	AvatarFailed     AvatarStatus = "failed"
)

// Avatar is one uploaded picture and its variants.
type Avatar struct {
	ID        string // public, unguessable; names the folder of its files
	UserID    int64
	Status    AvatarStatus
	SHA256    string // of the upload, hexadecimal
	Format    string // of the served variants: "jpeg" or "png"; "" until ready
	Width     int    // of `original` after orientation; 0 until ready
	Height    int
	Error     string // why it failed, for its owner; "" otherwise
	CreatedAt time.Time
}

// JobKind says what a background job does. Each kind has workers of its own.
type JobKind string

// The kinds of job.
const (
	JobMail   JobKind = "mail"
	JobAvatar JobKind = "avatar"
)

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobWaiting JobState = "waiting"
	JobRunning JobState = "running"
	JobFailed  JobState = "failed"
	JobDone    JobState = "done"
)

// Job is work that a transaction left to be done after it. Handlers may run twice.
type Job struct {
	ID         int64
	Kind       JobKind
	State      JobState
	Attempts   int
	NextAt     time.Time // when it is due
	LeaseUntil time.Time // with JobRunning: when another worker may take it
	LastError  string
	UserID     int64  // 0 when the account is gone or there was none
	Payload    []byte // JSON; empty once done
	CreatedAt  time.Time
	FinishedAt time.Time // done or failed; zero before
}

// AuditRow is an audit entry as stored: what the chain covers, and two open parts that can be erased.
// See audit.go for how they are sealed.
type AuditRow struct {
	ID        int64
	At        time.Time
	Action    string
	ActorKind ActorKind
	ActorID   int64 // 0 for none
	TargetID  int64 // a user's id; 0 for none

	ActorOpen    []byte // JSON of who did it; nil once erased
	ActorSalt    []byte
	ActorDigest  Digest
	TargetOpen   []byte // JSON of whom it concerns and what changed; nil once erased
	TargetSalt   []byte
	TargetDigest Digest

	MAC Digest // HMAC-SHA-256 over the row and the MAC before it
}
