package view

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"doorward/app"
)

func TestPagesOfAListAreReachedByTheirNumbers(t *testing.T) {
	t.Parallel()
	one := []UserRow{{ID: 1}}
	for _, c := range []struct {
		at, pages      int
		more           bool
		rows           []UserRow
		numbers        []int
		previous, next int
	}{
		{1, 1, false, one, []int{1}, 0, 0},
		{1, 2, true, one, []int{1, 2}, 0, 2},
		{1, 129, true, one, []int{1, 2, 0, 129}, 0, 2},
		{3, 5, true, one, []int{1, 2, 3, 4, 5}, 2, 4},
		{12, 129, true, one, []int{1, 0, 11, 12, 13, 0, 129}, 11, 13},
		{129, 129, false, one, []int{1, 0, 128, 129}, 128, 0},
		{40, 40, true, one, []int{1, 0, 39, 40, 41}, 39, 41}, // a search that stopped counting
		{55, 40, false, one, []int{1, 0, 54, 55}, 54, 0},
		{9, 1, false, nil, []int{1}, 1, 0}, // past the end
		{1, 0, false, nil, nil, 0, 0},
		{50_000, 100_000, true, one, []int{1, 0, 49_999, 50_000, 50_001, 0, 100_000}, 49_999, 50_001},
	} {
		p := &Users{Page: c.at, Pages: c.pages, More: c.more, Rows: c.rows}
		if !slices.Equal(p.Numbers(), c.numbers) || p.Previous() != c.previous || p.Next() != c.next {
			t.Errorf("on %d of %d: %v, before %d, after %d", c.at, c.pages, p.Numbers(), p.Previous(), p.Next())
		}
	}
}

func TestAListsAddressHoldsAllThatItAsks(t *testing.T) {
	t.Parallel()
	query := UsersQuery{Search: "a b&c=ö", Role: "Editor", Status: "active", Confirmed: "false", Sort: "-email"}
	at := query.At(7)
	values, err := url.ParseQuery(strings.TrimPrefix(at, "?"))
	if err != nil || ReadUsersQuery(values) != query || values.Get("page") != "7" {
		t.Errorf("%s is read back as %+v, %v", at, ReadUsersQuery(values), err)
	}
	if (UsersQuery{}).At(1) != "" || (UsersQuery{Sort: "email"}).Narrow() || !query.Narrow() {
		t.Error("what asks for nothing asks for something, or the other way round")
	}
}

func TestAColumnsHeadingTurnsItsOrderRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ sort, column, sorted, link string }{
		{"", "made", "descending", "?sort=created_at"},
		{"created_at", "made", "ascending", "?sort=-created_at"},
		{"", "email", "", "?sort=email"},
		{"email", "email", "ascending", "?sort=-email"},
		{"-email", "email", "descending", "?sort=email"},
		{"email", "seen", "", "?sort=-last_seen_at"},
		{"email", "roles", "", ""},
	} {
		p := &Users{Query: UsersQuery{Sort: c.sort}, Columns: allColumns}
		headings := p.Headings()
		i := slices.IndexFunc(headings, func(h Heading) bool { return h.Column == c.column })
		if h := headings[i]; h.Sorted != c.sorted || h.Link != c.link {
			t.Errorf("sorted by %q, the head of %s is %+v", c.sort, c.column, h)
		}
	}
	for _, order := range (&Users{}).Orders() {
		name := strings.TrimPrefix(order, "-")
		if !slices.Contains([]app.UserSort{app.ByCreation, app.ByEmail, app.ByUsername, app.ByLastName, app.ByLastSeen}, app.UserSort(name)) {
			t.Errorf("there is no order %s", order)
		}
	}
}

func TestChosenColumnsAreKeptInOrderWhateverABrowserSends(t *testing.T) {
	t.Parallel()
	for kept, want := range map[string]string{
		"": "email roles state seen made", "who": "", "who.made.email": "email made", "made.<script>.made": "made", "....": "",
	} {
		columns := ParseColumns(kept)
		if got := strings.Join(columns, " "); got != want {
			t.Errorf("%q is read as %q, want %q", kept, got, want)
		}
		if again := ParseColumns(columns.String()); !slices.Equal(again, columns) {
			t.Errorf("%q is read back as %q", columns, again)
		}
	}
}
