package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorward/app"
)

// TestALongReaderHoldsUpNoWriteAndTheLogShrinksAfterIt: while somebody reads, SQLite can't begin its log anew, and it grows.
// It must not stay so.
func TestALongReaderHoldsUpNoWriteAndTheLogShrinksAfterIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	s := openAt(t, path, Options{})
	setFact(t, s, "small", "first")
	logSize := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	err := s.View(t.Context(), func(tx app.Tx) error {
		if _, err := tx.Fact("small"); err != nil {
			return err
		}
		large := strings.Repeat("x", 4<<20)
		for n := 0; logSize() <= longLog; n++ {
			setFact(t, s, "large", large[n:]) // answered, beside the reader
		}
		setFact(t, s, "small", "second")
		if now, err := tx.Fact("small"); err != nil || now != "first" {
			t.Errorf("the reader sees %q (%v)", now, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); logSize() > longLog/4 && time.Now().Before(end); {
		<-time.After(10 * time.Millisecond) // the writer looks at it every second, and tells nobody
	}
	if size := logSize(); size > longLog/4 {
		t.Errorf("after the reader the log still has %d bytes", size)
	}
	if now := fact(t, s, "small"); now != "second" {
		t.Errorf("what was written beside the reader is %q", now)
	}
}
