package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"doorward/app"
	"doorward/app/transfer"
)

// exportCommand is `doorward export`.
type exportCommand struct {
	File       string `arg:"" help:"Where to write: a .csv or .jsonl file. One that is there is replaced." placeholder:"FILE"`
	WithHashes bool   `help:"Add the password hashes. Whoever has the file can try passwords then."`
}

// Run writes all accounts to a file of mode 0600, which appears whole or not at all.
func (c exportCommand) Run(in *invocation) error {
	return in.withAccounts(false, func(a *app.Accounts, by app.Actor) (err error) {
		if err := Replaceable(c.File); err != nil {
			return err
		}
		file, err := os.CreateTemp(filepath.Dir(c.File), "."+filepath.Base(c.File)+".*") // of mode 0600
		if err != nil {
			return fmt.Errorf("%s can't be written: %w", quote(c.File), rootCause(err)) // not the temporary name
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, file.Close(), os.Remove(file.Name()))
			}
		}()
		buffer := bufio.NewWriterSize(file, 1<<20)
		writer, err := transfer.Write(c.File, buffer, c.WithHashes)
		if err != nil {
			return err
		}
		bar, rows := newProgress(in.Err, "exporting", 0), 0
		err = a.Export(in.ctx, by, c.WithHashes, func(row app.AccountRow) error {
			rows++
			bar.at(rows)
			return writer.Write(row)
		})
		bar.clear()
		if err != nil {
			return errors.New(sentence(err))
		}
		if err := errors.Join(writer.Close(), buffer.Flush(), file.Sync()); err != nil {
			return fmt.Errorf("write %s: %w", printable(c.File), rootCause(err))
		}
		if err := os.Rename(file.Name(), c.File); err != nil {
			return fmt.Errorf("%s can't be written: %w", quote(c.File), rootCause(err))
		}
		_, err = fmt.Fprintf(in.Out, "exported %d accounts\n", rows)
		return errors.Join(err, file.Close())
	})
}
