-- What is known of the installation as a whole, by name: whether there has been an Owner, and the like.

-- +goose Up
CREATE TABLE facts (
    name  TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
