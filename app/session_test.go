package app_test

import (
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

func TestASessionIsFoundByItsTokenAndReadOnce(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	asked := 0
	presented := app.Presented{Key: app.DigestOf("cookie"), Token: func() (app.Secret, error) { asked++; return p.Token, nil }}
	var first *app.Checked
	for range 3 {
		checked, found, err := w.CheckSession(t.Context(), presented, p.Client)
		must(t, err)
		if checked.User.Email != ada || found != app.FingerprintOK || (first != nil && checked != first) {
			t.Errorf("found %s, %s", checked.User.Email, found)
		}
		first = checked
	}
	if asked != 1 {
		t.Errorf("the cookie was decoded %d times", asked)
	}
}

func TestWhatIsNoSessionIsUnauthenticated(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	for name, token := range map[string]func() (app.Secret, error){
		"unknown":      func() (app.Secret, error) { return "unknown", nil },
		"empty":        func() (app.Secret, error) { return "", nil },
		"not a cookie": func() (app.Secret, error) { return "", errors.New("forged") },
	} {
		_, _, err := w.CheckSession(t.Context(), app.Presented{Key: app.DigestOf(name), Token: token}, apptest.Browser(1))
		wantCode(t, err, app.CodeUnauthenticated)
	}
}

func TestASessionEndsByAge(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	for range 59 {
		w.Clock.Advance(24 * time.Hour)
		p.Actor()
	}
	w.Clock.Advance(24*time.Hour - time.Microsecond)
	p.Actor()
	w.Clock.Advance(time.Microsecond)
	_, _, err := p.Check()
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestASessionEndsWhenItIsIdleAndNotBefore(t *testing.T) {
	t.Parallel()
	for _, idle := range []time.Duration{30 * time.Second, 90 * time.Second, 30 * time.Minute} {
		w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = idle }))
		p := w.Owner(ada)
		for range 20 { // it is used again and again
			w.Clock.Advance(idle * 2 / 5)
			if _, _, err := p.Check(); err != nil {
				t.Fatalf("idle limit %v: over while in use: %v", idle, err)
			}
		}
		w.Clock.Advance(idle)
		_, _, err := p.Check()
		wantCode(t, err, app.CodeUnauthenticated)
	}
}

func TestUseThroughOneFormOfATokenKeepsTheOtherAlive(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = 10 * time.Minute }))
	p := w.Owner(ada)
	cookie := p.Presented()
	cookie.Key = app.DigestOf("cookie")
	p.Actor()
	_, _, err := w.CheckSession(t.Context(), cookie, p.Client)
	must(t, err)
	for range 4 {
		w.Clock.Advance(4 * time.Minute)
		p.Actor()
		w.FlushSeen(t.Context())
	}
	_, _, err = w.CheckSession(t.Context(), cookie, p.Client)
	must(t, err)
}

func TestThePurgeLeavesASessionThatWasJustUsed(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = 10 * time.Minute }))
	p := w.Owner(ada)
	other := w.SignIn(ada, apptest.Browser(5))
	for range 3 {
		w.Clock.Advance(8 * time.Minute)
		p.Actor()
	}
	list, err := w.ListSessions(t.Context(), p.Actor())
	must(t, err)
	if len(list) != 1 || list[0].ID != p.Actor().Session.ID || !list[0].LastSeenAt.Equal(w.Clock.Now()) {
		t.Errorf("valid sessions: %+v", list)
	}
	must(t, w.Purge(t.Context()))
	p.Actor()
	_, _, err = other.Check()
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestSessionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	first := w.Owner(ada)
	w.Newcomer(eve)
	w.Clock.Advance(time.Minute)
	second := w.SignIn(ada, apptest.Browser(2))
	third := w.SignIn(ada, apptest.Browser(3))
	list, err := w.ListSessions(t.Context(), first.Actor())
	must(t, err)
	var ids []string
	for _, s := range list {
		ids = append(ids, s.ID)
	}
	want := []string{third.Actor().Session.ID, second.Actor().Session.ID, first.Actor().Session.ID}
	if strings.Join(ids, " ") != strings.Join(want, " ") {
		t.Errorf("listed %v, want %v", ids, want)
	}
	_, err = w.ListSessions(t.Context(), apptest.Stranger(1))
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestEndingSessions(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithoutLimits())
	p := w.Owner(ada)
	second, third := w.SignIn(ada, apptest.Browser(2)), w.SignIn(ada, apptest.Browser(3))
	stranger := w.Newcomer(eve)
	by := p.Actor()
	for _, id := range []string{stranger.Actor().Session.ID, "", "unknown"} {
		wantCode(t, w.EndSession(t.Context(), by, id), app.CodeNotFound)
	}
	stranger.Actor()
	wrote(t, w, func() { must(t, w.EndSession(t.Context(), by, second.Actor().Session.ID)) }, "session.deleted")
	over(t, second)
	p.Actor()
	third.Actor()
	wrote(t, w, func() {
		n, err := w.EndOtherSessions(t.Context(), by)
		if must(t, err); n != 1 {
			t.Errorf("%d sessions ended, want 1", n)
		}
	}, "session.deleted")
	over(t, third)
	wrote(t, w, func() {
		n, err := w.EndOtherSessions(t.Context(), p.Actor())
		if must(t, err); n != 0 {
			t.Errorf("%d sessions ended, want none", n)
		}
	})
	wrote(t, w, func() { must(t, w.Logout(t.Context(), p.Actor())) }, "session.deleted")
	over(t, p)
	stranger.Actor()
}

