package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/storetest"
	"doorward/goose"
)

func TestStoreKeepsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) app.Store {
		return openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{Now: now})
	})
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
