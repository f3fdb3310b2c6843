package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"doorward/app"
)

// health knows whether the store can be written. Damage is for good; any other reason goes with the next write that works.
type health struct {
	log *slog.Logger

	mu     sync.Mutex
	damage error
	down   error
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
	h.damage = err
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
		return fmt.Errorf("the database is damaged (%w): restore the newest backup", h.damage)
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
	var found string
	err = c.raw.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found)
	closed := c.close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !isDamage(err):
		return fmt.Errorf("check database: %w", err)
	case err != nil:
		found = err.Error()
	case found == "ok":
		return closed
	}
	s.health.damaged(errors.New(found))
	return fmt.Errorf("check database: %s", found)
}
