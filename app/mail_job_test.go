package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// permanent is what a mail server's 5xx is.
type permanent struct{ error }

func (permanent) Permanent() bool { return true }

var errBusy = errors.New("451 try again later")

// courier is a Courier made of one function.
type courier func(ctx context.Context, m app.Mail) error

func (c courier) Deliver(ctx context.Context, m app.Mail) error { return c(ctx, m) }

// theMail is the one mail job there is.
func theMail(t testing.TB, w *apptest.World) app.Job {
	t.Helper()
	list := jobs(t, w, app.JobMail)
	if len(list) != 1 {
		t.Fatalf("there are %d mails", len(list))
	}
	return list[0]
}

func awaitMail(t testing.TB, w *apptest.World, state app.JobState, attempts int) app.Job {
	t.Helper()
	w.Await(string(state)+" mail", func() bool {
		j := theMail(t, w)
		return j.State == state && j.Attempts == attempts
	})
	return theMail(t, w)
}

func TestTheDatabaseAloneGivesNobodyAUsableLink(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutCourier(), apptest.WithoutLimits())
	owner := w.Owner(ada)
	p := w.Newcomer(eve)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	must(t, w.RequestEmailChange(t.Context(), p.Actor(), app.EmailInput{Email: eveNew, Current: apptest.Password}))
	kept, err := w.KeptMails(t.Context(), owner.Actor(), "")
	must(t, err)
	secrets := []string{owner.Token.Reveal(), p.Token.Reveal(), apptest.Password.Reveal()}
	for _, k := range kept {
		if k.Mail.Token != "" {
			secrets = append(secrets, k.Mail.Token.Reveal())
		}
	}
	if len(secrets) != 6 {
		t.Fatalf("%d secrets, want two sessions, a password and three links", len(secrets))
	}
	for _, name := range []string{"doorward.db", "doorward.db-wal"} {
		file, err := os.ReadFile(filepath.Join(w.Dir, name))
		must(t, err)
		if name == "doorward.db-wal" && !bytes.Contains(file, []byte(eveNew)) {
			t.Fatal("the log doesn't hold what was written: nothing is proven")
		}
		for _, secret := range secrets {
			forms := [][]byte{
				[]byte(secret), []byte(hex.EncodeToString([]byte(secret))), []byte(strings.ToUpper(hex.EncodeToString([]byte(secret)))),
				[]byte(base64.RawStdEncoding.EncodeToString([]byte(secret))), []byte(base64.RawURLEncoding.EncodeToString([]byte(secret))),
			}
			if raw, err := base64.RawURLEncoding.DecodeString(secret); err == nil {
				forms = append(forms, raw, []byte(hex.EncodeToString(raw)), []byte(base64.StdEncoding.EncodeToString(raw)))
			}
			for i, form := range forms {
				if bytes.Contains(file, form) {
					t.Errorf("%s holds a secret in form %d", name, i)
				}
			}
		}
	}
	if strings.Contains(w.Log.String(), secrets[3]) {
		t.Error("the log holds a token")
	}
}

func TestADeliveredMailsBodyIsGone(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	w.Newcomer(eve)
	j := awaitMail(t, w, app.JobDone, 1)
	if len(j.Payload) != 0 || j.LastError != "" || !j.FinishedAt.Equal(w.Clock.Now()) {
		t.Errorf("the job is %+v", j)
	}
	w.Clock.Advance(8 * 24 * time.Hour)
	must(t, w.Purge(t.Context()))
	if left := jobs(t, w, app.JobMail); len(left) != 0 {
		t.Errorf("finished jobs stay: %+v", left)
	}
}

func TestTemporaryErrorsAreTriedAgainWithGrowingWaitsFor48Hours(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	for range 100 {
		w.Outbox.Fail(errBusy)
	}
	w.Newcomer(eve)
	began, last, attempts := w.Clock.Now(), time.Duration(0), 0
	ids := map[string]bool{}
	for {
		attempts++
		w.Await("an attempt", func() bool {
			j := theMail(t, w)
			return j.Attempts == attempts && j.State != app.JobRunning && j.State != "" && j.LastError != ""
		})
		j := theMail(t, w)
		ids[string(j.Payload[:60])] = true
		if j.State == app.JobFailed {
			break
		}
		wait := j.NextAt.Sub(w.Clock.Now())
		if wait <= 0 || wait < last || attempts == 1 && wait > time.Minute {
			t.Fatalf("after attempt %d the wait is %v, before it was %v", attempts, wait, last)
		}
		last = wait
		w.Advance(wait)
	}
	if after := w.Clock.Now().Sub(began); after < 48*time.Hour || after > 51*time.Hour {
		t.Errorf("given up after %v", after)
	}
	if len(ids) != 1 {
		t.Errorf("the mail changed its identity: %v", ids)
	}
	if j := theMail(t, w); !strings.Contains(j.LastError, errBusy.Error()) {
		t.Errorf("the job says %q", j.LastError)
	}
}

