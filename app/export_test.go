package app

import "sync"

// Listen subscribes to events; they are in the channel before the operation that published them answers.
func (a *Accounts) Listen(wants func(Event) bool) (<-chan Event, func()) {
	events := make(chan Event, 1000)
	l := a.events.listen(func(e Event) bool {
		if wants(e) {
			events <- e
		}
		return false
	})
	return events, sync.OnceFunc(func() {
		a.events.stop(l)
		close(events)
	})
}

// MaxStreamsEach bounds the streams of one account.
const MaxStreamsEach = maxStreamsEach

// ForgetAll drops what is cached, as after another process' write.
func (a *Accounts) ForgetAll() { a.forgetAll() }
