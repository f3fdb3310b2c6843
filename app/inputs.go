package app

import (
	"encoding/json"
	"time"
)

// Optional text fields of an input are pointers where "sent but empty" differs from "not sent".

// RegistrationInput is what a person (or a key that speaks for one) gives to get an account.
type RegistrationInput struct {
	Email                string
	Password             Secret
	PasswordConfirmation *Secret // when given, must match
	Username             string  // "": made from the e-mail
	FirstName            string
	LastName             string
	SetupCode            Secret // makes the first Owner
	SignIn               bool   // also open a session, where the account may have one
	Remember             bool   // with SignIn
	Replaces             string // with SignIn: the id of the session that the browser held, ended by this
	For                  *SpokenFor
}

// RegistrationResult tells what a registration did.
type RegistrationResult struct {
	User      User
	Grant     *Grant // with SignIn, unless unconfirmed accounts may not log in
	Concealed bool   // accounts are concealed: User and Grant are empty, and nothing else may be told
}

// LoginInput is what a person gives to come in.
type LoginInput struct {
	Login    string // an e-mail address or a username
	Password Secret
	Remember bool
	Device   KnownDevice // from the device cookie, verified; zero without one
	Replaces string      // the id of the session that the browser's cookie named, ended by this; "" for none
	For      *SpokenFor
}

// Grant is a fresh session, and the only place where its token is ever shown.
type Grant struct {
	Token   Secret
	Session Session
	User    User
	Device  KnownDevice // what the device cookie is to carry
}

// PasswordInput is a new password, with the current one where that is asked for.
type PasswordInput struct {
	Current      Secret // of the account that acts; ignored by a reset
	Password     Secret
	Confirmation *Secret // when given, must match
}

// EmailInput asks for another address.
type EmailInput struct {
	Email   string
	Current Secret // the current password
}

// Changes are fields by name with JSON values, as `update_user_fields` takes them: schema fields by their names, any
// other key a custom field that is merged.
type Changes map[string]json.RawMessage

// PendingConfirmation is what a confirmation link's page tells before anything is done.
type PendingConfirmation struct {
	Email        string // the address that the link proves, masked: a scanner may read the page
	RegisteredAt time.Time
	Device       string // "Firefox on Linux"; "" when not known
	IP           string
	Deniable     bool // "this wasn't me" can still delete the account
}

// PendingReset is what a reset link's page tells.
type PendingReset struct {
	MaskedEmail string
}

// PendingEmailChange is what an e-mail change link's page tells its own account.
type PendingEmailChange struct {
	OldEmail string
	NewEmail string
}

// UserPage is a part of the directory.
type UserPage struct {
	Users        []User
	TotalCount   int  // all that fit, whatever the page
	TotalIsLeast bool // there are more than TotalCount: with a search, counting stops there
	TotalPages   int
	Page         int // 0 where a cursor was followed
	PageSize     int
	NextCursor   string // leads on behind the last of Users; "" at the end
}

// UserQuery chooses a part of the directory: by Page, from 1, or by Cursor. Every other text may be "" for no filter.
type UserQuery struct {
	Page      int    // 0 with a Cursor
	PageSize  int    // 1 to 100
	Cursor    string // UserPage.NextCursor of the same list
	Search    string // part of an e-mail, username, first or last name
	Role      string // a role's exact name, or `all`; an unknown one is nobody's
	Status    string // `active` or `inactive`
	Confirmed string // `true` or `false`
	Sort      string // a UserSort, with `-` in front for descending; "": the newest first
}

// KeptMail is a mail that waits in the mailbox because no SMTP server is set up.
type KeptMail struct {
	JobID int64
	State JobState
	Error string
	Mail  Mail // with its token
}

// SessionQuery chooses a page of everybody's sessions. Page is from 1, PageSize 1 to 100; outside is refused.
type SessionQuery struct {
	Page     int
	PageSize int
	Search   string // part of the account's e-mail, username or names
}

// SessionPage is one page of everybody's sessions.
type SessionPage struct {
	Sessions     []UserSession
	TotalCount   int
	TotalIsLeast bool // a search stopped to count: there may be more
	TotalPages   int
	Page         int
	PageSize     int
}

// UserSession is a session with its account.
type UserSession struct {
	Session
	User   User
	Place  Place // where its address is, if that is known
	Within bool  // the account is one that whoever asks may act on
}

// SessionStats are how many sessions are valid, how many accounts have one, and how many of the sessions were made since
// midnight, UTC.
type SessionStats struct {
	Active int
	Users  int
	Today  int
}
