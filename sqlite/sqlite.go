// Package sqlite is app.Store in one SQLite file.
//
// One goroutine writes (writer.go): it gathers the Updates that wait into one transaction, a savepoint each, and answers
// them after one commit, so that a flood of them shares the cost of the disk's flush. Views run side by side on a small
// pool of connections that can't write (readers.go). Whoever reads this first should read Open, then writer.go, then any
// tx_*.go: each holds the SQL of one part of app.Tx.
//
// The file is in WAL mode with synchronous=FULL: what was answered survives a power cut. Other processes, such as the
// command line, may write to it at the same time; watch.go tells of it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"modernc.org/sqlite"

	"doorward/app"
)

// Options are what a Store needs besides its file.
type Options struct {
	Migrations fs.FS            // the schema, `00001_what.sql` on; must be set
	Now        func() time.Time // the clock; must be set
	Log        *slog.Logger     // nil: nothing is logged
	BackupDir  string           // where the copy before a migration goes; "": beside the database
	// AsItIs opens the database beside a process that serves it: nothing is made or migrated. One that is missing, or older
	// than the migrations, is ErrOld.
	AsItIs bool
	// Alone is asked before anything is migrated and keeps others out until release is called; nil: there are none.
	Alone func(context.Context) (release func() error, err error)

	// How the directory is kept and searched, for tests that have few accounts; zero values: as usual.
	blocks blockSizes
	effort searchEffort
}

// ErrOld says that a database lacks migrations that this program has.
var ErrOld = errors.New("the database is older than this program")

// Store is an app.Store in an SQLite file. Its methods are safe for any number of goroutines.
type Store struct {
	path    string
	now     func() time.Time
	log     *slog.Logger
	guest   bool // opened beside a process that serves it
	version int64
	applied []string
	health  *health
	watch   *watch
	effort  searchEffort
	readers *readers
	writer  *writer

	closing sync.Once
	closed  error
}

var _ app.Store = (*Store)(nil)

// Open opens the database at path, makes it when there is none (or an empty file), and applies the migrations that it
// lacks, after a copy of what was there. A file that is no database, belongs to another program or has a newer schema
// than the migrations is refused in one line and not written. Whoever opens a file for serving holds the data folder's
// lock: two processes must not migrate at once. For a command beside a server there is Options.AsItIs.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if o.Migrations == nil || o.Now == nil {
		return nil, errors.New("open database: migrations and clock must be given")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	path, err := prepareFile(path, o.AsItIs)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	preferOFDLocks(o.Log)
	db, err := openDB(writerDSN(path))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &Store{
		path: path, now: o.Now, log: o.Log, guest: o.AsItIs,
		health: &health{log: o.Log, mark: path + "-damaged"}, watch: newWatch(), readers: newReaders(path),
	}
	if err := s.start(ctx, db, o); err != nil {
		s.watch.close()
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.Close())
	}
	return s, nil
}

// start brings the schema up to date on db's one connection and gives that to the writer.
func (s *Store) start(ctx context.Context, db *sql.DB, o Options) error {
	err := s.health.recall()
	if err != nil {
		return err
	}
	if s.version, s.applied, err = migrate(ctx, db, s.path, s.health.refusal(), o); err != nil {
		return readOnlyInWords(err)
	}
	conn, err := takeConn(ctx, db)
	if err != nil {
		return err
	}
	if err := tryWriting(conn); err != nil {
		return errors.Join(readOnlyInWords(err), conn.close())
	}
	if o.blocks == nil {
		o.blocks = usualSizes()
	}
	if s.effort = o.effort; s.effort == (searchEffort{}) {
		s.effort = usualEffort()
	}
	s.writer, err = startWriter(conn, s, o.blocks)
	return err
}

// preferOFDLocks asks for locks that belong to the open file rather than to the process, where the system has them: with
// POSIX locks, any other code that opens and closes the file would drop SQLite's. Where it is too late or there are none,
// POSIX locks do, since nothing else in the process opens the file.
func preferOFDLocks(log *slog.Logger) {
	if _, err := sqlite.OFDLocking(true); err != nil {
		log.Debug("open file description locks", "error", err)
	}
}

// Version is the schema's version: the number of the newest migration.
func (s *Store) Version() int64 { return s.version }

// Applied names the migrations that Open applied, oldest first; empty when there was nothing to do.
func (s *Store) Applied() []string { return s.applied }

// View runs fn on one consistent state. fn runs on the caller's goroutine, and a panic in it goes on there.
func (s *Store) View(ctx context.Context, fn func(app.Tx) error) error {
	c, err := s.readers.acquire(ctx)
	if err != nil {
		return err
	}
	intact := false
	defer func() { s.readers.release(c, intact) }()
	if err := c.exec("BEGIN"); err != nil {
		return fmt.Errorf("sqlite: begin view: %w", err)
	}
	t := &tx{conn: c, now: s.moment(), effort: s.effort}
	defer func() {
		t.end()
		intact = c.exec("ROLLBACK") == nil
	}()
	return fn(t)
}

// Update runs fn alone and answers once what it did is durable. fn runs on the caller's goroutine while the writer
// waits for it, so that a panic in it goes on there with its own stack, after its changes were rolled back.
func (s *Store) Update(ctx context.Context, fn func(app.Tx) error) error {
	return s.writer.update(ctx, fn)
}

// OnForeignChange sets what is called after another process committed a change. fn may use the store but not close it.
func (s *Store) OnForeignChange(fn func()) { s.watch.set(fn) }

// Close waits for the Updates that began and the Views that run, moves what the write-ahead log holds into the database
// (beside a server that is left to the server, which it would hold up) and closes it. Later Updates answer
// app.ErrUnavailable. Closing again gives the same answer.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.writer.close()
		s.watch.close()
		err := s.readers.close()
		if !s.guest {
			if checkpoint := s.writer.truncateLog(closeCheckpointWait); checkpoint != nil {
				s.log.Warn("checkpoint at close", "error", checkpoint) // the log is read at the next start
			}
		}
		if err = errors.Join(err, s.writer.conn.close()); err != nil {
			s.closed = fmt.Errorf("close database: %w", err)
		}
	})
	return s.closed
}

// moment reads the clock as rows keep it: UTC, to the microsecond.
func (s *Store) moment() time.Time { return time.UnixMicro(s.now().UnixMicro()).UTC() }
