-- What was done, by whom, to whom. Rows are chained by HMAC; the two open parts and their salts can be erased, what the
-- chain covers never changes. Accounts and keys go, their entries stay, hence no foreign keys.

-- +goose Up
CREATE TABLE audit_log (
    id            INTEGER PRIMARY KEY, -- given by the chain, without gaps
    at            INTEGER NOT NULL,
    action        TEXT    NOT NULL CHECK (action <> ''),
    actor_kind    TEXT    NOT NULL CHECK (actor_kind IN ('user', 'key', 'shell', 'system')),
    actor_id      INTEGER NOT NULL,
    target_id     INTEGER NOT NULL,
    actor_open    BLOB,
    actor_salt    BLOB,
    actor_digest  BLOB    NOT NULL CHECK (length(actor_digest) = 32),
    target_open   BLOB,
    target_salt   BLOB,
    target_digest BLOB    NOT NULL CHECK (length(target_digest) = 32),
    mac           BLOB    NOT NULL CHECK (length(mac) = 32)
) STRICT;

-- What happened to an account.
CREATE INDEX audit_by_target ON audit_log (target_id) WHERE target_id <> 0;
-- What happened of a kind.
CREATE INDEX audit_by_action ON audit_log (action);
-- What happened since.
CREATE INDEX audit_by_time ON audit_log (at);
