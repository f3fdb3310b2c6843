package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"doorward/app"
	"doorward/app/blob"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/sqlite"
)

// renewKeys makes new keys and makes the database fit them. No server or command may use the folder meanwhile: a running
// server would go on with the old ones.
func renewKeys(ctx context.Context, s cli.Settings, std cli.Streams, by app.Actor) (result app.Renewal, err error) {
	there, err := folder.HasDatabase(s.Data)
	if err == nil && !there {
		err = fmt.Errorf("there is no database in %s; name the data folder with --data", s.Data)
	}
	if err != nil {
		return app.Renewal{}, err
	}
	in, err := folder.Open(s.Data)
	if err != nil {
		return app.Renewal{}, err
	}
	defer closing(&err, in.Close)
	if err := in.Lock(); err != nil {
		return app.Renewal{}, err
	}
	release, err := in.Alone(ctx)
	if err != nil {
		return app.Renewal{}, err
	}
	defer closing(&err, release)
	backups, err := in.Backups()
	if err != nil {
		return app.Renewal{}, err
	}
	log := cli.NewLog(s, std.Err)
	store, err := sqlite.Open(ctx, in.Database(), sqlite.Options{Migrations: migrations(), Now: time.Now, Log: log, BackupDir: backups})
	if err != nil {
		return app.Renewal{}, err // before anything is changed
	}
	defer closing(&err, store.Close)
	blobs, err := blob.Open(in.Avatars())
	if err != nil {
		return app.Renewal{}, err
	}
	defer closing(&err, blobs.Close)
	keys, auditLost, err := in.RenewKeys()
	if err != nil {
		return app.Renewal{}, err
	}
	accounts, err := accountsOn(s, std, store, keys, blobs)
	if err != nil {
		return app.Renewal{}, err
	}
	result, err = accounts.RenewKeys(ctx, by, auditLost)
	if err != nil {
		return result, errors.Join(err, errors.New("the renewal is not finished; run it again"))
	}
	return result, in.FinishRenewal()
}
