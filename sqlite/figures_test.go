package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorward/app"
)

// TestTheOverviewNeverLooksAtEveryRow holds that each of its queries is a single row or a range of an index that has all
// that is asked.
func TestTheOverviewNeverLooksAtEveryRow(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	for query, want := range map[string]string{
		countKept:         "SEARCH kept_counts USING PRIMARY KEY (name=?)",
		countKeptSessions: "SEARCH kept_counts USING PRIMARY KEY (name=?)",
		countExpired:      "SEARCH sessions USING COVERING INDEX sessions_by_expiry (expires_at<?)",
		countIdle:         "SEARCH sessions USING COVERING INDEX sessions_by_last_seen (<expr><?)",
		countJobs:         "SEARCH jobs USING COVERING INDEX jobs_by_kind_and_state (kind=? AND state=?)",
		selectFigures:     "SEARCH daily_figures USING INTEGER PRIMARY KEY (rowid>?)",
	} {
		args := []any{"mail", "failed", 10}
		got := plan(t, s, query, args[:strings.Count(query, "$")]...)
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
		for line := range strings.Lines(got) {
			if strings.Contains(line, "SCAN") && !strings.Contains(line, "CONSTANT ROW") && !strings.Contains(line, "SCAN (subquery") || strings.Contains(line, "TEMP B-TREE") {
				t.Errorf("%s\nin: %s", line, query)
			}
		}
	}
}

func TestJobsAreListedByTheIndexOfWhatIsAsked(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	for want, filter := range map[string]app.JobFilter{
		"SEARCH jobs USING INTEGER PRIMARY KEY (rowid<?)":                                 {},
		"SEARCH jobs USING INDEX jobs_by_state (state=? AND rowid<?)":                     {State: app.JobFailed},
		"SEARCH jobs USING INDEX jobs_by_kind_and_state (kind=? AND state=? AND rowid<?)": {Kind: app.JobMail, State: app.JobFailed},
		"SEARCH jobs USING INDEX jobs_by_user (user_id=? AND rowid<?)":                    {UserID: 7},
	} {
		filter.Limit = 50
		query, args := jobsQuery(filter)
		if got := plan(t, s, query, args...); got != want {
			t.Errorf("%+v: %s, want %s", filter, got, want)
		}
	}
}

func TestFiguresBeginWithWhatTheRowsTell(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	old, err := tryOpen(t, path, Options{Migrations: schemaBefore(t, "00018")})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db := beside(t, path)
	for _, user := range []string{"(1, 'a@b', 1, 5)", "(2, 'b@b', 0, NULL)", "(3, 'c@b', 1, NULL)"} {
		run(t, db, `INSERT INTO users (id, email, email_key, is_active, confirmed_at, username, first_name, last_name, timezone, locale, custom_fields,
			registration_ip, registration_user_agent, registration_country, registration_region, registration_city,
			self_registered, created_at, updated_at, search_text)
			SELECT column1, column2, column2, column3, column4, '', '', '', '', '', '{}', '', '', '', '', '', 0, 0, 0, '' FROM (VALUES `+user+`)`)
	}
	day := noon.Truncate(24 * time.Hour)
	for i, deed := range []struct {
		at     time.Time
		action string
		target int
	}{
		{noon, "user.registered", 1}, {noon, "session.created", 1}, {noon, "session.created", 1}, {noon, "session.created", 3}, {noon, "login.failed", 0},
		{noon, "user.updated", 1}, {day.Add(-time.Microsecond), "session.created", 1},
	} {
		run(t, db, fmt.Sprintf(`INSERT INTO audit_log (id, at, action, actor_kind, actor_id, target_id, actor_digest, target_digest, mac)
			VALUES (%d, %d, '%s', 'system', 0, %d, zeroblob(32), zeroblob(32), zeroblob(32))`, i+1, deed.at.UnixMicro(), deed.action, deed.target))
	}
	run(t, db, `INSERT INTO sessions (id, digest, user_id, created_at, expires_at, remember, ip, user_agent, user_agent_hash)
		VALUES ('s', zeroblob(32), 1, 0, 9, 0, '', '', zeroblob(32))`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s := openAt(t, path, Options{})
	err = s.View(t.Context(), func(tx app.Tx) error {
		if got, err := tx.CountAccounts(); err != nil || got != (app.AccountCounts{All: 3, Active: 2, Confirmed: 1}) {
			t.Errorf("accounts %+v, %v", got, err)
		}
		if got, err := tx.CountValidSessions(time.UnixMicro(8), time.Time{}); err != nil || got != 1 {
			t.Errorf("%d sessions, %v", got, err)
		}
		days, err := tx.FiguresSince(time.Time{})
		if err != nil || len(days) != 2 || days[0].Logins != 1 || days[0].Present != 1 ||
			days[1] != (app.DayFigures{Day: day, Registrations: 1, Logins: 3, FailedLogins: 1, Present: 2}) {
			t.Errorf("days %+v, %v", days, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
