package app

import (
	"context"
	"errors"
	"slices"
	"time"
)

// touchEvery is how old a last-seen time may get before it is moved; with an idle limit a tenth of that, if it is less.
const touchEvery = time.Minute

// Presented is what a request showed to say whose session it is.
type Presented struct {
	Key   Digest                 // SHA-256 of the value as it came: the whole cookie, or the bearer token
	Token func() (Secret, error) // the token in it, asked for on a miss only; an error means that it is not one of ours
}

// CheckSession finds the session that a request belongs to. It is the hot path: a hit in the cache reads no row.
// Unknown, expired and idle sessions answer `unauthenticated`; with `--fingerprint strict` a session from elsewhere
// answers `fingerprint_mismatch` and has ended.
func (a *Accounts) CheckSession(ctx context.Context, p Presented, client Client) (*Checked, Fingerprint, error) {
	return a.checkSession(ctx, p, &client)
}

// checkSession is CheckSession; without a client no fingerprint is compared.
func (a *Accounts) checkSession(ctx context.Context, p Presented, client *Client) (*Checked, Fingerprint, error) {
	now := a.clock()
	checked := a.sessions.get(p.Key)
	// One that looks over may have been used under another key (a bearer token beside a cookie): the row knows.
	if checked == nil || a.isOver(&checked.Session, now) {
		var err error
		if checked, err = a.readSession(ctx, p); err != nil {
			return nil, 0, err
		}
	}
	found := FingerprintNone
	if client != nil {
		found = a.fingerprint(&checked.Session, *client)
	}
	if found != FingerprintNone && found != FingerprintOK {
		if err := a.noteFingerprint(ctx, checked, found, *client); err != nil {
			return nil, 0, err
		}
	}
	if now.Sub(checked.Session.LastSeenAt) >= a.touchStep() {
		checked = a.touchSession(p.Key, checked, now)
	}
	return checked, found, nil
}

// readSession is a miss: decode, look up, keep. The cache's generation is noted before the read.
func (a *Accounts) readSession(ctx context.Context, p Presented) (*Checked, error) {
	token, err := p.Token()
	if err != nil {
		return nil, errUnauthenticated
	}
	generation := a.sessions.generation.Load()
	session, user, err := a.store.SessionByDigest(ctx, DigestOf(token.Reveal()))
	if errors.Is(err, ErrNoRow) {
		return nil, errUnauthenticated
	}
	if err != nil {
		return nil, storeError(err)
	}
	if seen := a.seen.session(session.ID); seen.After(session.LastSeenAt) { // used under another key, and not written yet
		session.LastSeenAt = seen
		if seen.After(user.LastSeenAt) {
			user.LastSeenAt = seen
		}
	}
	if !user.IsActive || a.isOver(&session, a.clock()) {
		return nil, errUnauthenticated
	}
	checked := &Checked{Session: session, User: user}
	a.sessions.put(p.Key, checked, generation)
	return checked, nil
}

// isOver tells whether a session's age or idle limit has passed.
func (a *Accounts) isOver(s *Session, now time.Time) bool {
	return !now.Before(s.ExpiresAt) || a.policy.SessionIdle > 0 && now.Sub(s.LastSeenAt) >= a.policy.SessionIdle
}

// touchStep is how old a session's last-seen time may get: little enough that an idle limit does not end one in use.
func (a *Accounts) touchStep() time.Duration {
	if a.policy.SessionIdle == 0 {
		return touchEvery
	}
	return min(touchEvery, a.policy.SessionIdle/10)
}

// touchSession notes that a session was used. The row is written later, with others.
func (a *Accounts) touchSession(key Digest, c *Checked, now time.Time) *Checked {
	generation := a.sessions.generation.Load()
	a.seen.note(c.Session.ID, c.User.ID, now)
	fresh := &Checked{Session: c.Session, User: c.User}
	fresh.Session.LastSeenAt, fresh.User.LastSeenAt = now, now
	fresh.noted.Store(c.noted.Load())
	if a.sessions.get(key) == c { // else it was forgotten meanwhile and must be read anew
		a.sessions.put(key, fresh, generation)
	}
	return fresh
}

// Actor is the person behind a checked session.
func (c *Checked) Actor(client Client) Actor {
	return Actor{
		Kind: ActorUser, ID: c.User.ID, Name: c.User.Username, Rank: c.User.Rank(),
		Session: &c.Session, User: &c.User, Client: client,
	}
}

// IsLimited tells whether the account may only confirm, correct or leave (contract section 1, "limited").
func (a *Accounts) IsLimited(u *User) bool {
	return a.policy.Unconfirmed != UnconfirmedAllowed && !u.IsConfirmed()
}

// RequireConfirmed refuses an unconfirmed account where the policy limits it.
func (a *Accounts) RequireConfirmed(by Actor) error {
	if by.IsUser() && a.IsLimited(by.User) {
		return errUnconfirmed
	}
	return nil
}

// ListSessions lists the valid sessions of the account that acts, newest first.
func (a *Accounts) ListSessions(ctx context.Context, by Actor) ([]Session, error) {
	if !by.IsUser() {
		return nil, errUnauthenticated
	}
	list, err := a.validSessions(ctx, by.ID)
	if errors.Is(err, errNotFound) {
		return nil, errUnauthenticated
	}
	return list, err
}

// validSessions lists an account's valid sessions, newest first.
func (a *Accounts) validSessions(ctx context.Context, userID int64) ([]Session, error) {
	var list []Session
	err := a.view(ctx, func(tx Tx) error {
		if _, err := tx.FindUser(userID); err != nil {
			return err
		}
		var err error
		list, err = a.sessionsIn(tx, userID, a.clock())
		return err
	})
	return list, err
}