func TestAMailGoesOutOnceTheServerIsBack(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	w.Outbox.Fail(errBusy, errBusy)
	w.Newcomer(eve)
	for n := 1; n <= 2; n++ {
		j := awaitMail(t, w, app.JobWaiting, n)
		w.Advance(j.NextAt.Sub(w.Clock.Now()))
	}
	if m := w.Mail(app.MailConfirmation, eve); m.Token == "" {
		t.Error("the mail came without its link")
	}
	if j := awaitMail(t, w, app.JobDone, 3); j.LastError != "" {
		t.Errorf("the job says %q", j.LastError)
	}
}

// TestAClockThatJumpsAheadAndBackHoldsUpNoMail: what was put off while the clock was a year ahead is not a year late.
func TestAClockThatJumpsAheadAndBackHoldsUpNoMail(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	w.Clock.Advance(365 * 24 * time.Hour)
	w.Outbox.Fail(errBusy)
	w.Newcomer(eve)
	awaitMail(t, w, app.JobWaiting, 1)
	w.Advance(-365 * 24 * time.Hour)
	w.Mail(app.MailConfirmation, eve)
	if !strings.Contains(w.Log.String(), "the clock was set back") {
		t.Error("the log doesn't tell of it")
	}
}

func TestAPermanentErrorFailsAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	w.Outbox.Fail(permanent{errors.New("550 no such mailbox")})
	w.Newcomer(eve)
	if j := awaitMail(t, w, app.JobFailed, 1); j.LastError != "550 no such mailbox" {
		t.Errorf("the job says %q", j.LastError)
	}
}

func TestAMailWhoseLinkIsNoLongerGoodIsNotSent(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*testing.T, *apptest.World, app.Secret){
		"used": func(t *testing.T, w *apptest.World, token app.Secret) {
			_, _, err := w.Confirm(t.Context(), apptest.Stranger(9), token)
			must(t, err)
		},
		"expired": func(_ *testing.T, w *apptest.World, _ app.Secret) { w.Clock.Advance(week) },
		"expired and purged": func(t *testing.T, w *apptest.World, _ app.Secret) {
			w.Clock.Advance(week)
			must(t, w.Purge(t.Context()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := apptest.Paused(t, apptest.WithoutCourier())
			owner := w.Owner(ada)
			w.Newcomer(eve)
			kept, err := w.KeptMails(t.Context(), owner.Actor(), "")
			must(t, err)
			spoil(t, w, kept[0].Mail.Token)
			second := w.Again(t, apptest.WithCourier(courier(func(context.Context, app.Mail) error {
				t.Error("the mail was sent")
				return nil
			})))
			second.Start(t)
			if j := awaitMail(t, second, app.JobFailed, 1); !strings.Contains(j.LastError, "no longer good") {
				t.Errorf("the job says %q", j.LastError)
			}
		})
	}
}

func TestKeptMailsGoOutOnceThereIsAServer(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutCourier())
	w.Owner(ada)
	w.Newcomer(eve)
	w.Clock.Advance(3 * 24 * time.Hour)
	var outbox apptest.Outbox
	outbox.Fail(errBusy, errBusy) // kept for long, but tried for the first time
	second := w.Again(t, apptest.WithCourier(&outbox))
	second.Outbox = &outbox
	second.Start(t)
	for n := 1; n <= 2; n++ {
		j := awaitMail(t, second, app.JobWaiting, n)
		w.Clock.Advance(j.NextAt.Sub(w.Clock.Now()))
		second.Wake()
	}
	second.Mail(app.MailConfirmation, eve)
}

func TestACrashBetweenDeliveryAndItsNoteSendsTheSameMessageAgain(t *testing.T) {
	t.Parallel()
	delivered, release := make(chan app.Mail, 1), make(chan struct{})
	w := apptest.New(t, apptest.WithCourier(courier(func(_ context.Context, m app.Mail) error {
		delivered <- m
		<-release
		return nil
	})))
	t.Cleanup(func() { close(release) }) // before the first server is waited for
	w.Owner(ada)
	w.Newcomer(eve)
	first := <-delivered
	var outbox apptest.Outbox
	second := w.Again(t, apptest.WithCourier(&outbox))
	second.Outbox = &outbox
	second.Start(t)
	again := second.Mail(app.MailConfirmation, eve)
	if again.ID != first.ID || again.Token != first.Token || again.ID == "" {
		t.Errorf("the mail came as %s, then as %s", first.ID, again.ID)
	}
}

