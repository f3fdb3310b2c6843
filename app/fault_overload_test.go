package app_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// TestWhoIsSentAwayLearnsNothingOfAnAccount fills the room for logins that wait. Beyond it everybody gets the same answer,
// whatever account there is and whatever they know, and nothing is written or counted against anybody.
func TestWhoIsSentAwayLearnsNothingOfAnAccount(t *testing.T) {
	t.Parallel()
	var holds atomic.Bool
	release := make(chan struct{})
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.BcryptCost, p.Limits.Login = 9, app.Limit{N: 100_000, Window: time.Hour} }), func(o *app.Options) {
		o.Hashers = 1
		o.HashThread = func() (done func()) {
			if holds.Load() {
				<-release
			}
			return func() {}
		}
	})
	owner := w.Owner(ada)
	w.Newcomer(eve)
	gone := w.Newcomer("gone@example.org")
	_, err := w.SetUserStatus(t.Context(), owner.Actor(), gone.User().ID, false)
	must(t, err)
	for range 10 { // by which it learns how long a hash takes: so many seconds of work may wait
		_, err := signIn(t, w, ada, "wrong", apptest.Browser(10))
		wantCode(t, err, app.CodeInvalidCredentials)
	}

	holds.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	var storm sync.WaitGroup
	defer storm.Wait()
	defer close(release)
	defer cancel() // who waits goes away
	full := make(chan struct{}, 1000)
	for range 1000 {
		storm.Go(func() {
			_, err := w.Login(ctx, apptest.Stranger(10), app.LoginInput{Login: "nobody@example.org", Password: "wrong"})
			if e := app.AsError(err); e.Code == app.CodeOverloaded && ctx.Err() == nil {
				full <- struct{}{}
			}
		})
	}
	<-full

	before := w.Transactions()
	var first *app.Error
	for what, in := range map[string]app.LoginInput{
		"the right password": {Login: ada, Password: apptest.Password},
		"a wrong one":        {Login: ada, Password: "wrong"},
		"a username":         {Login: "eve", Password: apptest.Password},
		"nobody's address":   {Login: "nobody@example.org", Password: "wrong"},
		"the right password of an inactive account": {Login: "gone@example.org", Password: apptest.Password},
	} {
		_, err := w.Login(t.Context(), apptest.Stranger(10), in)
		wantCode(t, err, app.CodeOverloaded)
		e := app.AsError(err)
		if first == nil {
			first = e
		}
		if e.RetryAfter <= 0 || e.RetryAfter != first.RetryAfter || e.Message != first.Message {
			t.Errorf("%s: %v, to come back after %s; another got %v, %s", what, e, e.RetryAfter, first, first.RetryAfter)
		}
	}
	if n := w.Transactions() - before; n != 0 {
		t.Errorf("%d transactions were made for those who were sent away", n)
	}
}
