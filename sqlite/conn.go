package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
)

// conn is one connection with the statements prepared on it. One goroutine uses it at a time.
type conn struct {
	db         *sql.DB
	raw        *sql.Conn
	statements map[string]*sql.Stmt
	packed     map[string]driver.StmtQueryContext // see packedRow
}

// openDB prepares a connection, which is made when it is first used, and never a second one.
func openDB(dsn string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func openConn(ctx context.Context, dsn string) (*conn, error) {
	db, err := openDB(dsn)
	if err != nil {
		return nil, err
	}
	return takeConn(ctx, db)
}

// takeConn takes db's one connection for good, and db with it.
func takeConn(ctx context.Context, db *sql.DB) (*conn, error) {
	raw, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &conn{db: db, raw: raw, statements: map[string]*sql.Stmt{}, packed: map[string]driver.StmtQueryContext{}}, nil
}

// prepare gives the statement for a query, made once a connection. Queries are few and fixed, so none is ever dropped.
func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if s, ok := c.statements[query]; ok {
		return s, nil
	}
	// Statements outlive the context of who first needed them, and run without one: the driver starts a goroutine for
	// each call whose context can end, which costs more than most queries here.
	s, err := c.raw.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = s
	return s, nil
}

func (c *conn) exec(query string, args ...any) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return err
}

// scan reads one row of a query.
func (c *conn) scan(query string, args, dest []any) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	return s.QueryRow(args...).Scan(dest...)
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.statements {
		errs = append(errs, s.Close())
	}
	for _, s := range c.packed {
		errs = append(errs, c.raw.Raw(func(any) error { return s.(driver.Stmt).Close() }))
	}
	return errors.Join(append(errs, c.raw.Close(), c.db.Close())...)
}

// writerDSN is for a connection that may write. journal_mode is not set here: it is the one pragma that changes the
// file, and migrate sets it once the file is known to be ours.
func writerDSN(path string) string {
	return dsn(path,
		"busy_timeout(5000)", // another process may write; SQLite asks again until then
		"synchronous(full)",  // the log is flushed at every commit
		"foreign_keys(on)",
		"secure_delete(fast)",          // what is deleted or erased does not linger in the file's free room
		"journal_size_limit(16777216)", // bytes that the log keeps after a checkpoint
		"cache_size(-16000)",           // KiB
	)
}

// readerDSN is for a connection that only reads.
func readerDSN(path string) string {
	return dsn(path,
		"busy_timeout(5000)",
		"query_only(on)",
		"cache_size(-8000)",
	)
}

// plainDSN is for a connection that copies or checks the database: VACUUM INTO fails where query_only is on.
func plainDSN(path string) string { return dsn(path, "busy_timeout(5000)") }

func dsn(path string, pragmas ...string) string {
	pragmas = append(pragmas, "mmap_size(0)", "temp_store(memory)", "trusted_schema(off)")
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/folder
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	return name.String()
}
