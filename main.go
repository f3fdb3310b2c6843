// Command doorward is user accounts for your own app, in one binary on SQLite: pages, a JSON API, avatars and mails.
//
// This file wires the parts, in the order in which they need each other; data.go opens the data folder for it. What the
// parts are is in docs/architecture.md; what the commands and settings are, in app/cli.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"doorward/app"
	"doorward/app/blob"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/app/mail"
	"doorward/imaging"
	"doorward/web"
)

// version is set by a release's build (-ldflags "-X main.version=v1.2.3"); "" for what the toolchain knows.
var version string

func main() {
	heard, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, end := context.WithCancel(context.Background())
	// The first signal stops kindly. From before anybody sees that, a second one finds nobody listening and ends the process.
	context.AfterFunc(heard, func() {
		stop()
		end()
	})
	os.Exit(hosted(ctx, func(ctx context.Context) int {
		return run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	}))
}

// run is the whole program: 0 done, 1 refused or failed, 2 wrong usage or setting.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	program := cli.Program{
		Version:      version,
		Licence:      licence,
		CheckSMTPURL: func(url string) error { _, err := mail.ParseURL(url); return err },
		Serve:        serve,
		Dev:          dev,
		Migrate:      migrate,
		Open:         openAccounts,
		Backup:       backup,
		Restore:      restore,
		RenewKeys:    renewKeys,
		TestMail:     testMail,
		Service:      controlService,
		Doctor:       doctor,
		OpenAPI:      web.OpenAPI,
	}
	return program.Run(ctx, args, env, cli.Streams{In: stdin, Out: stdout, Err: stderr})
}

// serve runs a server until ctx ends. What is opened first is closed last.
func serve(ctx context.Context, s cli.Settings, std cli.Streams) (err error) {
	if _, err := web.CheckCookieDomain(s.CookieDomain, s.BaseURL.URL); err != nil {
		return cli.Unusable("cookie-domain", err)
	}
	switch isDev, err := folder.IsDev(s.Data); {
	case err != nil:
		return fmt.Errorf("open data folder: %w", err)
	case isDev:
		return fmt.Errorf("the data folder %s belongs to doorward dev: everybody knows the password of its accounts", s.Data)
	}
	defer roomForGarbage()()
	log := cli.NewLog(s, std.Err)
	clock := time.Now

	places, err := openPlaces(s.GeoIPDB, log)
	if err != nil {
		return err
	}
	defer places.close()

	data, err := openData(ctx, s, clock, log)
	if err != nil {
		return err
	}
	defer closing(&err, data.close)

	listener, err := cli.Listen(ctx, s)
	if err != nil {
		return err
	}
	defer listener.Close() // the server has closed it by then, unless it never came to serve
	baseURL := listener.BaseURL(s)
	metricsListener, err := cli.ListenMetrics(ctx, s)
	if err != nil {
		return err
	}
	if metricsListener != nil {
		defer metricsListener.Close()
	}

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
	transport, err := newTransport(s)
	if err != nil {
		return err
	}
	defer transport.close()

	policy := s.Policy()
	cores, thread := hashThreads()
	accounts, err := app.New(data.store, app.Options{
		Policy:  &policy,
		Clock:   clock,
		Log:     log,
		Keys:    app.Keys{Seal: data.keys.Seal, Audit: data.keys.Audit},
		Imager:  imager,
		Blobs:   blobs,
		Courier: transport.courier(composer),
		Locator: places.locator,
		Workers: cmp.Or(s.Workers, cores),

		Hashers:    cores,
		HashThread: thread,
	})
	if err != nil {
		return err
	}
	options := siteOptions(s, data, accounts, baseURL, log)
	options.Composer = letters{composer}
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

		Certificates: cli.NewCertificates(s, data.folder.Certificates(), log),

		Metrics:         site.MetricsHandler(),
		MetricsListener: metricsListener,
	}.Run(ctx)
}

// migrate opens the database, which applies what it lacks.
func migrate(ctx context.Context, s cli.Settings, std cli.Streams) (applied []string, err error) {
	data, err := openData(ctx, s, time.Now, cli.NewLog(s, std.Err))
	if err != nil {
		return nil, err
	}
	defer closing(&err, data.close)
	return data.store.Applied(), nil
}

