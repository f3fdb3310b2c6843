package folder_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorward/app/folder"
)

// Locks belong to the open file, so two Folders of one process are to each other what two processes are.

func TestCommandsShareAFolderWithEachOtherAndTheServer(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	server, one, other := open(t, path), open(t, path), open(t, path)
	if err := one.Share(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.Lock(); err != nil {
		t.Errorf("a server beside a command: %v", err)
	}
	if err := other.Share(t.Context()); err != nil {
		t.Errorf("a second command: %v", err)
	}
}

func TestWhoWantsToBeAloneWaitsForCommands(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	server, command := open(t, path), open(t, path)
	if err := command.Share(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.SetPatience(time.Millisecond)
	_, err := server.Alone(t.Context())
	if !errors.Is(err, folder.ErrInUse) || !strings.Contains(err.Error(), filepath.Join(path, "lock.shared")) {
		t.Errorf("beside a command that goes on: %v", err)
	}
	server.SetPatience(time.Minute)
	alone := make(chan error, 1)
	go func() {
		_, err := server.Alone(t.Context())
		alone <- err
	}()
	if err := command.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-alone; err != nil {
		t.Errorf("once the command ended: %v", err)
	}
}

func TestCommandsWaitForWhoIsAlone(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	server, command := open(t, path), open(t, path)
	release, err := server.Alone(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	command.SetPatience(time.Millisecond)
	if err := command.Share(t.Context()); !errors.Is(err, folder.ErrInUse) || !strings.Contains(err.Error(), filepath.Join(path, "lock.shared")) {
		t.Errorf("while the server is alone: %v", err)
	}
	command.SetPatience(time.Minute)
	shared := make(chan error, 1)
	go func() { shared <- command.Share(t.Context()) }()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-shared; err != nil {
		t.Errorf("once it is not: %v", err)
	}
}

func TestWaitingForALockEndsWithItsContext(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	server, command := open(t, path), open(t, path)
	if _, err := server.Alone(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := command.Share(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("share: %v", err)
	}
}

func TestTheServersLockMakesTheCommandsToo(t *testing.T) {
	t.Parallel()
	skipWithoutModes(t)
	path := t.TempDir()
	if err := open(t, path).Lock(); err != nil {
		t.Fatal(err)
	}
	if got := mode(t, filepath.Join(path, "lock.shared")); got != 0o600 {
		t.Errorf("its mode is %#o", got)
	}
}

func TestLookingForADatabaseMakesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none")
	if there, err := folder.HasDatabase(path); there || err != nil {
		t.Errorf("no folder: %v, %v", there, err)
	}
	if left, err := filepath.Glob(path); err != nil || len(left) > 0 {
		t.Errorf("made %v, %v", left, err)
	}
}
