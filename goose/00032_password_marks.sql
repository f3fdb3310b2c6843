-- A browser that logged in is known by the password with which it came in, named by a digest of its hash. A login stores the
-- hash anew when the cost was changed, which made every other browser of the account a stranger although nobody had set
-- another password. The name of the password stays here then; '' where the hash was not stored anew, and names itself.

-- +goose Up
ALTER TABLE users ADD COLUMN password_mark TEXT NOT NULL DEFAULT '';
