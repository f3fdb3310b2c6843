package cli

import (
	"fmt"
	"strings"
)

// migrateCommand is `doorward migrate`.
type migrateCommand struct{}

// Run applies what is missing and says what that was.
func (migrateCommand) Run(in *invocation) error {
	applied, err := in.program.Migrate(in.ctx, in.settings, in.Streams)
	if err != nil {
		return err
	}
	text := "nothing to apply: the database is up to date"
	if len(applied) > 0 {
		text = "applied " + strings.Join(applied, ", ")
	}
	_, err = fmt.Fprintln(in.Out, text)
	return err
}
