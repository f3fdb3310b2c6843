-- Reading the audit log by account, action and time, and erasing what it holds of accounts that are gone.

-- +goose Up

-- The latest time up to this entry. Unlike `at` it never goes back with the clock, so that "since" is one range of ids.
ALTER TABLE audit_log ADD COLUMN latest_at INTEGER NOT NULL DEFAULT 0;
UPDATE audit_log SET latest_at = so_far.latest
    FROM (SELECT id, max(at) OVER (ORDER BY id) AS latest FROM audit_log) AS so_far
    WHERE so_far.id = audit_log.id;

-- What happened since: the first entry of the range.
DROP INDEX audit_by_time;
CREATE INDEX audit_since ON audit_log (latest_at);
-- What happened of a kind to an account.
CREATE INDEX audit_by_target_and_action ON audit_log (target_id, action) WHERE target_id <> 0;
-- What an account did, all or of a kind.
CREATE INDEX audit_by_actor ON audit_log (actor_id) WHERE actor_kind = 'user';
CREATE INDEX audit_by_actor_and_action ON audit_log (actor_id, action) WHERE actor_kind = 'user';

-- Accounts that were deleted and of which the audit log still holds personal values. A row goes with the last of them.
CREATE TABLE deleted_users (
    user_id    INTEGER PRIMARY KEY,
    deleted_at INTEGER NOT NULL
) STRICT;

-- The hourly look for those whose time has come.
CREATE INDEX deleted_users_by_time ON deleted_users (deleted_at);

-- Those deleted so far are known by the log alone.
INSERT INTO deleted_users (user_id, deleted_at)
    SELECT target_id, max(at) FROM audit_log WHERE action = 'user.deleted' AND target_id <> 0 GROUP BY target_id;
