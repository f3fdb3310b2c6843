package app_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
	"doorward/goose"
	"doorward/sqlite"
)

// streamOwn opens a persona's own stream.
func streamOwn(t *testing.T, w *apptest.World, p *apptest.Persona) *app.Stream {
	t.Helper()
	s, err := w.StreamOwn(t.Context(), p.Actor())
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// streamAll opens a stream of everything.
func streamAll(t *testing.T, w *apptest.World, p *apptest.Persona) *app.Stream {
	t.Helper()
	s, err := w.StreamAll(t.Context(), p.Actor())
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// next reads a stream's next event by name.
func next(t *testing.T, s *app.Stream, name string) app.Event {
	t.Helper()
	e, err := s.Next(t.Context())
	must(t, err)
	if e.Name != name {
		t.Fatalf("the stream told %s, want %s", e.Name, name)
	}
	return e
}

// nothing says that a stream is open and has nothing to tell.
func nothing(t *testing.T, s *app.Stream) {
	t.Helper()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // of several ready things one is taken at random
		if e, err := s.Next(over); !errors.Is(err, context.Canceled) {
			t.Fatalf("the stream told %+v, %v", e, err)
		}
	}
}

// ends waits for a stream's end and wants a reason.
func ends(t *testing.T, s *app.Stream, code app.Code) {
	t.Helper()
	for {
		if _, err := s.Next(t.Context()); err != nil {
			wantCode(t, err, code)
			return
		}
	}
}

func TestAStreamOfOnesOwnTellsOfNobodyElse(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	member := w.Member(eve)
	own, all := streamOwn(t, w, member), streamAll(t, w, owner)

	_, err := w.UpdateProfile(t.Context(), owner.Actor(), changes("first_name", `"Ada"`))
	must(t, err)
	_, err = w.UpdateProfile(t.Context(), member.Actor(), changes("first_name", `"Eve"`))
	must(t, err)
	other := w.SignIn(eve, apptest.Browser(5)) // told to the Owner alone
	session := other.Actor().Session.ID
	must(t, w.EndSession(t.Context(), member.Actor(), session))

	self := app.EventActor{Kind: app.ActorUser, ID: member.User().ID, Name: member.User().Username}
	if e := next(t, own, app.EventUserUpdated); e.UserID != self.ID || e.Actor != self || !e.At.Equal(w.Clock.Now()) {
		t.Errorf("told %+v", e)
	}
	if e := next(t, own, app.EventSessionDeleted); e.SessionID != session || e.Actor != self {
		t.Errorf("told %+v", e)
	}
	nothing(t, own)
	for _, want := range []struct {
		name string
		user int64
	}{
		{app.EventUserUpdated, owner.User().ID}, {app.EventUserUpdated, self.ID},
		{app.EventSessionCreated, self.ID}, {app.EventSessionDeleted, self.ID},
	} {
		if e := next(t, all, want.name); e.UserID != want.user {
			t.Errorf("told %+v, want of user %d", e, want.user)
		}
	}
	nothing(t, all)
}

func TestAStreamTellsWhenAPictureIsMadeAndNothingOfOneThatFailed(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	own := streamOwn(t, w, owner)
	failed, stop := w.Listen(func(e app.Event) bool { return e.Name == "avatar.failed" })
	defer stop()
	upload(t, w, owner, picture(t, 2)[:60], 0) // a head that can be read, and no more
	<-failed
	avatar := upload(t, w, owner, picture(t, 2), 0)
	if e := next(t, own, app.EventAvatarReady); e.AvatarID != avatar.ID || e.Actor.Kind != app.ActorSystem {
		t.Errorf("told %+v", e)
	}
}

// TestAStreamEndsWithWhatItRestsOn ends it each way that there is in this process.
func TestAStreamEndsWithWhatItRestsOn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *apptest.World, *apptest.Persona){
		"its session is ended elsewhere": func(t *testing.T, w *apptest.World, p *apptest.Persona) {
			other := w.SignIn(ada, apptest.Browser(7))
			must(t, w.EndSession(t.Context(), other.Actor(), p.Actor().Session.ID))
		},
		"the password changes": func(t *testing.T, w *apptest.World, p *apptest.Persona) {
			_, err := w.ChangePassword(t.Context(), p.Actor(), app.PasswordInput{Current: apptest.Password, Password: "another horse battery"})
			must(t, err)
		},
		"its session expires": func(t *testing.T, w *apptest.World, p *apptest.Persona) { w.Clock.Advance(60 * 24 * time.Hour) },
		"nobody uses it":      func(t *testing.T, w *apptest.World, p *apptest.Persona) { w.Clock.Advance(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = time.Hour }))
			p := w.Owner(ada)
			own, all := streamOwn(t, w, p), streamAll(t, w, p)
			end(t, w, p)
			ends(t, own, app.CodeUnauthenticated)
			ends(t, all, app.CodeUnauthenticated)
			own.Close()
			all.Close()
			if n := w.Counts().StreamsOpen; n != 0 {
				t.Errorf("%d streams are left", n)
			}
		})
	}
}

func TestUseElsewhereKeepsAnIdleStreamOpen(t *testing.T) {
	t.Parallel()
	w := apptest.New(t, apptest.WithPolicy(func(p *app.Policy) { p.SessionIdle = time.Hour }))
	p := w.Owner(ada)
	own := streamOwn(t, w, p)
	for range 3 {
		w.Clock.Advance(40 * time.Minute)
		p.Actor() // a request
		w.Wake()
		nothing(t, own)
	}
}

