// Package cli is Doorward's command line: the settings (settings.go, and source.go for where they come from) and one file
// for each command. It wires nothing: what a command needs of other rooms, main hands over in a Program. Start with
// Program.Run.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"doorward/app"
)

// The exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // refused or failed
	exitUsage   = 2 // wrong usage or setting
)

// Program is what main hands over. All functions must be set.
type Program struct {
	// Version is the release's name; "" for what the Go toolchain knows.
	Version string
	// Licence is the text of Doorward's own licence.
	Licence string
	// CheckSMTPURL says what is wrong with a --smtp-url, without repeating any of it.
	CheckSMTPURL func(url string) error
	// Serve runs a server until ctx ends. Once it serves, the end of ctx is no error.
	Serve func(ctx context.Context, s Settings, std Streams) error
	// Dev runs a server for a developer until ctx ends. With no Data in the settings its folder goes with it.
	Dev func(ctx context.Context, s Settings, std Streams, o DevOptions) error
	// Migrate brings the data folder's database up to this program and answers the names of what it applied.
	Migrate func(ctx context.Context, s Settings, std Streams) (applied []string, err error)
	// Open opens the accounts of the data folder for one command, beside a server that may run on it, whom it leaves mails
	// and pictures to. A folder without a database is made only if it may be. done must be called.
	Open func(ctx context.Context, s Settings, std Streams, mayMake bool) (accounts *app.Accounts, done func() error, err error)
	// Backup writes everything to one file while a server may run; progress is told how many files are in it.
	Backup func(ctx context.Context, s Settings, std Streams, file string, progress func(files int)) (Backup, error)
	// Restore puts a backup in the data folder's place, with force also of what is there; by is whoever does it.
	Restore func(ctx context.Context, s Settings, std Streams, file string, force bool, by app.Actor) (Restore, error)
	// RenewKeys makes new cookie and sealing keys, while no server runs.
	RenewKeys func(ctx context.Context, s Settings, std Streams, by app.Actor) (app.Renewal, error)
	// TestMail sends one mail through the set-up server and answers what that said.
	TestMail func(ctx context.Context, s Settings, to string) (reply string, err error)
	// Doctor checks what a server with these settings needs, one thing after the other.
	Doctor func(ctx context.Context, s Settings, std Streams) iter.Seq[Finding]
	// Service has the system install, uninstall, start or stop a service, or tell its status; args are what it is to be started
	// with. The error is ErrNoService where there are none.
	Service func(act string, args []string) (said string, err error)
	// OpenAPI writes the JSON API's description.
	OpenAPI func() ([]byte, error)
}

// Streams are a process' standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// grammar is the command line: the settings and the commands.
type grammar struct {
	Help helpFlag `short:"h" help:"Show this, or what one command does." group:"basic"`
	Settings

	Serve       serveCommand       `cmd:"" default:"1" help:"Serve pages, JSON API and avatars; what doorward does without a command."`
	Dev         devCommand         `cmd:"" settings:"config,data,listen,base-url,trusted-proxies,cors-origins,cookie-domain,mail-from,site-name,site-logo,accent,registration,default-role,default-status,unconfirmed,unconfirmed-keep,conceal-accounts,password-min,password-require,session-lifetime,session-idle,fingerprint,avatar-max-bytes,avatar-max-pixels,workers,geoip-db,locales,audit-keep,log-format,log-level" help:"Serve for development: three accounts, mails kept, a clock that moves."`
	Migrate     migrateCommand     `cmd:"" settings:"config,data,log-format,log-level" help:"Bring the database up to this version; serve does so too."`
	Backup      backupCommand      `cmd:"" settings:"config,data,log-format,log-level" help:"Write everything to one file, also while the server runs."`
	Restore     restoreCommand     `cmd:"" settings:"config,data,log-format,log-level" help:"Put a backup in the data folder's place."`
	Import      importCommand      `cmd:"" settings:"config,data,default-role,log-format,log-level" help:"Add accounts from a CSV or JSON lines file, with hashes of other systems."`
	Export      exportCommand      `cmd:"" settings:"config,data,log-format,log-level" help:"Write all accounts to a CSV or JSON lines file."`
	User        userCommand        `cmd:"" settings:"config,data,log-format,log-level" help:"Accounts: add, list, show, password, confirm, reset-link, status, role, delete, assign-missing."`
	Role        roleCommand        `cmd:"" settings:"config,data,log-format,log-level" help:"Roles: list, add, delete."`
	Audit       auditCommands      `cmd:"" help:"Look after the audit log."`
	Healthcheck healthcheckCommand `cmd:"" settings:"config,listen,acme-domain" help:"Ask the running server whether it is ready; for containers."`
	Key         keyCommand         `cmd:"" settings:"config,data,log-format,log-level" help:"API keys, by which other programs call the JSON API."`
	OpenAPI     openAPICommand     `cmd:"" name:"openapi" settings:"" help:"Print the JSON API's description (OpenAPI 3.1)."`
	Mail        mailCommand        `cmd:"" help:"Try the mail server."`
	Doctor      doctorCommand      `cmd:"" help:"Check settings, folder, database, clock, mail and proxies; also beside a server."`
	Service     serviceCommand     `cmd:"" help:"Run with the machine on Windows or macOS: install, uninstall, start, stop, status."`
	Completion  completionCommand  `cmd:"" settings:"" help:"Print a script that completes commands: bash, zsh or fish."`
	Version     versionCommand     `cmd:"" settings:"" help:"Print the version."`
}

