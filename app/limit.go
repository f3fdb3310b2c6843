package app

import (
	"net/netip"
	"sync"
	"time"
)

// Limit allows N attempts in any window of that length. N 0: no limit.
type Limit struct {
	N      int
	Window time.Duration
}

// Limits are the attempts that are allowed.
type Limits struct {
	Login          Limit // for an e-mail address or a known device; an IP gets three times as many
	Registration   Limit // for an e-mail address
	RegistrationIP Limit
	Reset          Limit // password resets for an e-mail address
	Confirmation   Limit // confirmations asked for an e-mail address; e-mail changes
	MailIP         Limit // resets and confirmations together, for an IP
	Current        Limit // the current password asked on one's own account
}

// DefaultLimits are the limits when nothing is set.
func DefaultLimits() Limits {
	return Limits{
		Login:          Limit{5, time.Minute},
		Registration:   Limit{3, time.Hour},
		RegistrationIP: Limit{10, time.Hour},
		Reset:          Limit{3, 5 * time.Minute},
		Confirmation:   Limit{3, 5 * time.Minute},
		MailIP:         Limit{30, 5 * time.Minute},
		Current:        Limit{10, time.Minute},
	}
}

// maxWindows bounds the limiter's memory (about 100 bytes each). Beyond it the windows that end soonest make room.
const maxWindows = 200_000

// attempt names what is counted: a rule and whom it is counted for.
type attempt struct {
	rule  string
	key   string
	limit Limit
}

// limiter counts attempts in exact sliding windows, in memory: it keeps the time of each attempt that still counts.
// An attempt counts when it is let in, so that parallel guesses cannot overrun, and can be given back.
type limiter struct {
	clock   func() time.Time
	mu      sync.Mutex
	windows map[Digest]*window
}

type window struct {
	times []int64 // Unix nanoseconds, ascending, at most the limit's N
	until int64   // when the newest stops counting
}

func newLimiter(clock func() time.Time) *limiter {
	return &limiter{clock: clock, windows: map[Digest]*window{}}
}

// take lets an attempt in under all its counts or none. refund takes it back; it may be called once or never.
func (l *limiter) take(counts ...attempt) (refund func(), err error) {
	now := l.clock().UnixNano()
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	var taken []Digest
	for _, c := range counts {
		if c.limit.N <= 0 {
			continue
		}
		id := DigestOf(c.rule + "\x00" + c.key)
		taken = append(taken, id)
		if w := l.windows[id]; w != nil {
			w.forget(now, c.limit.Window)
			if len(w.times) >= c.limit.N {
				first := w.times[len(w.times)-c.limit.N]
				wait = max(wait, time.Duration(first-now)+c.limit.Window)
			}
		}
	}
	if wait > 0 {
		return nil, &Error{Kind: KindLimited, Code: CodeRateLimitExceeded, Message: "That was tried too often. Wait a little and try again.", RetryAfter: wait}
	}
	for _, c := range counts {
		if c.limit.N > 0 {
			l.add(DigestOf(c.rule+"\x00"+c.key), now, c.limit.Window)
		}
	}
	return func() { l.giveBack(taken, now) }, nil
}

// forget drops what counts no longer. After the clock was set back, what lies in the future counts as now.
func (w *window) forget(now int64, length time.Duration) {
	keep := w.times[:0]
	for _, t := range w.times {
		if t = min(t, now); now-t < int64(length) {
			keep = append(keep, t)
		}
	}
	w.times = keep
}

func (l *limiter) add(id Digest, now int64, length time.Duration) {
	w := l.windows[id]
	if w == nil {
		if len(l.windows) >= maxWindows {
			l.makeRoom(now)
		}
		w = &window{}
		l.windows[id] = w
	}
	w.times = append(w.times, now)
	w.until = now + int64(length)
}

// makeRoom drops windows that are over and, where that is not enough, a tenth of the rest, whichever come.
func (l *limiter) makeRoom(now int64) {
	for id, w := range l.windows {
		if w.until <= now {
			delete(l.windows, id)
		}
	}
	for id := range l.windows {
		if len(l.windows) < maxWindows*9/10 {
			return
		}
		delete(l.windows, id)
	}
}

func (l *limiter) giveBack(taken []Digest, at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range taken {
		w := l.windows[id]
		if w == nil {
			continue
		}
		for i, t := range w.times {
			if t == at {
				w.times = append(w.times[:i], w.times[i+1:]...)
				break
			}
		}
		if len(w.times) == 0 {
			delete(l.windows, id)
		}
	}
}

// reset forgets every count, for development's way back to the seeds.
func (l *limiter) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.windows)
}

// ipKey is what an address is counted by: IPv6 by its /64, which is what one customer gets.
func ipKey(ip netip.Addr) string {
	ip = ip.Unmap()
	if ip.Is6() {
		prefix, err := ip.WithZone("").Prefix(64)
		if err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}

// sameNetwork compares addresses for a fingerprint: IPv6 by its /64.
func sameNetwork(a, b netip.Addr) bool { return ipKey(a) == ipKey(b) }
