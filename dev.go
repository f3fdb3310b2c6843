package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"doorward/app"
	"doorward/app/blob"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/app/mail"
	"doorward/imaging"
	"doorward/web"
)

// dev runs a server for a developer: like serve, but with seeds, a clock that moves and mails that stay.
func dev(ctx context.Context, s cli.Settings, std cli.Streams, o cli.DevOptions) (err error) {
	if s.Data == "" {
		if s.Data, err = os.MkdirTemp("", "doorward-dev-"); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(s.Data)) }()
	}
	if err := markDev(s.Data); err != nil {
		return err
	}
	log, clock := cli.NewLog(s, std.Err), app.NewDevClock(time.Now)
	places, err := openPlaces(s.GeoIPDB, log)
	if err != nil {
		return err
	}
	defer places.close()
	data, err := openData(ctx, s, clock.Now, log)
	if err != nil {
		return err
	}
	defer closing(&err, data.close)
	listener, err := cli.Listen(ctx, s)
	if err != nil {
		return err
	}
	defer listener.Close()
	baseURL := listener.BaseURL(s)
	imager, err := imaging.New(imaging.Options{MaxPixels: s.AvatarMaxPixels})
	if err != nil {
		return err
	}
	blobs, err := blob.Open(data.folder.Avatars())
	if err != nil {
		return err
	}
	defer closing(&err, blobs.Close)
	composer, err := newComposer(s, baseURL)
	if err != nil {
		return err
	}
	mails := mail.NewCatcher(composer)
	accounts, err := app.New(data.store, app.Options{
		Policy:  developersPolicy(s),
		Clock:   clock.Now,
		Log:     log,
		Keys:    app.Keys{Seal: data.keys.Seal, Audit: data.keys.Audit},
		Imager:  imager,
		Blobs:   blobs,
		Courier: mails,
		Locator: places.locator,
		Workers: s.Workers,
	})
	if err != nil {
		return err
	}
	side := app.NewDev(accounts, data.store, clock, mails)
	if empty, err := side.IsEmpty(ctx); err != nil || empty {
		if err = errors.Join(err, side.Reset(ctx, app.Seeds())); err != nil {
			return err
		}
	}
	if o.AppKey != "" {
		if err := side.KeepKey(ctx, "app in development", o.AppKeyRole, o.AppKey); err != nil {
			return err
		}
	}
	options := siteOptions(s, data, accounts, baseURL, log)
	options.Dev = &web.Dev{Accounts: side, AnyHost: o.AnyHost}
	site, err := web.New(options)
	if err != nil {
		return err
	}
	return cli.Server{
		Accounts: accounts,
		Handler:  site,
		Listener: listener,
		BaseURL:  baseURL,
		Check:    data.store.Check,
		Log:      log,
		Out:      std.Out,
		Greet:    func(out io.Writer, base string) error { return cli.GreetDeveloper(out, base, app.Seeds()) },
	}.Run(ctx)
}

// markDev takes a folder for development, or refuses one that is something else's.
func markDev(path string) error {
	in, err := folder.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(in.MarkDev(), in.Close())
}

// developersPolicy has no limit that wasn't asked for, not even the one that no setting switches off.
func developersPolicy(s cli.Settings) *app.Policy {
	policy := s.Policy()
	policy.Limits.Current = app.Limit{}
	return &policy
}
