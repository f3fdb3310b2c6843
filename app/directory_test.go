package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// populated is a world with an Owner, an Admin and some members, each made a minute after the one before.
func populated(t *testing.T, members int) (*apptest.World, app.Actor) {
	t.Helper()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	for i := range members {
		w.Clock.Advance(time.Minute)
		_, err := register(t, w, fmt.Sprintf("u%02d@example.org", i), apptest.Browser(1))
		must(t, err)
	}
	return w, owner.Actor()
}

func pageOf(t *testing.T, w *apptest.World, by app.Actor, q app.UserQuery) app.UserPage {
	t.Helper()
	if q.Page == 0 && q.Cursor == "" {
		q.Page = 1
	}
	if q.PageSize == 0 {
		q.PageSize = 10
	}
	page, err := w.ListUsers(t.Context(), by, q)
	must(t, err)
	return page
}

func emails(users []app.User) string {
	var list []string
	for _, u := range users {
		list = append(list, strings.TrimSuffix(u.Email, "@example.org"))
	}
	return strings.Join(list, " ")
}

func TestTheDirectoryIsForAdmins(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 0)
	member := w.Newcomer(eve)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	for _, by := range []app.Actor{member.Actor(), apptest.Stranger(1)} {
		_, err := w.ListUsers(t.Context(), by, app.UserQuery{Page: -1, Sort: "wrong"})
		wantCode(t, err, app.CodeForbidden)
		_, err = w.SearchUsers(t.Context(), by, "ada")
		wantCode(t, err, app.CodeForbidden)
	}
	for _, by := range []app.Actor{owner, admin.Actor(), app.System()} {
		if got := pageOf(t, w, by, app.UserQuery{}); emails(got.Users) != "grace eve ada" {
			t.Errorf("%s sees %q", by.Name, emails(got.Users))
		}
	}
}

func TestTheDirectoryIsReadByPages(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 13)
	first := pageOf(t, w, owner, app.UserQuery{})
	if emails(first.Users) != "u12 u11 u10 u09 u08 u07 u06 u05 u04 u03" || first.TotalCount != 14 || first.TotalPages != 2 || first.Page != 1 || first.NextCursor == "" || first.TotalIsLeast {
		t.Errorf("the first page: %q %+v", emails(first.Users), first)
	}
	last := pageOf(t, w, owner, app.UserQuery{Page: 2})
	if emails(last.Users) != "u02 u01 u00 ada" || last.TotalCount != 14 || last.Page != 2 || last.NextCursor != "" {
		t.Errorf("the last page: %q %+v", emails(last.Users), last)
	}
	for _, page := range []int{3, 1_000_000, 1_000_000_000_000, 1_000_000_000_000_000} {
		past := pageOf(t, w, owner, app.UserQuery{Page: page, PageSize: 100})
		if past.Users == nil || len(past.Users) != 0 || past.TotalCount != 14 || past.Page != page || past.NextCursor != "" {
			t.Errorf("page %d: %+v", page, past)
		}
	}
}

