// Package goose carries the schema: one SQL migration a file, applied in the order of their numbers by pressly/goose.
// Each begins with why it exists. A released migration is never edited; a change is a new file, with a test that has old
// rows in it.
//
// All migrations keep to the same rules. Times are integers, Unix microseconds in UTC, made in Go. What makes a value
// unique without regard to case is a column of its own (`email_key`), not a collation. Empty text means none, except in
// unique columns, where NULL does. Invariants are said in CHECK constraints, and an index is named after its use.
package goose

import (
	"embed"
	"io/fs"
)

//go:embed *.sql
var migrations embed.FS

// Migrations gives the migrations' files, named `00001_what.sql` on.
func Migrations() fs.FS { return migrations }
