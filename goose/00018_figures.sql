-- What the overview of administration shows: how many accounts are active and confirmed and how many sessions there are,
-- beside the counts that are kept already, and what happened on each day. Triggers keep all of it in the transaction of
-- the change, so that the page costs the same with a million accounts, and no way to add or remove a row can pass it by.

-- +goose Up
INSERT INTO kept_counts (name, value)
    SELECT 'active_users', count(*) FROM users WHERE is_active = 1
    UNION ALL SELECT 'confirmed_users', count(*) FROM users WHERE confirmed_at IS NOT NULL
    UNION ALL SELECT 'sessions', count(*) FROM sessions; -- those that are over and not purged yet too

-- +goose StatementBegin
CREATE TRIGGER users_states_counted_in AFTER INSERT ON users WHEN NEW.is_active = 1 OR NEW.confirmed_at IS NOT NULL BEGIN
    UPDATE kept_counts SET value = value + NEW.is_active WHERE name = 'active_users';
    UPDATE kept_counts SET value = value + (NEW.confirmed_at IS NOT NULL) WHERE name = 'confirmed_users';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_states_counted_out AFTER DELETE ON users WHEN OLD.is_active = 1 OR OLD.confirmed_at IS NOT NULL BEGIN
    UPDATE kept_counts SET value = value - OLD.is_active WHERE name = 'active_users';
    UPDATE kept_counts SET value = value - (OLD.confirmed_at IS NOT NULL) WHERE name = 'confirmed_users';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_active_counted AFTER UPDATE OF is_active ON users WHEN NEW.is_active <> OLD.is_active BEGIN
    UPDATE kept_counts SET value = value + NEW.is_active - OLD.is_active WHERE name = 'active_users';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_confirmed_counted AFTER UPDATE OF confirmed_at ON users
WHEN (NEW.confirmed_at IS NULL) <> (OLD.confirmed_at IS NULL) BEGIN
    UPDATE kept_counts SET value = value + iif(NEW.confirmed_at IS NULL, -1, 1) WHERE name = 'confirmed_users';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER sessions_counted_in AFTER INSERT ON sessions BEGIN
    UPDATE kept_counts SET value = value + 1 WHERE name = 'sessions';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER sessions_counted_out AFTER DELETE ON sessions BEGIN
    UPDATE kept_counts SET value = value - 1 WHERE name = 'sessions';
END;
-- +goose StatementEnd

-- A day that nothing happened on has no row.
CREATE TABLE daily_figures (
    day           INTEGER PRIMARY KEY,                                   -- since 1970-01-01, UTC
    registrations INTEGER NOT NULL DEFAULT 0 CHECK (registrations >= 0), -- people who made themselves an account
    logins        INTEGER NOT NULL DEFAULT 0 CHECK (logins >= 0),        -- sessions that were made
    failed_logins INTEGER NOT NULL DEFAULT 0 CHECK (failed_logins >= 0),
    present       INTEGER NOT NULL DEFAULT 0 CHECK (present >= 0)        -- accounts that made or used a session, each once
) STRICT;

-- The audit log tells of the days so far, but for who used a session that day without having made one.
INSERT INTO daily_figures (day, registrations, logins, failed_logins, present)
    SELECT
        at / 86400000000,
        count(*) FILTER (WHERE action = 'user.registered'),
        count(*) FILTER (WHERE action = 'session.created'),
        count(*) FILTER (WHERE action = 'login.failed'),
        count(DISTINCT target_id) FILTER (WHERE action = 'session.created')
    FROM audit_log
    WHERE action IN ('user.registered', 'session.created', 'login.failed')
    GROUP BY 1;

-- +goose StatementBegin
CREATE TRIGGER daily_figures_told AFTER INSERT ON audit_log
WHEN NEW.action IN ('user.registered', 'session.created', 'login.failed') BEGIN
    INSERT INTO daily_figures (day, registrations, logins, failed_logins)
    VALUES (NEW.at / 86400000000, NEW.action = 'user.registered', NEW.action = 'session.created', NEW.action = 'login.failed')
    ON CONFLICT (day) DO UPDATE SET
        registrations = registrations + excluded.registrations,
        logins = logins + excluded.logins,
        failed_logins = failed_logins + excluded.failed_logins;
END;
-- +goose StatementEnd

-- The time only moves forward, so that an account counts once for each day.
-- +goose StatementBegin
CREATE TRIGGER daily_figures_present AFTER UPDATE OF last_seen_at ON users
WHEN NEW.last_seen_at / 86400000000 > coalesce(OLD.last_seen_at / 86400000000, -1) BEGIN
    INSERT INTO daily_figures (day, present) VALUES (NEW.last_seen_at / 86400000000, 1)
    ON CONFLICT (day) DO UPDATE SET present = present + 1;
END;
-- +goose StatementEnd

-- How many jobs of a kind wait or failed.
CREATE INDEX jobs_by_kind_and_state ON jobs (kind, state);
