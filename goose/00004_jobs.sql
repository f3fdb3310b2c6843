-- Work that a transaction leaves to be done after it: mails to deliver, pictures to make.

-- +goose Up
CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL CHECK (kind <> ''),
    state       TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'failed', 'done')),
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    next_at     INTEGER NOT NULL,
    lease_until INTEGER,
    last_error  TEXT    NOT NULL,
    user_id     INTEGER REFERENCES users (id) ON DELETE SET NULL,
    payload     BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    -- When a worker may take it: a waiting job at its time, a running one when its lease ends.
    due_at      INTEGER GENERATED ALWAYS AS (CASE state WHEN 'waiting' THEN next_at WHEN 'running' THEN lease_until END) VIRTUAL,

    CHECK (state <> 'running' OR lease_until IS NOT NULL),
    CHECK ((state IN ('failed', 'done')) = (finished_at IS NOT NULL))
) STRICT;

-- Claiming: the job of a kind that is due longest.
CREATE INDEX jobs_due ON jobs (kind, due_at) WHERE due_at IS NOT NULL;
-- The lists, newest first.
CREATE INDEX jobs_by_state ON jobs (state);
CREATE INDEX jobs_by_user ON jobs (user_id) WHERE user_id IS NOT NULL;
-- The hourly purge.
CREATE INDEX jobs_finished ON jobs (state, finished_at) WHERE finished_at IS NOT NULL;
