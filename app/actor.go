package app

import (
	"net/netip"
	"slices"
)

// ActorKind says what sort of actor stands behind a change.
type ActorKind string

// The kinds of actor.
const (
	ActorUser   ActorKind = "user"   // a person, through a session
	ActorKey    ActorKind = "key"    // a program, through an API key
	ActorShell  ActorKind = "shell"  // whoever has the machine's shell
	ActorSystem ActorKind = "system" // Doorward itself, or nobody that is known yet
)

// Client is where a request came from. The web room resolves it (trusted proxies, `client` of a key's request).
type Client struct {
	IP        netip.Addr // the zero Addr when unknown (shell, system)
	UserAgent string     // as sent, cut at 512 bytes
	Locale    string     // the browser's best language that is offered, or ""
	KeyID     int64      // the API key that made the request, for itself or for a person; 0 for none
}

// Actor is who does something. It is an argument of every operation, never fished out of a context.
type Actor struct {
	Kind    ActorKind
	ID      int64  // the user's or key's; 0 for shell, system and a stranger
	Name    string // username, key name or shell user, for the audit log
	Rank    Rank
	Session *Session // with ActorUser: the session that spoke
	User    *User    // with ActorUser: the account as of this request
	Client  Client
}

// Stranger is an actor who has not said who they are.
func Stranger(c Client) Actor { return Actor{Kind: ActorSystem, Client: c} }

// System is Doorward itself.
func System() Actor { return Actor{Kind: ActorSystem, Rank: RankOwner} }

// Shell is whoever has the machine: the highest rank there is. name is the system's user name, if known.
func Shell(name string) Actor { return Actor{Kind: ActorShell, Name: name, Rank: RankOwner} }

// IsUser tells whether a person's session stands behind the actor.
func (a Actor) IsUser() bool { return a.Kind == ActorUser && a.User != nil && a.Session != nil }

// Rank orders roles: who manages accounts acts only on those of lower rank.
type Rank int

// The ranks. A stranger has none.
const (
	RankNone Rank = iota
	RankUser
	RankAdmin
	RankOwner
)

// The system roles, which can't be renamed or deleted.
const (
	RoleOwner = "Owner"
	RoleAdmin = "Admin"
	RoleUser  = "User"
)

// RankOf is the highest rank that the named roles give. An account without roles ranks with the rest.
func RankOf(roles []string) Rank {
	switch {
	case slices.Contains(roles, RoleOwner):
		return RankOwner
	case slices.Contains(roles, RoleAdmin):
		return RankAdmin
	}
	return RankUser
}
