-- What would otherwise need a look at every account, kept as it changes: how many accounts there are, how many hold each
-- role, and which hold none. Triggers keep it, in the transaction of the change, so that no way to add or remove a row
-- can pass it by: a deleted account's assignments go by a cascade, which fires them too.

-- +goose Up
ALTER TABLE roles ADD COLUMN user_count INTEGER NOT NULL DEFAULT 0 CHECK (user_count >= 0);

CREATE TABLE kept_counts (
    name  TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''), -- 'users': all accounts
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE users_without_role (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE
) STRICT;

UPDATE roles SET user_count = (SELECT count(*) FROM role_assignments ra WHERE ra.role_id = roles.id);
INSERT INTO kept_counts (name, value) SELECT 'users', count(*) FROM users;
INSERT INTO users_without_role (user_id)
    SELECT u.id FROM users u WHERE NOT EXISTS (SELECT 1 FROM role_assignments ra WHERE ra.user_id = u.id);

-- +goose StatementBegin
CREATE TRIGGER users_counted_in AFTER INSERT ON users BEGIN
    UPDATE kept_counts SET value = value + 1 WHERE name = 'users';
    INSERT INTO users_without_role (user_id) VALUES (NEW.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_counted_out AFTER DELETE ON users BEGIN
    UPDATE kept_counts SET value = value - 1 WHERE name = 'users';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER role_assignments_counted_in AFTER INSERT ON role_assignments BEGIN
    UPDATE roles SET user_count = user_count + 1 WHERE id = NEW.role_id;
    DELETE FROM users_without_role WHERE user_id = NEW.user_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER role_assignments_counted_out AFTER DELETE ON role_assignments BEGIN
    UPDATE roles SET user_count = user_count - 1 WHERE id = OLD.role_id;
    INSERT INTO users_without_role (user_id)
        SELECT u.id FROM users u -- none, where the account itself goes
        WHERE u.id = OLD.user_id AND NOT EXISTS (SELECT 1 FROM role_assignments ra WHERE ra.user_id = u.id);
END;
-- +goose StatementEnd
