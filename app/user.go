package app

import (
	"encoding/json"
	"net/netip"
	"strings"
	"time"
)

// User is an account. Its password is not part of it: a User can be shown, logged and cached.
type User struct {
	ID             int64
	Email          string // as typed, trimmed
	EmailKey       string // what makes it unique, see EmailKey
	Username       string // "" until confirmation when accounts are concealed
	UsernameKey    string
	FirstName      string // "" for none
	LastName       string
	IsActive       bool
	ConfirmedAt    time.Time // zero until confirmed
	Timezone       string    // an IANA name or an offset such as "+2"; "" for none
	Locale         string    // BCP 47, `ll` or `ll-CC`; "" for none
	CustomFields   map[string]json.RawMessage
	AvatarID       string // the chosen avatar; "" for none
	Registration   Origin
	SelfRegistered bool      // made by registration rather than by an admin or the shell
	LoggedInAt     time.Time // last login with a password, or else the first proof of the address; zero: never came back
	LastSeenAt     time.Time // may be a minute old; zero for never
	CreatedAt      time.Time
	UpdatedAt      time.Time

	Roles  []string // read only: by rank, then name
	Avatar *Avatar  // read only: the chosen avatar, or else the newest one; nil for none
}

// Origin is where an account was registered from.
type Origin struct {
	IP        netip.Addr
	UserAgent string
	Country   string
	Region    string
	City      string
}

// FullName is first and last name with a space, "" when there is neither.
func (u User) FullName() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// DisplayName is what a page calls the person: the full name, else the username, else the e-mail.
func (u User) DisplayName() string {
	for _, name := range []string{u.FullName(), u.Username} {
		if name != "" {
			return name
		}
	}
	return u.Email
}

// IsConfirmed tells whether somebody proved to receive mail at the address.
func (u User) IsConfirmed() bool { return !u.ConfirmedAt.IsZero() }

// Rank is the rank that the user's roles give.
func (u User) Rank() Rank { return RankOf(u.Roles) }

// HasRole tells whether the user holds the role of that exact name.
func (u User) HasRole(name string) bool {
	for _, r := range u.Roles {
		if r == name {
			return true
		}
	}
	return false
}

// Role is a named group of accounts. Owner, Admin and User are the system's.
type Role struct {
	ID          int64
	Name        string
	Description string
	IsSystem    bool
	UserCount   int // read only
	CreatedAt   time.Time
}