func TestACursorShowsEachAccountOnceWhateverIsAdded(t *testing.T) {
	t.Parallel()
	for _, sort := range []string{"", "created_at", "-created_at", "email", "-email", "username", "-username", "last_name", "-last_name", "last_seen_at", "-last_seen_at"} {
		t.Run("by "+sort, func(t *testing.T) {
			t.Parallel()
			w, owner := populated(t, 0)
			var want []int64
			for i := range 7 { // all in one instant, as a batch makes them
				_, err := register(t, w, fmt.Sprintf("m%02d@example.org", i), apptest.Browser(1))
				must(t, err)
			}
			for _, u := range pageOf(t, w, owner, app.UserQuery{Sort: sort}).Users {
				want = append(want, u.ID)
			}
			var got []int64
			q := app.UserQuery{Sort: sort, PageSize: 2}
			for added := 0; ; added++ {
				page := pageOf(t, w, owner, q)
				for _, u := range page.Users {
					if slices.Contains(want, u.ID) {
						got = append(got, u.ID)
					}
				}
				if q.Cursor = page.NextCursor; q.Cursor == "" || added > 20 {
					break
				}
				if added < 5 {
					for _, name := range []string{"a", "z"} { // before and behind everybody
						_, err := register(t, w, fmt.Sprintf("%s%02d@example.org", name, added), apptest.Browser(1))
						must(t, err)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("walked %v, want %v", got, want)
			}
		})
	}
}

func TestACursorLeadsOnInItsOwnListAlone(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 5)
	q := app.UserQuery{PageSize: 2, Search: "u0", Role: app.RoleUser, Status: "active", Confirmed: "false", Sort: "-email"}
	first := pageOf(t, w, owner, q)
	if emails(first.Users) != "u04 u03" || first.Page != 1 {
		t.Fatalf("first page %q", emails(first.Users))
	}
	q.Cursor = first.NextCursor
	if got := pageOf(t, w, owner, q); emails(got.Users) != "u02 u01" || got.Page != 0 || got.TotalCount != 5 {
		t.Errorf("by cursor: %q %+v", emails(got.Users), got)
	}
	q.PageSize, q.Search = 3, " u0 "
	if got := pageOf(t, w, owner, q); emails(got.Users) != "u02 u01 u00" {
		t.Errorf("with another page size: %q", emails(got.Users))
	}
	for name, change := range map[string]func(*app.UserQuery){
		"search": func(q *app.UserQuery) { q.Search = "u" }, "role": func(q *app.UserQuery) { q.Role = "" },
		"status": func(q *app.UserQuery) { q.Status = "" }, "confirmed": func(q *app.UserQuery) { q.Confirmed = "" },
		"sort": func(q *app.UserQuery) { q.Sort = "email" }, "cut": func(q *app.UserQuery) { q.Cursor = q.Cursor[:len(q.Cursor)-1] },
		"longer": func(q *app.UserQuery) { q.Cursor += "A" }, "padded": func(q *app.UserQuery) { q.Cursor += "=" },
		"changed": func(q *app.UserQuery) { q.Cursor = q.Cursor[:30] + string(q.Cursor[30]^1) + q.Cursor[31:] },
		"short":   func(q *app.UserQuery) { q.Cursor = "AAAA" }, "no text": func(q *app.UserQuery) { q.Cursor = "\x00\xff/" },
		"huge": func(q *app.UserQuery) { q.Cursor = strings.Repeat("A", 1<<20) },
	} {
		other := q
		change(&other)
		_, err := w.ListUsers(t.Context(), owner, other)
		if app.AsError(err).Code != app.CodeValidationFailed {
			t.Errorf("with another %s: %v", name, err)
			continue
		}
		wantFields(t, err, "cursor not_valid")
	}
	q.Page = 1
	_, err := w.ListUsers(t.Context(), owner, q)
	wantFields(t, err, "cursor not_valid")
	if strings.Contains(first.NextCursor, "u03") {
		t.Errorf("the cursor shows an address: %s", first.NextCursor)
	}
	q.Page = 0
	renewed := w.Again(t, func(o *app.Options) { o.Keys.Seal = [32]byte{9} })
	_, err = renewed.ListUsers(t.Context(), app.System(), q)
	wantFields(t, err, "cursor not_valid")
}

func TestWhatIsWrongWithAQueryIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 1)
	good := app.UserQuery{Page: 1, PageSize: 10}
	for _, c := range []struct {
		change func(*app.UserQuery)
		want   []string
	}{
		{func(q *app.UserQuery) { q.Page, q.PageSize = 0, 0 }, []string{"page out_of_range", "page_size out_of_range"}},
		{func(q *app.UserQuery) { q.Page, q.PageSize = -1, -1 }, []string{"page out_of_range", "page_size out_of_range"}},
		{func(q *app.UserQuery) { q.PageSize = 101 }, []string{"page_size out_of_range"}},
		{func(q *app.UserQuery) { q.Page, q.PageSize = 1<<62, 1<<62 }, []string{"page out_of_range", "page_size out_of_range"}},
		{func(q *app.UserQuery) { q.Status, q.Confirmed, q.Sort = "ACTIVE", "1", "id" }, []string{"status unknown", "confirmed unknown", "sort unknown"}},
		{func(q *app.UserQuery) { q.Sort = "--email" }, []string{"sort unknown"}},
		{func(q *app.UserQuery) { q.Sort = "-" }, []string{"sort unknown"}},
		{func(q *app.UserQuery) { q.Sort = "email; DROP TABLE users" }, []string{"sort unknown"}},
		{func(q *app.UserQuery) { q.Cursor, q.Page, q.PageSize, q.Sort = "x", 0, 0, "x" }, []string{"cursor not_valid", "page_size out_of_range", "sort unknown"}},
	} {
		q := good
		c.change(&q)
		_, err := w.ListUsers(t.Context(), owner, q)
		wantFields(t, err, c.want...)
	}
}

