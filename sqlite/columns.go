package sqlite

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"doorward/app"
)

// How Go values lie in columns. Each type below scans one; the functions give what is bound.

// micros is a time as an integer, Unix microseconds; the zero time is NULL.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

type timeColumn time.Time

func (c *timeColumn) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*c = timeColumn{}
	case int64:
		*c = timeColumn(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("a time is an integer, not %T", value)
	}
	return nil
}

// orNull is text where NULL means none: in unique columns, and in references.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// idOrNull is a reference to a row by number, where 0 means none.
func idOrNull(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// addrText is an address as text, "" for none.
func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

type addrColumn netip.Addr

func (c *addrColumn) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("an address is text, not %T", value)
	}
	if text == "" {
		*c = addrColumn{}
		return nil
	}
	addr, err := netip.ParseAddr(text)
	*c = addrColumn(addr)
	return err
}

type digestColumn app.Digest

func (c *digestColumn) Scan(value any) error {
	raw, ok := value.([]byte)
	if !ok || len(raw) != len(c) {
		return fmt.Errorf("a digest is %d bytes, not %T", len(c), value)
	}
	copy(c[:], raw)
	return nil
}

// bytesOrNull is bytes where nil and empty differ: NULL for nil.
func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// rolesColumn is a list of names, the highest rank first and then by name. SQLite gives them in any order, each behind its
// rank's digit, one a line: to have it sort them costs as much as finding the user.
type rolesColumn []string

func (c *rolesColumn) Scan(value any) error {
	*c = rolesColumn{}
	if value == nil || value == "" {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a list of roles is text, not %T", value)
	}
	*c = strings.Split(text, "\n")
	slices.SortFunc(*c, func(a, b string) int { return cmp.Or(cmp.Compare(b[0], a[0]), cmp.Compare(a, b)) })
	for i, role := range *c {
		(*c)[i] = role[1:]
	}
	return nil
}

// fieldsText is custom fields as a JSON object.
func fieldsText(fields map[string]json.RawMessage) (string, error) {
	if len(fields) == 0 {
		return "{}", nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // values are kept as they came
	if err := encoder.Encode(fields); err != nil {
		return "", fmt.Errorf("encode custom fields: %w", err)
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}

type fieldsColumn map[string]json.RawMessage

func (c *fieldsColumn) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("custom fields are text, not %T", value)
	}
	*c = fieldsColumn{}
	if text == "{}" {
		return nil
	}
	return json.Unmarshal([]byte(text), (*map[string]json.RawMessage)(c))
}
