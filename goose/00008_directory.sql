-- The directory of accounts: any page of it, in any order, by any filter, and accounts by any part of their e-mail,
-- username or names, without a look at every account.
--
-- Triggers keep what follows in the transaction of each change, so that no way to write a row can pass it by.

-- +goose Up

-- What the orders sort by, where that is not a column yet. The folded last name is the store's to write.
ALTER TABLE users ADD COLUMN last_name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN username_order TEXT GENERATED ALWAYS AS (coalesce(username_key, '')) VIRTUAL;
ALTER TABLE users ADD COLUMN last_seen_order INTEGER GENERATED ALWAYS AS (coalesce(last_seen_at, 0)) VIRTUAL;
-- The id, which breaks ties: an index can be searched by a key and this, but not by a key and the id itself.
ALTER TABLE users ADD COLUMN number INTEGER GENERATED ALWAYS AS (id) VIRTUAL;
-- 0 neither active nor confirmed, 1 active, 2 confirmed, 3 both.
ALTER TABLE users ADD COLUMN state INTEGER GENERATED ALWAYS AS (is_active + 2 * (confirmed_at IS NOT NULL)) VIRTUAL;

-- The last line of search_text, which is the folded last name.
UPDATE users SET last_name_key = replace(search_text, rtrim(search_text, replace(search_text, char(10), '')), '');

-- users_unique_email has no ties and does as it is.
DROP INDEX users_by_creation;
CREATE INDEX users_by_creation ON users (created_at, number);
CREATE INDEX users_by_username ON users (username_order, number);
CREATE INDEX users_by_last_name ON users (last_name_key, number);
CREATE INDEX users_by_last_seen ON users (last_seen_order, number);
-- The few that are inactive or unconfirmed, among the many that are not, or the other way round.
CREATE INDEX users_by_state ON users (state);

-- Which page a place is on: each order is cut into blocks of some 100 accounts (level 1) and of some 10,000 (level 2), and
-- each block knows how many it holds, of everybody (role 0) and of each role that is held in it, by state. A page by
-- number is found by adding up blocks instead of passing over accounts; a block that holds none that fit is left out.
-- The store cuts and joins blocks as they grow and shrink; whatever their size, what they count is right.
CREATE TABLE directory_blocks (
    sort  INTEGER NOT NULL, -- 1 created_at, 2 email_key, 3 username_order, 4 last_name_key, 5 last_seen_order
    level INTEGER NOT NULL CHECK (level IN (1, 2)),
    role  INTEGER NOT NULL, -- 0: everybody. Blocks of a role begin where blocks of everybody do, but only where there are any
    key   ANY     NOT NULL, -- with id, where it begins: before everything for the first, x'ff' for the end of all
    id    INTEGER NOT NULL,
    n0    INTEGER NOT NULL, -- accounts in state 0, and so on
    n1    INTEGER NOT NULL,
    n2    INTEGER NOT NULL,
    n3    INTEGER NOT NULL,
    PRIMARY KEY (sort, level, role, key, id)
) STRICT, WITHOUT ROWID;

INSERT INTO directory_blocks (sort, level, role, key, id, n0, n1, n2, n3)
    WITH orders (sort, first) AS (VALUES (1, -9223372036854775807), (2, ''), (3, ''), (4, ''), (5, -9223372036854775807)),
    levels (level) AS (VALUES (1), (2)),
    counts (role, n0, n1, n2, n3) AS (
        SELECT 0, count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3)
        FROM users
        UNION ALL
        SELECT ra.role_id, count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3)
        FROM role_assignments ra JOIN users u ON u.id = ra.user_id
        GROUP BY ra.role_id
    )
    SELECT sort, level, role, first, 0, n0, n1, n2, n3 FROM orders, levels, counts
    UNION ALL
    SELECT sort, level, 0, x'ff', 0, 0, 0, 0, 0 FROM orders, levels;

-- The places of an account, one in each order.
CREATE VIEW directory_places (sort, key, id, state) AS
    SELECT 1, created_at, id, state FROM users
    UNION ALL SELECT 2, email_key, id, state FROM users
    UNION ALL SELECT 3, username_order, id, state FROM users
    UNION ALL SELECT 4, last_name_key, id, state FROM users
    UNION ALL SELECT 5, last_seen_order, id, state FROM users;

-- Inserting here counts an account in (by 1) or out (by -1) at a place.
CREATE VIEW directory_moves (sort, key, id, role, state, by) AS
    SELECT sort, key, id, 0, state, 1 FROM directory_places;