func TestAPanicFailsOneMailOnly(t *testing.T) {
	t.Parallel()
	var once sync.Once
	sent := make(chan app.Mail, 10)
	w := apptest.New(t, apptest.WithCourier(courier(func(_ context.Context, m app.Mail) error {
		once.Do(func() { panic("a bug in a mail") })
		sent <- m
		return nil
	})))
	w.Owner(ada)
	w.Newcomer(eve)
	if j := awaitMail(t, w, app.JobFailed, 1); j.LastError == "" || strings.Contains(j.LastError, "a bug in a mail") {
		t.Errorf("the job says %q", j.LastError)
	}
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve))
	<-sent
	if !strings.Contains(w.Log.String(), "a bug in a mail") {
		t.Error("the log doesn't tell of it")
	}
}

func TestNamesStandInNoMailToAnUnconfirmedAddress(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner(ada)
	result, err := w.Register(t.Context(), apptest.Stranger(9), app.RegistrationInput{
		Email: eve, Password: apptest.Password, Username: "buy_now", FirstName: "Click", LastName: "http://evil.example", SignIn: true,
	})
	must(t, err)
	by := app.Actor{Kind: app.ActorUser, ID: result.User.ID, User: &result.Grant.User, Session: &result.Grant.Session}
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve))
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), eve))
	must(t, w.RequestEmailChange(t.Context(), by, app.EmailInput{Email: eveNew, Current: apptest.Password}))
	w.Mail(app.MailConfirmation, eve)
	w.Mail(app.MailPasswordReset, eve)
	w.Mail(app.MailEmailChange, eveNew)
	w.Mail(app.MailEmailChanging, eve)
	_, err = w.ChangePassword(t.Context(), by, app.PasswordInput{Current: apptest.Password, Password: "another horse"})
	must(t, err)
	w.Mail(app.MailPasswordChanged, eve)
	for _, m := range w.Outbox.All() {
		if m.Name != "" {
			t.Errorf("a %s mail to %s names %q", m.Kind, m.To, m.Name)
		}
	}
}

func TestMailsGoToTheAddressInTheDatabaseInItsLanguage(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithoutLimits())
	w.Owner("Ada@Example.org")
	p := w.SignIn("ada@example.org", apptest.Browser(1))
	_, err := w.SetLocale(t.Context(), p.Actor(), app.Own(), "fr")
	must(t, err)
	must(t, w.RequestPasswordReset(t.Context(), apptest.Stranger(9), " ADA@EXAMPLE.ORG"))
	m := w.Mail(app.MailPasswordReset, "ada@example.org")
	if m.To != "Ada@Example.org" || m.Locale != "fr" || m.Name != "ada" {
		t.Errorf("the mail is %+v", m)
	}
}

func TestKeptMailsAreForAnOwnerOrTheKey(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutCourier())
	owner := w.Owner(ada)
	p := w.Newcomer(eve)
	for name, c := range map[string]struct {
		by   app.Actor
		key  app.Secret
		want app.Code
	}{
		"an Owner":           {owner.Actor(), "", ""},
		"the key":            {apptest.Stranger(1), w.MailboxKey(), ""},
		"a member":           {p.Actor(), "", app.CodeForbidden},
		"a stranger":         {apptest.Stranger(1), "", app.CodeUnauthenticated},
		"another key":        {apptest.Stranger(1), "wrong", app.CodeUnauthenticated},
		"a member, bad key":  {p.Actor(), "wrong", app.CodeForbidden},
		"an Owner, bad key":  {owner.Actor(), "wrong", ""},
		"a program of a key": {app.Actor{Kind: app.ActorKey, ID: 1, Rank: app.RankOwner}, "", app.CodeUnauthenticated},
	} {
		kept, err := w.KeptMails(t.Context(), c.by, c.key)
		if c.want != "" {
			if err == nil || app.AsError(err).Code != c.want {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		must(t, err)
		if len(kept) != 1 || kept[0].Mail.Kind != app.MailConfirmation || kept[0].Mail.Token == "" {
			t.Errorf("%s: %+v", name, kept)
		}
	}
	sent := w.Again(t, apptest.WithCourier(&apptest.Outbox{}))
	_, err := sent.KeptMails(t.Context(), owner.Actor(), sent.MailboxKey())
	wantCode(t, err, app.CodeNotFound)
}

func TestTheBackgroundWorkEndsWithItsContextAndFinishesWhatRuns(t *testing.T) {
	t.Parallel()
	began, release := make(chan struct{}), make(chan struct{})
	w := apptest.Paused(t, func(o *app.Options) { o.Workers = 4 }, apptest.WithCourier(courier(func(context.Context, app.Mail) error {
		close(began)
		<-release
		return nil
	})))
	w.Owner(ada)
	stop := w.Start(t)
	w.Newcomer(eve)
	<-began
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop()
	}()
	select {
	case <-stopped:
		t.Error("the running mail was not waited for")
	default:
	}
	close(release)
	<-stopped
	if j := theMail(t, w); j.State != app.JobDone {
		t.Errorf("the mail is %s", j.State)
	}
	must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve)) // waits for the next start
	if n := len(jobs(t, w, app.JobMail)); n != 2 {
		t.Errorf("there are %d mails", n)
	}
}
