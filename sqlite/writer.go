package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"doorward/app"
)

const (
	// maxBatch bounds how many Updates share a commit, and with it how long the first of them waits for the last.
	maxBatch = 256
	// lookEvery is how often the writer looks for other processes' commits between batches.
	lookEvery = 250 * time.Millisecond
	// upkeepEvery is how many looks lie between two tries to recover or to shorten the log.
	upkeepEvery = 4
	// longLog is how long the write-ahead log may grow, in bytes, before the writer waits for readers to shorten it.
	// SQLite's own checkpoints keep it near 4 MB unless some View is always running.
	longLog = 64 << 20
	// logCheckpointWait and closeCheckpointWait bound how long a checkpoint waits for readers, in milliseconds.
	logCheckpointWait   = 100
	closeCheckpointWait = 500
	busyTimeout         = 5000
)

var (
	errWriteClosed = fmt.Errorf("sqlite: the store is closed: %w", app.ErrUnavailable)
	// errLeft says that an Update's fn ended its goroutine or panicked.
	errLeft = errors.New("sqlite: the update's function did not return")
)

// update is one call of Update on its way through the writer.
type update struct {
	ctx  context.Context
	turn chan *tx      // gives the caller its turn
	gone chan struct{} // closed by a caller that stopped waiting for its turn
	over chan error    // what fn returned; ends the turn
	done chan error    // the answer
}

// writer owns the one connection that writes.
//
// It takes an update, begins, and gives the caller its turn inside a savepoint; then it takes whoever waits by then, and
// so on; then it commits once and answers all. A function that fails loses its savepoint and harms nobody else. While
// the disk flushes, the next batch gathers, so that a lone caller waits for one commit and a crowd shares it.
type writer struct {
	store    *Store
	conn     *conn
	queue    chan *update // without room: whoever was taken from it has begun
	stop     chan struct{}
	ended    chan struct{}
	lastSeen int64 // data_version at the last look
	looks    int

	committed int // batches, and other processes' commits that were noticed
	tidying   tidying
}

func startWriter(c *conn, s *Store, blocks blockSizes) (*writer, error) {
	w := &writer{
		store: s, conn: c, queue: make(chan *update), stop: make(chan struct{}), ended: make(chan struct{}), tidying: newTidying(blocks),
	}
	version, err := w.dataVersion()
	if err != nil {
		return nil, err
	}
	w.lastSeen = version
	go w.run()
	return w, nil
}

// update brings fn to the writer and runs it when its turn comes.
func (w *writer) update(ctx context.Context, fn func(app.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u := &update{
		ctx:  ctx,
		turn: make(chan *tx),
		gone: make(chan struct{}),
		over: make(chan error, 1),
		done: make(chan error, 1),
	}
	select {
	case w.queue <- u:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return errWriteClosed
	}
	select {
	case t := <-u.turn:
		return u.take(t, fn)
	case err := <-u.done:
		return err
	case <-ctx.Done():
		close(u.gone)
		return ctx.Err()
	}
}

// take runs fn in its turn and waits for the commit.
func (u *update) take(t *tx, fn func(app.Tx) error) error {
	result := errLeft
	defer func() {
		if result == errLeft { // a panic, or a test that ended here: it goes on once the turn is given back
			t.end()
			u.over <- errLeft
		}
	}()
	result = fn(t)
	t.end()
	u.over <- result
	return <-u.done
}

func (w *writer) run() {
	defer close(w.ended)
	ticker, hurry := time.NewTicker(lookEvery), time.NewTicker(tidyEvery)
	defer ticker.Stop()
	defer hurry.Stop()
	for {
		select {
		case u := <-w.queue:
			w.batch(u)
		case <-ticker.C:
			w.look()
			w.tidy()
		case <-w.untidy(hurry):
			w.tidy()
		case <-w.stop:
			return
		}
	}
}

// close waits for the batch that runs.
func (w *writer) close() {
	close(w.stop)
	<-w.ended
}

// answer is what an update of a batch is told if the commit works.
type answer struct {
	to  *update
	err error
}

// batch runs first and whoever waits behind it in one transaction.
func (w *writer) batch(first *update) {
	if err := w.store.health.refusal(); err != nil {
		w.refuse(first, err)
		return
	}
	if err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		w.conn.exec("ROLLBACK") // in case an earlier one could not be ended
		w.refuse(first, w.outage("begin", err))
		return
	}
	var answers []answer
	for u := first; u != nil; u = w.next(len(answers)) {
		err, broken := w.turn(u)
		answers = append(answers, answer{u, err})
		if broken != nil {
			w.abandon(answers, broken)
			return
		}
	}
	if err := w.conn.exec("COMMIT"); err != nil {
		w.abandon(answers, w.outage("commit", err))
		return
	}
	w.committed++
	for _, a := range answers {
		a.to.done <- a.err
	}
}

