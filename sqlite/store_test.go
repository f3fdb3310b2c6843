package sqlite

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/storetest"
	"doorward/goose"
)

func TestStoreKeepsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) app.Store {
		path := filepath.Join(t.TempDir(), "doorward.db")
		if err := os.WriteFile(path, migrated(t), 0o600); err != nil {
			t.Fatal(err)
		}
		return openAt(t, path, Options{Now: now})
	})
}

var migratedOnce struct {
	sync.Once
	file []byte
}

// migrated is the file of a database as a first start leaves it: each story of the contract begins with a copy, as under the
// race detector the migrations would take it ten times as long as the rest of its start.
func migrated(t testing.TB) []byte {
	t.Helper()
	migratedOnce.Do(func() {
		path := filepath.Join(t.TempDir(), "doorward.db")
		s, err := tryOpen(t, path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil { // which leaves everything in the one file
			t.Fatal(err)
		}
		if migratedOnce.file, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	})
	return migratedOnce.file
}

// openAt opens a store and closes it when the test ends, unless the test did.
func openAt(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := tryOpen(t, path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// tryOpen opens with the real schema and a clock that stands still, where o says nothing else.
func tryOpen(t testing.TB, path string, o Options) (*Store, error) {
	t.Helper()
	if o.Migrations == nil {
		o.Migrations = goose.Migrations()
	}
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	return Open(t.Context(), path, o)
}

// noon is when these tests happen.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
