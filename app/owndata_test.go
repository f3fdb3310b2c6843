package app_test

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// all goes through a part of somebody's data.
func all[T any](t testing.TB, part iter.Seq2[T, error]) (list []T) {
	t.Helper()
	for one, err := range part {
		must(t, err)
		list = append(list, one)
	}
	return list
}

func TestOwnDataIsAllThatIsKeptAboutAnAccount(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits(), apptest.WithoutCourier())
	w.Owner(ada)
	p := w.Newcomer(eve)
	w.SignIn(eve, apptest.Browser(8))
	_, err := signIn(t, w, eve, "a wrong password", apptest.Browser(9))
	wantCode(t, err, app.CodeInvalidCredentials)
	must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eveNew, Current: apptest.Password}))
	w.Clock.Advance(time.Hour)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	w.Clock.Advance(time.Hour) // which the reset's link does not outlive

	data, err := w.ExportOwnData(t.Context(), p.Actor())
	must(t, err)
	if data.User.Email != eve || !data.HasPassword || data.WrongPasswords != 1 || !data.At.Equal(w.Clock.Now()) || data.User.Registration.UserAgent != p.Client.UserAgent {
		t.Errorf("the data is %+v", data)
	}
	var links []string
	for _, l := range data.Links {
		links = append(links, string(l.Purpose)+" "+l.Email)
	}
	if want := []string{"email_change " + eveNew, "confirmation " + eve}; !slices.Equal(links, want) {
		t.Errorf("links %v, want %v", links, want)
	}
	if sessions := all(t, data.Sessions(t.Context())); len(sessions) != 2 || sessions[0].IP != apptest.Browser(8).IP {
		t.Errorf("sessions %+v", sessions)
	}
	var mails []string
	for _, m := range all(t, data.Mails(t.Context())) {
		mails = append(mails, string(m.Mail.Kind)+" "+m.Mail.To)
		if m.Mail.Token != "" || m.Job.Payload != nil || m.Job.State != app.JobWaiting {
			t.Errorf("a mail is %+v", m)
		}
	}
	if want := []string{"password_reset " + eve, "email_changing " + eve, "email_change " + eveNew, "confirmation " + eve}; !slices.Equal(mails, want) {
		t.Errorf("mails %v, want %v", mails, want)
	}
	var log []string
	for _, e := range all(t, data.Audit(t.Context())) {
		log = append(log, e.Action)
	}
	if want := []string{"password.reset_requested", "email.change_requested", "login.failed", "session.created", "session.created", "user.registered"}; !slices.Equal(log, want) {
		t.Errorf("audit entries %v, want %v", log, want)
	}
}

func TestOwnDataTellsNothingThatIsAnothers(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	p := w.Newcomer(eve)
	a, e := owner.User(), p.User()
	from := len(actions(t, w))
	by := app.Actor{Kind: app.ActorKey, ID: 4, Name: "a key", Client: apptest.Browser(60)}
	for _, c := range []struct {
		by     app.Actor
		target *app.User
	}{{owner.Actor(), &e}, {p.Actor(), &a}, {by, &e}, {app.Shell("root"), &e}, {apptest.Stranger(70), &e}, {p.Actor(), nil}, {p.Actor(), &e}, {owner.Actor(), &a}} {
		must(t, w.WriteAudit(t.Context(), 1, c.by, "user.updated", c.target))
	}
	data, err := w.ExportOwnData(t.Context(), p.Actor())
	must(t, err)
	log := all(t, data.Audit(t.Context()))
	slices.Reverse(log)
	log = log[len(log)-7:]
	if log[0].ID != int64(from+1) {
		t.Fatalf("the entries are %+v", log)
	}
	type seen struct {
		kind          app.ActorKind
		who, whom, it bool
	}
	var got []seen
	for _, e := range log {
		got = append(got, seen{e.ActorKind, e.ActorName+e.IP+e.UserAgent != "", e.TargetEmail != "", e.Details != nil})
	}
	want := []seen{
		{app.ActorUser, false, true, true},  // another did it to her
		{app.ActorUser, true, false, false}, // she did it to another
		{app.ActorKey, false, true, true},   // a program
		{app.ActorShell, false, true, true}, // the machine
		{app.ActorSystem, true, true, true}, // a stranger, who may be herself
		{app.ActorUser, true, false, true},  // she did it to nobody
		{app.ActorUser, true, true, true},   // she did it to herself
	}
	if !slices.Equal(got, want) {
		t.Errorf("seen %+v,\nwant %+v", got, want)
	}
}

func TestOwnDataIsReadInPiecesOnceEach(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	user := p.User()
	must(t, w.WriteAudit(t.Context(), 1000, p.Actor(), "user.updated", &user))
	for range 450 {
		must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), ada))
	}
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		for i := range 450 {
			s := app.Session{ID: strings.Repeat("s", i+1), UserID: user.ID, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour)}
			if err := tx.InsertSession(s, app.DigestOf(s.ID)); err != nil {
				return err
			}
		}
		return nil
	}))
	data, err := w.ExportOwnData(t.Context(), p.Actor())
	must(t, err)
	entries := all(t, data.Audit(t.Context()))
	for i, e := range entries {
		if e.ID != int64(1452-i) {
			t.Fatalf("entry %d is %d", i, e.ID)
		}
	}
	sessions := map[string]bool{}
	for _, s := range all(t, data.Sessions(t.Context())) {
		sessions[s.ID] = true
	}
	mails := map[int64]bool{}
	for _, m := range all(t, data.Mails(t.Context())) {
		mails[m.Job.ID] = true
	}
	if len(entries) != 1452 || len(sessions) != 451 || len(mails) != 450 {
		t.Errorf("%d entries, %d sessions, %d mails", len(entries), len(sessions), len(mails))
	}
	for range data.Audit(t.Context()) {
		break // whoever has enough reads no more
	}
	must(t, w.Store.Close())
	var last error
	for _, err := range data.Audit(t.Context()) {
		last = err
	}
	if last == nil || errors.Is(last, app.ErrNoRow) {
		t.Errorf("a closed store answers %v", last)
	}
}

func TestOwnDataIsForASession(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	was := p.Actor()
	for _, by := range []app.Actor{apptest.Stranger(1), app.Shell("root"), {Kind: app.ActorKey, ID: 1, Rank: app.RankOwner}} {
		_, err := w.ExportOwnData(t.Context(), by)
		wantCode(t, err, app.CodeUnauthenticated)
	}
	must(t, w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password))
	_, err := w.ExportOwnData(t.Context(), was)
	wantCode(t, err, app.CodeUnauthenticated)
}
