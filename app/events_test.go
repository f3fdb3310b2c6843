package app

import "testing"

func TestListenersGetWhatTheyWantUntilTheyStop(t *testing.T) {
	t.Parallel()
	h := newHub()
	mine := h.listen(func(e Event) bool { return e.UserID == 1 })
	all := h.listen(func(Event) bool { return true })
	defer h.stop(all)
	h.publish(Event{Name: "user.updated", UserID: 1})
	h.publish(Event{Name: "user.updated", UserID: 2})
	if e, waits := mine.take(); !waits || e.UserID != 1 || len(all.waiting) != 2 {
		t.Error("events went astray")
	}
	h.stop(mine)
	h.stop(mine) // twice is fine
	h.publish(Event{UserID: 1})
	if _, waits := mine.take(); waits || mine.gone.Err() == nil {
		t.Error("an event came after the end")
	}
}

func TestASlowListenerLosesItsSubscriptionNotTheHubItsPace(t *testing.T) {
	t.Parallel()
	h := newHub()
	slow := h.listen(func(Event) bool { return true })
	quick := h.listen(func(Event) bool { return true })
	defer h.stop(quick)
	for i := range maxWaiting + 10 {
		h.publish(Event{UserID: int64(i)})
		if e, waits := quick.take(); !waits || e.UserID != int64(i) {
			t.Fatalf("the quick one got %v, %v", e, waits)
		}
	}
	if slow.gone.Err() == nil || len(h.listeners) != 1 {
		t.Errorf("%d listeners are left", len(h.listeners))
	}
}

func TestStreamsAreBoundInAllAndForEachOwner(t *testing.T) {
	t.Parallel()
	h := newHub()
	open := map[*listener]bool{}
	refused := 0
	for i := range maxStreams/maxStreamsEach + 2 {
		for range maxStreamsEach + 1 {
			l, err := h.listenAs(streamOwner{ActorUser, int64(i + 1)}, func(Event) bool { return true })
			if err != nil {
				refused++
				continue
			}
			open[l] = true
		}
	}
	if len(open) != maxStreams || h.open != maxStreams || refused == 0 {
		t.Errorf("%d streams are open, counted as %d", len(open), h.open)
	}
	if l, err := h.listenAs(streamOwner{ActorKey, 1}, nil); err != errTooManyStreams {
		t.Errorf("one more was let in: %v, %v", l, err)
	}
	for l := range open {
		h.stop(l)
		h.stop(l)
	}
	if h.open != 0 || len(h.streams) != 0 || len(h.listeners) != 0 {
		t.Errorf("%d streams of %d owners are left", h.open, len(h.streams))
	}
}
