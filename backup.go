package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"doorward/app"
	"doorward/app/archive"
	"doorward/app/blob"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/sqlite"
)

// snapshots is how often a backup begins anew with the database because a picture that it knows went away meanwhile. Each
// time only what is new since is still to be added, so that one or two are enough also on a busy site.
const snapshots = 10

// backup writes everything to one file, beside a server that may run. The file appears whole and durable, or not at all;
// one that is there is replaced.
func backup(ctx context.Context, s cli.Settings, std cli.Streams, target string, progress func(files int)) (info cli.Backup, err error) {
	if err := cli.Replaceable(target); err != nil {
		return cli.Backup{}, err
	}
	log := cli.NewLog(s, std.Err)
	data, err := openBeside(ctx, s, time.Now, log, false)
	if err != nil {
		return cli.Backup{}, err
	}
	defer closing(&err, data.close)
	blobs, err := blob.Open(data.folder.Avatars())
	if err != nil {
		return cli.Backup{}, err
	}
	defer closing(&err, blobs.Close)

	if target, err = filepath.Abs(target); err != nil {
		return cli.Backup{}, fmt.Errorf("make a backup: %w", err)
	}
	if data.folder.Keeps(target) {
		return cli.Backup{}, fmt.Errorf("%s is a part of the data folder, which a backup would replace; name another file", target)
	}
	work, end, err := workFolder(filepath.Dir(target))
	if err != nil {
		return cli.Backup{}, fmt.Errorf("make a backup: %w", err)
	}
	defer func() { err = errors.Join(err, end()) }()
	file, err := os.OpenFile(filepath.Join(work, "backup"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return cli.Backup{}, fmt.Errorf("make a backup: %w", err)
	}
	defer file.Close() // again after a good end, which does nothing
	b := &backupRun{settings: s, std: std, data: data, blobs: blobs, work: work, added: map[string]bool{}, progress: progress, target: target}
	b.to = archive.NewWriter(file, time.Now(), version)
	if err := b.write(ctx); err != nil {
		return cli.Backup{}, err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return cli.Backup{}, fmt.Errorf("write the backup: %w", err)
	}
	if err := os.Rename(file.Name(), target); err != nil {
		return cli.Backup{}, fmt.Errorf("write the backup: %w", err)
	}
	if err := folder.Sync(filepath.Dir(target)); err != nil {
		return cli.Backup{}, err
	}
	if err := b.remember(ctx); err != nil {
		log.Warn("the backup is whole, but administration can't tell that it was made", "error", err)
	}
	return cli.Backup{Files: len(b.added) + 2}, nil
}

// workName begins the name of the folder in which a backup is made, beside its target and so on the same file system.
const workName = ".doorward-backup-"

// workFolder makes such a folder, of mode 0700, and takes away those of backups that were killed: each holds a copy of
// everything. Whoever works in one holds its lock.
func workFolder(dir string) (path string, end func() error, err error) {
	left, _ := filepath.Glob(filepath.Join(dir, workName+"*")) // of our own pattern: no error, and a name with wildcards in it finds none
	for _, path := range left {
		if _, err := os.Stat(workLock(path)); err != nil {
			continue // another one begins there, or it is not ours to look into
		}
		lock := flock.New(workLock(path))
		if taken, err := lock.TryLock(); err == nil && taken {
			_ = lock.Close() // before it goes: Windows removes nothing that is open
			_ = os.RemoveAll(path)
		}
	}
	path, err = os.MkdirTemp(dir, workName+"*")
	if err != nil {
		return "", nil, err
	}
	lock := flock.New(workLock(path))
	_, _ = lock.TryLock() // where a file system knows no locks, nothing is taken away either
	return path, func() error { return errors.Join(lock.Close(), os.RemoveAll(path)) }, nil
}

func workLock(path string) string { return filepath.Join(path, "lock") }

// backupRun is one backup on its way.
type backupRun struct {
	settings cli.Settings
	std      cli.Streams
	data     data
	blobs    *blob.Folder
	work     string
	to       *archive.Writer
	added    map[string]bool // pictures' files
	progress func(files int)
	target   string // the absolute path of the file
}

// remember tells the overview of administration that there is a backup.
func (b *backupRun) remember(ctx context.Context) error {
	accounts, err := accountsOn(b.settings, b.std, b.data.store, b.data.keys, b.blobs)
	if err != nil {
		return err
	}
	return accounts.BackedUp(ctx, app.Shell(""), b.target)
}

// write adds pictures until all that a copy of the database knows are there, and then that copy.
func (b *backupRun) write(ctx context.Context) error {
	for try := range snapshots {
		database := filepath.Join(b.work, fmt.Sprintf("%d.db", try))
		if err := b.data.store.CopyTo(ctx, database); err != nil {
			return err
		}
		complete, err := b.addPictures(ctx, database)
		switch {
		case err != nil:
			return err
		case complete:
			if err := b.addFile("doorward.db", database); err != nil {
				return err
			}
			if err := b.addFile("keys", b.data.folder.KeysFile()); err != nil {
				return err
			}
			return b.to.Close()
		}
		if err := os.Remove(database); err != nil {
			return err
		}
	}
	return errors.New("pictures change too fast to be backed up; try again")
}

// addPictures adds the files of every picture that a database knows; not complete when one of them is gone.
func (b *backupRun) addPictures(ctx context.Context, database string) (complete bool, err error) {
	store, err := sqlite.Open(ctx, database, sqlite.Options{Migrations: migrations(), Now: time.Now, AsItIs: true})
	if err != nil {
		return false, err
	}
	defer closing(&err, store.Close)
	accounts, err := accountsOn(b.settings, b.std, store, b.data.keys, b.blobs)
	if err != nil {
		return false, err
	}
	complete = true
	err = accounts.PictureFiles(ctx, func(folder string, names []string) error {
		for _, name := range names {
			err := b.addPicture(folder, name)
			if errors.Is(err, fs.ErrNotExist) {
				complete = false
				return nil
			}
			if err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	return complete, err
}

func (b *backupRun) addPicture(folder, name string) error {
	path := "avatars/" + folder + "/" + name
	if b.added[path] {
		return nil
	}
	file, err := b.blobs.Open(folder, name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := b.to.Add(path, file.Size(), file); err != nil {
		return err
	}
	b.added[path] = true
	b.progress(len(b.added))
	return nil
}

func (b *backupRun) addFile(name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return b.to.Add(name, info.Size(), file)
}
