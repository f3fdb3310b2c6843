package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"doorward/app"
)

const sessionColumns = `
	s.id,
	s.user_id,
	s.created_at,
	s.last_seen_at,
	s.expires_at,
	s.remember,
	s.ip,
	s.user_agent,
	s.user_agent_hash`

const selectSession = `SELECT ` + sessionColumns + ` FROM sessions s`

func sessionDest(s *app.Session) []any {
	return []any{
		&s.ID,
		&s.UserID,
		(*timeColumn)(&s.CreatedAt),
		(*timeColumn)(&s.LastSeenAt),
		(*timeColumn)(&s.ExpiresAt),
		&s.Remember,
		(*addrColumn)(&s.IP),
		&s.UserAgent,
		(*digestColumn)(&s.UserAgentHash),
	}
}

func scanSession(row scanner) (app.Session, error) {
	var s app.Session
	err := row.Scan(sessionDest(&s)...)
	return s, err
}

const sessionAndUserTables = `
	FROM sessions s
	CROSS JOIN ` + userTables + `
	WHERE s.digest = $1 AND u.id = s.user_id`

const selectSessionAndUser = `SELECT ` + sessionColumns + `,` + userColumns + sessionAndUserTables

// selectPackedSession is the same row in one column.
var selectPackedSession = sync.OnceValue(func() string {
	var found sessionAndUser
	return `SELECT ` + packed(sessionColumns+`,`+userColumns, found.dest()) + sessionAndUserTables
})

// sessionAndUser is one row of it.
type sessionAndUser struct {
	session app.Session
	user    app.User
	avatar  app.Avatar
}

func (r *sessionAndUser) dest() []any {
	return append(sessionDest(&r.session), userDest(&r.user, &r.avatar)...)
}

// SessionByDigest reads a session with its user in one statement, without a transaction around it.
func (s *Store) SessionByDigest(ctx context.Context, d app.Digest) (app.Session, app.User, error) {
	c, err := s.readers.acquire(ctx)
	if err != nil {
		return app.Session{}, app.User{}, err
	}
	found, err := c.sessionByDigest(d)
	row := rowError(err)
	s.readers.release(c, err == nil || row != nil)
	switch {
	case errors.Is(row, app.ErrNoRow):
		return app.Session{}, app.User{}, app.ErrNoRow
	case err != nil:
		return app.Session{}, app.User{}, fmt.Errorf("sqlite: find session by digest: %w", err)
	}
	setAvatar(&found.user, &found.avatar)
	return found.session, found.user, nil
}

func (c *conn) sessionByDigest(d app.Digest) (*sessionAndUser, error) {
	var found sessionAndUser
	dest := found.dest()
	row, err := c.packedRow(selectPackedSession(), d[:])
	if err != nil {
		return nil, err
	}
	if fits, err := unpack(row, dest); fits {
		return &found, err
	}
	return &found, c.scan(selectSessionAndUser, []any{d[:]}, dest)
}

// InsertSession stores a session under its token's digest.
func (t *tx) InsertSession(s app.Session, d app.Digest) error {
	_, err := t.exec("insert session", `
		INSERT INTO sessions (
			id,
			digest,
			user_id,
			created_at,
			last_seen_at,
			expires_at,
			remember,
			ip,
			user_agent,
			user_agent_hash
		) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		s.ID,
		d[:],
		s.UserID,
		s.CreatedAt.UnixMicro(),
		micros(s.LastSeenAt),
		s.ExpiresAt.UnixMicro(),
		s.Remember,
		addrText(s.IP),
		s.UserAgent,
		s.UserAgentHash[:])
	return err
}

// FindSession reads by public id.
func (t *tx) FindSession(id string) (app.Session, error) {
	return one(t, "find session", scanSession, selectSession+` WHERE s.id = $1`, id)
}

// ListSessions reads a user's valid sessions, newest first.
func (t *tx) ListSessions(userID int64, now, seenSince time.Time) ([]app.Session, error) {
	return list(t, "list sessions", scanSession, selectSession+`
		WHERE s.user_id = $1 AND s.expires_at > $2 AND ($3 IS NULL OR coalesce(s.last_seen_at, s.created_at) >= $3)
		ORDER BY s.created_at DESC, s.seq DESC`,
		userID, now.UnixMicro(), micros(seenSince))
}

// DeleteSession removes one session of one user.
func (t *tx) DeleteSession(userID int64, id string) error {
	return t.execOne("delete session", `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, userID)
}

// DeleteSessions removes all of a user's sessions but one.
func (t *tx) DeleteSessions(userID int64, except string) ([]string, error) {
	return list(t, "delete sessions", value[string], `DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id`, userID, except)
}

// TouchSessions moves last_seen_at forward.
func (t *tx) TouchSessions(seen map[string]time.Time) error {
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		_, err := t.exec("touch session", `
			UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at < $2)`,
			id, seen[id].UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteExpiredSessions removes sessions that are over, by age first, then by idle time.
func (t *tx) DeleteExpiredSessions(now, idleSince time.Time, limit int) ([]app.Session, error) {
	removed, err := list(t, "delete expired sessions", scanSessionOwner, `
		DELETE FROM sessions
		WHERE seq IN (SELECT seq FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
		RETURNING id, user_id`,
		now.UnixMicro(), limit)
	if err != nil || idleSince.IsZero() || len(removed) == limit {
		return removed, err
	}
	idle, err := list(t, "delete idle sessions", scanSessionOwner, `
		DELETE FROM sessions
		WHERE seq IN (
			SELECT seq FROM sessions
			WHERE coalesce(last_seen_at, created_at) < $1
			ORDER BY coalesce(last_seen_at, created_at)
			LIMIT $2)
		RETURNING id, user_id`,
		idleSince.UnixMicro(), limit-len(removed))
	return append(removed, idle...), err
}

func scanSessionOwner(row scanner) (app.Session, error) {
	var s app.Session
	err := row.Scan(&s.ID, &s.UserID)
	return s, err
}

// NoteFingerprint remembers a differing pair. A missing session is app.ErrNoRow.
func (t *tx) NoteFingerprint(sessionID string, pair app.Digest) (bool, error) {
	n, err := t.exec("note fingerprint", `
		INSERT INTO fingerprint_notes (session_id, pair, noted_at) VALUES ($1, $2, $3) ON CONFLICT (session_id, pair) DO NOTHING`,
		sessionID, pair[:], t.now.UnixMicro())
	return n > 0, err
}
