package sqlite

import "time"

// tidyEvery is how often blocks are tidied while some are known to want it. Between, other processes get to write, too.
const tidyEvery = 25 * time.Millisecond

// untidy is hurry's channel while the directory's blocks are known to want tidying, so that a flood of new accounts is kept
// up with.
func (w *writer) untidy(hurry *time.Ticker) <-chan time.Time {
	if w.tidying.more {
		return hurry.C
	}
	return nil
}

// tidy gives some of the directory's blocks their size. It runs between batches and holds nobody up for long. What fails
// is tried again after the next commit, and harms nobody: blocks count right at any size.
func (w *writer) tidy() {
	if w.store.health.isDown() || w.tidying.rests(w.committed) {
		return
	}
	before := w.tidying
	err := w.conn.exec("BEGIN IMMEDIATE")
	if err == nil {
		t := &tx{conn: w.conn, now: w.store.moment(), writes: true}
		err = w.tidying.step(t)
		t.end()
	}
	if err == nil {
		err = w.conn.exec("COMMIT")
	}
	if err != nil {
		w.conn.exec("ROLLBACK")
		w.tidying, w.tidying.more = before, false
		w.tidying.giveUp()
		w.store.log.Warn("tidy the directory", "error", err)
	}
}
