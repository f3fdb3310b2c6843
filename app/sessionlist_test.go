package app_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// listed are the addresses behind a page of everybody's sessions.
func listed(t testing.TB, w *apptest.World, q app.SessionQuery) (emails []string, page app.SessionPage) {
	t.Helper()
	q.Page, q.PageSize = max(q.Page, 1), max(q.PageSize, 10)
	page, err := w.ListAllSessions(t.Context(), app.Shell("root"), q)
	must(t, err)
	for _, s := range page.Sessions {
		if s.UserID != s.User.ID {
			t.Errorf("the session of %d stands beside %d", s.UserID, s.User.ID)
		}
		emails = append(emails, s.User.Email)
	}
	return emails, page
}

func stats(t testing.TB, w *apptest.World) app.SessionStats {
	t.Helper()
	s, err := w.GetSessionStats(t.Context(), app.Shell("root"))
	must(t, err)
	return s
}

func TestEverybodysValidSessionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	w.Owner(ada)
	w.Clock.Advance(time.Minute)
	p := w.Newcomer(eve)
	w.Clock.Advance(time.Minute)
	again := w.SignIn(ada, apptest.Browser(7))
	emails, page := listed(t, w, app.SessionQuery{})
	if !slices.Equal(emails, []string{ada, eve, ada}) || page.TotalCount != 3 || page.TotalPages != 1 {
		t.Errorf("listed %v, %+v", emails, page)
	}
	for search, want := range map[string][]string{"EVE@": {eve}, "ada": {ada, ada}, "  ada  ": {ada, ada}, "%": nil, "example": {ada, eve, ada}, "nobody": nil} {
		if emails, page := listed(t, w, app.SessionQuery{Search: search}); !slices.Equal(emails, want) || page.TotalCount != len(want) {
			t.Errorf("%q finds %v of %d", search, emails, page.TotalCount)
		}
	}
	must(t, w.Logout(t.Context(), p.Actor()))
	if emails, _ := listed(t, w, app.SessionQuery{}); !slices.Equal(emails, []string{ada, ada}) {
		t.Errorf("after a logout: %v", emails)
	}
	must(t, w.Logout(t.Context(), again.Actor()))
	w.Clock.Advance(60 * 24 * time.Hour)
	if emails, page := listed(t, w, app.SessionQuery{}); len(emails) != 0 || page.TotalCount != 0 || page.TotalPages != 0 || page.Sessions == nil {
		t.Errorf("all expired: %v, %+v", emails, page)
	}
	if s := stats(t, w); s != (app.SessionStats{}) {
		t.Errorf("all expired: %+v", s)
	}
}

func TestPagesOfSessionsAreBounded(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	for range 4 {
		w.SignIn(ada, apptest.Browser(7))
	}
	for page, want := range map[int]int{1: 2, 2: 2, 3: 1, 4: 0, 1_000_000_000: 0} {
		got, err := w.ListAllSessions(t.Context(), owner.Actor(), app.SessionQuery{Page: page, PageSize: 2})
		must(t, err)
		if len(got.Sessions) != want || got.TotalCount != 5 || got.TotalPages != 3 || got.Page != page || got.PageSize != 2 {
			t.Errorf("page %d: %+v", page, got)
		}
	}
	for _, bad := range []app.SessionQuery{{Page: 0, PageSize: 101}, {Page: -1, PageSize: 0}, {Page: 1_000_000_000_000_001, PageSize: -1}} {
		_, err := w.ListAllSessions(t.Context(), owner.Actor(), bad)
		wantFields(t, err, "page out_of_range", "page_size out_of_range")
	}
}

func TestIdleSessionsDontCountAndThoseInUseDo(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = time.Hour }))
	owner := w.Owner(ada)
	p := w.Newcomer(eve)
	w.Clock.Advance(50 * time.Minute)
	p.Actor() // seen, which no row knows yet
	w.Clock.Advance(10*time.Minute - time.Microsecond)
	if emails, _ := listed(t, w, app.SessionQuery{}); !slices.Equal(emails, []string{eve, ada}) {
		t.Errorf("a moment before: %v", emails)
	}
	w.Clock.Advance(time.Microsecond)
	if emails, page := listed(t, w, app.SessionQuery{}); !slices.Equal(emails, []string{eve}) || !page.Sessions[0].LastSeenAt.Equal(w.Clock.Now().Add(-10*time.Minute)) {
		t.Errorf("at the limit: %v", emails)
	}
	if _, _, err := owner.Check(); err == nil {
		t.Error("the session that is not listed is good")
	}
	if s := stats(t, w); s != (app.SessionStats{Active: 1, Users: 1, Today: 1}) {
		t.Errorf("counted %+v", s)
	}
}

func TestTodaysSessionsBeganAtMidnightUTC(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits()) // noon
	w.Owner(ada)
	w.Newcomer(eve)
	w.SignIn(ada, apptest.Browser(7))
	if s := stats(t, w); s != (app.SessionStats{Active: 3, Users: 2, Today: 3}) {
		t.Errorf("on the first day: %+v", s)
	}
	w.Clock.Advance(12*time.Hour - time.Second)
	w.SignIn(ada, apptest.Browser(7))
	w.Clock.Advance(time.Second)
	w.SignIn(eve, apptest.Browser(7))
	if s := stats(t, w); s != (app.SessionStats{Active: 5, Users: 2, Today: 1}) {
		t.Errorf("at midnight: %+v", s)
	}
}

func TestEverybodysSessionsAreForAdmins(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	p := w.Member(eve)
	for _, by := range []app.Actor{p.Actor(), apptest.Stranger(1)} {
		_, err := w.ListAllSessions(t.Context(), by, app.SessionQuery{})
		wantCode(t, err, app.CodeForbidden)
		_, err = w.GetSessionStats(t.Context(), by)
		wantCode(t, err, app.CodeForbidden)
	}
	change(t, w, eve, func(tx app.Tx, u *app.User) error {
		role, err := tx.FindRole(app.RoleAdmin)
		if err == nil {
			_, err = tx.AssignRole(u.ID, role.ID)
		}
		return err
	})
	w.SignIn(eve, apptest.Browser(9))
	admin := w.SignIn(eve, apptest.Browser(9)).Actor()
	page, err := w.ListAllSessions(t.Context(), admin, app.SessionQuery{Page: 1, PageSize: 100})
	must(t, err)
	if len(page.Sessions) != 4 || fmt.Sprint(page.Sessions[0].User.Roles) != "[Admin User]" {
		t.Errorf("an admin sees %+v", page)
	}
}

// lyon is where every address is.
type lyon struct{}

func (lyon) Locate(netip.Addr) (app.Place, error) {
	return app.Place{Country: "France", City: "Lyon"}, nil
}

func TestEverybodysSessionsTellWhereTheyAreAndWhoseMayBeEnded(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, func(o *app.Options) { o.Locator = lyon{} })
	owner := w.Owner(ada)
	admin := w.Holding(w.Newcomer(grace), app.RoleAdmin)
	w.Newcomer(eve)
	for by, want := range map[*apptest.Persona]string{owner: "[true true true]", admin: "[true false false]"} {
		page, err := w.ListAllSessions(t.Context(), by.Actor(), app.SessionQuery{Page: 1, PageSize: 10})
		must(t, err)
		var within []bool
		for _, s := range page.Sessions {
			within = append(within, s.Within)
			if s.Place.City != "Lyon" {
				t.Errorf("%s is at %+v", s.User.Email, s.Place)
			}
		}
		if fmt.Sprint(within) != want {
			t.Errorf("%s may end %v, want %s", by.Email, within, want)
		}
	}
}
