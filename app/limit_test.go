package app

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ticker is a clock for tests, moved by hand.
type ticker struct{ now atomic.Int64 }

func newTicker() *ticker {
	t := &ticker{}
	t.now.Store(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC).UnixNano())
	return t
}

func (t *ticker) Now() time.Time          { return time.Unix(0, t.now.Load()) }
func (t *ticker) Advance(d time.Duration) { t.now.Add(int64(d)) }

func take(l *limiter, key string, limit Limit) (refund func(), retry time.Duration) {
	refund, err := l.take(attempt{"rule", key, limit})
	if err != nil {
		return nil, AsError(err).RetryAfter
	}
	return refund, 0
}

func TestALimitLetsNInAndTellsWhenToComeBack(t *testing.T) {
	t.Parallel()
	clock := newTicker()
	l := newLimiter(clock.Now)
	limit := Limit{3, time.Minute}
	for range 3 {
		if _, retry := take(l, "a", limit); retry != 0 {
			t.Fatal("refused within the limit")
		}
		clock.Advance(10 * time.Second)
	}
	if _, retry := take(l, "a", limit); retry != 30*time.Second {
		t.Errorf("come back in %v, want 30s", retry)
	}
	if _, retry := take(l, "b", limit); retry != 0 {
		t.Error("another key is limited too")
	}
	clock.Advance(30*time.Second - 1)
	if _, retry := take(l, "a", limit); retry != 1 {
		t.Errorf("a nanosecond early: come back in %v", retry)
	}
	clock.Advance(1)
	if _, retry := take(l, "a", limit); retry != 0 {
		t.Errorf("on time: come back in %v", retry)
	}
	if _, retry := take(l, "a", limit); retry != 10*time.Second {
		t.Errorf("the window slides: come back in %v, want 10s", retry)
	}
}

func TestRefusedAttemptsDoNotCount(t *testing.T) {
	t.Parallel()
	clock := newTicker()
	l := newLimiter(clock.Now)
	limit := Limit{1, time.Minute}
	take(l, "a", limit)
	for range 59 {
		clock.Advance(time.Second)
		if _, retry := take(l, "a", limit); retry == 0 {
			t.Fatal("let in early")
		}
	}
	clock.Advance(time.Second)
	if _, retry := take(l, "a", limit); retry != 0 {
		t.Error("knocking kept the door shut")
	}
}

func TestNoWindowOfAnyPositionHoldsMoreThanN(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	clock := newTicker()
	l := newLimiter(clock.Now)
	limit := Limit{4, time.Minute}
	var let []int64
	for range 5000 {
		clock.Advance(time.Duration(random.Int64N(int64(20 * time.Second))))
		if _, retry := take(l, "a", limit); retry == 0 {
			let = append(let, clock.now.Load())
		}
	}
	for i := limit.N; i < len(let); i++ {
		if let[i]-let[i-limit.N] < int64(limit.Window) {
			t.Fatalf("%d attempts within %v", limit.N+1, time.Duration(let[i]-let[i-limit.N]))
		}
	}
	if len(let) < 1000 {
		t.Errorf("only %d were let in", len(let))
	}
}