func TestFiltersAndOrdersCombine(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 4)
	for i, name := range []string{"Zoe", "adams", "Baker", ""} {
		change(t, w, fmt.Sprintf("u%02d@example.org", i), func(_ app.Tx, u *app.User) error {
			u.LastName = name
			if i == 0 {
				u.IsActive = false
			}
			if i > 1 {
				u.ConfirmedAt = w.Now()
			}
			return nil
		})
	}
	w.Give("u03@example.org", app.RoleAdmin)
	for _, c := range []struct {
		q    app.UserQuery
		want string
	}{
		{app.UserQuery{Sort: "last_name"}, "ada u03 u01 u02 u00"},
		{app.UserQuery{Sort: "-last_name"}, "u00 u02 u01 u03 ada"},
		{app.UserQuery{Sort: "created_at"}, "ada u00 u01 u02 u03"},
		{app.UserQuery{Sort: "-username"}, "u03 u02 u01 u00 ada"},
		{app.UserQuery{Status: "inactive"}, "u00"},
		{app.UserQuery{Status: "active", Confirmed: "false"}, "u01"},
		{app.UserQuery{Confirmed: "true", Sort: "email"}, "ada u02 u03"},
		{app.UserQuery{Role: "all", Status: "active", Sort: "email"}, "ada u01 u02 u03"},
		{app.UserQuery{Role: app.RoleAdmin}, "u03"},
		{app.UserQuery{Role: app.RoleUser, Search: "U0", Status: "active", Confirmed: "true", Sort: "-email"}, "u03 u02"},
		{app.UserQuery{Role: "admin"}, ""}, // exactly by its name
		{app.UserQuery{Role: "Unknown"}, ""},
		{app.UserQuery{Role: "\x00"}, ""},
		{app.UserQuery{Search: "  BAKER "}, "u02"},
	} {
		got := pageOf(t, w, owner, c.q)
		if emails(got.Users) != c.want || got.TotalCount != len(strings.Fields(c.want)) {
			t.Errorf("%+v: %q of %d, want %q", c.q, emails(got.Users), got.TotalCount, c.want)
		}
	}
}

func TestASearchFindsNothingWhereNothingCanBe(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 1)
	for _, search := range []string{
		"%", "_", "u_0", "\x00", "u00\x00", "\xff\xfe", "u00\n", "u00@example.org\nu00", strings.Repeat("x", 100<<10), strings.Repeat("u00", 40<<10),
		"'", `"`, `" OR "`, "u00*", "NEAR(u00)", "-u00", "^u00", "u00 AND ada", "\u202e", "😀",
	} {
		got := pageOf(t, w, owner, app.UserQuery{Search: search})
		picked, err := w.SearchUsers(t.Context(), owner, search)
		must(t, err)
		want := 0
		if strings.TrimSpace(search) == "u00" {
			want = 1
		}
		if got.TotalCount != want || len(got.Users) != want || got.TotalIsLeast || len(picked) != want {
			t.Errorf("%.20q found %d and %d, want %d", search, got.TotalCount, len(picked), want)
		}
	}
	if got := pageOf(t, w, owner, app.UserQuery{Search: "\t "}); got.TotalCount != 2 {
		t.Errorf("nothing to look for finds %d, want all", got.TotalCount)
	}
}

func TestAtMostTenAreFoundToChooseFrom(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 12)
	picked := func(text string) string {
		t.Helper()
		users, err := w.SearchUsers(t.Context(), owner, text)
		must(t, err)
		if users == nil {
			t.Errorf("%q: no list", text)
		}
		return emails(users)
	}
	for text, want := range map[string]string{
		"": "", " ": "", "u": "", " u ": "", "é": "", "u0": "u00 u01 u02 u03 u04 u05 u06 u07 u08 u09", " U1": "u10 u11",
		"EXAMPLE": "ada u00 u01 u02 u03 u04 u05 u06 u07 u08", "11@e": "u11",
	} {
		if got := picked(text); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
}

func TestASearchCountsNoFurtherThanAThousand(t *testing.T) {
	t.Parallel()
	w, owner := populated(t, 0)
	add := func(n int) {
		t.Helper()
		must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
			for range n {
				all, err := tx.CountUsers()
				if err != nil {
					return err
				}
				name := fmt.Sprintf("many%d", all)
				_, err = tx.InsertUser(app.User{
					Email: name, EmailKey: name, Username: name, UsernameKey: name, IsActive: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
				})
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
	add(1000)
	if got := pageOf(t, w, owner, app.UserQuery{Search: "many"}); got.TotalCount != 1000 || got.TotalIsLeast || got.TotalPages != 100 {
		t.Errorf("a thousand: %d, least %v, %d pages", got.TotalCount, got.TotalIsLeast, got.TotalPages)
	}
	add(1)
	got := pageOf(t, w, owner, app.UserQuery{Search: "many", Page: 11, PageSize: 100})
	if got.TotalCount != 1000 || !got.TotalIsLeast || got.TotalPages != 10 {
		t.Errorf("one more: %d, least %v, %d pages", got.TotalCount, got.TotalIsLeast, got.TotalPages)
	}
	if len(got.Users) != 1 || got.NextCursor != "" {
		t.Errorf("behind what is counted are %d, want the last one", len(got.Users))
	}
	if got := pageOf(t, w, owner, app.UserQuery{}); got.TotalCount != 1002 || got.TotalIsLeast {
		t.Errorf("without a search: %d, least %v", got.TotalCount, got.TotalIsLeast)
	}
}
