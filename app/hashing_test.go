package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// busy is a pool of one slot that is taken until open is called, and whose work is thought to take a while.
func busy(t *testing.T, each time.Duration) (p *hashPool, open func()) {
	t.Helper()
	p = newHashPool(4, 1, nil)
	p.each.Store(int64(each))
	hold, held := make(chan struct{}), make(chan struct{})
	go p.run(context.Background(), "first", func() error { close(held); <-hold; return nil })
	<-held
	open = sync.OnceFunc(func() { close(hold) })
	t.Cleanup(open)
	return p, open
}

// waits puts a task of a source into the pool and returns once it waits there.
func waits(t *testing.T, p *hashPool, source string, ctx context.Context, fn func()) (answer chan error) {
	t.Helper()
	before := p.inWork()
	answer = make(chan error, 1)
	go func() {
		answer <- p.run(ctx, source, func() error { fn(); return nil })
	}()
	for p.inWork() == before && len(answer) == 0 {
		time.Sleep(10 * time.Microsecond) // nothing signals that a task waits
	}
	return answer
}

func TestOneHashIsNeverTooMuchHoweverSlowTheMachine(t *testing.T) {
	t.Parallel()
	p := newHashPool(4, 2, nil)
	p.each.Store(int64(time.Hour))
	if err := p.run(t.Context(), "a", func() error { return nil }); err != nil {
		t.Errorf("an idle pool refused: %v", err)
	}
}

func TestHashingIsRefusedWhenTooMuchWaits(t *testing.T) {
	t.Parallel()
	p, _ := busy(t, time.Minute)
	err := p.run(t.Context(), "a", func() error { return nil })
	if e := AsError(err); err == nil || e.Code != CodeOverloaded || e.RetryAfter <= 0 {
		t.Errorf("with every slot taken for a minute: %v", err)
	}
}

func TestSourcesTakeTurns(t *testing.T) {
	t.Parallel()
	p, open := busy(t, 100*time.Millisecond)
	var mu sync.Mutex
	var order []string
	var answers []chan error
	for _, name := range []string{"storm 1", "storm 2", "storm 3", "ada 1", "storm 4", "bob 1", "ada 2"} {
		source, _, _ := strings.Cut(name, " ")
		answers = append(answers, waits(t, p, source, t.Context(), func() {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
		}))
	}
	open()
	for _, answer := range answers {
		if err := <-answer; err != nil {
			t.Error(err)
		}
	}
	if want := []string{"storm 1", "ada 1", "bob 1", "storm 2", "ada 2", "storm 3", "storm 4"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestWhoHoldsMostOfTheRoomMakesIt(t *testing.T) {
	t.Parallel()
	p, open := busy(t, hashWait/3) // three may wait
	var storm []chan error
	for range 3 {
		storm = append(storm, waits(t, p, "storm", t.Context(), func() {}))
	}
	if err := p.run(t.Context(), "storm", func() error { return nil }); AsError(err).Code != CodeOverloaded {
		t.Errorf("a fourth of the same: %v", err)
	}
	ada := make(chan error, 1)
	go func() { ada <- p.run(t.Context(), "ada", func() error { return nil }) }()
	if err := <-storm[2]; AsError(err).Code != CodeOverloaded {
		t.Errorf("the storm's newest: %v", err)
	}
	open()
	for _, answer := range []chan error{ada, storm[0], storm[1]} {
		if err := <-answer; err != nil {
			t.Error(err)
		}
	}
}

func TestWhoGoesAwayLeavesTheQueue(t *testing.T) {
	t.Parallel()
	p, open := busy(t, 100*time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	gone := waits(t, p, "ada", ctx, func() { t.Error("it ran all the same") })
	stays := waits(t, p, "bob", t.Context(), func() {})
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away: %v", err)
	}
	open()
	if err := <-stays; err != nil {
		t.Error(err)
	}
}

func TestEveryTaskIsAnsweredOnceAndNoWorkerStays(t *testing.T) {
	t.Parallel()
	threads, ended := make(chan struct{}, 10_000), make(chan struct{}, 10_000)
	p := newHashPool(4, 3, func() func() {
		threads <- struct{}{}
		return func() { ended <- struct{}{} }
	})
	var all sync.WaitGroup
	var mu sync.Mutex
	ran := 0
	for i := range 300 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if i%7 == 0 {
				cancel()
			}
			defer cancel()
			err := p.run(ctx, fmt.Sprint(i%5), func() error {
				mu.Lock()
				defer mu.Unlock()
				ran++
				return nil
			})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if ran == 0 || len(threads) == 0 {
		t.Errorf("%d ran on %d threads", ran, len(threads))
	}
	if err := p.run(t.Context(), "x", func() error { panic("a bug") }); err == nil {
		t.Error("a panic is no error")
	}
	for p.inWork() > 0 {
		time.Sleep(10 * time.Microsecond) // until the last worker saw that nothing waits
	}
	for len(ended) < len(threads) {
		time.Sleep(10 * time.Microsecond) // until each told that its thread ends
	}
}