func TestAnAttemptIsLetInUnderAllItsCountsOrNone(t *testing.T) {
	t.Parallel()
	l := newLimiter(newTicker().Now)
	one, many := Limit{1, time.Minute}, Limit{2, time.Hour}
	if _, err := l.take(attempt{"e-mail", "a", one}, attempt{"ip", "x", many}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.take(attempt{"e-mail", "a", one}, attempt{"ip", "x", many}); err == nil {
		t.Fatal("let in over the first count")
	}
	if _, err := l.take(attempt{"e-mail", "b", one}, attempt{"ip", "x", many}); err != nil {
		t.Error("the refused attempt was counted for the IP")
	}
	_, err := l.take(attempt{"e-mail", "a", one}, attempt{"ip", "x", many})
	if retry := AsError(err).RetryAfter; retry != time.Hour {
		t.Errorf("come back in %v, when the longer of both is an hour", retry)
	}
}

func TestAnAttemptThatIsGivenBackMakesRoomForAnother(t *testing.T) {
	t.Parallel()
	clock := newTicker()
	l := newLimiter(clock.Now)
	limit := Limit{2, time.Minute}
	take(l, "a", limit)
	clock.Advance(time.Second)
	refund, _ := take(l, "a", limit)
	refund()
	refund()
	if _, retry := take(l, "a", limit); retry != 0 {
		t.Error("the place that was given back is not free")
	}
	if _, retry := take(l, "a", limit); retry != 59*time.Second {
		t.Errorf("come back in %v: giving back twice freed two places", retry)
	}
}

func TestAnAttemptIsNotGivenBackOnceItsWindowIsOver(t *testing.T) {
	t.Parallel()
	clock := newTicker()
	l := newLimiter(clock.Now)
	limit := Limit{1, time.Minute}
	refund, _ := take(l, "a", limit)
	clock.Advance(time.Minute)
	take(l, "a", limit)
	refund()
	if _, retry := take(l, "a", limit); retry == 0 {
		t.Error("an old attempt freed a new one's place")
	}
}

func TestParallelAttemptsCannotOverrunALimit(t *testing.T) {
	t.Parallel()
	l := newLimiter(newTicker().Now)
	var let atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, retry := take(l, "a", Limit{5, time.Minute}); retry == 0 {
				let.Add(1)
			}
		})
	}
	all.Wait()
	if let.Load() != 5 {
		t.Errorf("%d were let in, want 5", let.Load())
	}
}

func TestALimitOfZeroIsNone(t *testing.T) {
	t.Parallel()
	l := newLimiter(newTicker().Now)
	for range 1000 {
		if _, retry := take(l, "a", Limit{0, time.Minute}); retry != 0 {
			t.Fatal("limited")
		}
	}
	if len(l.windows) != 0 {
		t.Error("what is not limited is counted")
	}
}

func TestAClockThatIsSetBackShutsNobodyOutForLong(t *testing.T) {
	t.Parallel()
	clock := newTicker()
	l := newLimiter(clock.Now)
	limit := Limit{1, time.Minute}
	take(l, "a", limit)
	clock.Advance(-24 * time.Hour)
	if _, retry := take(l, "a", limit); retry > time.Minute {
		t.Errorf("come back in %v", retry)
	}
	clock.Advance(time.Minute)
	if _, retry := take(l, "a", limit); retry != 0 {
		t.Errorf("a window later: come back in %v", retry)
	}
}

func TestTheLimiterForgetsWhatIsOverWhenItIsFull(t *testing.T) {
	t.Parallel()
	clock := newTicker()
	l := newLimiter(clock.Now)
	for i := range maxWindows {
		l.add(DigestOf(fmt.Sprint(i)), clock.now.Load(), time.Minute)
	}
	clock.Advance(30 * time.Second)
	take(l, "fresh", Limit{1, time.Minute})
	if len(l.windows) > maxWindows {
		t.Errorf("%d windows are kept", len(l.windows))
	}
	clock.Advance(31 * time.Second)
	l.makeRoom(clock.now.Load())
	if len(l.windows) != 1 {
		t.Errorf("%d windows are kept, want the one that still counts", len(l.windows))
	}
	if _, retry := take(l, "fresh", Limit{1, time.Minute}); retry == 0 {
		t.Error("making room forgot what still counts")
	}
}

func TestAddressesOfOneCustomerCountTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"203.0.113.9", "203.0.113.9", true},
		{"203.0.113.9", "203.0.113.10", false},
		{"203.0.113.9", "::ffff:203.0.113.9", true},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"::ffff:203.0.113.9", "::ffff:203.0.113.10", false},
	} {
		if got := sameNetwork(netip.MustParseAddr(c.a), netip.MustParseAddr(c.b)); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
	if sameNetwork(netip.Addr{}, netip.MustParseAddr("203.0.113.9")) || !sameNetwork(netip.Addr{}, netip.Addr{}) {
		t.Error("an unknown address is its own")
	}
}
