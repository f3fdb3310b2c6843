-- The list of everybody's sessions, and how many there are.

-- +goose Up

-- Newest first, and those made since a time, without looking at the rows of those that are passed over.
CREATE INDEX sessions_by_creation ON sessions (created_at, expires_at);

-- An account's own, newest first; and how many accounts have one, again without looking at rows.
DROP INDEX sessions_by_user;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at, expires_at);

-- Those that are idle, for the hourly purge; and how many are not.
DROP INDEX sessions_by_last_seen;
CREATE INDEX sessions_by_last_seen ON sessions (coalesce(last_seen_at, created_at), expires_at);
