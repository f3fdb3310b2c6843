package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// migrate brings the schema up to the newest migration and answers its version and what was applied. With nothing to
// apply it costs two small queries. refusal is why nothing may be written; nil when it may.
func migrate(ctx context.Context, db *sql.DB, path string, refusal error, o Options) (int64, []string, error) {
	newest, err := newestMigration(o.Migrations)
	if err != nil {
		return 0, nil, err
	}
	current, err := schemaVersion(ctx, db)
	if err != nil {
		return 0, nil, fmt.Errorf("read schema version: %w", err)
	}
	if current > newest {
		return 0, nil, fmt.Errorf("its schema is version %d and this program knows only %d: use a newer program", current, newest)
	}
	if current < newest && o.AsItIs {
		return 0, nil, ErrOld
	}
	if refusal != nil {
		if current < newest {
			return 0, nil, refusal
		}
		return current, nil, nil
	}
	if err := setWAL(ctx, db); err != nil {
		return 0, nil, err
	}
	if current == newest {
		return current, nil, nil
	}
	if o.Alone == nil {
		return upgrade(ctx, db, path, current, newest, o)
	}
	release, err := o.Alone(ctx)
	if err != nil {
		return 0, nil, fmt.Errorf("migrate: %w", err)
	}
	version, applied, err := upgrade(ctx, db, path, current, newest, o)
	return version, applied, errors.Join(err, release())
}

// upgrade applies what is missing, after a copy of what is there.
func upgrade(ctx context.Context, db *sql.DB, path string, current, newest int64, o Options) (int64, []string, error) {
	if current > 0 {
		if err := copyBefore(ctx, path, current, o); err != nil {
			return 0, nil, fmt.Errorf("copy before migrating: %w", err)
		}
	}
	applied, err := applyMigrations(ctx, db, o.Migrations)
	if err != nil {
		return 0, nil, fmt.Errorf("migrate: %w", err)
	}
	o.Log.Info("database migrated", "from", current, "to", newest)
	return newest, applied, nil
}

// schemaVersion is the number of the newest migration applied, 0 for a new database. A database with tables but without
// goose's belongs to another program and is refused.
func schemaVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var tables, ours int
	err := db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = 'goose_db_version') FROM sqlite_schema WHERE type = 'table'`).Scan(&tables, &ours)
	switch {
	case err != nil:
		return 0, err
	case tables > 0 && ours == 0:
		return 0, errors.New("it is the database of another program")
	case ours == 0:
		return 0, nil
	}
	var version int64
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}

// setWAL makes sure of the write-ahead log. The mode stays with the file.
func setWAL(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return fmt.Errorf("set write-ahead log: %w", err)
	}
	if mode != "wal" {
		return fmt.Errorf("set write-ahead log: the file system answers %q", mode)
	}
	return nil
}

// newestMigration is the highest number in the files' names.
func newestMigration(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	var newest int64
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("list migrations: %s does not begin with a number", name)
		}
		newest = max(newest, version)
	}
	return newest, nil
}

func applyMigrations(ctx context.Context, db *sql.DB, files fs.FS) ([]string, error) {
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx) // the provider is not closed: that would close db
	if err != nil {
		return nil, err
	}
	applied := make([]string, 0, len(results))
	for _, r := range results {
		applied = append(applied, filepath.Base(r.Source.Path))
	}
	return applied, nil
}

// copyBefore keeps what a migration is about to change, under a name that tells the schema's version and the time.
func copyBefore(ctx context.Context, path string, version int64, o Options) error {
	dir := o.BackupDir
	if dir == "" {
		dir = filepath.Dir(path)
	}
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if err := removeUnfinished(dir, base); err != nil {
		return err
	}
	at := o.Now().UTC().Format("20060102T150405.000000Z")
	target := filepath.Join(dir, fmt.Sprintf("%s-schema%d-%s.db", base, version, strings.ReplaceAll(at, ".", "-")))
	if err := copyDatabase(ctx, path, target); err != nil {
		return err
	}
	o.Log.Info("database copied before migrating", "copy", target)
	return nil
}

// removeUnfinished takes away the copies that a killed start never finished: each try has another name.
func removeUnfinished(dir, base string) error {
	left, err := filepath.Glob(filepath.Join(dir, base+"-schema*.partial"))
	for _, path := range left {
		err = errors.Join(err, ignoreMissingFile(os.Remove(path)))
	}
	return err
}
