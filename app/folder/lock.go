package folder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Two locks say who may work on the folder. Both go with their process, whatever ends it.
//
//   - `lock` is the server's, for as long as it lives: a second one is refused. What replaces the folder's files holds it too.
//   - `lock.shared` is held together by the commands that work on the database beside a server (Share), and alone by
//     whoever changes what they rely on (Alone): a migration, or a restore.

const (
	// sharePatience is how long a command waits for a migration to end, alonePatience how long a migration waits for
	// commands.
	sharePatience = 30 * time.Second
	alonePatience = 10 * time.Second
	lockRetry     = 20 * time.Millisecond
)

// ErrInUse is in the error of Lock, Share and Alone when another process holds the folder.
var ErrInUse = errors.New("in use")

// Lock takes the folder for this process until Close, or until the process ends in any way. When another has it, the
// error is ErrInUse and names the lock file. A restore that was killed when it was decided is finished then.
func (f *Folder) Lock() error {
	taken, err := f.lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock data folder: %w", err)
	}
	if !taken {
		return fmt.Errorf("the data folder is %w: another doorward holds the lock %s", ErrInUse, f.lock.Path())
	}
	if err := f.makeShared(); err != nil {
		return err
	}
	if err := f.takeRestored(); err != nil {
		return err
	}
	return f.AbandonRestore() // of one that was killed before: a copy of everything, which nobody would look for
}

// makeShared makes the commands' lock file in the server's name: one that root's shell made could not be opened by a
// server that runs as somebody else.
func (f *Folder) makeShared() error {
	file, err := os.OpenFile(f.shared.Path(), os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("lock data folder: %w", err)
	}
	return file.Close()
}

// Share joins those who work on the folder's database beside the server, if there is one, until Close. While somebody is
// alone with the folder it waits; beyond its patience the error is ErrInUse.
func (f *Folder) Share(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, f.sharePatience)
	defer cancel()
	_, err := f.shared.TryRLockContext(patience, lockRetry)
	return f.sharedError(ctx, err, "a doorward that brings it up to date or restores it holds the lock")
}

// Alone keeps every command out until release is called, after those that run have ended. It waits for them; beyond its
// patience the error is ErrInUse. It keeps no server out: whoever asks for it holds the lock.
func (f *Folder) Alone(ctx context.Context) (release func() error, err error) {
	patience, cancel := context.WithTimeout(ctx, f.alonePatience)
	defer cancel()
	_, err = f.shared.TryLockContext(patience, lockRetry)
	return f.shared.Unlock, f.sharedError(ctx, err, "a doorward command that still runs holds the lock")
}

// sharedError says what came of waiting for the commands' lock.
func (f *Folder) sharedError(ctx context.Context, err error, who string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the data folder is %w: %s %s; try again when it is done", ErrInUse, who, f.shared.Path())
	case err != nil:
		return fmt.Errorf("lock data folder: %w", err)
	}
	return nil
}

// Close gives back what was taken. The lock files stay: to remove one would let two processes each lock one of their own.
func (f *Folder) Close() error {
	if err := errors.Join(f.shared.Close(), f.lock.Close()); err != nil {
		return fmt.Errorf("unlock data folder: %w", err)
	}
	return nil
}
