-- Pictures of accounts. Their files lie in a folder named by the row's id and are never shared between accounts.

-- +goose Up
CREATE TABLE avatars (
    seq        INTEGER PRIMARY KEY, -- the order in which they came
    id         TEXT    NOT NULL CHECK (id <> ''),
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status     TEXT    NOT NULL CHECK (status IN ('processing', 'ready', 'failed')),
    sha256     TEXT    NOT NULL CHECK (length(sha256) = 64), -- of the upload, hexadecimal
    format     TEXT    NOT NULL,
    width      INTEGER NOT NULL CHECK (width >= 0),
    height     INTEGER NOT NULL CHECK (height >= 0),
    error      TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX avatars_unique_id ON avatars (id);
-- The same picture again is the same avatar, but one that failed may be tried again.
CREATE UNIQUE INDEX avatars_unique_picture ON avatars (user_id, sha256) WHERE status <> 'failed';
-- An account's newest.
CREATE INDEX avatars_by_user ON avatars (user_id, created_at);
