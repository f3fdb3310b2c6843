package web

import (
	"errors"
	"fmt"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

// refused is a mail server's 5xx.
type refused struct{ error }

func (refused) Permanent() bool { return true }

func TestJobsAreListedAndTriedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	s.Outbox.Fail(refused{errors.New("RCPT: 550 no such mailbox")})
	grace := s.Newcomer("grace@example.org")
	path := api + "/jobs"
	s.Await("a failed mail", func() bool {
		return len(s.do("GET", path+"?state=failed", nil, as(owner)).is(200).at("jobs").([]any)) == 1
	})
	got := s.do("GET", path+"?state=failed", nil, as(owner)).is(200)
	hasExactly(t, got.at(), "jobs", "next_cursor")
	job := got.at("jobs").([]any)[0]
	hasExactly(t, job, "id", "kind", "state", "attempts", "next_at", "last_error", "user_id")
	if want := fmt.Sprintf("map[attempts:1 id:1 kind:mail last_error:RCPT: 550 no such mailbox next_at:<nil> state:failed user_id:%d]", grace.User().ID); fmt.Sprint(job) != want {
		t.Errorf("the job is %v, want %v", job, want)
	}

	retried := s.do("POST", path+"/1/retry", nil, as(owner)).is(200)
	hasExactly(t, retried.at(), "job")
	if retried.at("job", "state") != "waiting" || retried.at("job", "next_at") == nil {
		t.Errorf("the job is %s", retried.body)
	}
	s.Mail(app.MailConfirmation, "grace@example.org")
	s.Await("the mail's job is done", func() bool {
		return s.do("GET", path, nil, as(owner)).at("jobs").([]any)[0].(map[string]any)["state"] == "done"
	})
	s.do("POST", path+"/1/retry", nil, as(owner)).field("state", app.RuleNotValid)
	for _, id := range []string{"2", "0", "-1", "x", "01", "99999999999999999999"} {
		s.do("POST", path+"/"+id+"/retry", nil, as(owner)).refused(404, app.CodeNotFound)
	}
}

func TestJobsAreForAdminsWhoAskWell(t *testing.T) {
	t.Parallel()
	s := newSite(t, apptest.New(t))
	owner := s.Owner("ada@example.org")
	grace := s.Member("grace@example.org")
	for _, request := range [][2]string{{"GET", "/jobs?state=lost"}, {"POST", "/jobs/999/retry"}, {"POST", "/jobs/x/retry"}} {
		s.do(request[0], api+request[1], nil).refused(401, app.CodeUnauthenticated)
		s.do(request[0], api+request[1], nil, as(grace)).refused(403, app.CodeForbidden)
	}
	s.do("GET", api+"/jobs?state=lost", nil, as(owner)).field("state", app.RuleUnknown)
	s.do("GET", api+"/jobs?cursor=last", nil, as(owner)).field("cursor", app.RuleInvalidFormat)
	s.do("GET", api+"/jobs?page_size=0", nil, as(owner)).field("page_size", app.RuleOutOfRange)
	s.do("POST", api+"/jobs/1/retry", nil, as(owner), with("Origin", "https://evil.example")).refused(403, app.CodeCrossOrigin)
}
