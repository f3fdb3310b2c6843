package app

import (
	"context"
	"sync"
	"time"
)

// The events that streams tell. There are others inside, such as `avatar.failed`.
const (
	EventUserCreated     = "user.created"
	EventUserUpdated     = "user.updated"
	EventUserConfirmed   = "user.confirmed"
	EventUserUnconfirmed = "user.unconfirmed"
	EventUserDeleted     = "user.deleted"
	EventSessionCreated  = "session.created"
	EventSessionDeleted  = "session.deleted"
	EventRoleAssigned    = "role.assigned"
	EventRoleRemoved     = "role.removed"
	EventAvatarReady     = "avatar.ready"
)

// Events lists what a stream of all accounts tells.
func Events() []string {
	return []string{
		EventUserCreated, EventUserUpdated, EventUserConfirmed, EventUserUnconfirmed, EventUserDeleted,
		EventSessionCreated, EventSessionDeleted, EventRoleAssigned, EventRoleRemoved, EventAvatarReady,
	}
}

// OwnEvents lists what a stream of one's own account tells.
func OwnEvents() []string { return []string{EventSessionDeleted, EventUserUpdated, EventAvatarReady} }

// Event is something that happened, told after it is durable.
type Event struct {
	Name      string
	At        time.Time
	UserID    int64 // whom it concerns
	Actor     EventActor
	SessionID string // with session events
	AvatarID  string // with avatar events
	Role      string // with role events: its name
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
	streams   map[streamOwner]int // how many each owner has open
	open      int                 // streams in all
	ended     bool                // no more streams: the server stops
}

// listener is one subscription. gone ends when it is dropped.
type listener struct {
	wants func(Event) bool
	inbox
	owner streamOwner   // of a stream; the zero one for one of our own
	doubt chan struct{} // holds one: what the stream rests on may have changed
	gone  context.Context
	leave context.CancelFunc
}

// streamOwner is who has a stream open, or a picture on its way: a user or a key.
type streamOwner struct {
	kind ActorKind
	id   int64
}

// maxWaiting is how many events may wait for a listener before it counts as too slow. It is more than one act makes at
// once: an hourly purge ends sessions by the hundred.
const maxWaiting = 4096

// inbox keeps a listener's events in their order until it takes them.
type inbox struct {
	mu      sync.Mutex
	waiting []Event
	arrived chan struct{} // holds one: something waits
}

// put is false when too many wait.
func (b *inbox) put(e Event) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= maxWaiting {
		return false
	}
	b.waiting = append(b.waiting, e)
	select {
	case b.arrived <- struct{}{}:
	default:
	}
	return true
}

// take answers what has waited longest; false when nothing waits.
func (b *inbox) take() (Event, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		return Event{}, false
	}
	e := b.waiting[0]
	if b.waiting = b.waiting[1:]; len(b.waiting) == 0 {
		b.waiting = nil // and what it grew to
	}
	return e, true
}

func newHub() *hub {
	return &hub{listeners: map[*listener]struct{}{}, streams: map[streamOwner]int{}}
}

// listen subscribes to the events that wants accepts. The hub's stop must be called with what it answers.
func (h *hub) listen(wants func(Event) bool) *listener {
	l := newListener(streamOwner{}, wants)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[l] = struct{}{}
	return l
}

func newListener(owner streamOwner, wants func(Event) bool) *listener {
	l := &listener{wants: wants, owner: owner, inbox: inbox{arrived: make(chan struct{}, 1)}, doubt: make(chan struct{}, 1)}
	l.gone, l.leave = context.WithCancel(context.Background())
	return l
}

// listenAs subscribes a stream, within the bounds of its owner and of all.
func (h *hub) listenAs(owner streamOwner, wants func(Event) bool) (*listener, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ended:
		return nil, errStopping
	case h.open >= maxStreams, h.streams[owner] >= maxStreamsEach:
		return nil, errTooManyStreams
	}
	l := newListener(owner, wants)
	h.listeners[l] = struct{}{}
	h.open++
	h.streams[owner]++
	return l, nil
}

// stop ends a subscription. Twice is fine.
func (h *hub) stop(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(l)
}

func (h *hub) drop(l *listener) {
	if _, there := h.listeners[l]; !there {
		return
	}
	delete(h.listeners, l)
	l.leave()
	if l.owner == (streamOwner{}) {
		return
	}
	h.open--
	if h.streams[l.owner]--; h.streams[l.owner] == 0 {
		delete(h.streams, l.owner)
	}
}

func (h *hub) publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if l.wants(e) && !l.put(e) {
			h.drop(l)
		}
	}
}

// doubt makes the streams of an owner look again at what they rest on; the zero owner stands for all.
func (h *hub) doubt(owner streamOwner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if owner != (streamOwner{}) && l.owner != owner {
			continue
		}
		select {
		case l.doubt <- struct{}{}:
		default:
		}
	}
}

// end drops every stream, for good.
func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	for l := range h.listeners {
		if l.owner != (streamOwner{}) {
			h.drop(l)
		}
	}
}

// opened counts the streams that are open.
func (h *hub) opened() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.open
}
