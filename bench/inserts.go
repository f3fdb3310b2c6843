//go:build linux

package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver that Doorward uses
)

// ownCPU is the CPU time that this process has used.
func ownCPU() (time.Duration, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), err
}

// plainInserts copies what an import made into the same tables of another data folder, row by row in one transaction, with
// nothing checked: what no import can go below. It answers the CPU time.
func (b *bench) plainInserts(imported string) (time.Duration, error) {
	empty := filepath.Join(b.dir, "plain")
	first, err := b.doorward("", empty) // makes the folder
	if err != nil {
		return 0, err
	}
	if err := first.stop(); err != nil {
		return 0, err
	}
	from, err := sql.Open("sqlite", "file:"+filepath.Join(imported, "doorward.db")+"?mode=ro")
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := sql.Open("sqlite", "file:"+filepath.Join(empty, "doorward.db")+"?_pragma=synchronous(full)&_pragma=foreign_keys(1)")
	if err != nil {
		return 0, err
	}
	defer to.Close()
	before, err := ownCPU()
	if err != nil {
		return 0, err
	}
	ctx := context.Background()
	tx, err := to.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	for _, table := range []string{"users", "role_assignments"} {
		if err := copyRows(ctx, from, tx, table); err != nil {
			return 0, fmt.Errorf("copy %s: %w", table, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	after, err := ownCPU()
	return after - before, err
}

func copyRows(ctx context.Context, from *sql.DB, to *sql.Tx, table string) error {
	columns, err := plainColumns(ctx, from, table)
	if err != nil {
		return err
	}
	rows, err := from.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	insert, err := to.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plainColumns are a table's columns but those that the database makes itself.
func plainColumns(ctx context.Context, db *sql.DB, table string) (names []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", table) // which leaves generated ones out
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
