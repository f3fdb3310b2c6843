package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"doorward/app"
	"doorward/goose"
)

// firstMigrations is the schema as it was some releases ago.
func firstMigrations(t *testing.T, n int) fs.FS {
	t.Helper()
	names, err := fs.Glob(goose.Migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	some := fstest.MapFS{}
	for _, name := range names[:n] {
		text, err := fs.ReadFile(goose.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		some[name] = &fstest.MapFile{Data: text}
	}
	return some
}

func fact(t *testing.T, s *Store, name string) (value string) {
	t.Helper()
	err := s.View(t.Context(), func(tx app.Tx) (err error) {
		value, err = tx.Fact(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func setFact(t *testing.T, s *Store, name, value string) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx app.Tx) error { return tx.SetFact(name, value) }); err != nil {
		t.Fatal(err)
	}
}

func TestAsItIsWritesBesideAServerWhichIsTold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	server := openAt(t, path, Options{})
	told := make(chan struct{}, 10)
	server.OnForeignChange(func() { told <- struct{}{} })
	command := openAt(t, path, Options{AsItIs: true})
	setFact(t, server, "a", "by the server")
	if got := fact(t, command, "a"); got != "by the server" {
		t.Errorf("the command reads %q", got)
	}
	setFact(t, command, "a", "by the command")
	<-told
	if got := fact(t, server, "a"); got != "by the command" {
		t.Errorf("the server reads %q", got)
	}
	if err := command.Close(); err != nil {
		t.Fatal(err)
	}
	setFact(t, server, "a", "after the command")
}

func TestAsItIsNeitherMakesNorMigrates(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "doorward.db")
	if _, err := tryOpen(t, missing, Options{AsItIs: true}); !errors.Is(err, ErrOld) {
		t.Errorf("no database: %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("one was made")
	}

	old := filepath.Join(t.TempDir(), "doorward.db")
	if err := openAt(t, old, Options{Migrations: firstMigrations(t, 3)}).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := tryOpen(t, old, Options{AsItIs: true}); !errors.Is(err, ErrOld) {
		t.Errorf("an old database: %v", err)
	}
	if got := openAt(t, old, Options{Migrations: firstMigrations(t, 3), AsItIs: true}).Version(); got != 3 {
		t.Errorf("its version is now %d", got)
	}
	if _, err := tryOpen(t, old, Options{Migrations: firstMigrations(t, 2), AsItIs: true}); err == nil || errors.Is(err, ErrOld) {
		t.Errorf("a database newer than the program: %v", err)
	}
}

func TestAMigrationIsAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	var asked, released int
	alone := func(context.Context) (func() error, error) {
		asked++
		return func() error { released++; return nil }, nil
	}
	for _, step := range []struct{ migrations, times int }{{2, 1}, {2, 1}, {3, 2}} {
		if err := openAt(t, path, Options{Migrations: firstMigrations(t, step.migrations), Alone: alone}).Close(); err != nil {
			t.Fatal(err)
		}
		if asked != step.times || released != step.times {
			t.Errorf("%d migrations: asked %d times and released %d, want %d", step.migrations, asked, released, step.times)
		}
	}
	refuse := errors.New("a command runs")
	_, err := tryOpen(t, path, Options{Alone: func(context.Context) (func() error, error) { return nil, refuse }})
	if !errors.Is(err, refuse) {
		t.Errorf("while a command runs: %v", err)
	}
	if got := openAt(t, path, Options{Migrations: firstMigrations(t, 3)}).Version(); got != 3 {
		t.Errorf("its version is now %d", got)
	}
}
