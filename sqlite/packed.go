package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// The driver takes locks and asks SQLite five things for each column of a row, which for the forty of a session with its user
// costs as much as finding them. Such a row comes packed into one column: its values as text, one after the other.

// between stands between packed values. It is a control character that no value holds as a rule; unpack tells when one does.
const between = "\x1f"

// packed makes one column of a list of columns that goes to dest. NULL and "" become the same.
func packed(columns string, dest []any) string {
	list := splitColumns(columns)
	if len(list) != len(dest) {
		panic(fmt.Sprintf("%d columns for %d values", len(list), len(dest)))
	}
	for i, column := range list {
		if _, raw := dest[i].(*digestColumn); raw {
			column = "hex(" + column + ")"
		}
		list[i] = "coalesce(" + column + ", '')"
	}
	return "concat_ws('" + between + "',\n\t" + strings.Join(list, ",\n\t") + ")"
}

// splitColumns cuts a list at the commas that stand in no brackets.
func splitColumns(columns string) (list []string) {
	depth, from := 0, 0
	for i, r := range columns {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, strings.TrimSpace(columns[from:i]))
				from = i + 1
			}
		}
	}
	return append(list, strings.TrimSpace(columns[from:]))
}

// unpack puts what packed gave where it belongs. fits is false where a value holds what stands between values: such a row is
// to be read column by column.
func unpack(row string, dest []any) (fits bool, err error) {
	if strings.Count(row, between) != len(dest)-1 {
		return false, nil
	}
	for i := range dest {
		var text string
		text, row, _ = strings.Cut(row, between)
		if err := unpackValue(text, dest[i]); err != nil {
			return true, fmt.Errorf("column %d: %w", i, err)
		}
	}
	return true, nil
}

func unpackValue(text string, dest any) (err error) {
	switch d := dest.(type) {
	case *string:
		*d = text
		return nil
	case *bool:
		*d = text == "1"
		return nil
	case *int64:
		*d, err = strconv.ParseInt(text, 10, 64)
		return err
	case *int:
		*d, err = strconv.Atoi(text)
		return err
	case *timeColumn:
		if text == "" {
			return d.Scan(nil)
		}
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		return d.Scan(at)
	case *digestColumn:
		if n, err := hex.Decode(d[:], []byte(text)); err != nil || n != len(d) {
			return fmt.Errorf("a digest is %d bytes", len(d))
		}
		return nil
	case sql.Scanner:
		return d.Scan(text)
	}
	value := reflect.ValueOf(dest).Elem() // a name for a text, such as an avatar's status
	if value.Kind() != reflect.String {
		return fmt.Errorf("a %T can't be packed", dest)
	}
	value.SetString(text)
	return nil
}

// packedRow reads the one packed row that a query finds for a value, from the driver itself: what database/sql does around it
// takes as long as the driver does.
func (c *conn) packedRow(query string, value driver.Value) (row string, err error) {
	err = c.raw.Raw(func(driverConn any) error {
		statement, known := c.packed[query]
		if !known {
			prepared, err := driverConn.(driver.ConnPrepareContext).PrepareContext(context.Background(), query)
			if err != nil {
				return err
			}
			statement = prepared.(driver.StmtQueryContext)
			c.packed[query] = statement
		}
		rows, err := statement.QueryContext(context.Background(), []driver.NamedValue{{Ordinal: 1, Value: value}})
		if err != nil {
			return err
		}
		var found [1]driver.Value
		err = rows.Next(found[:])
		if err == nil {
			row, _ = found[0].(string) // it is text, whatever it is made of
		}
		if err == io.EOF {
			err = sql.ErrNoRows
		}
		return errors.Join(err, rows.Close())
	})
	return row, err
}
