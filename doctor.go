package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"doorward/app"
	"doorward/app/blob"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/web"
)

// clockSlack is how far ahead of the clock the newest entry of the log may be before the clock must be wrong.
const clockSlack = time.Minute

// doctor checks what a server with these settings needs, beside one that may run.
func doctor(ctx context.Context, s cli.Settings, std cli.Streams) iter.Seq[cli.Finding] {
	d := &diagnosis{settings: s, std: std}
	return func(yield func(cli.Finding) bool) {
		for _, check := range []func(context.Context) cli.Finding{
			d.checkSettings, d.checkFolder, d.checkDisk, d.checkDatabase, d.checkBackup, d.checkClock, d.checkMail, d.checkProxies, d.checkCertificate,
		} {
			if found := check(ctx); found.Check != "" && !yield(found) {
				return
			}
		}
	}
}

type diagnosis struct {
	settings cli.Settings
	std      cli.Streams
	// What the database says, when it could be read:
	isRead   bool
	newest   time.Time // of the audit log
	backedUp time.Time
	ignored  []string // peers whose forwarding headers the server ignored since its start
}

func finding(check string, verdict cli.Verdict, format string, args ...any) cli.Finding {
	return cli.Finding{Check: check, Verdict: verdict, Says: fmt.Sprintf(format, args...)}
}

// checkSettings looks at settings that can each be used but don't go together.
func (d *diagnosis) checkSettings(context.Context) cli.Finding {
	const name = "settings"
	base, err := d.settings.ExpectedBaseURL()
	if err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	if _, err := web.CheckCookieDomain(d.settings.CookieDomain, d.settings.BaseURL.URL); err != nil {
		return finding(name, cli.Failure, "--cookie-domain: %v", err)
	}
	if base.Scheme == "http" && !cli.IsLoopbackHost(base.Hostname()) {
		return finding(name, cli.Warning, "links begin with %s: over plain http cookies are not Secure and whoever is on the way reads them; put a proxy with https in front and set --base-url to it", base)
	}
	return finding(name, cli.Fine, "links begin with %s", base)
}

// checkFolder looks at the rights of the data folder and what is in it.
func (d *diagnosis) checkFolder(context.Context) cli.Finding {
	const name = "folder"
	info, err := os.Stat(d.settings.Data)
	switch {
	case err != nil:
		return finding(name, cli.Failure, "%v", err)
	case !info.IsDir():
		return finding(name, cli.Failure, "%s is not a folder", d.settings.Data)
	}
	in, err := folder.Open(d.settings.Data)
	if err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	probe, err := os.CreateTemp(in.Path(), ".doctor-*")
	if err != nil {
		return finding(name, cli.Failure, "nothing can be written to it: %v", err)
	}
	probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	if lines := in.Warnings(); len(lines) > 0 {
		return finding(name, cli.Warning, "%s", lines[0])
	}
	mode := ""
	if runtime.GOOS != "windows" {
		mode = fmt.Sprintf(", mode %#o", info.Mode().Perm())
	}
	return finding(name, cli.Fine, "%s%s", in.Path(), mode)
}

// checkDatabase opens the database beside a server and looks for damage.
func (d *diagnosis) checkDatabase(ctx context.Context) (found cli.Finding) {
	const name = "database"
	if there, err := folder.HasDatabase(d.settings.Data); err == nil && !there {
		return finding(name, cli.Warning, "there is none yet; doorward serve makes it")
	}
	opened, err := openBeside(ctx, d.settings, time.Now, cli.NewLog(d.settings, d.std.Err), false)
	if err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	defer func() {
		if err := opened.close(); err != nil && found.Verdict == cli.Fine {
			found = finding(name, cli.Failure, "%v", err)
		}
	}()
	if err := opened.store.Check(ctx); err != nil {
		return finding(name, cli.Failure, "%v: %s", err, d.wayBack(ctx, opened))
	}
	fits := true
	err = opened.store.View(ctx, func(tx app.Tx) error {
		if fits, err = app.KeysFit(tx, opened.keys.Audit); err != nil {
			return err
		}
		last, err := tx.LastAudit()
		d.newest = last.At
		if err != nil && err != app.ErrNoRow {
			return err
		}
		if d.backedUp, err = app.BackedUpAt(tx); err != nil {
			return err
		}
		d.ignored, err = app.IgnoredPeers(tx)
		return err
	})
	d.isRead = err == nil
	if err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	if !fits {
		return finding(name, cli.Failure, "it is whole, but %s", foreignKeys(opened.folder))
	}
	return finding(name, cli.Fine, "whole, schema version %d", opened.store.Version())
}

// wayBack says which backup would replace a database that is damaged.
func (d *diagnosis) wayBack(ctx context.Context, opened data) string {
	blobs, err := blob.Open(opened.folder.Avatars())
	if err != nil {
		return "restore the newest backup"
	}
	defer blobs.Close()
	accounts, err := accountsOn(d.settings, d.std, opened.store, opened.keys, blobs)
	if err != nil {
		return "restore the newest backup"
	}
	return accounts.WayBack(ctx)
}

// checkClock compares the clock with the newest thing that was written: links and sessions end by it.
func (d *diagnosis) checkClock(context.Context) cli.Finding {
	const name = "clock"
	now := time.Now()
	if ahead := d.newest.Sub(now); ahead > clockSlack {
		return finding(name, cli.Failure, "it shows %s, but something was written at %s: set it right", now.UTC().Format(time.RFC3339), d.newest.Format(time.RFC3339))
	}
	return finding(name, cli.Fine, "it shows %s", now.UTC().Format(time.RFC3339))
}

