package app_test

import (
	"errors"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func overview(t testing.TB, w *apptest.World) app.Overview {
	t.Helper()
	o, err := w.Overview(t.Context(), app.Shell("root"))
	must(t, err)
	return o
}

func TestTheOverviewIsForThoseWhoManageAccounts(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	for _, by := range []app.Actor{apptest.Stranger(9), w.Newcomer(eve).Actor()} {
		_, err := w.Overview(t.Context(), by)
		wantCode(t, err, app.CodeForbidden)
	}
	if o, err := w.Overview(t.Context(), owner.Actor()); err != nil || o.Accounts.All != 2 {
		t.Errorf("an Owner reads %+v, %v", o, err)
	}
}

func TestTheOverviewTellsThirtyDaysUpToToday(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	empty := overview(t, w)
	if len(empty.Days) != 30 || empty.Today().Day != time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC) || empty.Days[0].Day != time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) {
		t.Fatalf("an empty site tells of %v to %v", empty.Days[0], empty.Today())
	}
	w.Owner(ada)
	w.Newcomer(eve)
	w.SignIn(ada, apptest.Browser(7))
	_, err := signIn(t, w, ada, "a wrong horse", apptest.Browser(7))
	wantCode(t, err, app.CodeInvalidCredentials)
	_, err = signIn(t, w, "nobody@example.org", "a wrong horse", apptest.Browser(7))
	wantCode(t, err, app.CodeInvalidCredentials)
	o := overview(t, w)
	today := o.Today()
	if want := (app.DayFigures{Day: today.Day, Registrations: 2, Logins: 3, FailedLogins: 2, Present: 2}); today != want {
		t.Errorf("today: %+v, want %+v", today, want)
	}
	if o.Accounts != (app.AccountCounts{All: 2, Active: 2, Confirmed: 1}) || o.Sessions != 3 {
		t.Errorf("counts: %+v, %d sessions", o.Accounts, o.Sessions)
	}
	w.Clock.Advance(29 * 24 * time.Hour)
	if o := overview(t, w); o.Days[0] != today || o.Today().Logins != 0 {
		t.Errorf("29 days on it tells %+v to %+v", o.Days[0], o.Today())
	}
	w.Clock.Advance(24 * time.Hour)
	if o := overview(t, w); o.Days[0].Logins != 0 {
		t.Errorf("30 days on it still tells %+v", o.Days[0])
	}
}

func TestWhoUsesASessionIsPresentWithoutSigningInAgain(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	w.Clock.Advance(24 * time.Hour)
	for range 3 {
		p.Actor()
		w.FlushSeen(t.Context())
		w.Clock.Advance(time.Hour)
	}
	if today := overview(t, w).Today(); today.Present != 1 || today.Logins != 0 {
		t.Errorf("today: %+v", today)
	}
}

func TestTheOverviewCountsValidSessionsAlone(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = time.Hour }))
	w.Owner(ada)
	w.Clock.Advance(30 * time.Minute)
	p := w.Newcomer(eve)
	if o := overview(t, w); o.Sessions != 2 {
		t.Errorf("%d sessions", o.Sessions)
	}
	w.Clock.Advance(30 * time.Minute)
	if o := overview(t, w); o.Sessions != 1 {
		t.Errorf("%d sessions, one of which is idle", o.Sessions)
	}
	must(t, w.Logout(t.Context(), p.Actor()))
	if o := overview(t, w); o.Sessions != 0 {
		t.Errorf("%d sessions after a logout", o.Sessions)
	}
}

func TestTheOverviewCountsWhatWaitsAndWhatFailed(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	w.Newcomer(eve)
	upload(t, w, p, picture(t, 3), 0)
	o := overview(t, w)
	if o.Mails.Waiting != (app.Total{Count: 1}) || o.Pictures.Waiting != (app.Total{Count: 1}) || o.Mails.Failed.Count+o.Pictures.Failed.Count != 0 {
		t.Errorf("waiting: %+v %+v", o.Mails, o.Pictures)
	}
	w.Outbox.Fail(permanent{errors.New("550 no such mailbox")})
	w.Start(t)
	w.Await("the work", func() bool {
		o = overview(t, w)
		return o.Mails.Waiting.Count+o.Pictures.Waiting.Count == 0
	})
	if o.Mails.Failed.Count != 1 || o.Pictures.Failed.Count != 0 {
		t.Errorf("failed: %+v %+v", o.Mails, o.Pictures)
	}
}

func TestTheOverviewTellsWhenABackupWasMade(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	if o := overview(t, w); !o.BackedUpAt.IsZero() || !o.BackupDue {
		t.Errorf("backed up at %v", o.BackedUpAt)
	}
	wantCode(t, w.BackedUp(t.Context(), owner.Actor(), "a.tar"), app.CodeForbidden)
	w.Clock.Advance(time.Hour)
	must(t, w.BackedUp(t.Context(), app.Shell("root"), "/backups/a.tar"))
	if o := overview(t, w); !o.BackedUpAt.Equal(w.Clock.Now()) || o.BackupDue {
		t.Errorf("backed up at %v, due: %v", o.BackedUpAt, o.BackupDue)
	}
	w.Clock.Advance(app.BackupOverdue)
	if o := overview(t, w); o.BackupDue {
		t.Error("a backup that is just a week old is due")
	}
	w.Clock.Advance(time.Second)
	if o := overview(t, w); o.BackedUpAt.IsZero() || !o.BackupDue {
		t.Errorf("after a week: backed up at %v, due: %v", o.BackedUpAt, o.BackupDue)
	}
}