-- +goose StatementBegin
CREATE TRIGGER directory_counts_everybody INSTEAD OF INSERT ON directory_moves WHEN NEW.role = 0 BEGIN
    UPDATE directory_blocks SET
        n0 = n0 + NEW.by * (NEW.state = 0),
        n1 = n1 + NEW.by * (NEW.state = 1),
        n2 = n2 + NEW.by * (NEW.state = 2),
        n3 = n3 + NEW.by * (NEW.state = 3)
    WHERE sort = NEW.sort AND level = 1 AND role = 0 AND (key, id) = (
        SELECT b.key, b.id FROM directory_blocks b
        WHERE b.sort = NEW.sort AND b.level = 1 AND b.role = 0 AND (b.key, b.id) <= (NEW.key, NEW.id)
        ORDER BY b.key DESC, b.id DESC LIMIT 1);
    UPDATE directory_blocks SET
        n0 = n0 + NEW.by * (NEW.state = 0),
        n1 = n1 + NEW.by * (NEW.state = 1),
        n2 = n2 + NEW.by * (NEW.state = 2),
        n3 = n3 + NEW.by * (NEW.state = 3)
    WHERE sort = NEW.sort AND level = 2 AND role = 0 AND (key, id) = (
        SELECT b.key, b.id FROM directory_blocks b
        WHERE b.sort = NEW.sort AND b.level = 2 AND b.role = 0 AND (b.key, b.id) <= (NEW.key, NEW.id)
        ORDER BY b.key DESC, b.id DESC LIMIT 1);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER directory_counts_roles INSTEAD OF INSERT ON directory_moves WHEN NEW.role > 0 BEGIN
    INSERT INTO directory_blocks (sort, level, role, key, id, n0, n1, n2, n3)
        SELECT NEW.sort, 1, NEW.role, begins.key, begins.id,
            NEW.by * (NEW.state = 0), NEW.by * (NEW.state = 1), NEW.by * (NEW.state = 2), NEW.by * (NEW.state = 3)
        FROM (
            SELECT b.key, b.id FROM directory_blocks b
            WHERE b.sort = NEW.sort AND b.level = 1 AND b.role = 0 AND (b.key, b.id) <= (NEW.key, NEW.id)
            ORDER BY b.key DESC, b.id DESC LIMIT 1) begins
        WHERE true
        ON CONFLICT (sort, level, role, key, id) DO UPDATE SET
            n0 = n0 + excluded.n0, n1 = n1 + excluded.n1, n2 = n2 + excluded.n2, n3 = n3 + excluded.n3;
    INSERT INTO directory_blocks (sort, level, role, key, id, n0, n1, n2, n3)
        SELECT NEW.sort, 2, NEW.role, begins.key, begins.id,
            NEW.by * (NEW.state = 0), NEW.by * (NEW.state = 1), NEW.by * (NEW.state = 2), NEW.by * (NEW.state = 3)
        FROM (
            SELECT b.key, b.id FROM directory_blocks b
            WHERE b.sort = NEW.sort AND b.level = 2 AND b.role = 0 AND (b.key, b.id) <= (NEW.key, NEW.id)
            ORDER BY b.key DESC, b.id DESC LIMIT 1) begins
        WHERE true
        ON CONFLICT (sort, level, role, key, id) DO UPDATE SET
            n0 = n0 + excluded.n0, n1 = n1 + excluded.n1, n2 = n2 + excluded.n2, n3 = n3 + excluded.n3;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_enter_directory AFTER INSERT ON users BEGIN
    INSERT INTO directory_moves (sort, key, id, role, state, by) VALUES
        (1, NEW.created_at, NEW.id, 0, NEW.state, 1),
        (2, NEW.email_key, NEW.id, 0, NEW.state, 1),
        (3, NEW.username_order, NEW.id, 0, NEW.state, 1),
        (4, NEW.last_name_key, NEW.id, 0, NEW.state, 1),
        (5, NEW.last_seen_order, NEW.id, 0, NEW.state, 1);
END;
-- +goose StatementEnd

-- Before, since the assignments are gone afterwards.
-- +goose StatementBegin
CREATE TRIGGER users_leave_directory BEFORE DELETE ON users BEGIN
    INSERT INTO directory_moves (sort, key, id, role, state, by)
        SELECT p.sort, p.key, p.id, r.role, p.state, -1
        FROM directory_places p, (SELECT 0 AS role UNION ALL SELECT role_id FROM role_assignments WHERE user_id = OLD.id) r
        WHERE p.id = OLD.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_move_in_directory AFTER UPDATE OF email_key, username_key, last_name_key, last_seen_at, is_active, confirmed_at ON users
    WHEN NEW.state <> OLD.state OR NEW.email_key <> OLD.email_key OR NEW.username_order <> OLD.username_order
        OR NEW.last_name_key <> OLD.last_name_key OR NEW.last_seen_order <> OLD.last_seen_order