// invocation is one run of a command.
type invocation struct {
	ctx      context.Context
	program  Program
	settings Settings
	environ  []string
	Streams
}

// Run reads args (without the program's name) and environ (as os.Environ gives it) and runs the command that they ask
// for. It answers the exit code, after at most one line on standard error that says why it is not 0.
func (p Program) Run(ctx context.Context, args, environ []string, std Streams) int {
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	var line grammar
	parsed, err := p.parse(&line, args, environ)
	if errors.Is(err, errHelp) {
		return report(std.Err, printHelp(parsed, std.Out))
	}
	if err != nil {
		return report(std.Err, &usageError{err})
	}
	if err := line.Settings.settleACME(); err != nil {
		return report(std.Err, err)
	}
	in := &invocation{ctx: ctx, program: p, settings: line.Settings, environ: environ, Streams: std}
	return report(std.Err, parsed.Run(in, parsed))
}

// parse reads the command line. The context that it answers with errHelp is what was understood up to there.
func (p Program) parse(line *grammar, args, environ []string) (*kong.Context, error) {
	options := append(mappers(p.CheckSMTPURL),
		kong.Name("doorward"),
		kong.Description(description),
		kong.NoDefaultHelp(),
		kong.ExplicitGroups(groups),
		kong.Resolvers(newSources(environ)),
	)
	parser, err := kong.New(line, options...)
	if err != nil {
		return nil, fmt.Errorf("build command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	var parseError *kong.ParseError
	var setting *unusable
	switch {
	case errors.Is(err, errHelp) && errors.As(err, &parseError):
		return parseError.Context, errHelp
	case errors.As(err, &setting):
		return nil, setting // without kong's words around it
	case errors.As(err, &parseError) && unfinished.MatchString(err.Error()):
		return nil, fmt.Errorf("%w (doorward help%s tells more)", err, commandOf(parseError.Context))
	}
	return parsed, err
}

// unfinished is what kong says of a command line with too little or too much in it, rather than of one value.
var unfinished = regexp.MustCompile(`^(expected|unexpected|missing) `)

// commandOf names the command that was understood so far, behind a space; "" for none.
func commandOf(ctx *kong.Context) (name string) {
	for _, step := range ctx.Path {
		if step.Command != nil {
			name += " " + step.Command.Name
		}
	}
	return name
}

// usageError is a failure that is the command line's or a setting's.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// Unusable is the error of a setting whose value turned out not to be usable only when it was used. It ends the program
// with the code for a wrong setting.
func Unusable(setting string, err error) error {
	return &usageError{&unusable{"--" + setting, err}}
}

// report says on one line what went wrong, and answers the exit code.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(stderr, oneLine("doorward: "+sentence(err))) // where nobody can be told, the code still tells
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitRefused
}

// credentials are what stands before the host in a URL: a mail server's, say, that was put behind the wrong flag.
var credentials = regexp.MustCompile(`://.*@`)

// oneLine keeps a message on one line and credentials out of it, whatever is quoted in it.
func oneLine(text string) string {
	text = strings.ReplaceAll(text, "\n", "; ") // between errors that were joined
	text = credentials.ReplaceAllLiteralString(text, "://[redacted]@")
	return strings.Map(func(r rune) rune {
		if breaksLines(r) {
			return ' '
		}
		return r
	}, text)
}
