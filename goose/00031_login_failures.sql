-- Wrong passwords are counted for addresses without an account too, so that nobody learns by time which these are. Such a
-- count opens and locks nothing; without an end to them whoever types addresses would fill the disk. The purge finds those
-- of nobody that are old. What was counted before this stays: it was not noted whose it is.

-- +goose Up
ALTER TABLE login_failures ADD COLUMN ownerless INTEGER NOT NULL DEFAULT 0 CHECK (ownerless IN (0, 1));

-- The hourly purge of counts that belong to nobody.
CREATE INDEX login_failures_by_age ON login_failures (ownerless, failed_at);
