package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"doorward/app"
	"doorward/app/cli"
	"doorward/app/folder"
	"doorward/sqlite"
)

// beside opens a data folder as a command does.
func beside(t *testing.T, path string, mayMake bool) (data, error) {
	t.Helper()
	d, err := openBeside(t.Context(), cli.Settings{Data: path}, time.Now, slog.New(slog.DiscardHandler), mayMake)
	if err == nil {
		t.Cleanup(func() {
			if err := d.close(); err != nil {
				t.Error(err)
			}
		})
	}
	return d, err
}

func TestACommandOpensTheFolderBesideAServer(t *testing.T) {
	t.Parallel()
	needsSignals(t)
	path := filepath.Join(t.TempDir(), "data")
	s := start(t, program(t, "--data", path, "--listen", "127.0.0.1:0"))
	d, err := beside(t, path, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.Update(t.Context(), func(tx app.Tx) error { return tx.SetFact("test", "by the command") }); err != nil {
		t.Errorf("write beside the server: %v", err)
	}
	if status, _ := get(t, http.DefaultClient, s.base+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz answers %d", status)
	}
	if code := s.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d: %s", code, s.log)
	}
	again := start(t, program(t, "--data", path, "--listen", "127.0.0.1:0")) // while the command has the folder open
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("a server that starts beside a command: exit %d: %s", code, again.log)
	}
}

func TestACommandMakesAFolderOnlyWhenItMay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	if _, err := beside(t, path, false); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("no folder: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("it was made")
	}
	made, err := beside(t, path, true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := beside(t, path, false) // a second command, while the first one runs
	if err != nil {
		t.Fatal(err)
	}
	if made.keys != again.keys || made.keys == (folder.Keys{}) {
		t.Error("the two commands have different keys")
	}
	server, err := openData(t.Context(), cli.Settings{Data: path}, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("a server beside two commands: %v", err)
	}
	if err := server.close(); err != nil {
		t.Error(err)
	}
}

// oldData is a data folder as an older release left it.
func oldData(t *testing.T) string {
	t.Helper()
	path := t.TempDir()
	in, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Keys(); err != nil {
		t.Fatal(err)
	}
	old := fstest.MapFS{}
	for _, name := range []string{"00001_users.sql", "00002_sessions.sql"} {
		text, err := fs.ReadFile(migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		old[name] = &fstest.MapFile{Data: text}
	}
	store, err := sqlite.Open(t.Context(), in.Database(), sqlite.Options{Migrations: old, Now: time.Now})
	if err == nil {
		err = errors.Join(store.Close(), in.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACommandMigratesOnlyWhereNoServerRuns(t *testing.T) {
	t.Parallel()
	path := oldData(t)
	server, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Lock(); err != nil {
		t.Fatal(err)
	}
	_, err = beside(t, path, true)
	if !errors.Is(err, folder.ErrInUse) || !strings.Contains(err.Error(), "older") || !strings.Contains(err.Error(), filepath.Join(path, "lock")) {
		t.Errorf("beside a server of an older version: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := beside(t, path, false)
	if err != nil {
		t.Fatalf("without a server: %v", err)
	}
	if d.store.Version() <= 2 {
		t.Errorf("the schema is still version %d", d.store.Version())
	}
	if copies, err := filepath.Glob(filepath.Join(path, "backups", "*")); err != nil || len(copies) != 1 {
		t.Errorf("copies before the migration: %v, %v", copies, err)
	}
}

func TestCommandsThatComeTogetherToAnOldFolderAllWork(t *testing.T) {
	t.Parallel()
	path := oldData(t)
	const crowd = 8
	errs := make(chan error, crowd)
	for range crowd {
		go func() {
			d, err := openBeside(t.Context(), cli.Settings{Data: path}, time.Now, slog.New(slog.DiscardHandler), true)
			if err == nil {
				err = d.close()
			}
			errs <- err
		}()
	}
	for range crowd {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if copies, err := filepath.Glob(filepath.Join(path, "backups", "*")); err != nil || len(copies) != 1 {
		t.Errorf("copies before the migration: %v, %v", copies, err)
	}
}
