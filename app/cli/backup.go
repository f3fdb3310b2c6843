package cli

import (
	"fmt"
	"time"

	"doorward/app"
)

// Backup tells what a backup holds.
type Backup struct{ Files int }

// Restore tells what a restore brought back and ended.
type Restore struct {
	MadeAt   time.Time // when the backup was made
	Sessions int       // ended
	Keys     []app.Key // that work again
}

// backupCommand is `doorward backup`.
type backupCommand struct {
	File string `arg:"" help:"Where to write; one that is there is replaced. Keep it as secret as the data folder." placeholder:"FILE"`
}

// Run makes the backup.
func (c backupCommand) Run(in *invocation) error {
	bar := newProgress(in.Err, "backing up", 0)
	made, err := in.program.Backup(in.ctx, in.settings, in.Streams, c.File, bar.at)
	bar.clear()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(in.Out, "backed up %d files to %s\n", made.Files, printable(c.File))
	return err
}

// restoreCommand is `doorward restore`.
type restoreCommand struct {
	File  string `arg:"" help:"What doorward backup wrote." placeholder:"FILE"`
	Force bool   `help:"Replace what is in the data folder. It must not be in use all the same."`
}

// Run restores, and says what else that did.
func (c restoreCommand) Run(in *invocation) error {
	done, err := in.program.Restore(in.ctx, in.settings, in.Streams, c.File, c.Force, app.Shell(shellUser()))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(in.Out, "restored the backup of %s; %d sessions ended\n", done.MadeAt.Format(time.RFC3339), done.Sessions); err != nil {
		return err
	}
	for _, key := range done.Keys {
		if _, err := fmt.Fprintf(in.Out, "API key %d %q (%s) works again; doorward key revoke %d ends it\n", key.ID, key.Name, key.Role, key.ID); err != nil {
			return err
		}
	}
	return nil
}
