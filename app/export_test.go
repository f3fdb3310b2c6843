package app

// Hashed counts the passwords that were hashed or compared, so that a test can tell equal work without a stopwatch.
func (a *Accounts) Hashed() int { return int(a.hashing.hashed.Load()) }

// Listen subscribes to events, as streams do.
func (a *Accounts) Listen(wants func(Event) bool) (<-chan Event, func()) {
	return a.events.listen(wants)
}
