package sqlite

import (
	"fmt"
	"time"

	"doorward/app"
)

// tx is one View, or one turn of an Update. Its methods are in tx_users.go and beside it.
type tx struct {
	conn   *conn
	now    time.Time
	effort searchEffort
	writes bool
	over   bool
	// fault is the first failure that is not about a row. SQLite may have rolled the whole transaction back with it, and
	// what follows would be committed by itself: so nothing follows.
	fault error
}

var _ app.Tx = (*tx)(nil)

// Now is the one reading of the clock for the whole transaction.
func (t *tx) Now() time.Time { return t.now }

// end makes the transaction useless to whoever keeps it.
func (t *tx) end() { t.over = true }

// closed says why no more statement may run, nil when one may.
func (t *tx) closed() error {
	if t.over {
		return errTxOver
	}
	return t.fault
}

// failed turns a failure into what the contract says, and keeps it where it ends the transaction.
func (t *tx) failed(op string, err error) error {
	if row := rowError(err); row != nil {
		return row
	}
	if t.writes && isOutage(err) {
		err = unavailable(op, err)
	} else {
		err = fmt.Errorf("sqlite: %s: %w", op, err)
	}
	if t.fault == nil {
		t.fault = err
	}
	return err
}

// exec runs a statement and counts the rows that it changed.
func (t *tx) exec(op, query string, args ...any) (int, error) {
	if err := t.closed(); err != nil {
		return 0, err
	}
	statement, err := t.conn.prepare(query)
	if err != nil {
		return 0, t.failed(op, err)
	}
	result, err := statement.Exec(args...)
	if err != nil {
		return 0, t.failed(op, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.failed(op, err)
	}
	return int(n), nil
}

// execOne runs a statement that names one row: app.ErrNoRow when it changed none.
func (t *tx) execOne(op, query string, args ...any) error {
	n, err := t.exec(op, query, args...)
	if err == nil && n == 0 {
		return app.ErrNoRow
	}
	return err
}

// scanner is a row: *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// one reads one row; app.ErrNoRow when there is none.
func one[T any](t *tx, op string, read func(scanner) (T, error), query string, args ...any) (T, error) {
	var none T
	if err := t.closed(); err != nil {
		return none, err
	}
	statement, err := t.conn.prepare(query)
	if err != nil {
		return none, t.failed(op, err)
	}
	value, err := read(statement.QueryRow(args...))
	if err != nil {
		return none, t.failed(op, err)
	}
	return value, nil
}

// list reads all rows. It is never nil.
func list[T any](t *tx, op string, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	if err := t.closed(); err != nil {
		return nil, err
	}
	statement, err := t.conn.prepare(query)
	if err != nil {
		return nil, t.failed(op, err)
	}
	rows, err := statement.Query(args...)
	if err != nil {
		return nil, t.failed(op, err)
	}
	defer rows.Close()
	values := []T{}
	for rows.Next() {
		value, err := read(rows)
		if err != nil {
			return nil, t.failed(op, err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		return nil, t.failed(op, err)
	}
	return values, nil
}

// value reads a single column.
func value[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// orZero takes a missing row for the zero value.
func orZero[T any](v T, err error) (T, error) {
	if err == app.ErrNoRow { // as one gives it, never wrapped
		return v, nil
	}
	return v, err
}

func scanTime(row scanner) (at time.Time, err error) {
	err = row.Scan((*timeColumn)(&at))
	return at, err
}
