package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"doorward/app"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/app/mail"
	"doorward/web"
)

// dev runs a server for a developer: like serve, but with seeds, a clock that moves and mails that stay.
func dev(ctx context.Context, s cli.Settings, std cli.Streams, anyHost bool) (err error) {
	if s.Data == "" {
		if s.Data, err = os.MkdirTemp("", "doorward-dev-"); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(s.Data)) }()
	}
	if err := markDev(s.Data); err != nil {
		return err
	}
	clock := app.NewDevClock(time.Now)
	var mails *mail.Catcher
	return runServer(ctx, s, std, stage{
		clock:  clock.Now,
		policy: func(p *app.Policy) { p.Limits = app.Limits{} }, // also those that no setting switches off
		courier: func(c *mail.Composer) app.Courier {
			mails = mail.NewCatcher(c)
			return mails
		},
		finish: func(d data, a *app.Accounts, options *web.Options) error {
			side := app.NewDev(a, d.store, clock, mails)
			options.Dev = &web.Dev{Accounts: side, AnyHost: anyHost}
			empty, err := side.IsEmpty(ctx)
			if err != nil || !empty {
				return err
			}
			return side.Reset(ctx, app.Seeds())
		},
		greet: func(out io.Writer, base string) error { return cli.GreetDeveloper(out, base, app.Seeds()) },
	})
}

// markDev takes a folder for development, or refuses one that is something else's.
func markDev(path string) error {
	in, err := folder.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(in.MarkDev(), in.Close())
}