// sessionsIn lists what is valid at a moment, with the last minute's use, which the rows learn of only later: which are
// idle is told by that rather than by them.
func (a *Accounts) sessionsIn(tx Tx, userID int64, now time.Time) ([]Session, error) {
	list, err := tx.ListSessions(userID, now, time.Time{})
	for i := range list {
		if seen := a.seen.session(list[i].ID); seen.After(list[i].LastSeenAt) {
			list[i].LastSeenAt = seen
		}
	}
	return slices.DeleteFunc(list, func(s Session) bool { return a.isOver(&s, now) }), err
}

// idleSince is the time before which a session that was last seen is over; zero without an idle limit.
func (a *Accounts) idleSince(now time.Time) time.Time {
	if a.policy.SessionIdle == 0 {
		return time.Time{}
	}
	return now.Add(-a.policy.SessionIdle)
}

// SessionFingerprint compares a session with the client of this request, as `GET /me/sessions` shows it.
func (a *Accounts) SessionFingerprint(s *Session, c Client) Fingerprint { return a.fingerprint(s, c) }

// Logout ends the session that acts.
func (a *Accounts) Logout(ctx context.Context, by Actor) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	return a.update(ctx, func(u *unit) error {
		if err := u.endSession(by, by.User, by.Session.ID); err != nil {
			return asUnauthenticated(err)
		}
		return nil
	})
}

// EndSession ends one session of the account that acts. Another's answers `not_found`.
func (a *Accounts) EndSession(ctx context.Context, by Actor, id string) error {
	if !by.IsUser() {
		return errUnauthenticated
	}
	return a.update(ctx, func(u *unit) error {
		user, err := u.self(by)
		if err != nil {
			return err
		}
		return u.endSession(by, &user, id)
	})
}

// EndOtherSessions ends every session of the account that acts but the one that speaks, and counts them.
func (a *Accounts) EndOtherSessions(ctx context.Context, by Actor) (int, error) {
	if !by.IsUser() {
		return 0, errUnauthenticated
	}
	var ended int
	err := a.update(ctx, func(u *unit) error {
		user, err := u.self(by)
		if err != nil {
			return err
		}
		ended, err = u.endSessions(by, &user, by.Session.ID, "ended by its owner")
		return err
	})
	return ended, err
}

// endSession ends one session; ErrNoRow when it is not the user's.
func (u *unit) endSession(by Actor, user *User, id string) error {
	if err := u.DeleteSession(user.ID, id); err != nil {
		return err
	}
	u.sessionEnded(by, user.ID, id)
	return u.audit(by, "session.deleted", user, details{"session": id})
}

// endSessions ends all of a user's sessions but one, with one audit entry for the lot.
func (u *unit) endSessions(by Actor, user *User, except, why string) (int, error) {
	ids, err := u.DeleteSessions(user.ID, except)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, id := range ids {
		u.sessionEnded(by, user.ID, id)
	}
	return len(ids), u.audit(by, "session.deleted", user, details{"sessions": len(ids), "why": why})
}

func (u *unit) sessionEnded(by Actor, userID int64, id string) {
	u.touch(userID)
	u.publish(by, Event{Name: EventSessionDeleted, UserID: userID, SessionID: id})
}

// newSession opens a session for a user whom the caller has authenticated, in place of the one named (may be "").
func (u *unit) newSession(by Actor, user User, remember bool, replaces string) (*Grant, error) {
	if replaces != "" {
		if err := u.replaceSession(user.ID, replaces); err != nil {
			return nil, err
		}
	}
	now := u.Now()
	token := newSecret()
	session := Session{
		ID: newID(), UserID: user.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(u.a.policy.SessionLifetime),
		Remember: remember, IP: by.Client.IP, UserAgent: by.Client.UserAgent, UserAgentHash: DigestOf(by.Client.UserAgent),
	}
	if err := u.InsertSession(session, DigestOf(token.Reveal())); err != nil {
		return nil, err
	}
	if err := u.TouchUsers(map[int64]time.Time{user.ID: now}); err != nil {
		return nil, err
	}
	user.LastSeenAt = now
	self := Actor{Kind: ActorUser, ID: user.ID, Name: user.Username, Client: by.Client}
	u.publish(self, Event{Name: EventSessionCreated, UserID: user.ID, SessionID: session.ID})
	if err := u.audit(self, "session.created", &user, details{"session": session.ID, "remember": remember}); err != nil {
		return nil, err
	}
	hash, err := u.PasswordHash(user.ID)
	if err != nil {
		return nil, err
	}
	device, err := newDevice(u, user.ID, hash)
	return &Grant{Token: token, Session: session, User: user, Device: device}, err
}

// replaceSession ends the session that a browser's cookie named, whosever it was. That it is gone already is fine.
func (u *unit) replaceSession(userID int64, id string) error {
	old, err := u.FindSession(id)
	if err != nil {
		return ignoreMissing(err)
	}
	if err := u.DeleteSession(old.UserID, id); err != nil {
		return ignoreMissing(err)
	}
	u.sessionEnded(System(), old.UserID, id)
	owner, err := u.FindUser(old.UserID)
	if err != nil {
		return ignoreMissing(err)
	}
	why := "another account signed in"
	if old.UserID == userID {
		why = "signed in again"
	}
	return u.audit(System(), "session.deleted", &owner, details{"session": id, "why": why})
}

// ignoreMissing makes a missing row no error.
func ignoreMissing(err error) error {
	if errors.Is(err, ErrNoRow) {
		return nil
	}
	return err
}

// forgetAll drops what is cached, because another process changed the store; that may also mean new jobs.
func (a *Accounts) forgetAll() {
	a.sessions.forgetAll()
	a.apiKeys.forgetAll()
	a.events.doubt(streamOwner{})
	for _, w := range a.wakers {
		w.wake()
	}
}
