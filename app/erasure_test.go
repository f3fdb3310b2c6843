package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// concerning are the entries of which an account is the target or the actor.
func concerning(t testing.TB, w *apptest.World, id int64) (list []entry) {
	t.Helper()
	for _, e := range entries(t, w) {
		if e.TargetID == id || e.ActorKind == app.ActorUser && e.ActorID == id {
			list = append(list, e)
		}
	}
	return list
}

// interrupt lets n more transactions of a world's operations work and refuses those after, as if the process ended
// between them. A negative n lets all work again.
func interrupt(w *apptest.World, n int) {
	var done atomic.Int64
	w.Failing(func() error {
		if n >= 0 && done.Add(1) > int64(n) {
			return app.ErrUnavailable
		}
		return nil
	})
}

func TestThirtyDaysAfterADeletionNothingPersonalIsLeft(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	p := w.SignIn(eveOf(t, w), apptest.Browser(77))
	id := p.User().ID
	_, err := w.UpdateProfile(t.Context(), p.Actor(), changes("first_name", `"Evangeline"`))
	must(t, err)
	_, err = signIn(t, w, eve, "not her password", apptest.Browser(78))
	wantCode(t, err, app.CodeInvalidCredentials)
	ownerUser := owner.User()
	must(t, w.WriteAudit(t.Context(), 1, p.Actor(), "user.updated", &ownerUser)) // she did something to another
	eveUser := p.User()
	must(t, w.WriteAudit(t.Context(), 1, owner.Actor(), "user.updated", &eveUser)) // another did something to her
	must(t, w.WriteAudit(t.Context(), 1, app.Shell("root"), "user.updated", &eveUser))
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))

	w.Clock.Advance(30*24*time.Hour - time.Second)
	must(t, w.Purge(t.Context()))
	for _, e := range concerning(t, w, id) {
		if e.ActorOpen == nil || e.TargetOpen == nil {
			t.Errorf("%s was erased a second too early", e.Action)
		}
	}
	before := len(concerning(t, w, id))
	w.Clock.Advance(time.Second)
	must(t, w.Purge(t.Context()))

	kept := map[string]bool{}
	list := concerning(t, w, id)
	for _, e := range list[:len(list)-1] {
		ofHer := e.TargetID == id
		byAnother := e.ActorKind == app.ActorUser && e.ActorID != id || e.ActorKind == app.ActorShell
		if ofHer != (e.TargetOpen == nil) || ofHer != (e.TargetSalt == nil) {
			t.Errorf("%d %s: what it says of its target is %q", e.ID, e.Action, e.TargetOpen)
		}
		if byAnother != (e.ActorOpen != nil) || byAnother != (e.ActorSalt != nil) {
			t.Errorf("%d %s: what it says of its actor is %q", e.ID, e.Action, e.ActorOpen)
		}
		kept[string(e.ActorKind)] = kept[string(e.ActorKind)] || e.ActorOpen != nil
	}
	last := list[len(list)-1]
	if last.Action != "audit.erased" || last.ActorKind != app.ActorSystem || last.TargetID != id || last.Email != "" || len(list) != before+1 {
		t.Errorf("the last of %d entries is %+v", len(list), last)
	}
	if !kept["user"] || !kept["shell"] || kept["system"] {
		t.Errorf("kept are the actors %v", kept)
	}
	report := verify(t, w, "")
	if report.Break != nil || report.Erased < 8 {
		t.Errorf("the report is %+v", report)
	}
	wrote(t, w, func() { must(t, w.Purge(t.Context())) }) // once is enough
	gone(t, w, "Evangeline", eve, "203.0.113.77", "203.0.113.78")
}

// eveOf makes an account for eve and signs nobody in.
func eveOf(t testing.TB, w *apptest.World) string {
	t.Helper()
	_, err := register(t, w, eve, apptest.Browser(2))
	must(t, err)
	return eve
}

// gone says that a closed database's file holds none of these texts.
func gone(t testing.TB, w *apptest.World, texts ...string) {
	t.Helper()
	must(t, w.Store.Close())
	file, err := os.ReadFile(filepath.Join(w.Dir, "doorward.db"))
	must(t, err)
	for _, text := range texts {
		if strings.Contains(string(file), text) {
			t.Errorf("the database still holds %q", text)
		}
	}
}

func TestAnErasureThatIsInterruptedAnywhereIsFinished(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	user := p.User()
	must(t, w.WriteAudit(t.Context(), 1200, p.Actor(), "user.updated", &user)) // three batches
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))
	w.Clock.Advance(31 * 24 * time.Hour)
	halves := 0
	for n := 0; ; n++ {
		interrupt(w, n)
		err := w.Purge(t.Context())
		interrupt(w, -1)
		report := verify(t, w, "")
		if report.Break != nil {
			t.Fatalf("interrupted after %d transactions: %v", n, report.Break)
		}
		if err == nil {
			break
		}
		if report.Erased > 0 {
			halves++
		}
	}
	told := 0
	for _, e := range concerning(t, w, user.ID) {
		if e.Action == "audit.erased" {
			told++
		} else if e.ActorOpen != nil || e.TargetOpen != nil {
			t.Fatalf("%d %s is not erased", e.ID, e.Action)
		}
	}
	if told != 1 || halves == 0 {
		t.Errorf("told %d times, interrupted %d times halfway", told, halves)
	}
}

func TestAnErasedPartThatIsPutBackMustBeTheOneThatWasThere(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	id := p.User().ID
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))
	before := concerning(t, w, id)[0]
	w.Clock.Advance(31 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	restore := func(open string, salt []byte) *app.AuditBreak {
		tamper(t, w, fmt.Sprintf("UPDATE audit_log SET target_open = CAST('%s' AS BLOB), target_salt = x'%x' WHERE id = %d", open, salt, before.ID))
		return verify(t, w, "").Break
	}
	if broken := restore(`{"email":"mallory@example.org"}`, before.TargetSalt); broken == nil || broken.ID != before.ID {
		t.Errorf("another address: %v", broken)
	}
	if broken := restore(string(before.TargetOpen), []byte("0123456789abcdef")); broken == nil || broken.ID != before.ID {
		t.Errorf("another salt: %v", broken)
	}
	if broken := restore(string(before.TargetOpen), before.TargetSalt); broken != nil {
		t.Errorf("the very same: %v", broken)
	}
}

func TestALoginForAnUnknownAddressLeavesItNowhere(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	const typed = "somebody.else@example.net"
	_, err := signIn(t, w, typed, "Hunter2-Hunter2", apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), typed))
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), typed))
	if last := entries(t, w); last[len(last)-2].Action != "login.failed" || last[len(last)-2].TargetID != 0 {
		t.Errorf("the log has %v", actions(t, w))
	}
	gone(t, w, typed, "somebody", "Hunter2")
}

func TestThePurgeKeepsTheHoursOfAClockThatIsMoved(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))
	w.Advance(30 * 24 * time.Hour)
	w.Await("the erasure", func() bool { return slices.Contains(actions(t, w), "audit.erased") })
}