// over says that a persona's session should have ended.
func over(t testing.TB, p *apptest.Persona) {
	t.Helper()
	_, _, err := p.Check()
	wantCode(t, err, app.CodeUnauthenticated)
}

func TestADeactivatedAccountHasNoSession(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	w.Owner(ada)
	p := w.Newcomer(eve)
	change(t, w, eve, func(_ app.Tx, u *app.User) error { u.IsActive = false; return nil })
	over(t, p) // nothing had cached it yet
}

// TestNoReaderOutlivesARevocation has twenty readers check a session while it is ended: whoever begins after the end was
// answered must be refused.
func TestNoReaderOutlivesARevocation(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]func(*testing.T, *apptest.World, *apptest.Persona) error{
		"ended": func(t *testing.T, w *apptest.World, p *apptest.Persona) error {
			return w.Logout(t.Context(), p.Actor())
		},
		"password changed": func(t *testing.T, w *apptest.World, p *apptest.Persona) error {
			return changePassword(t, w, p, "another horse")
		},
		"account deleted": func(t *testing.T, w *apptest.World, p *apptest.Persona) error {
			return w.DeleteOwnAccount(t.Context(), p.Actor(), apptest.Password)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := apptest.Paused(t, apptest.WithoutLimits())
			w.Owner(ada)
			for range 5 {
				p := w.Newcomer(eve)
				var ended, stop atomic.Bool
				var after atomic.Int64
				reading := make(chan struct{}, 20)
				readers := make(chan error, 1)
				go func() {
					readers <- errors.Join(together(20, func(i int) error {
						presented := p.Presented()
						for n := 0; ; n++ {
							if n%3 == 0 { // now and then by a value that the cache has not seen
								presented.Key = app.DigestOf(strings.Repeat("x", i+n))
							}
							was := ended.Load()
							_, _, err := w.CheckSession(t.Context(), presented, p.Client)
							if n == 3 {
								reading <- struct{}{}
							}
							switch {
							case was && err == nil:
								return errors.New("a reader succeeded after the session ended")
							case was && after.Add(1) > 200, stop.Load():
								return nil
							case err != nil && app.AsError(err).Code != app.CodeUnauthenticated:
								return err
							}
						}
					})...)
				}()
				for range 20 {
					<-reading
				}
				err := revoke(t, w, p)
				ended.Store(true)
				if err != nil {
					stop.Store(true)
				}
				must(t, errors.Join(err, <-readers))
				over(t, p)
				if name != "account deleted" {
					change(t, w, eve, func(tx app.Tx, u *app.User) error {
						u.Email, u.EmailKey, u.Username, u.UsernameKey = "x"+p.Token.Reveal()[:5]+"@example.org", "x"+p.Token.Reveal()[:5], "", ""
						return nil
					})
				}
			}
		})
	}
}

func TestLastSeenTimesAreGatheredAndWritten(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	stored := func() (session, user time.Time) {
		t.Helper()
		must(t, w.Store.View(t.Context(), func(tx app.Tx) error {
			s, err := tx.FindSession(p.Actor().Session.ID)
			if err != nil {
				return err
			}
			u, err := tx.FindUser(s.UserID)
			session, user = s.LastSeenAt, u.LastSeenAt
			return err
		}))
		return session, user
	}
	made := w.Clock.Now()
	w.Clock.Advance(59 * time.Second)
	if n := w.Updates(func() { p.Actor(); w.FlushSeen(t.Context()) }); n != 0 {
		t.Error("a minute had not passed and something was written")
	}
	w.Clock.Advance(time.Second)
	seen := w.Clock.Now()
	if n := w.Updates(func() {
		for range 5 {
			if got := p.User().LastSeenAt; !got.Equal(seen) {
				t.Errorf("the request knows %v", got)
			}
		}
	}); n != 0 {
		t.Error("a request wrote")
	}
	if session, _ := stored(); !session.Equal(made) {
		t.Errorf("before the flush: %v", session)
	}
	w.FlushSeen(t.Context())
	if session, user := stored(); !session.Equal(seen) || !user.Equal(seen) {
		t.Errorf("after the flush: %v and %v, want %v", session, user, seen)
	}
}

