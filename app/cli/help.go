package cli

import (
	"errors"
	"io"

	"github.com/alecthomas/kong"
)

const description = `User accounts for your own app.

Every setting below is a flag, an environment variable (DOORWARD_DATA for --data; DOORWARD_DATA_FILE names a file that holds the value) and a key of the TOML file that --config names (data = "..."). A flag beats the environment, which beats the file. TIME is such as 90s, 12h or 60d.`

// groups head the settings in help.
var groups = []kong.Group{
	{Key: "basic", Title: "Where things are:"},
	{Key: "mail", Title: "Mail:"},
	{Key: "brand", Title: "Your name on it:"},
	{Key: "accounts", Title: "Accounts:"},
	{Key: "sessions", Title: "Sessions:"},
	{Key: "limits", Title: "Limits (N/TIME, or off):"},
	{Key: "running", Title: "Running:"},
}

// errHelp ends parsing as soon as help is asked for, before any setting is looked at.
var errHelp = errors.New("help was asked for")

// helpFlag is --help.
type helpFlag bool

// IgnoreDefault keeps kong from taking `doorward --help` for a question about the default command.
func (helpFlag) IgnoreDefault() {}

// BeforeReset is kong's call on a flag that was given.
func (helpFlag) BeforeReset() error { return errHelp }

// printHelp writes help for the command that was asked for, or for all, on at most 80 columns.
func printHelp(ctx *kong.Context, out io.Writer) error {
	for _, flag := range ctx.Model.Flags {
		if ctx.Selected() != nil && flag.Name != "help" && !uses(ctx.Selected(), flag.Name) {
			flag.Hidden = true
		}
	}
	ctx.Stdout = out
	return kong.DefaultHelpPrinter(kong.HelpOptions{
		Compact: true, FlagsLast: true, WrapUpperBound: 80, ValueFormatter: withDefault,
	}, ctx)
}

// withDefault says a setting's default behind its meaning.
func withDefault(value *kong.Value) string {
	if !value.HasDefault || value.Default == "" || value.Default == "none" {
		return value.Help
	}
	return value.Help + " Default: " + value.Default + "."
}
