package app_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func keeping(d time.Duration) apptest.Option {
	return apptest.WithPolicy(func(p *app.Policy) { p.AuditKeep = d })
}

// rows reads the audit log as it is, oldest first.
func rows(t testing.TB, w *apptest.World) (list []app.AuditRow) {
	t.Helper()
	must(t, w.Store.View(t.Context(), func(tx app.Tx) (err error) {
		list, err = tx.AuditAfter(0, 100_000)
		return err
	}))
	return list
}

// checkpoints are the newest audit.pruned entry's details.
func checkpoints(t testing.TB, w *apptest.World) []app.AuditEntry {
	t.Helper()
	page, err := w.ListAudit(t.Context(), app.Shell("root"), app.AuditQuery{Action: "audit.pruned"})
	must(t, err)
	return page.Entries
}

func TestOldEntriesArePrunedBehindACheckpoint(t *testing.T) {
	t.Parallel()
	w := logged(t, 1200, keeping(90*24*time.Hour)) // three batches
	old := rows(t, w)
	mark := verify(t, w, "").Mark.String()
	w.Clock.Advance(90 * 24 * time.Hour)
	must(t, w.WriteAudit(t.Context(), 5, app.System(), "import", nil))
	must(t, w.Purge(t.Context()))
	if left := rows(t, w); left[0].ID != 1 {
		t.Fatalf("entries of just that age went: the first is %d", left[0].ID)
	}
	w.Clock.Advance(time.Second)
	must(t, w.Purge(t.Context()))
	left := rows(t, w)
	if left[0].ID != 1201 || left[len(left)-1].Action != "audit.pruned" {
		t.Fatalf("left are %d to %d, the last of which is %s", left[0].ID, left[len(left)-1].ID, left[len(left)-1].Action)
	}
	all := checkpoints(t, w)
	if want := fmt.Sprintf(`{"entries":1200,"through":1200,"value":"%s"}`, hex.EncodeToString(old[1199].MAC[:])); len(all) != 1 || string(all[0].Details) != want {
		t.Errorf("checkpoints %+v, want one that says %s", all, want)
	}
	report := verify(t, w, mark) // its entry is the last that went: the checkpoint has its value
	if report.Break != nil || report.Pruned != 1200 || report.Mark.Length < 1206 {
		t.Errorf("the report is %+v", report)
	}
	must(t, w.Purge(t.Context()))
	if again := rows(t, w); len(again) != len(left) {
		t.Errorf("nothing more was due: %d entries, now %d", len(left), len(again))
	}
}

func TestWithoutTheSettingNothingIsPruned(t *testing.T) {
	t.Parallel()
	w := logged(t, 10)
	w.Clock.Advance(10 * 365 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	if left := rows(t, w); left[0].ID != 1 {
		t.Errorf("the first entry is %d", left[0].ID)
	}
}

func TestAQuietSitesCheckpointsComeOnceADay(t *testing.T) {
	t.Parallel()
	w := logged(t, 10, keeping(48*time.Hour))
	for range 24 * 10 {
		w.Clock.Advance(time.Hour)
		must(t, w.Purge(t.Context()))
	}
	report := verify(t, w, "")
	if written := report.Mark.Length - 10; report.Break != nil || written < 2 || written > 10 {
		t.Errorf("in ten days without anything else %d checkpoints were written; %+v", written, report)
	}
}

func TestAnExpectedMarkThatWasPrunedIsRefused(t *testing.T) {
	t.Parallel()
	w := logged(t, 10, keeping(time.Hour))
	mark := verify(t, w, "").Mark.String()
	must(t, w.WriteAudit(t.Context(), 5, app.System(), "import", nil))
	w.Clock.Advance(2 * time.Hour)
	must(t, w.Purge(t.Context()))
	report := verify(t, w, mark)
	if report.Break == nil || report.Break.ID != 10 || !strings.Contains(report.Break.Reason, "pruned since") {
		t.Errorf("found %v", report.Break)
	}
	if report := verify(t, w, verify(t, w, "").Mark.String()); report.Break != nil {
		t.Error(report.Break)
	}
}

func TestAPruningThatIsInterruptedAnywhereIsFinished(t *testing.T) {
	t.Parallel()
	w := logged(t, 1200, keeping(time.Hour))
	w.Clock.Advance(2 * time.Hour)
	halves := 0
	for n := 0; ; n++ {
		interrupt(w, n)
		err := w.Purge(t.Context())
		interrupt(w, -1)
		if report := verify(t, w, ""); report.Break != nil {
			t.Fatalf("interrupted after %d transactions: %v", n, report.Break)
		}
		if err == nil {
			break
		}
		if left := rows(t, w); len(left) > 1 && len(left) < 1200 {
			halves++
			keepers := w.Again(t, keeping(0)) // the setting is gone: what was begun is finished all the same
			if n%2 == 0 {
				must(t, keepers.Purge(t.Context()))
			}
		}
	}
	if left := rows(t, w); len(left) != 1 || len(checkpoints(t, w)) != 1 || halves == 0 {
		t.Errorf("%d entries are left, interrupted %d times halfway", len(left), halves)
	}
}

func TestTwentyPruningsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	w := logged(t, 700, keeping(time.Hour))
	w.Clock.Advance(2 * time.Hour)
	for _, err := range together(20, func(int) error { return w.Purge(t.Context()) }) {
		must(t, err)
	}
	if all := checkpoints(t, w); len(all) != 1 {
		t.Errorf("%d checkpoints", len(all))
	}
	if report := verify(t, w, ""); report.Break != nil {
		t.Error(report.Break)
	}
}