BEGIN
    INSERT INTO directory_moves (sort, key, id, role, state, by)
        SELECT m.sort, m.key, NEW.id, r.role, m.state, m.by
        FROM (
            SELECT 1 AS sort, OLD.created_at AS key, OLD.state AS state, -1 AS by WHERE NEW.state <> OLD.state
            UNION ALL SELECT 1, NEW.created_at, NEW.state, 1 WHERE NEW.state <> OLD.state
            UNION ALL SELECT 2, OLD.email_key, OLD.state, -1 WHERE NEW.state <> OLD.state OR NEW.email_key <> OLD.email_key
            UNION ALL SELECT 2, NEW.email_key, NEW.state, 1 WHERE NEW.state <> OLD.state OR NEW.email_key <> OLD.email_key
            UNION ALL SELECT 3, OLD.username_order, OLD.state, -1 WHERE NEW.state <> OLD.state OR NEW.username_order <> OLD.username_order
            UNION ALL SELECT 3, NEW.username_order, NEW.state, 1 WHERE NEW.state <> OLD.state OR NEW.username_order <> OLD.username_order
            UNION ALL SELECT 4, OLD.last_name_key, OLD.state, -1 WHERE NEW.state <> OLD.state OR NEW.last_name_key <> OLD.last_name_key
            UNION ALL SELECT 4, NEW.last_name_key, NEW.state, 1 WHERE NEW.state <> OLD.state OR NEW.last_name_key <> OLD.last_name_key
            UNION ALL SELECT 5, OLD.last_seen_order, OLD.state, -1 WHERE NEW.state <> OLD.state OR NEW.last_seen_order <> OLD.last_seen_order
            UNION ALL SELECT 5, NEW.last_seen_order, NEW.state, 1 WHERE NEW.state <> OLD.state OR NEW.last_seen_order <> OLD.last_seen_order
        ) m, (SELECT 0 AS role UNION ALL SELECT role_id FROM role_assignments WHERE user_id = NEW.id) r;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER role_assignments_enter_directory AFTER INSERT ON role_assignments BEGIN
    INSERT INTO directory_moves (sort, key, id, role, state, by)
        SELECT p.sort, p.key, p.id, NEW.role_id, p.state, 1 FROM directory_places p WHERE p.id = NEW.user_id;
END;
-- +goose StatementEnd

-- Where the account itself goes, its place is gone already, and was counted out before.
-- +goose StatementBegin
CREATE TRIGGER role_assignments_leave_directory AFTER DELETE ON role_assignments BEGIN
    INSERT INTO directory_moves (sort, key, id, role, state, by)
        SELECT p.sort, p.key, p.id, OLD.role_id, p.state, -1 FROM directory_places p WHERE p.id = OLD.user_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER roles_leave_directory AFTER DELETE ON roles BEGIN
    DELETE FROM directory_blocks WHERE sort IN (1, 2, 3, 4, 5) AND level IN (1, 2) AND role = OLD.id;
END;
-- +goose StatementEnd

-- Accounts are found in the order of their ids, which is that of their creation unless the clock was ever put back. If it
-- was, the fact says so.
-- +goose StatementBegin
CREATE TRIGGER users_created_out_of_order AFTER INSERT ON users WHEN NEW.created_at < (SELECT max(created_at) FROM users) BEGIN
    INSERT INTO facts (name, value) VALUES ('created_out_of_order', '1') ON CONFLICT (name) DO NOTHING;
END;
-- +goose StatementEnd

INSERT INTO facts (name, value)
    SELECT 'created_out_of_order', '1'
    WHERE EXISTS (SELECT 1 FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS back FROM users) WHERE back);

-- Parts of search_text: of each place in it, the three letters from there on (fewer at the end), in hexadecimal, so that
-- one or two letters can be looked for as the beginning of such a part. The index keeps which accounts hold a part and
-- nothing else; whoever looks something up compares it with search_text itself. It keeps no text either: to take an
-- account out, it must be told what it was told when it came in.
CREATE TABLE search_places (place INTEGER PRIMARY KEY) STRICT; -- more than search_text has letters

INSERT INTO search_places (place)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) SELECT i FROM n;

CREATE VIRTUAL TABLE users_search USING fts5 (parts, content = '', columnsize = 0, detail = none, tokenize = 'ascii');

-- What is taken out leaves no trace, rather than a note that it is gone.
INSERT INTO users_search (users_search, rank) VALUES ('secure-delete', 1);

INSERT INTO users_search (rowid, parts)
    SELECT u.id, (SELECT group_concat(hex(substr(u.search_text, place, 3)), ' ') FROM search_places WHERE place <= length(u.search_text))
    FROM users u ORDER BY u.id;

-- +goose StatementBegin
CREATE TRIGGER users_enter_search AFTER INSERT ON users BEGIN
    INSERT INTO users_search (rowid, parts)
        SELECT NEW.id, group_concat(hex(substr(NEW.search_text, place, 3)), ' ') FROM search_places WHERE place <= length(NEW.search_text);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_leave_search AFTER DELETE ON users BEGIN
    INSERT INTO users_search (users_search, rowid, parts)
        SELECT 'delete', OLD.id, group_concat(hex(substr(OLD.search_text, place, 3)), ' ') FROM search_places WHERE place <= length(OLD.search_text);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER users_move_in_search AFTER UPDATE OF search_text ON users WHEN NEW.search_text <> OLD.search_text BEGIN
    INSERT INTO users_search (users_search, rowid, parts)
        SELECT 'delete', OLD.id, group_concat(hex(substr(OLD.search_text, place, 3)), ' ') FROM search_places WHERE place <= length(OLD.search_text);
    INSERT INTO users_search (rowid, parts)
        SELECT NEW.id, group_concat(hex(substr(NEW.search_text, place, 3)), ' ') FROM search_places WHERE place <= length(NEW.search_text);
END;
-- +goose StatementEnd
