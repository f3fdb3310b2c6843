package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"doorward/app"
	"doorward/app/blob"
	"doorward/app/folder"
	"doorward/app/mail"
	"doorward/goose"
	"doorward/imaging"
	"doorward/sqlite"
	"doorward/web"
)

// accounts are the wired parts.
type accounts struct {
	*app.Accounts
	site  *web.Server
	close func() error
}

// openAccounts opens a data folder, which this program then has for itself, and wires Doorward on it. base is where its
// pages will be.
func openAccounts(ctx context.Context, path string, base *url.URL, log *slog.Logger) (_ *accounts, err error) {
	var opened []func() error // closed in reverse
	closeAll := func() error {
		var errs []error
		for i := len(opened) - 1; i >= 0; i-- {
			errs = append(errs, opened[i]())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open accounts: %w", errors.Join(err, closeAll()))
		}
	}()

	data, err := folder.Open(path)
	if err != nil {
		return nil, err
	}
	opened = append(opened, data.Close)
	if err := data.Lock(); err != nil {
		return nil, err
	}
	keys, err := data.Keys() // made with a new folder; keep them with the database
	if err != nil {
		return nil, err
	}
	backups, err := data.Backups()
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, data.Database(), sqlite.Options{
		Migrations: goose.Migrations(), Now: time.Now, Log: log, BackupDir: backups, Alone: data.Alone,
	})
	if err != nil {
		return nil, err
	}
	opened = append(opened, store.Close)
	pictures, err := blob.Open(data.Avatars())
	if err != nil {
		return nil, err
	}
	opened = append(opened, pictures.Close)
	imager, err := imaging.New(imaging.Options{MaxPixels: 50_000_000})
	if err != nil {
		return nil, err
	}
	composer, err := mail.NewComposer(mail.Site{Name: "Mount", BaseURL: base, From: "Mount <no-reply@localhost>"})
	if err != nil {
		return nil, err
	}

	policy := app.DefaultPolicy()
	core, err := app.New(store, app.Options{
		Policy: &policy, Clock: time.Now, Log: log, Imager: imager, Blobs: pictures,
		Keys: app.Keys{Seal: keys.Seal, Audit: keys.Audit},
		// Without a Courier mails are kept, and shown to an Owner at /auth/mailbox. With a mail server:
		// Courier: mail.NewCourier(composer, transport), of mail.ParseURL and mail.NewTransport.
	})
	if err != nil {
		return nil, err
	}
	site, err := web.New(web.Options{
		Accounts: core, BaseURL: base, Log: log, SiteName: "Mount", Composer: letters{composer},
		CookieHashKey: keys.CookieHash, CookieBlockKey: keys.CookieBlock,
	})
	if err != nil {
		return nil, err
	}
	return &accounts{core, site, closeAll}, nil
}

// letters shows kept mails as they would be sent.
type letters struct{ composer *mail.Composer }

// Compose writes a kept mail out.
func (l letters) Compose(m app.Mail) (web.Letter, error) {
	message, err := l.composer.Compose(m)
	return web.Letter{Subject: message.Subject, Text: message.Text, HTML: message.HTML}, err
}