func TestAnEntryFromTheFutureKeepsNothingInTheLog(t *testing.T) {
	t.Parallel()
	w := logged(t, 10, keeping(24*time.Hour))
	w.Clock.Advance(12 * 365 * 24 * time.Hour)
	must(t, w.WriteAudit(t.Context(), 1, app.System(), "import", nil))
	w.Clock.Advance(-12 * 365 * 24 * time.Hour)
	must(t, w.WriteAudit(t.Context(), 1, app.System(), "restore", nil))
	w.Clock.Advance(25 * time.Hour)
	must(t, w.WriteAudit(t.Context(), 1, app.System(), "import", nil))
	must(t, w.Purge(t.Context()))
	var left []string
	for _, row := range rows(t, w) {
		left = append(left, row.Action)
	}
	if !slices.Equal(left, []string{"import", "audit.pruned"}) {
		t.Errorf("left are %v", left)
	}
}

func TestABreakIsNotForgottenWithTheEntriesThatArePruned(t *testing.T) {
	t.Parallel()
	w := logged(t, 10, keeping(time.Hour))
	tamper(t, w, "DELETE FROM audit_log WHERE id = 5")
	for range 2 { // one checkpoint behind another
		w.Clock.Advance(25 * time.Hour)
		must(t, w.Purge(t.Context()))
		must(t, w.WriteAudit(t.Context(), 1, app.System(), "import", nil))
	}
	if report := verify(t, w, ""); report.Break != nil || report.PrunedBad != 5 {
		t.Errorf("the report is %+v", report)
	}
	if !strings.Contains(w.Log.String(), "did not hold where it was pruned") {
		t.Error("the log doesn't tell of it")
	}
}

func TestACheckpointMadeWithoutTheKeyRemovesNothing(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(w *apptest.World, value app.Digest){
		"another's value": func(w *apptest.World, value app.Digest) {
			forgeCheckpoint(t, w, 9, value)
		},
		"up to the last": func(w *apptest.World, value app.Digest) {
			forgeCheckpoint(t, w, 10, value)
		},
		"no checkpoint at all": func(w *apptest.World, _ app.Digest) {
			tamper(t, w, "INSERT INTO audit_log (id, "+columns+") SELECT 11, "+strings.Replace(columns, "action", "'audit.pruned'", 1)+" FROM audit_log WHERE id = 10")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := logged(t, 10, keeping(time.Hour))
			forge(w, rows(t, w)[9].MAC)
			must(t, w.Purge(t.Context()))
			if left := rows(t, w); len(left) != 11 || !strings.Contains(w.Log.String(), "audit verify") {
				t.Errorf("%d entries are left; the log says %s", len(left), w.Log)
			}
			w.Clock.Advance(2 * time.Hour) // their time has come, and the log goes on behind a checkpoint of its own
			must(t, w.Purge(t.Context()))
			if left := rows(t, w); len(left) != 1 || left[0].ID != 12 {
				t.Errorf("left are %d entries", len(left))
			}
			if report := verify(t, w, ""); report.Break != nil || report.PrunedBad != 11 {
				t.Errorf("the report is %+v", report)
			}
		})
	}
}

// forgeCheckpoint adds an entry whose open part is right, under a value that is not the chain's.
func forgeCheckpoint(t testing.TB, w *apptest.World, through int, value app.Digest) {
	t.Helper()
	open := fmt.Sprintf(`{"details":{"through":%d,"value":"%x"}}`, through, value)
	digest := app.DigestOf(open) // without a salt
	tamper(t, w, fmt.Sprintf(`INSERT INTO audit_log (id, at, action, actor_kind, actor_id, target_id, actor_digest, target_open, target_digest, mac)
		VALUES (11, 0, 'audit.pruned', 'system', 0, 0, zeroblob(32), CAST('%s' AS BLOB), x'%x', zeroblob(32))`, open, digest))
}
