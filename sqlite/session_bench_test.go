package sqlite_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/apptest"
)

// manySession is the i-th of many sessions of one user.
func manySession(tx app.Tx, user int64, i int64) error {
	now := tx.Now()
	return tx.InsertSession(app.Session{
		ID: fmt.Sprintf("s%d", i), UserID: user, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
		IP: netip.MustParseAddr("203.0.113.7"), UserAgent: "bench",
	}, app.DigestOf(fmt.Sprint(i)))
}

// BenchmarkSessionByDigest is the one statement of a session check that the cache does not answer, each time for another
// session.
func BenchmarkSessionByDigest(b *testing.B) {
	w := apptest.Paused(b)
	user := w.Owner("ada@example.org").User().ID
	const n = 2000
	err := w.Store.Update(b.Context(), func(tx app.Tx) error {
		for i := range int64(n) {
			if err := manySession(tx, user, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, _, err := w.Store.SessionByDigest(b.Context(), app.DigestOf(fmt.Sprint(i%n))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDurableWrites has callers write side by side, each waiting until its own write is on disk.
func BenchmarkDurableWrites(b *testing.B) {
	for _, callers := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			w := apptest.Paused(b)
			user := w.Owner("ada@example.org").User().ID
			var next atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			for range callers {
				all.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if err := w.Store.Update(b.Context(), func(tx app.Tx) error { return manySession(tx, user, i) }); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
}
