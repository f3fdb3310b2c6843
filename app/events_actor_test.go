package app_test

import (
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// told acts and answers the events that this published, in their order.
func told(w *apptest.World, act func()) []app.Event {
	events, stop := w.Listen(func(app.Event) bool { return true })
	act()
	stop()
	var list []app.Event
	for e := range events {
		list = append(list, e)
	}
	return list
}

func TestEveryEventSaysWhoStandsBehindIt(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	var owner *apptest.Persona
	registering := told(w, func() { owner = w.Owner(ada) })
	self := app.EventActor{Kind: app.ActorUser, ID: owner.User().ID, Name: owner.User().Username}
	system := app.EventActor{Kind: app.ActorSystem}

	for what, one := range map[string]struct {
		events []app.Event
		names  []string
		actor  app.EventActor
	}{
		"registering": {registering, []string{"user.created", "session.created"}, self},
		"changing a field": {told(w, func() {
			_, err := w.UpdateProfile(t.Context(), owner.Actor(), changes("first_name", `"Ada"`))
			must(t, err)
		}), []string{"user.updated"}, self},
		"signing in and out": {told(w, func() {
			other := w.SignIn(ada, apptest.Browser(3))
			must(t, w.Logout(t.Context(), other.Actor()))
		}), []string{"session.created", "session.deleted"}, self},
		"expiring": {told(w, func() {
			w.Advance(61 * 24 * time.Hour)
			must(t, w.Purge(t.Context()))
		}), []string{"session.deleted"}, system},
	} {
		if len(one.events) != len(one.names) {
			t.Errorf("%s: %d events, want %v", what, len(one.events), one.names)
			continue
		}
		for i, e := range one.events {
			if e.Name != one.names[i] || e.Actor != one.actor || e.At.IsZero() || e.UserID != self.ID {
				t.Errorf("%s: event %d is %+v, want %s by %+v", what, i, e, one.names[i], one.actor)
			}
		}
	}
}
