package web

import (
	"fmt"
	"slices"
	"strings"

	"doorward/app"
	"doorward/app/apptest"
)

// What the tests of attacks share. docs/security.md lists the attacks, each with its tests.

// ownSite registers the first Owner over HTTP, as a concealed site needs, and signs them in.
func (s *site) ownSite(email string) *apptest.Persona {
	s.T.Helper()
	code, err := s.SetupCode(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	body := fmt.Sprintf(`{"email":%q,"password":%q,"setup_code":%q}`, email, apptest.Password.Reveal(), code.Reveal())
	s.do("POST", api+"/registrations", body, from(apptest.Browser(1))).isIn(201, 202)
	return s.SignIn(email, apptest.Browser(1))
}

// isIn checks that the status is one of some.
func (r reply) isIn(statuses ...int) reply {
	r.t.Helper()
	if !slices.Contains(statuses, r.status) {
		r.t.Fatalf("status %d, want one of %v; body: %s", r.status, statuses, r.body)
	}
	return r
}

// settled waits until every mail that was caused is delivered.
func (s *site) settled() {
	s.T.Helper()
	s.Await("the mails to be delivered", func() bool {
		waiting := 0
		for _, state := range []app.JobState{app.JobWaiting, app.JobRunning} {
			err := s.Store.View(s.T.Context(), func(tx app.Tx) error {
				jobs, err := tx.ListJobs(app.JobFilter{Kind: app.JobMail, State: state, Limit: 100})
				waiting += len(jobs)
				return err
			})
			if err != nil {
				s.T.Fatal(err)
			}
		}
		return waiting == 0
	})
}

// mails lists what was delivered to an address, as `kind`s.
func (s *site) mails(to string) []string {
	s.settled()
	var kinds []string
	for _, m := range s.Outbox.All() {
		if strings.EqualFold(m.To, to) {
			kinds = append(kinds, string(m.Kind))
		}
	}
	return kinds
}

// atOnce runs fn n times at once.
func atOnce(n int, fn func(i int) reply) []reply {
	replies := make([]reply, n)
	start, done := make(chan struct{}), make(chan int)
	for i := range n {
		go func() {
			<-start
			replies[i] = fn(i)
			done <- i
		}()
	}
	close(start)
	for range n {
		<-done
	}
	return replies
}

// byAnswer counts replies by status.
func byAnswer(replies []reply) map[int]int {
	counts := map[int]int{}
	for _, r := range replies {
		counts[r.status]++
	}
	return counts
}

// stored looks an account up; nil for none.
func (s *site) stored(email string) *app.User {
	s.T.Helper()
	var user app.User
	err := s.Store.View(s.T.Context(), func(tx app.Tx) (err error) {
		user, err = tx.FindUserByEmail(app.EmailKey(email))
		return err
	})
	if err != nil {
		return nil
	}
	return &user
}