// openAccounts opens the accounts for one command of the shell, beside a server that may be running: mails and pictures
// that the command causes are left to the server, and nothing runs in the background.
func openAccounts(ctx context.Context, s cli.Settings, std cli.Streams, mayMake bool) (_ *app.Accounts, closeAll func() error, err error) {
	log := cli.NewLog(s, std.Err)
	data, err := openBeside(ctx, s, time.Now, log, mayMake)
	if err != nil {
		return nil, nil, err
	}
	blobs, err := blob.Open(data.folder.Avatars())
	if err != nil {
		return nil, nil, errors.Join(err, data.close())
	}
	closeAll = func() error { return errors.Join(blobs.Close(), data.close()) }
	accounts, err := accountsOn(s, std, data.store, data.keys, blobs)
	if err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	return accounts, closeAll, nil
}

// accountsOn are the accounts of a store that no server runs on: nothing is done in the background.
func accountsOn(s cli.Settings, std cli.Streams, store app.Store, keys folder.Keys, blobs app.Blobs) (*app.Accounts, error) {
	imager, err := imaging.New(imaging.Options{MaxPixels: s.AvatarMaxPixels})
	if err != nil {
		return nil, err
	}
	policy := s.Policy()
	return app.New(store, app.Options{
		Policy: &policy,
		Clock:  time.Now,
		Log:    cli.NewLog(s, std.Err),
		Keys:   app.Keys{Seal: keys.Seal, Audit: keys.Audit},
		Imager: imager,
		Blobs:  blobs,
	})
}

// transport is the way to the mail server; without one, its zero value.
type transport struct{ *mail.Transport }

func newTransport(s cli.Settings) (transport, error) {
	if s.SMTPURL == "" {
		return transport{}, nil
	}
	to, err := mail.ParseURL(s.SMTPURL.Reveal())
	if err != nil {
		return transport{}, cli.Unusable("smtp-url", err)
	}
	t, err := mail.NewTransport(to)
	return transport{t}, err
}

// courier is nil without a mail server: mails are kept then.
func (t transport) courier(c *mail.Composer) app.Courier {
	if t.Transport == nil {
		return nil
	}
	return mail.NewCourier(c, t.Transport)
}

func (t transport) close() {
	if t.Transport != nil {
		t.Close()
	}
}

// letters shows kept mails as they would be sent.
type letters struct{ composer *mail.Composer }

// Compose is what web asks for.
func (l letters) Compose(m app.Mail) (web.Letter, error) {
	message, err := l.composer.Compose(m)
	return web.Letter{Subject: message.Subject, Text: message.Text, HTML: message.HTML}, err
}

// siteOptions are what the settings say of pages and API.
func siteOptions(s cli.Settings, data data, accounts *app.Accounts, baseURL *url.URL, log *slog.Logger) web.Options {
	return web.Options{
		Accounts:       accounts,
		BaseURL:        baseURL,
		TrustedProxies: s.TrustedProxies.Prefixes,
		TrustUnixPeer:  s.TrustedProxies.UnixPeer,
		CookieHashKey:  data.keys.CookieHash,
		CookieBlockKey: data.keys.CookieBlock,
		Log:            log,
		SiteName:       s.SiteName,
		SiteLogo:       s.SiteLogo,
		Accent:         s.Accent,
		CORSOrigins:    s.CORSOrigins,
		CookieDomain:   s.CookieDomain,
		Locales:        s.Locales,
	}
}

// newComposer writes mails as the operator wants them to look.
func newComposer(s cli.Settings, baseURL *url.URL) (*mail.Composer, error) {
	logo, err := readLogo(s.SiteLogo)
	if err != nil {
		return nil, err
	}
	return mail.NewComposer(mail.Site{
		Name:    s.SiteName,
		BaseURL: baseURL,
		From:    s.MailFrom,
		Accent:  s.Accent,
		Logo:    logo,
		Locales: s.Locales,
	})
}

// testMail sends one mail through the mail server of the settings.
func testMail(ctx context.Context, s cli.Settings, to string) (reply string, err error) {
	baseURL, err := s.ExpectedBaseURL()
	if err != nil {
		return "", err
	}
	composer, err := newComposer(s, baseURL)
	if err != nil {
		return "", err
	}
	message, err := composer.ComposeTest(to, rand.Text(), time.Now())
	if err != nil {
		return "", err
	}
	transport, err := newTransport(s)
	if err != nil {
		return "", err
	}
	defer transport.close()
	return mail.NewCourier(composer, transport.Transport).SendTest(ctx, message)
}

// readLogo reads the operator's picture, which mails carry with them.
func readLogo(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	picture, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read logo: %w", err)
	}
	return picture, nil
}

// closing closes something at the end of a function and adds what went wrong to its error.
func closing(err *error, fn func() error) { *err = errors.Join(*err, fn()) }
