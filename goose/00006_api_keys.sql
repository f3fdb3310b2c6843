-- Keys of other programs. A revoked key stays, so that the audit log's ids keep their names, but its name is free again.

-- +goose Up
CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL CHECK (name_key <> ''), -- lower case
    digest       BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the secret
    role_id      INTEGER NOT NULL REFERENCES roles (id) ON DELETE RESTRICT,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

-- A name names one key that works.
CREATE UNIQUE INDEX api_keys_unique_name ON api_keys (name_key) WHERE revoked_at IS NULL;
-- A request's bearer key is found by its digest.
CREATE UNIQUE INDEX api_keys_unique_digest ON api_keys (digest);
-- A role that a key acts with can't be deleted.
CREATE INDEX api_keys_by_role ON api_keys (role_id);
