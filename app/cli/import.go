package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"doorward/app"
	"doorward/app/transfer"
)

// importCommand is `doorward import`.
type importCommand struct {
	File   string `arg:"" help:"A .csv file with a header line, or a .jsonl file." placeholder:"FILE"`
	DryRun bool   `help:"Check everything and change nothing."`
	JSON   bool   `name:"json" help:"Print the outcome as JSON: {added, present, bad, dry_run}."`
	Roles  bool   `help:"Take the file's roles too, Owner included; else everybody gets the default role."`
}

// Run reads the file through once, so that one that can't be read to its end changes nothing, and then adds what is not
// there yet. Rows that are bad are told on standard error and skipped.
func (c importCommand) Run(in *invocation) error {
	file, err := os.Open(c.File)
	if err != nil {
		return quotePath(err)
	}
	defer file.Close()
	rows, err := transfer.Check(c.File, file)
	if err != nil {
		return fmt.Errorf("%s can't be read: %w", printable(c.File), err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s can't be read twice: %w", printable(c.File), rootCause(err))
	}
	reader, err := transfer.Read(c.File, file)
	if err != nil {
		return fmt.Errorf("%s can't be read: %w", printable(c.File), err)
	}
	return in.withAccounts(!c.DryRun, func(a *app.Accounts, by app.Actor) error {
		bar := newProgress(in.Err, "importing", rows)
		report, err := a.Import(in.ctx, by, reader.Next, app.ImportOptions{
			DryRun: c.DryRun, WithRoles: c.Roles, Progress: bar.at,
			Problem: func(line int, err error) {
				bar.clear()
				fmt.Fprintln(in.Err, oneLine(fmt.Sprintf("line %d is skipped: %s", line, sentence(err))))
			},
		})
		bar.clear()
		printing := c.tell(in, report)
		if err != nil {
			return errors.New(sentence(err) + " (what was added stays; the same import again adds the rest)")
		}
		return printing
	})
}

// tell prints what was done, or would be.
func (c importCommand) tell(in *invocation, r app.ImportReport) error {
	if c.JSON {
		return in.printJSON(struct {
			Added   int  `json:"added"`
			Present int  `json:"present"`
			Bad     int  `json:"bad"`
			DryRun  bool `json:"dry_run"`
		}{r.Added, r.Present, r.Bad, c.DryRun})
	}
	would := ""
	if c.DryRun {
		would = "would be "
	}
	_, err := fmt.Fprintf(in.Out, "%sadded %d, already there %d, bad %d\n", would, r.Added, r.Present, r.Bad)
	return err
}
