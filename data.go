package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"doorward/app"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/sqlite"
)

// data is the data folder with its database open.
type data struct {
	folder *folder.Folder
	keys   folder.Keys
	store  *sqlite.Store
}

func (d data) close() error { return errors.Join(d.store.Close(), d.folder.Close()) }

// openData opens the folder for a server, and all that is in it, or nothing. No other server gets it meanwhile.
func openData(ctx context.Context, s cli.Settings, clock func() time.Time, log *slog.Logger) (data, error) {
	in, err := folder.Open(s.Data)
	if err != nil {
		return data{}, err
	}
	d, err := lockAndOpen(ctx, in, clock, log)
	if err != nil {
		return data{}, errors.Join(err, in.Close())
	}
	return d, nil
}

// lockAndOpen locks the folder before it touches anything in it, and sees to the keys before a database is made: one
// without keys would look as if it had lost them.
func lockAndOpen(ctx context.Context, in *folder.Folder, clock func() time.Time, log *slog.Logger) (data, error) {
	if err := in.Lock(); err != nil {
		return data{}, err
	}
	keys, err := in.Keys()
	if err != nil {
		return data{}, err
	}
	backups, err := in.Backups()
	if err != nil {
		return data{}, err
	}
	store, err := sqlite.Open(ctx, in.Database(), sqlite.Options{
		Migrations: migrations(),
		Now:        clock,
		Log:        log,
		BackupDir:  backups,
		Alone:      in.Alone,
	})
	if err != nil {
		return data{}, err
	}
	var fits bool
	err = store.View(ctx, func(tx app.Tx) (err error) {
		fits, err = app.KeysFit(tx, keys.Audit)
		return err
	})
	if err != nil {
		return data{}, errors.Join(err, store.Close())
	}
	for _, line := range in.Warnings() { // only now: a refusal stands alone
		log.Warn(line)
	}
	if !fits {
		log.Error(foreignKeys(in))
	}
	return data{in, keys, store}, nil
}

// foreignKeys says that a folder's keys are not its database's. That is no reason not to start: a changed entry of the audit
// log looks the same.
func foreignKeys(in *folder.Folder) string {
	return in.KeysFile() + " is not what the audit log's newest entry was written with: if it is of another data folder, stop the server and put the right one back, since cookies, waiting mails and the log depend on it; if not, doorward audit verify tells what was changed"
}

const (
	// updatePatience is how long a command waits for another process to bring an old database up to date, before it takes
	// that for a server of an older version.
	updatePatience = 2 * time.Second
	updateRetry    = 50 * time.Millisecond
)

// openBeside opens the folder for a command, beside a server that may run on it and beside other commands. Where no
// server runs, it brings the database up to date first, under the server's lock; with mayMake also a folder that has none
// yet. Beside a server it never does: that server's version decides what the database is.
func openBeside(ctx context.Context, s cli.Settings, clock func() time.Time, log *slog.Logger, mayMake bool) (data, error) {
	there, err := folder.HasDatabase(s.Data)
	switch {
	case err != nil:
		return data{}, fmt.Errorf("open data folder: %w", err)
	case !there && !mayMake:
		return data{}, fmt.Errorf("there is no database in %s yet; name the data folder with --data", s.Data)
	}
	patience := time.After(updatePatience)
	for {
		d, err := shareAndOpen(ctx, s, clock, log)
		if !errors.Is(err, sqlite.ErrOld) {
			return d, err
		}
		if d, err = openData(ctx, s, clock, log); err == nil { // which migrates
			err = d.close()
		}
		if err != nil && !errors.Is(err, folder.ErrInUse) {
			return data{}, err
		}
		if err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return data{}, ctx.Err()
		case <-time.After(updateRetry):
		case <-patience:
			return data{}, fmt.Errorf("%w, and its version is older than this program's: use the program that runs there, or stop it first", err)
		}
	}
}

// shareAndOpen opens the database as it is; the error is sqlite.ErrOld where that is not as this program knows it.
func shareAndOpen(ctx context.Context, s cli.Settings, clock func() time.Time, log *slog.Logger) (data, error) {
	in, err := folder.Open(s.Data)
	if err != nil {
		return data{}, err
	}
	d, err := shared(ctx, in, clock, log)
	if err != nil {
		return data{}, errors.Join(err, in.Close())
	}
	return d, nil
}

func shared(ctx context.Context, in *folder.Folder, clock func() time.Time, log *slog.Logger) (data, error) {
	if err := in.Share(ctx); err != nil {
		return data{}, err
	}
	pending, err := in.IsRestorePending()
	if err != nil {
		return data{}, err
	}
	if there, err := folder.HasDatabase(in.Path()); err != nil || !there || pending {
		return data{}, errors.Join(err, sqlite.ErrOld) // no keys are made here: that takes the server's lock
	}
	keys, err := in.Keys()
	if err != nil {
		return data{}, err
	}
	store, err := sqlite.Open(ctx, in.Database(), sqlite.Options{
		Migrations: migrations(),
		Now:        clock,
		Log:        log,
		AsItIs:     true,
	})
	return data{in, keys, store}, err
}
