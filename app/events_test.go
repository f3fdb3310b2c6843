package app

import (
	"testing"
	"time"
)

func TestListenersGetWhatTheyWantUntilTheyStop(t *testing.T) {
	t.Parallel()
	h := newHub()
	mine, stop := h.listen(func(e Event) bool { return e.UserID == 1 })
	all, stopAll := h.listen(func(Event) bool { return true })
	defer stopAll()
	h.publish(Event{Name: "user.updated", UserID: 1})
	h.publish(Event{Name: "user.updated", UserID: 2})
	if len(mine) != 1 || len(all) != 2 || (<-mine).UserID != 1 {
		t.Error("events went astray")
	}
	stop()
	stop() // twice is fine
	h.publish(Event{UserID: 1})
	if _, open := <-mine; open {
		t.Error("an event came after the end")
	}
}

func TestASlowListenerLosesItsSubscriptionNotTheHubItsPace(t *testing.T) {
	t.Parallel()
	h := newHub()
	slow, stop := h.listen(func(Event) bool { return true })
	defer stop()
	for i := range 100 {
		h.publish(Event{UserID: int64(i), At: time.Unix(int64(i), 0)})
	}
	n := 0
	for range slow {
		n++
	}
	if n != 64 || len(h.listeners) != 0 {
		t.Errorf("%d events were kept, %d listeners", n, len(h.listeners))
	}
}
