-- Accounts, the roles they hold, and what outlives them: names given up and counted wrong passwords.
--
-- AUTOINCREMENT, here and below, because an id that was given once must never name another row.

-- +goose Up
CREATE TABLE users (
    id                      INTEGER PRIMARY KEY AUTOINCREMENT,
    email                   TEXT    NOT NULL CHECK (email <> ''),
    email_key               TEXT    NOT NULL CHECK (email_key <> ''),
    username                TEXT    NOT NULL,
    username_key            TEXT             CHECK (username_key <> ''),
    first_name              TEXT    NOT NULL,
    last_name               TEXT    NOT NULL,
    is_active               INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    confirmed_at            INTEGER,
    timezone                TEXT    NOT NULL,
    locale                  TEXT    NOT NULL,
    custom_fields           TEXT    NOT NULL CHECK (json_valid(custom_fields) AND json_type(custom_fields) = 'object'),
    avatar_id               TEXT    REFERENCES avatars (id) ON DELETE SET NULL,
    registration_ip         TEXT    NOT NULL,
    registration_user_agent TEXT    NOT NULL,
    registration_country    TEXT    NOT NULL,
    registration_region     TEXT    NOT NULL,
    registration_city       TEXT    NOT NULL,
    self_registered         INTEGER NOT NULL CHECK (self_registered IN (0, 1)),
    logged_in_at            INTEGER,
    last_seen_at            INTEGER,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    password_hash           TEXT    NOT NULL DEFAULT '', -- '': no password, so nobody can log in with one
    search_text             TEXT    NOT NULL,            -- e-mail, username and names with case folded, a line each

    CHECK ((username = '') = (username_key IS NULL)) -- NULL, so that any number of accounts may be without one
) STRICT;

-- An address belongs to one account, whatever its letter case or form.
CREATE UNIQUE INDEX users_unique_email ON users (email_key);
-- So does a username.
CREATE UNIQUE INDEX users_unique_username ON users (username_key);
-- The directory, newest first.
CREATE INDEX users_by_creation ON users (created_at);
-- A deleted avatar finds the account that shows it.
CREATE INDEX users_by_avatar ON users (avatar_id) WHERE avatar_id IS NOT NULL;
-- The hourly purge of accounts that never came back.
CREATE INDEX users_abandoned ON users (created_at)
    WHERE self_registered = 1 AND confirmed_at IS NULL AND logged_in_at IS NULL;

-- Usernames given up, as SHA-256 of their key, so that nobody else gets them and nothing can be read from them. The
-- account may be gone, hence no foreign key.
CREATE TABLE retired_usernames (
    digest     BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    user_id    INTEGER NOT NULL,
    retired_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrong passwords in a row, by SHA-256 of the e-mail key: unknown addresses are counted alike.
CREATE TABLE login_failures (
    digest    BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    failures  INTEGER NOT NULL CHECK (failures > 0),
    failed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL CHECK (name_key <> ''), -- lower case
    description TEXT    NOT NULL,
    rank        INTEGER NOT NULL CHECK (rank BETWEEN 0 AND 3), -- Owner 3, Admin 2, User 1, the rest 0
    is_system   INTEGER NOT NULL CHECK (is_system = (rank > 0)),
    created_at  INTEGER NOT NULL
) STRICT;

-- A role's name is unique without regard to case.
CREATE UNIQUE INDEX roles_unique_name ON roles (name_key);

-- The system's own, there from the beginning of time.
INSERT INTO roles (id, name, name_key, description, rank, is_system, created_at) VALUES
    (1, 'Owner', 'owner', 'Runs this site and may do everything', 3, 1, 0),
    (2, 'Admin', 'admin', 'Manages accounts', 2, 1, 0),
    (3, 'User', 'user', 'Has an account', 1, 1, 0);

CREATE TABLE role_assignments (
    user_id     INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id     INTEGER NOT NULL REFERENCES roles (id) ON DELETE RESTRICT,
    assigned_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, role_id)
) STRICT, WITHOUT ROWID;

-- Who holds a role: the oldest of them, and how many.
CREATE INDEX role_assignments_by_role ON role_assignments (role_id, user_id);
