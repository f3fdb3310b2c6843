package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"

	"doorward/app"
)

// health knows whether the store can be written. Any reason but damage goes with the next write that works. Damage is for
// good: it is written down beside the database, so that neither the next start nor a command writes before a check of the
// whole file found it whole.
type health struct {
	log  *slog.Logger
	mark string // the path of that note

	mu       sync.Mutex
	damage   error
	recalled bool // the damage was found before this start
	down     error
}

// recall reads what an earlier process wrote down.
func (h *health) recall() error {
	text, err := os.ReadFile(h.mark)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	h.damage, h.recalled = fmt.Errorf("found earlier: %s", strings.TrimSpace(string(text))), true
	h.log.Error("the database was found damaged before: nothing is written to it until its check finds it whole", "error", h.damage)
	return nil
}

// whole notes that the whole file was checked and has no damage, for damage of which only the note tells.
func (h *health) whole() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.recalled {
		return
	}
	h.damage, h.recalled = nil, false
	if err := ignoreMissingFile(os.Remove(h.mark)); err != nil {
		h.log.Warn("remove the note of damage", "error", err)
	}
	h.log.Info("the database's check found it whole: it is written again")
}

// refusal is why no write is even tried: nil, or an error that is app.ErrUnavailable.
func (h *health) refusal() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.damage == nil {
		return nil
	}
	return fmt.Errorf("sqlite: %w: %w", app.ErrUnavailable, h.damage)
}

func (h *health) damaged(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.damage == nil {
		h.log.Error("the database is damaged: nothing more is written to it; restore the newest backup", "error", err)
	}
	h.damage, h.recalled = err, false
	if err := os.WriteFile(h.mark, []byte(err.Error()+"\n"), 0o600); err != nil {
		h.log.Warn("write down that the database is damaged", "error", err)
	}
}

// failed notes that a write did not work. Only the first of a row is kept and logged.
func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down == nil {
		h.log.Error("the database can't be written; reads go on", "error", err)
		h.down = err
	}
}

// worked notes that a write did work.
func (h *health) worked() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down != nil {
		h.log.Info("the database can be written again")
	}
	h.down = nil
}

func (h *health) isRecalled() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.recalled
}

func (h *health) isDown() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.down != nil
}

// reason says to a person why the store can't be written, nil when it can.
func (h *health) reason() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.damage != nil:
		return fmt.Errorf("%w (%w)", app.ErrDamaged, h.damage)
	case h.down != nil:
		return fmt.Errorf("the database can't be written: %w", h.down)
	}
	return nil
}

// Ready answers nil when the store can read and write.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.health.reason(); err != nil {
		return err
	}
	c, err := s.readers.acquire(ctx)
	if err != nil {
		return fmt.Errorf("the database can't be read: %w", err)
	}
	err = c.exec(`SELECT id FROM roles WHERE id = 1`)
	s.readers.release(c, err == nil)
	if err != nil {
		return fmt.Errorf("the database can't be read: %w", err)
	}
	return nil
}

// Check looks for damage in the whole file, beside everything else, which takes about a second for each 100 MB. When it finds any, it
// answers what, nothing more is written (app.ErrUnavailable) and Ready says why. Run it once after each start.
func (s *Store) Check(ctx context.Context) error {
	c, err := openConn(ctx, readerDSN(s.path))
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	check := `PRAGMA quick_check(1)`
	if s.health.isRecalled() {
		check = `PRAGMA integrity_check(1)` // a doubt is only laid to rest by looking at everything
	}
	var found string
	err = c.raw.QueryRowContext(ctx, check).Scan(&found)
	closed := c.close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !isDamage(err):
		return fmt.Errorf("check database: %w", err)
	case err != nil:
		found = err.Error()
	case found == "ok":
		if !s.guest {
			s.health.whole()
		}
		return closed
	}
	s.health.damaged(errors.New(found))
	return fmt.Errorf("check database: %s", found)
}
