package app_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// verify checks a world's audit log from the shell; expect is an earlier answer, "" for none.
func verify(t testing.TB, w *apptest.World, expect string) app.AuditReport {
	t.Helper()
	var mark *app.AuditMark
	if expect != "" {
		m, err := app.ParseAuditMark(expect)
		must(t, err)
		mark = &m
	}
	report, err := w.VerifyAudit(t.Context(), app.Shell("root"), mark)
	must(t, err)
	return report
}

// tamper writes into a world's database file as somebody would who has nothing but the file.
func tamper(t testing.TB, w *apptest.World, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.Dir, "doorward.db")+"?_pragma=busy_timeout(60000)") // a paused world still tidies
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// logged fills a paused world's audit log up to n entries.
func logged(t testing.TB, n int, options ...apptest.Option) *apptest.World {
	t.Helper()
	w := apptest.Paused(t, options...)
	p := w.Owner(ada)
	user := p.User()
	must(t, w.WriteAudit(t.Context(), n-len(actions(t, w)), p.Actor(), "user.updated", &user))
	return w
}

func TestAWholeAuditLogIsVerifiedToItsEnd(t *testing.T) {
	t.Parallel()
	w := logged(t, 2500) // three batches
	report := verify(t, w, "")
	all := entries(t, w)
	if report.Break != nil || report.Mark.Length != 2500 || report.Mark.Value != all[2499].MAC || report.Erased != 0 || report.Pruned != 0 {
		t.Fatalf("the report is %+v", report)
	}
	first := report.Mark.String()
	if want := fmt.Sprintf("2500:%x", all[2499].MAC); first != want {
		t.Errorf("it prints %s, want %s", first, want)
	}
	must(t, w.WriteAudit(t.Context(), 1, app.System(), "import", nil))
	if report := verify(t, w, first); report.Break != nil || report.Mark.Length != 2501 {
		t.Errorf("a log that grew: %+v", report)
	}
}

func TestAnEmptyAuditLogHolds(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	report := verify(t, w, "")
	if report.Break != nil || report.Mark.Length != 0 {
		t.Fatalf("the report is %+v", report)
	}
	if again := verify(t, w, report.Mark.String()); again.Break != nil {
		t.Error(again.Break)
	}
	w.Owner(ada)
	if again := verify(t, w, report.Mark.String()); again.Break != nil {
		t.Errorf("a log that grew: %v", again.Break)
	}
}

const columns = "at, action, actor_kind, actor_id, target_id, actor_open, actor_salt, actor_digest, target_open, target_salt, target_digest, mac, latest_at"

func TestTamperingIsFoundWhereItBegins(t *testing.T) {
	t.Parallel()
	swap := func(a, b int) []string {
		return []string{
			fmt.Sprintf("UPDATE audit_log SET id = -1 WHERE id = %d", a),
			fmt.Sprintf("UPDATE audit_log SET id = %d WHERE id = %d", a, b),
			fmt.Sprintf("UPDATE audit_log SET id = %d WHERE id = -1", b),
		}
	}
	for name, c := range map[string]struct {
		tamper []string
		entry  int64
		says   string
	}{
		"a time changed":         {[]string{"UPDATE audit_log SET at = at - 1 WHERE id = 5"}, 5, "was changed"},
		"an action changed":      {[]string{"UPDATE audit_log SET action = 'import' WHERE id = 5"}, 5, "was changed"},
		"an actor changed":       {[]string{"UPDATE audit_log SET actor_kind = 'shell', actor_id = 0 WHERE id = 5"}, 5, "was changed"},
		"a target changed":       {[]string{"UPDATE audit_log SET target_id = 77 WHERE id = 5"}, 5, "was changed"},
		"a digest changed":       {[]string{"UPDATE audit_log SET target_digest = zeroblob(32) WHERE id = 5"}, 5, "was changed"},
		"a value changed":        {[]string{"UPDATE audit_log SET mac = zeroblob(32) WHERE id = 5"}, 5, "does not follow"},
		"an actor's name":        {[]string{`UPDATE audit_log SET actor_open = CAST('{"name":"eve"}' AS BLOB) WHERE id = 5`}, 5, "who did it"},
		"what changed":           {[]string{`UPDATE audit_log SET target_open = CAST('{"details":{}}' AS BLOB) WHERE id = 5`}, 5, "what changed"},
		"a salt":                 {[]string{"UPDATE audit_log SET actor_salt = zeroblob(16) WHERE id = 5"}, 5, "who did it"},
		"a part erased by hand":  {[]string{"UPDATE audit_log SET target_open = NULL, target_salt = NULL WHERE id = 5"}, 5, "no entry tells"},
		"half of a part erased":  {[]string{"UPDATE audit_log SET actor_open = NULL WHERE id = 5"}, 5, "who did it"},
		"two swapped":            {swap(5, 6), 5, "put in or moved"},
		"two swapped far apart":  {swap(3, 8), 3, "does not follow"},
		"one removed":            {[]string{"DELETE FROM audit_log WHERE id = 5"}, 5, "is missing"},
		"the first removed":      {[]string{"DELETE FROM audit_log WHERE id = 1"}, 1, "is missing"},
		"the first few removed":  {[]string{"DELETE FROM audit_log WHERE id <= 4"}, 1, "is missing"},
		"one removed, closed up": {[]string{"DELETE FROM audit_log WHERE id = 5", "UPDATE audit_log SET id = -(id - 1) WHERE id > 5", "UPDATE audit_log SET id = -id WHERE id < 0"}, 5, "does not follow"},
		"one inserted": {[]string{
			"UPDATE audit_log SET id = -(id + 1) WHERE id >= 5", "UPDATE audit_log SET id = -id WHERE id < 0",
			"INSERT INTO audit_log (id, " + columns + ") SELECT 5, " + columns + " FROM audit_log WHERE id = 2",
		}, 5, "put in or moved"},
		"one added at the end": {[]string{"INSERT INTO audit_log (id, " + columns + ") SELECT 11, " + columns + " FROM audit_log WHERE id = 2"}, 11, "does not follow"},
		"the first changed":    {[]string{"UPDATE audit_log SET at = at - 1 WHERE id = 1"}, 1, "was changed"},
		"the last changed":     {[]string{"UPDATE audit_log SET at = at - 1 WHERE id = 10"}, 10, "does not follow"},
		"a checkpoint made up": {[]string{
			"DELETE FROM audit_log WHERE id <= 4",
			"INSERT INTO audit_log (id, " + columns + ") SELECT 11, " + columns + " FROM audit_log WHERE id = 10",
			`UPDATE audit_log SET action = 'audit.pruned', target_open = CAST('{"details":{"through":4,"value":"00"}}' AS BLOB) WHERE id = 11`,
		}, 11, "what changed"},
		"the whole log rewritten": {nil, 1, "without this data folder's key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := logged(t, 10)
			if c.tamper == nil {
				rewrite(t, w)
			}
			tamper(t, w, c.tamper...)
			report := verify(t, w, "")
			if report.Break == nil || report.Break.ID != c.entry || !strings.Contains(report.Break.Reason, c.says) {
				t.Errorf("found %v, want entry %d that %s", report.Break, c.entry, c.says)
			}
		})
	}
}

