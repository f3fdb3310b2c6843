package app

import (
	"sync"
	"time"
)

// Event is something that happened, told after it is durable.
type Event struct {
	Name      string // `user.created`, `session.deleted`, `avatar.ready`…
	At        time.Time
	UserID    int64 // whom it concerns
	Actor     EventActor
	SessionID string // with session events
	AvatarID  string // with avatar events
	Role      string // with role events
}

// EventActor is what an event tells of who did it.
type EventActor struct {
	Kind ActorKind
	ID   int64  // 0 for shell, system and a stranger
	Name string // "" for none
}

// hub hands events to whoever listens. A listener that is not quick enough loses its subscription, not the hub its pace.
type hub struct {
	mu        sync.Mutex
	listeners map[*listener]struct{}
}

type listener struct {
	wants  func(Event) bool
	events chan Event
}

func newHub() *hub { return &hub{listeners: map[*listener]struct{}{}} }

// listen subscribes to the events that wants accepts. stop must be called; the channel is closed by it, or when more
// than 64 events wait.
func (h *hub) listen(wants func(Event) bool) (events <-chan Event, stop func()) {
	l := &listener{wants: wants, events: make(chan Event, 64)}
	h.mu.Lock()
	h.listeners[l] = struct{}{}
	h.mu.Unlock()
	return l.events, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.drop(l)
	}
}

func (h *hub) drop(l *listener) {
	if _, there := h.listeners[l]; there {
		delete(h.listeners, l)
		close(l.events)
	}
}

func (h *hub) publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if !l.wants(e) {
			continue
		}
		select {
		case l.events <- e:
		default:
			h.drop(l)
		}
	}
}
