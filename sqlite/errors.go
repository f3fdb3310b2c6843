package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"doorward/app"
)

// errTxOver is what a Tx answers once its View or Update returned.
var errTxOver = errors.New("sqlite: the transaction is over")

// code is SQLite's extended result code in err, 0 for none.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// isDamage tells whether err says that the file itself is broken.
func isDamage(err error) bool {
	primary := code(err) & 0xff
	return primary == sqlite3.SQLITE_CORRUPT || primary == sqlite3.SQLITE_NOTADB
}

// isReadOnly tells whether err says that the rights of the file, or of its folder, allow no writing.
func isReadOnly(err error) bool { return code(err)&0xff == sqlite3.SQLITE_READONLY }

// readOnlyInWords says what to do about that; other errors go their way.
func readOnlyInWords(err error) error {
	if isReadOnly(err) {
		return errors.New("it may not be written: look at the rights of the file and of its folder")
	}
	return err
}

// isOutage tells whether err says that the machine can't write at present, rather than that the statement was wrong.
func isOutage(err error) bool {
	switch code(err) & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM:
		return true
	}
	return isDamage(err)
}

// rowError says in the contract's words what SQLite said of a row: nil when it is nothing that the contract names.
// A row that refers to one that is missing counts as that one missing.
func rowError(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return app.ErrNoRow
	}
	switch code(err) {
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return app.ErrNoRow
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		if field := takenField(err.Error()); field != "" {
			return &app.Taken{Field: field}
		}
	}
	return nil
}

// takenField reads the contract's name of a unique value out of "UNIQUE constraint failed: users.email_key".
func takenField(message string) string {
	_, columns, _ := strings.Cut(message, "UNIQUE constraint failed: ")
	switch {
	case strings.HasPrefix(columns, "users.email_key"):
		return "email"
	case strings.HasPrefix(columns, "users.username_key"):
		return "username"
	case strings.HasPrefix(columns, "roles.name_key"):
		return "role"
	case strings.HasPrefix(columns, "api_keys.name_key"):
		return "key"
	case strings.HasPrefix(columns, "avatars."):
		return "avatar"
	}
	return ""
}

// unavailable wraps a failure to write.
func unavailable(op string, err error) error {
	return fmt.Errorf("sqlite: %s: %w: %w", op, app.ErrUnavailable, err)
}
