package app

import (
	"errors"
	"testing"
)

// crowd is a transaction that counts a million accounts and can do nothing else.
type crowd struct{ Tx }

func (crowd) CountUsers() (int, error) { return 1_000_000, nil }

func TestASearchIsNotLeafedThroughToItsEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		search  string
		offset  int
		refused bool
	}{
		{"e", 0, false}, {"e", maxLeafed, false}, {"e", maxLeafed + 10, true}, {"e", 999_990, true},
		{"e", 1_000_000, false}, {"e", maxPage * maxPageSize, false}, // past all that there are: an empty list
		{"", 999_990, false}, // without a search, any page is as near as the first
	} {
		err := leafsTooFar(crowd{}, UserFilter{Search: c.search, Offset: c.offset})
		var e *Error
		if refused := errors.As(err, &e) && e.Fields[0].Field == "page" && e.Fields[0].Rule == RuleOutOfRange; refused != c.refused {
			t.Errorf("%q from %d: %v, want refused: %v", c.search, c.offset, err, c.refused)
		}
	}
}