func TestAForeignFingerprintIsToldOnceForEachPair(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	home, away, phone := p.Client, apptest.Browser(50), apptest.Browser(51)
	phone.UserAgent = "curl/8"
	check := func(from app.Client, want app.Fingerprint) {
		t.Helper()
		_, found, err := w.CheckSession(t.Context(), p.Presented(), from)
		if must(t, err); found != want {
			t.Errorf("found %s, want %s", found, want)
		}
	}
	wrote(t, w, func() {
		for range 5 { // to and fro
			check(home, app.FingerprintOK)
			check(away, app.FingerprintIP)
			check(phone, app.FingerprintMismatch)
		}
		w.Clock.Advance(2 * time.Minute)
		check(away, app.FingerprintIP)
	}, "fingerprint.mismatch", "fingerprint.mismatch")
	if n := w.Updates(func() { check(away, app.FingerprintIP); check(phone, app.FingerprintMismatch) }); n != 0 {
		t.Errorf("%d commits for pairs that are known", n)
	}
	if n := strings.Count(w.Log.String(), "session comes from elsewhere"); n != 2 {
		t.Errorf("logged %d times, want 2", n)
	}
	last := entries(t, w)[len(entries(t, w))-1]
	if last.Details["found"] != "fingerprint_mismatch" || last.IP != phone.IP.String() {
		t.Errorf("the entry says %v from %s", last.Details, last.IP)
	}
}

func TestAPairIsToldOnceAlsoByTwentyAtOnce(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	wrote(t, w, func() {
		for _, err := range together(20, func(int) error {
			_, _, err := w.CheckSession(t.Context(), p.Presented(), apptest.Browser(50))
			return err
		}) {
			must(t, err)
		}
	}, "fingerprint.mismatch")
}

func TestAStrictFingerprintEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]app.Client{
		"another address": {IP: netip.MustParseAddr("198.51.100.1"), UserAgent: apptest.Browser(1).UserAgent},
		"another browser": {IP: apptest.Browser(1).IP, UserAgent: "curl/8"},
	} {
		w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.Fingerprint = app.FingerprintStrict }))
		p := w.Owner(ada)
		p.Actor()
		wrote(t, w, func() {
			codes := map[app.Code]int{}
			for _, err := range together(10, func(int) error {
				_, _, err := w.CheckSession(t.Context(), p.Presented(), from)
				return err
			}) {
				if err == nil {
					t.Errorf("%s: let in", name)
					continue
				}
				codes[app.AsError(err).Code]++
			}
			if codes[app.CodeFingerprintMismatch] == 0 || codes[app.CodeFingerprintMismatch]+codes[app.CodeUnauthenticated] != 10 {
				t.Errorf("%s: answered %v", name, codes)
			}
		}, "fingerprint.mismatch", "session.deleted")
		over(t, p)
	}
}

func TestWithoutFingerprintsASessionGoesAnywhere(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t, apptest.WithPolicy(func(p *app.Policy) { p.Fingerprint = app.FingerprintOff }))
	p := w.Owner(ada)
	wrote(t, w, func() {
		_, found, err := w.CheckSession(t.Context(), p.Presented(), app.Client{IP: netip.MustParseAddr("198.51.100.1")})
		if must(t, err); found != app.FingerprintOK {
			t.Errorf("found %s", found)
		}
	})
}

func TestACachedSessionThatIsGoneIsNotLetInFromElsewhere(t *testing.T) {
	t.Parallel()
	w := apptest.Paused(t)
	p := w.Owner(ada)
	id := p.Actor().Session.ID
	change(t, w, ada, func(tx app.Tx, u *app.User) error { return tx.DeleteSession(u.ID, id) }) // as another process does
	_, _, err := w.CheckSession(t.Context(), p.Presented(), apptest.Browser(50))
	wantCode(t, err, app.CodeUnauthenticated)
}
