package app

import (
	"context"
	"errors"
	"strings"

	"net/netip"
)

// Fingerprint is how a request's client compares with the one that its session was made for.
type Fingerprint int

// What a fingerprint comparison finds.
const (
	FingerprintOK Fingerprint = iota
	FingerprintIP
	FingerprintUserAgent
	FingerprintMismatch // both differ
	FingerprintNone     // there was nothing to compare with
	fingerprints        // how many there are
)

// String is the published name; "" for FingerprintNone, which has none.
func (f Fingerprint) String() string {
	return [fingerprints]string{"ok", "ip_mismatch", "user_agent_mismatch", "fingerprint_mismatch", ""}[f]
}

// fingerprint compares by the policy; with `off` nothing is compared.
func (a *Accounts) fingerprint(s *Session, c Client) Fingerprint {
	if a.policy.Fingerprint == FingerprintOff {
		return FingerprintOK
	}
	found := FingerprintOK
	if s.IP != c.IP && !sameNetwork(s.IP, c.IP) {
		found |= FingerprintIP
	}
	if s.UserAgent != c.UserAgent && s.UserAgentHash != DigestOf(c.UserAgent) {
		found |= FingerprintUserAgent
	}
	return found
}

// noteFingerprint does what the policy says of a session that comes from elsewhere. With `strict` the session ends.
func (a *Accounts) noteFingerprint(ctx context.Context, c *Checked, found Fingerprint, client Client) error {
	strict := a.policy.Fingerprint == FingerprintStrict
	pair := fingerprintPair(client.IP, client.UserAgent)
	if !strict && c.isNoted(pair) {
		return nil
	}
	by := Actor{Kind: ActorUser, ID: c.User.ID, Name: c.User.Username, Client: client}
	var first bool
	err := a.update(ctx, func(u *unit) (err error) {
		if first, err = u.NoteFingerprint(c.Session.ID, pair); err != nil {
			return err
		}
		if first {
			if err := u.audit(by, "fingerprint.mismatch", &c.User, details{"session": c.Session.ID, "found": found.String(), "ended": strict}); err != nil {
				return err
			}
		}
		if !strict {
			return nil
		}
		return u.endSession(by, &c.User, c.Session.ID)
	})
	if errors.Is(err, errNotFound) { // it ended a moment ago, or by another process
		a.sessions.forgetUser(c.User.ID)
		return errUnauthenticated
	}
	if err != nil {
		return err
	}
	c.note(pair)
	if first {
		a.log.Warn("session comes from elsewhere", "user_id", c.User.ID, "session", c.Session.ID, "found", found.String(), "ip", client.IP)
	}
	if strict {
		return Refuse(KindUnauthenticated, CodeFingerprintMismatch, "This session was made elsewhere and has ended. Sign in again.")
	}
	return nil
}

func fingerprintPair(ip netip.Addr, userAgent string) Digest {
	return DigestOf(strings.Join([]string{"pair", ipKey(ip), userAgent}, "\x00"))
}
