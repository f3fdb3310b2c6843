-- What lets somebody in: sessions, and the tokens that mails carry. Both are kept as SHA-256 only, so that whoever reads
-- the database can't use them.

-- +goose Up
CREATE TABLE sessions (
    seq             INTEGER PRIMARY KEY, -- the order in which they were made
    id              TEXT    NOT NULL CHECK (id <> ''),
    digest          BLOB    NOT NULL CHECK (length(digest) = 32),
    user_id         INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at      INTEGER NOT NULL,
    last_seen_at    INTEGER,
    expires_at      INTEGER NOT NULL,
    remember        INTEGER NOT NULL CHECK (remember IN (0, 1)),
    ip              TEXT    NOT NULL,
    user_agent      TEXT    NOT NULL,
    user_agent_hash BLOB    NOT NULL CHECK (length(user_agent_hash) = 32)
) STRICT;

-- The read that every request makes.
CREATE UNIQUE INDEX sessions_unique_digest ON sessions (digest);
CREATE UNIQUE INDEX sessions_unique_id ON sessions (id);
-- An account's own, newest first.
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
-- The hourly purge, by age and by idle time.
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_last_seen ON sessions (coalesce(last_seen_at, created_at));

-- Which differing pairs of address and browser a session was met with, so that each is told of once.
CREATE TABLE fingerprint_notes (
    session_id TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    pair       BLOB    NOT NULL CHECK (length(pair) = 32),
    noted_at   INTEGER NOT NULL,
    PRIMARY KEY (session_id, pair)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('confirmation', 'email_change', 'password_reset')),
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT    NOT NULL, -- the address it was sent to, to which it is bound
    email_key  TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Using a token finds it by what its link carries.
CREATE UNIQUE INDEX tokens_unique_digest ON tokens (digest);
-- A password change ends an account's, some by purpose.
CREATE INDEX tokens_by_user ON tokens (user_id, purpose);
-- The hourly purge.
CREATE INDEX tokens_by_expiry ON tokens (expires_at);