func TestAStreamTellsOfItsOwnEndBeforeItEnds(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := w.Owner(ada)
	id := p.Actor().Session.ID
	own := streamOwn(t, w, p)
	must(t, w.EndSession(t.Context(), w.SignIn(ada, apptest.Browser(7)).Actor(), id))
	if e := next(t, own, app.EventSessionDeleted); e.SessionID != id {
		t.Errorf("told %+v", e)
	}
	ends(t, own, app.CodeUnauthenticated)
}

// TestAStreamEndsThroughAnotherProcess writes by a second store on the same file, as the shell does.
func TestAStreamEndsThroughAnotherProcess(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	second, err := sqlite.Open(t.Context(), filepath.Join(w.Dir, "doorward.db"), sqlite.Options{Migrations: goose.Migrations(), Now: w.Clock.Now})
	must(t, err)
	t.Cleanup(func() { must(t, second.Close()) })
	elsewhere := func(email string, act func(app.Tx, *app.User) error) {
		t.Helper()
		must(t, second.Update(t.Context(), func(tx app.Tx) error {
			user, err := tx.FindUserByEmail(app.EmailKey(email))
			if err != nil {
				return err
			}
			return act(tx, &user)
		}))
	}

	member := w.Member(eve)
	elsewhere(eve, func(tx app.Tx, u *app.User) error { return makeRole(tx, u, app.RoleAdmin) })
	w.Await("the other process' change to be seen", func() bool { return member.Actor().Rank == app.RankAdmin })
	all, own := streamAll(t, w, member), streamOwn(t, w, member)
	elsewhere(eve, func(tx app.Tx, u *app.User) error { return dropRole(tx, u, app.RoleAdmin) })
	ends(t, all, app.CodeForbidden)
	nothing(t, own)
	elsewhere(eve, func(tx app.Tx, u *app.User) error {
		u.ConfirmedAt = time.Time{}
		return tx.UpdateUser(*u)
	})
	ends(t, own, app.CodeAccountUnconfirmed)

	all = streamAll(t, w, owner)
	elsewhere(ada, func(tx app.Tx, u *app.User) error {
		u.IsActive = false
		return tx.UpdateUser(*u)
	})
	ends(t, all, app.CodeUnauthenticated)
}

func makeRole(tx app.Tx, u *app.User, name string) error {
	role, err := tx.FindRole(name)
	if err == nil {
		_, err = tx.AssignRole(u.ID, role.ID)
	}
	return err
}

func dropRole(tx app.Tx, u *app.User, name string) error {
	role, err := tx.FindRole(name)
	if err == nil {
		_, err = tx.RemoveRole(u.ID, role.ID)
	}
	return err
}

func TestWhoMayOpenWhichStream(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	member := w.Member(eve)
	newcomer := w.Newcomer("new@example.org")
	_, err := w.StreamOwn(t.Context(), apptest.Stranger(9))
	wantCode(t, err, app.CodeUnauthenticated)
	_, err = w.StreamAll(t.Context(), apptest.Stranger(9))
	wantCode(t, err, app.CodeForbidden)
	_, err = w.StreamAll(t.Context(), member.Actor())
	wantCode(t, err, app.CodeForbidden)
	_, err = w.StreamOwn(t.Context(), newcomer.Actor())
	wantCode(t, err, app.CodeAccountUnconfirmed)
	stale := owner.Actor()
	must(t, w.Logout(t.Context(), owner.Actor()))
	_, err = w.StreamAll(t.Context(), stale) // it ended between the check and the opening
	wantCode(t, err, app.CodeUnauthenticated)
	if n := w.Counts().StreamsOpen; n != 0 {
		t.Errorf("%d streams are left of those that were refused", n)
	}
}

func TestAnAccountHasSoManyStreamsAndNoMore(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner, member := w.Owner(ada), w.Member(eve)
	actor := owner.Actor()
	opened, refused := count(t, together(3*app.MaxStreamsEach, func(int) error {
		s, err := w.StreamOwn(t.Context(), actor)
		if err == nil {
			t.Cleanup(s.Close)
		}
		return err
	}), app.CodeOverloaded)
	if opened != app.MaxStreamsEach || refused != 2*app.MaxStreamsEach {
		t.Errorf("%d were opened, %d refused", opened, refused)
	}
	streamOwn(t, w, member).Close()
}

func TestABurstOfEventsIsToldWhole(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	all := streamAll(t, w, owner)
	const burst = 500 // what the hourly purge ends at one time
	change(t, w, ada, func(tx app.Tx, u *app.User) error {
		for i := range burst {
			s := app.Session{ID: fmt.Sprint("session ", i), UserID: u.ID, CreatedAt: tx.Now(), ExpiresAt: tx.Now()}
			if err := tx.InsertSession(s, app.DigestOf(s.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, w.Purge(t.Context()))
	for range burst {
		if e := next(t, all, app.EventSessionDeleted); e.Actor != (app.EventActor{Kind: app.ActorSystem}) {
			t.Fatalf("told %+v", e)
		}
	}
	nothing(t, all)
}

func TestStreamsEndAtOnceWhenTheServerStops(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	owner := w.Owner(ada)
	own, all := streamOwn(t, w, owner), streamAll(t, w, owner)
	ended := together(2, func(i int) error {
		if i == 1 {
			w.EndStreams()
		}
		_, err := []*app.Stream{own, all}[i].Next(t.Context())
		return err
	})
	for _, err := range ended {
		if !errors.Is(err, app.ErrStreamOver) {
			t.Errorf("it ended with %v", err)
		}
	}
	_, err := w.StreamOwn(t.Context(), owner.Actor())
	wantCode(t, err, app.CodeOverloaded)
	if w.Counts().StreamsOpen != 0 {
		t.Error("streams are left")
	}
}
