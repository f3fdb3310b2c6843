package app

import "sync"

// Hashed counts the passwords that were hashed or compared, so that a test can tell equal work without a stopwatch.
func (a *Accounts) Hashed() int { return int(a.hashing.hashed.Load()) }

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

// OpenStreams counts the streams that are open.
func (a *Accounts) OpenStreams() int {
	a.events.mu.Lock()
	defer a.events.mu.Unlock()
	return a.events.open
}

// MaxStreamsEach bounds the streams of one account.
const MaxStreamsEach = maxStreamsEach

// ForgetAll drops what is cached, as after another process' write.
func (a *Accounts) ForgetAll() { a.forgetAll() }