// checkMail signs in to the mail server, and sends nothing.
func (d *diagnosis) checkMail(ctx context.Context) cli.Finding {
	const name = "mail"
	if d.settings.SMTPURL == "" {
		return finding(name, cli.Warning, "no mail server is set up: mails are kept and shown at /mailbox; --smtp-url names one")
	}
	transport, err := newTransport(d.settings)
	if err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	defer transport.close()
	if err := transport.Check(ctx); err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	return finding(name, cli.Fine, "the mail server takes us")
}

// checkProxies tells whether addresses will be those of people or of a proxy.
func (d *diagnosis) checkProxies(context.Context) cli.Finding {
	const name = "proxies"
	trusted := d.settings.TrustedProxies
	if unknown := slices.DeleteFunc(slices.Clone(d.ignored), trusted.Name); len(unknown) > 0 {
		return finding(name, cli.Warning, "forwarding headers of %s were ignored since the server's start: if that is your proxy, put it into --trusted-proxies; else it is somebody who tries", someOf(unknown))
	}
	https := d.settings.BaseURL.URL != nil && d.settings.BaseURL.Scheme == "https"
	switch {
	case len(d.settings.ACMEDomain) > 0 && len(trusted.Prefixes) == 0:
		return finding(name, cli.Fine, "none is trusted, and none is needed with --acme-domain")
	case len(trusted.Prefixes) > 0 || trusted.UnixPeer:
		return finding(name, cli.Fine, "what trusted proxies say of a client's address counts")
	case https:
		return finding(name, cli.Warning, "--base-url is https, so there is a proxy in front, but --trusted-proxies names none: everybody seems to come from the proxy's address, and shares its limits")
	}
	return finding(name, cli.Fine, "none is trusted, and none seems to be in front")
}

// renewalOverdue is when a certificate that has not been renewed is a worry: the server begins a month before the end.
const renewalOverdue = 14 * 24 * time.Hour

// checkCertificate looks at the certificate that ends first; nothing without --acme-domain.
func (d *diagnosis) checkCertificate(context.Context) cli.Finding {
	const name = "certificate"
	if len(d.settings.ACMEDomain) == 0 {
		return cli.Finding{}
	}
	in, err := folder.Open(d.settings.Data)
	if err != nil {
		return finding(name, cli.Failure, "%v", err)
	}
	var first time.Time
	for _, domain := range d.settings.ACMEDomain {
		end, err := cli.CertificateEnd(in.Certificates(), domain)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return finding(name, cli.Warning, "there is none for %s yet; the server gets it once ports 80 and 443 of that name lead here", domain)
		case err != nil:
			return finding(name, cli.Failure, "%s: %v", domain, err)
		case !end.After(time.Now()):
			return finding(name, cli.Failure, "the one for %s ended at %s and was not renewed: the server's log says why", domain, end.Format(time.RFC3339))
		case end.Before(time.Now().Add(renewalOverdue)):
			return finding(name, cli.Warning, "the one for %s ends at %s and should have been renewed by now: do ports 80 and 443 of that name lead here?", domain, end.Format(time.RFC3339))
		}
		if first.IsZero() || end.Before(first) {
			first = end
		}
	}
	return finding(name, cli.Fine, "good until %s, and renewed before", first.Format(time.RFC3339))
}

// someOf names the first of many.
func someOf(names []string) string {
	const enough = 3
	if len(names) <= enough {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d others", strings.Join(names[:enough], ", "), len(names)-enough)
}

// checkBackup tells how much would be lost with the disk.
func (d *diagnosis) checkBackup(context.Context) cli.Finding {
	const name = "backup"
	switch age := time.Since(d.backedUp); {
	case !d.isRead:
		return cli.Finding{} // said already
	case d.backedUp.IsZero():
		return finding(name, cli.Warning, "none was ever made: doorward backup FILE makes one, also while the server runs")
	case age > app.BackupOverdue:
		return finding(name, cli.Warning, "the last one is of %s, %d days ago: have a timer call doorward backup FILE", d.backedUp.Format(time.RFC3339), int(age/(24*time.Hour)))
	}
	return finding(name, cli.Fine, "the last one is of %s", d.backedUp.Format(time.RFC3339))
}

const (
	littleRoom = 1 << 30   // bytes: a migration copies the database, and a backup beside it too
	noRoom     = 100 << 20 // where writes begin to fail
)

// checkDisk looks at the room on the data folder's disk.
func (d *diagnosis) checkDisk(context.Context) cli.Finding {
	free, err := freeOn(d.settings.Data)
	switch {
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrNotExist):
		return cli.Finding{} // nobody can say, or said already
	case err != nil:
		return finding("disk", cli.Failure, "%v", err)
	}
	return roomFor(free)
}

// roomFor tells what so many free bytes are good for.
func roomFor(free uint64) cli.Finding {
	const name = "disk"
	switch mib := free >> 20; {
	case free < noRoom:
		return finding(name, cli.Failure, "%d MiB are free: soon nothing can be saved; make room", mib)
	case free < littleRoom:
		return finding(name, cli.Warning, "%d MiB are free: a migration copies the database first, and needs room for that", mib)
	default:
		return finding(name, cli.Fine, "%d MiB are free", mib)
	}
}