// next is an update that waits already, nil when there is none or the batch is full.
func (w *writer) next(taken int) *update {
	if taken >= maxBatch {
		return nil
	}
	select {
	case u := <-w.queue:
		return u
	default:
		return nil
	}
}

// turn lets one update run inside a savepoint. err is its own answer; broken says that the whole transaction is lost.
func (w *writer) turn(u *update) (err, broken error) {
	if err := u.ctx.Err(); err != nil {
		return err, nil
	}
	if err := w.conn.exec("SAVEPOINT turn"); err != nil {
		return nil, w.outage("savepoint", err)
	}
	t := &tx{conn: w.conn, now: w.store.moment(), effort: w.store.effort, writes: true}
	select {
	case u.turn <- t:
		err = <-u.over
	case <-u.gone:
		err = u.ctx.Err()
	}
	if err == nil {
		err = t.fault // a fault that fn passed over: SQLite may have undone part of its work
	}
	if t.fault != nil && isOutage(t.fault) {
		w.outage("update", t.fault)
	}
	if err == nil {
		return nil, w.endTurn("RELEASE turn")
	}
	if broken := w.endTurn("ROLLBACK TO turn"); broken != nil {
		return err, broken
	}
	return err, w.endTurn("RELEASE turn")
}

// endTurn fails when SQLite rolled the transaction back by itself, as it may on a full disk: the savepoint is gone then.
func (w *writer) endTurn(query string) error {
	if err := w.conn.exec(query); err != nil {
		return w.outage("end of an update", err)
	}
	return nil
}

// abandon undoes what is left of a batch and answers everybody in it with err: what they did is not there.
func (w *writer) abandon(answers []answer, err error) {
	w.conn.exec("ROLLBACK") // fails when SQLite has rolled back already, which is as good
	for _, a := range answers {
		a.to.done <- err
	}
}

// refuse answers first and everybody who waits by now, so that a crowd is not told one by one after a timeout each.
func (w *writer) refuse(first *update, err error) {
	for n, u := 1, first; u != nil; n, u = n+1, w.next(n) {
		u.done <- err
	}
}

// outage notes that a write failed, and why, and gives the error to answer with.
func (w *writer) outage(op string, err error) error {
	if isDamage(err) {
		w.store.health.damaged(err)
	} else {
		w.store.health.failed(err)
	}
	return unavailable(op, err)
}

// look is what the writer does between batches: it looks for other processes' commits, tries whether the disk takes
// writes again after it did not, and shortens a log that grew long.
func (w *writer) look() {
	// data_version changes with every commit but this connection's own, and no other in this process writes.
	if version, err := w.dataVersion(); err == nil && version != w.lastSeen {
		w.lastSeen = version
		w.committed++
		w.store.watch.note()
	}
	if w.looks++; w.looks%upkeepEvery != 0 {
		return
	}
	if w.store.health.isDown() {
		w.probe()
	}
	if info, err := os.Stat(w.store.path + "-wal"); err == nil && info.Size() > longLog {
		if err := w.truncateLog(logCheckpointWait); err != nil {
			w.store.log.Warn("shorten the write-ahead log", "error", err)
		}
	}
}

func (w *writer) dataVersion() (version int64, err error) {
	s, err := w.conn.prepare("PRAGMA data_version")
	if err != nil {
		return 0, err
	}
	err = s.QueryRow().Scan(&version)
	return version, err
}

// probe commits a change that changes nothing (user_version is not used) to learn whether writes work again.
func (w *writer) probe() {
	if err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		w.outage("probe", err)
		return
	}
	err := w.conn.exec("PRAGMA user_version = 0")
	if err == nil {
		err = w.conn.exec("COMMIT")
	}
	if err != nil {
		w.conn.exec("ROLLBACK")
		w.outage("probe", err)
		return
	}
	w.store.health.worked()
}

// tryWriting tells at the start of a file that may not be written: SQLite opens it all the same, and would say so at the
// first change only. What can pass by itself, such as a full disk, is left to pass.
func tryWriting(c *conn) error {
	err := c.exec("BEGIN IMMEDIATE")
	if err == nil {
		err = errors.Join(c.exec("PRAGMA user_version = 0"), c.exec("ROLLBACK")) // it is not used, and 0 as it is
	}
	if isReadOnly(err) {
		return err
	}
	return nil
}

// truncateLog moves the whole write-ahead log into the database and empties it, if readers let it within wait milliseconds.
func (w *writer) truncateLog(wait int) error {
	setTimeout := func(ms int) error { return w.conn.exec(fmt.Sprintf("PRAGMA busy_timeout = %d", ms)) }
	if err := setTimeout(wait); err != nil {
		return err
	}
	err := w.conn.exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, setTimeout(busyTimeout))
}
