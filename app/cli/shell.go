package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"doorward/app"
)

// withAccounts runs fn on the data folder's accounts, as whoever has this machine's shell, beside a server that may run on
// it. A folder without a database is made only if mayMake; else it is refused, as a wrong --data most likely.
func (in *invocation) withAccounts(mayMake bool, fn func(a *app.Accounts, by app.Actor) error) (err error) {
	accounts, done, err := in.program.Open(in.ctx, in.settings, in.Streams, mayMake)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return fn(accounts, app.Shell(shellUser()))
}

// shellUser is the system's name for whoever runs this, or at least a number, for the audit log.
func shellUser() string {
	if who, err := user.Current(); err == nil && who.Username != "" {
		return who.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid()) // a container may have no list of users
}

// sentence says what went wrong to whoever sits at the shell. Of what app refuses, that is its sentences for people, and
// of a fault its cause, since there is no log to look into.
func sentence(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	var refused *app.Error
	if !errors.As(err, &refused) {
		return err.Error()
	}
	switch cause := refused.Unwrap(); {
	case cause != nil:
		return cause.Error()
	case len(refused.Fields) == 0:
		return refused.Message
	}
	var lines []string
	for _, field := range refused.Fields {
		lines = append(lines, strings.ReplaceAll(field.Field, "_", " ")+": "+field.Message)
	}
	return strings.Join(lines, " ")
}

// printJSON writes a value as the JSON API would, on lines of their own.
func (in *invocation) printJSON(value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(in.Out, "%s\n", text)
	return err
}

// printTable writes rows under their heads, in columns.
func (in *invocation) printTable(heads []string, rows [][]string) error {
	table := tabwriter.NewWriter(in.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(heads, "\t"))
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t")) // what can't be written is told by Flush
	}
	return table.Flush()
}

// moment is a time in a table, "never" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// momentOrNull is a time in JSON, null for none.
func momentOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
