package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// failMail makes the mail to a newcomer fail for good, and answers its job.
func failMail(t testing.TB, w *apptest.World) app.Job {
	t.Helper()
	w.Outbox.Fail(permanent{errors.New("550 mailbox full")})
	w.Newcomer(eve)
	return awaitMail(t, w, app.JobFailed, 1)
}

func TestAFailedMailGoesOutWhenItIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	failed := failMail(t, w)
	if len(failed.Payload) == 0 {
		t.Fatal("the failed mail lost what it says")
	}
	w.Clock.Advance(3 * 24 * time.Hour) // past the 48 hours, which begin anew
	w.Outbox.Fail(errBusy)
	job, err := w.RetryJob(t.Context(), owner.Actor(), failed.ID)
	must(t, err)
	if job.ID != failed.ID || job.State != app.JobWaiting || job.Attempts != 0 || !job.NextAt.Equal(w.Clock.Now()) || !job.FinishedAt.IsZero() || job.Payload != nil {
		t.Errorf("the job is %+v", job)
	}
	again := awaitMail(t, w, app.JobWaiting, 1)
	w.Advance(again.NextAt.Sub(w.Clock.Now()))
	if m := w.Mail(app.MailConfirmation, eve); m.Token == "" {
		t.Error("the mail came without its link")
	}
	awaitMail(t, w, app.JobDone, 2)
	_, err = w.RetryJob(t.Context(), owner.Actor(), failed.ID)
	wantFields(t, err, "state not_valid")
}

func TestAMailWhoseLinkIsNoLongerGoodFailsAgain(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	failed := failMail(t, w)
	w.Clock.Advance(week)
	_, err := w.RetryJob(t.Context(), owner.Actor(), failed.ID)
	must(t, err)
	if j := awaitMail(t, w, app.JobFailed, 1); !strings.Contains(j.LastError, "no longer good") || w.Outbox.Tries() != 1 {
		t.Errorf("the job says %q after %d deliveries", j.LastError, w.Outbox.Tries())
	}
}

func TestAMailThatWaitsForItsNextAttemptGoesOutWhenItIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	w.Outbox.Fail(errBusy)
	w.Newcomer(eve)
	waiting := awaitMail(t, w, app.JobWaiting, 1)
	if !waiting.NextAt.After(w.Clock.Now()) {
		t.Fatal("the next attempt is due")
	}
	job, err := w.RetryJob(t.Context(), owner.Actor(), waiting.ID)
	must(t, err)
	if job.State != app.JobWaiting || job.Attempts != 1 || !job.NextAt.Equal(w.Clock.Now()) || job.LastError == "" {
		t.Errorf("the job is %+v", job)
	}
	if done := awaitMail(t, w, app.JobDone, 2); !done.CreatedAt.Equal(waiting.CreatedAt) {
		t.Error("its 48 hours began anew")
	}
}

func TestAJobThatRunsOrIsDoneIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	owner := w.Owner(ada)
	w.Newcomer(eve)
	job := theMail(t, w)
	for _, state := range []app.JobState{app.JobRunning, app.JobDone} {
		setJob(t, w, job.ID, state)
		_, err := w.RetryJob(t.Context(), owner.Actor(), job.ID)
		wantFields(t, err, "state not_valid")
	}
	_, err := w.RetryJob(t.Context(), owner.Actor(), 999)
	wantCode(t, err, app.CodeNotFound)
	setJob(t, w, job.ID, app.JobFailed)
	for _, err := range together(20, func(int) error {
		_, err := w.RetryJob(t.Context(), owner.Actor(), job.ID)
		return err
	}) {
		must(t, err) // whoever comes second finds it waiting
	}
	if again := theMail(t, w); again.State != app.JobWaiting || again.Attempts != 0 || !again.FinishedAt.IsZero() {
		t.Errorf("after twenty at once the job is %+v", again)
	}
}

// setJob puts a job in a state, as its workers would.
func setJob(t testing.TB, w *apptest.World, id int64, state app.JobState) {
	t.Helper()
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		j, err := tx.FindJob(id)
		if err != nil {
			return err
		}
		j.State, j.LeaseUntil, j.FinishedAt = state, time.Time{}, time.Time{}
		switch state {
		case app.JobRunning:
			j.LeaseUntil = tx.Now().Add(time.Minute)
		case app.JobDone, app.JobFailed:
			j.FinishedAt = tx.Now()
		}
		return tx.UpdateJob(j)
	}))
}

func TestAPictureThatWasGivenUpIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	_, err := w.UploadAvatar(t.Context(), p.Actor(), bytes.NewReader(picture(t, 1)), 0)
	must(t, err)
	job := jobs(t, w, app.JobAvatar)[0]
	setJob(t, w, job.ID, app.JobFailed) // but its picture was not given up: what was to say so could not be written
	_, err = w.RetryJob(t.Context(), p.Actor(), job.ID)
	must(t, err)
	setJob(t, w, job.ID, app.JobFailed)
	must(t, w.Store.Update(t.Context(), func(tx app.Tx) error {
		avatars, err := tx.AvatarsOf(p.User().ID)
		avatars[0].Status, avatars[0].Error = app.AvatarFailed, "The picture couldn't be made."
		return errors.Join(err, tx.UpdateAvatar(avatars[0]))
	}))
	_, err = w.RetryJob(t.Context(), p.Actor(), job.ID)
	wantFields(t, err, "state not_valid")
	must(t, w.RemoveAvatar(t.Context(), p.Actor()))
	_, err = w.RetryJob(t.Context(), p.Actor(), job.ID)
	wantFields(t, err, "state not_valid")
}

func TestJobsAreListedByKindBesideAState(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	w.Newcomer(eve)
	upload(t, w, p, picture(t, 1), 0)
	ask := func(q app.JobQuery) (app.JobPage, error) { return w.ListJobs(t.Context(), p.Actor(), q) }
	for kind, want := range map[string]app.JobKind{"mail": app.JobMail, "avatar": app.JobAvatar} {
		page, err := ask(app.JobQuery{State: "waiting", Kind: kind})
		if must(t, err); len(page.Jobs) != 1 || page.Jobs[0].Kind != want {
			t.Errorf("%s: %+v", kind, page.Jobs)
		}
	}
	for _, q := range []app.JobQuery{{Kind: "mail"}, {State: "waiting", Kind: "letter"}} {
		_, err := ask(q)
		wantFields(t, err, "kind unknown")
	}
}

func TestJobsAreListedNewestFirstByState(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	owner := w.Owner(ada)
	w.Newcomer(eve)
	for range 9 {
		must(t, w.RequestConfirmation(t.Context(), apptest.Stranger(9), eve))
	}
	var want []int64
	for i, j := range jobs(t, w, app.JobMail) {
		if i%3 == 0 {
			setJob(t, w, j.ID, app.JobFailed)
			want = append(want, j.ID)
		}
	}
	slices.Reverse(want)
	list := func(q app.JobQuery) (ids []int64) {
		for {
			page, err := w.ListJobs(t.Context(), owner.Actor(), q)
			must(t, err)
			for _, j := range page.Jobs {
				ids = append(ids, j.ID)
				if j.Payload != nil {
					t.Error("a job shows what it is about")
				}
			}
			if page.Next == "" {
				return ids
			}
			q.Cursor = page.Next
		}
	}
	for _, size := range []string{"1", "3", "", "100"} {
		if got := list(app.JobQuery{State: "failed", PageSize: size}); !slices.Equal(got, want) {
			t.Errorf("in pages of %q: %v, want %v", size, got, want)
		}
		if got := list(app.JobQuery{PageSize: size}); len(got) != 10 || !slices.IsSortedFunc(got, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("all, in pages of %q: %v", size, got)
		}
	}
	if got := list(app.JobQuery{State: "done"}); len(got) != 0 {
		t.Errorf("done are %v", got)
	}
	_, err := w.ListJobs(t.Context(), owner.Actor(), app.JobQuery{State: "lost", Cursor: "-", PageSize: "0"})
	wantFields(t, err, "state unknown", "cursor invalid_format", "page_size out_of_range")
	for _, state := range app.JobStates() {
		list(app.JobQuery{State: fmt.Sprint(state)})
	}
}

func TestJobsAreForAdminsAsOfNow(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	p := w.Member(eve)
	for _, by := range []app.Actor{p.Actor(), apptest.Stranger(1)} {
		_, err := w.ListJobs(t.Context(), by, app.JobQuery{State: "lost"})
		wantCode(t, err, app.CodeForbidden)
		_, err = w.RetryJob(t.Context(), by, 999)
		wantCode(t, err, app.CodeForbidden)
	}
	was := p.Actor()
	was.Rank = app.RankAdmin // as the request came
	_, err := w.RetryJob(t.Context(), was, 999)
	wantCode(t, err, app.CodeForbidden)
}