// rewrite makes a chain of a world's log that holds under another key.
func rewrite(t testing.TB, w *apptest.World) {
	t.Helper()
	var before app.Digest
	for _, e := range entries(t, w) {
		before = app.AuditMAC([32]byte{66}, before, e.AuditRow)
		tamper(t, w, fmt.Sprintf("UPDATE audit_log SET mac = x'%x' WHERE id = %d", before, e.ID))
	}
}

func TestACutOrRewrittenLogIsToldByAnEarlierAnswer(t *testing.T) {
	t.Parallel()
	w := logged(t, 10)
	mark := verify(t, w, "").Mark.String()
	tamper(t, w, "DELETE FROM audit_log WHERE id > 8")
	if report := verify(t, w, ""); report.Break != nil || report.Mark.Length != 8 {
		t.Errorf("without an answer to compare: %+v", report)
	}
	report := verify(t, w, mark)
	if report.Break == nil || report.Break.ID != 9 || !strings.Contains(report.Break.Reason, "cut, 10 entries were expected") {
		t.Errorf("a cut log: %v", report.Break)
	}
	must(t, w.WriteAudit(t.Context(), 2, app.System(), "import", nil)) // by somebody who has the key
	report = verify(t, w, mark)
	if report.Break == nil || report.Break.ID != 10 || !strings.Contains(report.Break.Reason, "rewritten") {
		t.Errorf("a log that grew again: %v", report.Break)
	}
	tamper(t, w, "DELETE FROM audit_log")
	if report := verify(t, w, mark); report.Break == nil || report.Break.ID != 1 {
		t.Errorf("an emptied log: %v", report.Break)
	}
}

func TestAMarkIsReadAsItWasPrinted(t *testing.T) {
	t.Parallel()
	mark := app.AuditMark{Length: 42, Value: app.DigestOf("x")}
	for _, text := range []string{mark.String(), " " + mark.String() + "\n", strings.ToUpper(mark.String())} {
		if got, err := app.ParseAuditMark(text); err != nil || got != mark {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
	hex := strings.Repeat("ab", 32)
	for _, text := range []string{"", "42", "42:", ":" + hex, "x:" + hex, "-1:" + hex, "+1:" + hex, "1:" + hex[2:], "1:" + hex + "00", "1:" + hex + ":", "1 :" + hex, "99999999999999999999:" + hex, "1:" + strings.Repeat("zz", 32)} {
		if got, err := app.ParseAuditMark(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestTheAuditLogIsVerifiedWhileItIsWrittenErasedAndPruned(t *testing.T) {
	t.Parallel()
	w := logged(t, 3000, apptest.WithPolicy(func(p *app.Policy) { p.AuditKeep = time.Hour }))
	eve := w.Newcomer(eve)
	must(t, w.DeleteOwnAccount(t.Context(), eve.Actor(), apptest.Password))
	w.Clock.Advance(31 * 24 * time.Hour)
	must(t, w.WriteAudit(t.Context(), 3000, app.System(), "import", nil))
	var work sync.WaitGroup
	work.Go(func() { must(t, w.Purge(t.Context())) })
	work.Go(func() {
		for range 50 {
			must(t, w.WriteAudit(t.Context(), 10, app.System(), "import", nil))
		}
	})
	errs := together(4, func(int) error {
		for range 5 {
			report, err := w.VerifyAudit(t.Context(), app.Shell("root"), nil)
			if err == nil && report.Break != nil {
				err = report.Break
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	work.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if report := verify(t, w, ""); report.Break != nil || report.Pruned < 3000 {
		t.Errorf("in the end: %+v", report)
	}
}

func TestWhoManagesNobodyVerifiesNothing(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	p := w.Member(eve)
	for _, by := range []app.Actor{p.Actor(), apptest.Stranger(1)} {
		_, err := w.VerifyAudit(t.Context(), by, nil)
		wantCode(t, err, app.CodeForbidden)
		_, err = w.ListAudit(t.Context(), by, app.AuditQuery{User: "nobody"})
		wantCode(t, err, app.CodeForbidden)
	}
}
