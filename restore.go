package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"doorward/app"
	"doorward/app/archive"
	"doorward/app/blob"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/sqlite"
)

// restore puts a backup in the place of what the data folder has, or changes nothing. No server or command may use the
// folder meanwhile.
func restore(ctx context.Context, s cli.Settings, std cli.Streams, source string, force bool, by app.Actor) (result cli.Restore, err error) {
	file, err := os.Open(source)
	if err != nil {
		return cli.Restore{}, err
	}
	defer file.Close()
	info, err := archive.Read(file, func(string, int64, io.Reader) error { return nil }) // once through before anything is touched
	if err != nil {
		return cli.Restore{}, fmt.Errorf("%s: %w", source, err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return cli.Restore{}, err
	}
	in, err := folder.Open(s.Data)
	if err != nil {
		return cli.Restore{}, err
	}
	defer closing(&err, in.Close)
	if err := in.Lock(); err != nil {
		return cli.Restore{}, err
	}
	release, err := in.Alone(ctx)
	if err != nil {
		return cli.Restore{}, err
	}
	defer closing(&err, release)
	empty, err := in.IsEmpty()
	if err == nil && !empty && !force {
		err = fmt.Errorf("the data folder %s is not empty; --force replaces what is in it", in.Path())
	}
	if err != nil {
		return cli.Restore{}, err
	}
	if result, err = prepareRestore(ctx, s, std, file, in, by, info.MadeAt); err != nil {
		return cli.Restore{}, errors.Join(fmt.Errorf("restore: %w", err), in.AbandonRestore())
	}
	return result, in.FinishRestore()
}

// prepareRestore unpacks a backup beside what is there and makes it ready to be served.
func prepareRestore(ctx context.Context, s cli.Settings, std cli.Streams, from io.Reader, in *folder.Folder, by app.Actor, madeAt time.Time) (result cli.Restore, err error) {
	partial, err := in.BeginRestore()
	if err != nil {
		return cli.Restore{}, err
	}
	if err := unpack(from, partial.Path()); err != nil {
		return cli.Restore{}, err
	}
	keys, err := partial.Keys()
	if err != nil {
		return cli.Restore{}, err
	}
	before := filepath.Join(partial.Path(), "before") // the copy before a migration: the backup itself is one
	if err := os.Mkdir(before, 0o700); err != nil {
		return cli.Restore{}, err
	}
	store, err := sqlite.Open(ctx, partial.Database(), sqlite.Options{Migrations: migrations(), Now: time.Now, BackupDir: before})
	if err != nil {
		return cli.Restore{}, err
	}
	defer closing(&err, store.Close)
	if err := store.Check(ctx); err != nil {
		return cli.Restore{}, err
	}
	blobs, err := blob.Open(partial.Avatars())
	if err != nil {
		return cli.Restore{}, err
	}
	defer closing(&err, blobs.Close)
	accounts, err := accountsOn(s, std, store, keys, blobs)
	if err != nil {
		return cli.Restore{}, err
	}
	result.MadeAt = madeAt
	result.Sessions, result.Keys, err = accounts.Restored(ctx, by, madeAt)
	return result, err
}

// unpack writes a backup's files, each durable. archive.Read has seen to their names.
func unpack(from io.Reader, to string) error {
	_, err := archive.Read(from, func(name string, _ int64, content io.Reader) (err error) {
		path := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		return errors.Join(err, file.Sync(), file.Close())
	})
	return err
}
