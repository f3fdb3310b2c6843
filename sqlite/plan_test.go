package sqlite

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"doorward/app"
	"doorward/goose"
)

// plan is how SQLite would run a query, a step a line.
func plan(t testing.TB, s *Store, query string, args ...any) string {
	t.Helper()
	c, err := openConn(t.Context(), readerDSN(s.path))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	rows, err := c.raw.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%v in: %s", err, query)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	return strings.Join(steps, "\n")
}

// upTo are the migrations up to a version.
func upTo(t testing.TB, version int) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	all := goose.Migrations()
	names, err := fs.Glob(all, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if number, err := strconv.Atoi(name[:5]); err != nil || number > version {
			continue
		}
		text, err := fs.ReadFile(all, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// TestEveryWayToReadTheAuditLogHasItsIndex asks SQLite how it would read each combination of conditions: always a range
// of ids in one index, in its order, and for an account one for each of its two roles.
func TestEveryWayToReadTheAuditLogHasItsIndex(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	const since = "SEARCH audit_log USING COVERING INDEX audit_since (latest_at>?)"
	for _, user := range []bool{false, true} {
		for _, target := range []bool{false, true} {
			for _, action := range []bool{false, true} {
				for _, young := range []bool{false, true} {
					if user && target {
						continue // nobody asks so
					}
					f := app.AuditFilter{Before: 1000, Limit: 50}
					ids := "(rowid<?)"
					if young {
						f.Since = noon
						ids = "(rowid>? AND rowid<?)"
					}
					if action {
						f.Action = "user.updated"
					}
					want := []string{"audit_log USING INTEGER PRIMARY KEY " + ids}
					index := func(name, columns string) string {
						if action {
							name, columns = name+"_and_action", columns+" AND action=?"
						}
						return "INDEX " + name + " (" + columns + strings.Replace(ids, "(", " AND ", 1)
					}
					switch {
					case user:
						f.UserID = 7
						want = []string{index("audit_by_target", "target_id=?"), index("audit_by_actor", "actor_id=?")}
					case target:
						f.TargetID = 7
						want = []string{index("audit_by_target", "target_id=?")}
					case action:
						want = []string{"INDEX audit_by_action (action=?" + strings.Replace(ids, "(", " AND ", 1)}
					}
					if young {
						want = append(want, since)
					}
					query, args := auditQuery(f)
					got := plan(t, s, query, args...)
					for _, step := range want {
						if !strings.Contains(got, step) {
							t.Errorf("%+v: no %q in:\n%s", f, step, got)
						}
					}
					for line := range strings.Lines(got) {
						if strings.Contains(line, "SCAN audit_log") || !user && strings.Contains(line, "TEMP B-TREE") {
							t.Errorf("%+v: %s", f, line)
						}
					}
				}
			}
		}
	}
}

// TestEverybodysSessionsAreReadByIndexesThatHaveAllThatIsAsked says how pages and counts are read: but for an idle limit,
// only the rows of the page itself are looked at.
func TestEverybodysSessionsAreReadByIndexesThatHaveAllThatIsAsked(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	for name, c := range map[string]struct {
		filter app.SessionFilter
		users  []int64
		many   bool
		count  string
		page   string
	}{
		"all": {
			filter: app.SessionFilter{Now: noon, Limit: 10, Offset: 50_000}, // they are counted by CountValidSessions
			page:   "SCAN sessions USING COVERING INDEX sessions_by_creation",
		},
		"with an idle limit": {
			filter: app.SessionFilter{Now: noon, SeenSince: noon, Limit: 10},
			page:   "SCAN sessions USING INDEX sessions_by_creation",
		},
		"of few": {
			filter: app.SessionFilter{Now: noon, Search: "ada", Limit: 10},
			users:  []int64{3, 4},
			count:  "SEARCH sessions USING COVERING INDEX sessions_by_user (user_id=?",
			page:   "SEARCH sessions USING COVERING INDEX sessions_by_user (user_id=?",
		},
		"of many": {
			filter: app.SessionFilter{Now: noon, Search: "ada", Limit: 10},
			many:   true,
			count:  "SEARCH u ",
			page:   "SEARCH u ",
		},
	} {
		w, err := chooseSessions(c.filter, c.users, c.many)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan(t, s, w.count(c.many), w.args...); !strings.Contains(got, c.count) {
			t.Errorf("count %s: no %q in:\n%s", name, c.count, got)
		}
		query, args := w.page(c.filter)
		got := plan(t, s, query, args...)
		if !strings.Contains(got, c.page) || !strings.Contains(got, "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)") {
			t.Errorf("page %s: no %q in:\n%s", name, c.page, got)
		}
		if sorts := strings.Count(got, "TEMP B-TREE"); c.users == nil && sorts > 1 { // the one sorts the page alone
			t.Errorf("page %s:\n%s", name, got)
		}
	}
}

// TestASearchThatFindsVeryManyAccountsPagesTheirSessionsAllTheSame asks as if it had found more than it lists.
func TestASearchThatFindsVeryManyAccountsPagesTheirSessionsAllTheSame(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	const many = 1100
	if err := s.Update(t.Context(), func(x app.Tx) error {
		for i := range many {
			name := fmt.Sprintf("ada%d", i)
			if i%100 == 0 {
				name = fmt.Sprintf("eve%d", i)
			}
			id, err := x.InsertUser(app.User{Email: name + "@example.org", EmailKey: name, CreatedAt: noon, UpdatedAt: noon})
			if err != nil {
				return err
			}
			made := noon.Add(time.Duration(i) * time.Second)
			err = x.InsertSession(app.Session{ID: name, UserID: id, CreatedAt: made, ExpiresAt: made.Add(time.Hour)}, app.DigestOf(name))
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter app.SessionFilter
		total  app.Total
		want   string
	}{
		{app.SessionFilter{Search: "ADA", Limit: 2}, app.Total{Count: 1000, IsLeast: true}, "[ada1099 ada1098]"},
		{app.SessionFilter{Search: "ada", Limit: 2, Offset: 1088}, app.Total{Count: 1000, IsLeast: true}, "[ada1]"},
		{app.SessionFilter{Search: "eve", Limit: 2, Offset: 9}, app.Total{Count: 11}, "[eve100 eve0]"},
		{app.SessionFilter{Search: "ada", Now: noon.Add(time.Hour + 1097*time.Second), Limit: 9}, app.Total{Count: 2}, "[ada1099 ada1098]"},
		{app.SessionFilter{Search: "ada", SeenSince: noon.Add(1099 * time.Second), Limit: 9}, app.Total{Count: 1}, "[ada1099]"},
	} {
		var got []string
		if err := s.View(t.Context(), func(x app.Tx) error {
			page, total, err := x.(*tx).pageSessions(c.filter, nil, true)
			for _, session := range page {
				got = append(got, session.ID)
			}
			if total != c.total {
				t.Errorf("%+v: %+v, want %+v", c.filter, total, c.total)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, want %s", c.filter, got, c.want)
		}
	}
}

func TestAuditRowsBeforeTheMigrationAreFoundByTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	old, err := tryOpen(t, path, Options{Migrations: upTo(t, 13)})
	if err != nil {
		t.Fatal(err)
	}
	for i, minute := range []int{10, 30, 20, 40} {
		action := "user.updated"
		if minute == 30 {
			action = "user.deleted"
		}
		if err := old.Update(t.Context(), func(x app.Tx) error {
			_, err := x.(*tx).exec("insert", fmt.Sprintf(`INSERT INTO audit_log
				(id, at, action, actor_kind, actor_id, target_id, actor_digest, target_digest, mac)
				VALUES (%d, %d, '%s', 'user', 1, 5, zeroblob(32), zeroblob(32), zeroblob(32))`,
				i+1, noon.Add(time.Duration(minute)*time.Minute).UnixMicro(), action))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path, Options{})
	for minute, want := range map[int]string{5: "[4 3 2 1]", 15: "[4 3 2]", 25: "[4 2]", 35: "[4]", 41: "[]"} {
		ids := []int64{}
		var gone []int64
		if err := s.View(t.Context(), func(tx app.Tx) error {
			rows, err := tx.ListAudit(app.AuditFilter{Since: noon.Add(time.Duration(minute) * time.Minute)})
			for _, row := range rows {
				ids = append(ids, row.ID)
			}
			if err == nil {
				gone, err = tx.DeletedUsers(noon.Add(30*time.Minute), 9)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(ids) != want || fmt.Sprint(gone) != "[5]" {
			t.Errorf("since minute %d: %v, want %s; gone: %v", minute, ids, want, gone)
		}
	}
}

func TestWhatWasGuessedAtNobodyIsFoundByItsAge(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	steps := plan(t, s, deleteOwnerlessFailures, 0, 500)
	if !strings.Contains(steps, "login_failures_by_age (ownerless=? AND failed_at<?)") || strings.Contains(steps, "SCAN login_failures") || strings.Contains(steps, "TEMP B-TREE FOR ORDER") {
		t.Errorf("it is done so:\n%s", steps)
	}
}

func TestWrongPasswordsCountedBeforeTheMigrationCountOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorward.db")
	before := openAt(t, path, Options{Migrations: upTo(t, 18)})
	digest := app.DigestOf("somebody")
	if err := before.writer.conn.exec(`INSERT INTO login_failures (digest, failures, failed_at) VALUES ($1, 99, 1)`, digest[:]); err != nil {
		t.Fatal(err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	after := openAt(t, path, Options{})
	if err := after.Update(t.Context(), func(tx app.Tx) error {
		if n, err := tx.AddLoginFailure(digest, true); err != nil || n != 100 {
			t.Errorf("the next is number %d (%v)", n, err)
		}
		if n, err := tx.DeleteOwnerlessFailures(noon.Add(time.Hour), 10); err != nil || n != 0 {
			t.Errorf("%d are forgotten (%v): it was not noted whose they are", n, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
