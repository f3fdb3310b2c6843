package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"doorward/app"
	"doorward/app/apptest"
	"doorward/app/cli"
)

var update = flag.Bool("update", false, "write the golden files anew")

// outcome is what a command line came to.
type outcome struct {
	code           int
	stdout, stderr string
	settings       *cli.Settings // what serve was started with, or the accounts opened; nil when they were not
	mayMake, done  bool          // how the accounts were opened, and whether they were closed
}

// run runs a command line with commands that only note what they were given.
func run(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	return runOn(t, nil, environ, args...)
}

// runOn is run with accounts to work on; without, the data folder has no database.
func runOn(t *testing.T, w *apptest.World, environ []string, args ...string) outcome {
	t.Helper()
	var o outcome
	var stdout, stderr bytes.Buffer
	program := cli.Program{
		Version: "v1.2.3",
		Licence: "The licence.",
		CheckSMTPURL: func(url string) error {
			if !strings.HasPrefix(url, "smtp://") {
				return errors.New("smtp url: it begins with smtp://")
			}
			return nil
		},
		Serve: func(_ context.Context, s cli.Settings, _ cli.Streams) error {
			o.settings = &s
			return nil
		},
		Migrate: func(_ context.Context, s cli.Settings, _ cli.Streams) ([]string, error) {
			switch s.Data {
			case "new":
				return []string{"00001_users.sql", "00002_sessions.sql"}, nil
			case "used":
				return nil, errors.New("the data folder is in use")
			}
			return nil, nil
		},
		Open: func(_ context.Context, s cli.Settings, _ cli.Streams, mayMake bool) (*app.Accounts, func() error, error) {
			o.settings, o.mayMake = &s, mayMake
			if w == nil {
				return nil, nil, errors.New("there is no database in doorward-data yet; name the data folder with --data")
			}
			return w.Accounts, func() error { o.done = true; return nil }, nil
		},
		OpenAPI: func() ([]byte, error) { return []byte(`{"openapi":"3.1.0"}`), nil },
	}
	o.code = program.Run(t.Context(), args, environ, cli.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	o.stdout, o.stderr = stdout.String(), stderr.String()
	return o
}

// served runs serve and answers its settings.
func served(t *testing.T, environ []string, args ...string) cli.Settings {
	t.Helper()
	o := run(t, environ, args...)
	if o.code != 0 || o.settings == nil {
		t.Fatalf("%q %q: exit %d, %s", environ, args, o.code, o.stderr)
	}
	return *o.settings
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatACommandLineSays(t *testing.T) { // not parallel: help asks the environment for the terminal's width
	t.Setenv("COLUMNS", "")
	for name, args := range map[string]string{
		"help":             "help",
		"help-flag":        "--help",
		"help-serve":       "help serve",
		"help-migrate":     "migrate --help",
		"help-healthcheck": "help healthcheck",
		"help-version":     "help version",
		"help-audit":       "help audit verify",
		"help-key":         "help key",
		"help-key-add":     "help key add",
		"key":              "key",
		"key-add-no-role":  "key add shop",
		"key-list-nothing": "key list",
		"migrate-new":      "migrate --data new",
		"migrate-nothing":  "migrate",
		"migrate-used":     "migrate --data used",
		"openapi":          "openapi",
		"wrong-command":    "sevre",
		"wrong-flag":       "--lisen :80",
		"wrong-argument":   "serve now",
		"wrong-value":      "--registration ajar",
		"wrong-help":       "help nonsense",
		"wrong-subcommand": "user shw",
		"user-add-nobody":  "user add",
		"restore-nothing":  "restore --force",
		"wrong-mark":       "audit verify --expect 12",
		"healthcheck-zero": "healthcheck --listen :0",
	} {
		t.Run(name, func(t *testing.T) {
			o := run(t, nil, strings.Fields(args)...)
			got := transcript(args, o)
			for line := range strings.SplitSeq(o.stdout, "\n") {
				if len(line) > 80 {
					t.Errorf("over 80 columns: %q", line)
				}
			}
			golden(t, filepath.Join("testdata", name+".txt"), got)
		})
	}
}

// commandLine is a line of help that begins with a command.
var commandLine = regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z-]+)?)(?:  |$)`)

func TestHelpOfEveryCommandReadsWellOn80Columns(t *testing.T) { // not parallel: as above
	t.Setenv("COLUMNS", "")
	commands := commandLine.FindAllStringSubmatch(run(t, nil, "help").stdout, -1)
	if len(commands) < 25 {
		t.Fatalf("help names %d commands", len(commands))
	}
	for _, command := range commands {
		o := run(t, nil, append([]string{"help"}, strings.Fields(command[1])...)...)
		if o.code != 0 || o.stderr != "" || !strings.HasPrefix(o.stdout, "Usage: doorward "+command[1]) {
			t.Errorf("help %s: exit %d, %q, %.80q", command[1], o.code, o.stderr, o.stdout)
		}
		for line := range strings.SplitSeq(o.stdout, "\n") {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("help %s is over 80 columns: %q", command[1], line)
			}
		}
	}
}

func transcript(args string, o outcome) string {
	var text strings.Builder
	text.WriteString("$ doorward " + args + "\n" + o.stdout)
	if o.stderr != "" {
		text.WriteString("--- standard error\n" + o.stderr)
	}
	text.WriteString("--- exit " + string(rune('0'+o.code)) + "\n")
	return text.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what it was (-update writes it anew):\n%s", path, got)
	}
}

func TestVersionIsOneLine(t *testing.T) {
	t.Parallel()
	o := run(t, nil, "version")
	if o.code != 0 || !strings.HasPrefix(o.stdout, "doorward v1.2.3 (") || strings.Count(o.stdout, "\n") != 1 || !strings.Contains(o.stdout, ", go1.") {
		t.Errorf("exit %d: %q", o.code, o.stdout)
	}
	o = run(t, nil, "version", "--licenses")
	if o.code != 0 || !strings.Contains(o.stdout, "The licence.") {
		t.Errorf("exit %d: %q", o.code, o.stdout)
	}
}

func TestHelpAndVersionDoNotCareAboutSettings(t *testing.T) {
	t.Parallel()
	environ := []string{"DOORWARD_LISTEN=nowhere", "DOORWARD_CONFIG=/does/not/exist"}
	for _, args := range []string{"--help", "help migrate", "version", "openapi"} {
		if o := run(t, environ, strings.Fields(args)...); o.code != 0 {
			t.Errorf("%s: exit %d, %s", args, o.code, o.stderr)
		}
	}
	if o := run(t, environ, "migrate"); o.code != 2 {
		t.Errorf("migrate reads the configuration: exit %d, %s", o.code, o.stderr)
	}
}

func TestServeStoppedBeforeItBeganIsDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	program := cli.Program{Serve: func(ctx context.Context, _ cli.Settings, _ cli.Streams) error { return ctx.Err() }}
	if code := program.Run(ctx, nil, nil, cli.Streams{Err: &stderr}); code != 0 || stderr.Len() > 0 {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

func TestAFailureIsOneLineAndExit1(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		code int
		line string
	}{
		{errors.Join(errors.New("one"), errors.New("two\r\x1b[31m")), 1, "doorward: one; two  [31m\n"},
		{cli.Unusable("mail-from", errors.New("it is no good")), 2, "doorward: --mail-from: it is no good\n"},
	} {
		var stderr bytes.Buffer
		program := cli.Program{Serve: func(context.Context, cli.Settings, cli.Streams) error { return c.err }}
		code := program.Run(t.Context(), nil, nil, cli.Streams{Err: &stderr})
		if code != c.code || stderr.String() != c.line {
			t.Errorf("exit %d: %q", code, stderr.String())
		}
	}
}
