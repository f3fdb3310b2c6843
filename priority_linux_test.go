package main

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestPlacesForHashingComeWithTheFirstThreadAndGoAfterTheLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []bool
		room := &hashRoom{places: func(wide bool) { told = append(told, wide) }}
		after := func(d time.Duration, want ...bool) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			room.mu.Lock()
			defer room.mu.Unlock()
			if !slices.Equal(told, want) {
				t.Fatalf("places were told %v, want %v", told, want)
			}
		}
		room.enter()
		room.enter()
		room.leave()
		after(time.Hour, true) // one still hashes
		room.leave()
		after(hashQuiet/2, true)
		room.enter()
		after(hashQuiet, true) // began again before the time was over
		room.leave()
		after(hashQuiet/2, true)
		room.enter()
		room.leave()
		after(hashQuiet*3/4, true) // the time begins anew
		after(hashQuiet, true, false)
		room.enter()
		after(0, true, false, true)
		room.leave()
		after(2*hashQuiet, true, false, true, false)
	})
}
