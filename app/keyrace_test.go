package app_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
	"doorward/goose"
	"doorward/sqlite"
)

func TestOfManyWhoTakeOneNameForAKeyOneGetsIt(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	good, refused := count(t, together(20, func(i int) error {
		_, _, err := w.CreateKey(t.Context(), app.Shell("root"), app.KeyInput{Name: []string{"Shop", "shop"}[i%2], Role: app.RoleUser})
		return err
	}), app.CodeValidationFailed)
	if good != 1 || refused != 19 {
		t.Errorf("%d got the name, %d were refused", good, refused)
	}
}

func TestOfManyWhoRevokeOneKeyOneDoes(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	id := w.Program(w.Key("shop", app.RoleUser)).ID
	good, refused := count(t, together(20, func(int) error { return w.RevokeKey(t.Context(), app.Shell("root"), id) }), app.CodeNotFound)
	if good != 1 || refused != 19 {
		t.Errorf("%d revoked it, %d were refused", good, refused)
	}
}

// TestNoRequestBegunAfterARevocationGoesThrough asks with a key from many sides while it is revoked: a read that began
// before must not bring it back into the cache.
func TestNoRequestBegunAfterARevocationGoesThrough(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	for round := range 20 {
		secret := w.Key(fmt.Sprintf("round %d", round), app.RoleUser)
		id := w.Program(secret).ID
		w.ForgetAll() // the crowd reads it anew
		var revoked atomic.Bool
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for last := false; !last; {
					last = revoked.Load()
					if _, err := w.CheckKey(t.Context(), secret, apptest.Browser(100)); err == nil && last {
						t.Error("a revoked key was let in")
					}
				}
			})
		}
		must(t, w.RevokeKey(t.Context(), app.Shell("root"), id))
		revoked.Store(true)
		all.Wait()
	}
}

func TestAKeyRevokedByAnotherProcessIsRefusedSoon(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	kept, gone := w.Key("kept", app.RoleUser), w.Key("gone", app.RoleUser)
	id := w.Program(gone).ID
	w.Program(kept)
	other, err := sqlite.Open(t.Context(), filepath.Join(w.Dir, "doorward.db"), sqlite.Options{Migrations: goose.Migrations(), Now: w.Clock.Now, AsItIs: true})
	must(t, err)
	defer other.Close()
	must(t, other.Update(t.Context(), func(tx app.Tx) error { return tx.RevokeKey(id) }))
	w.Poll("its refusal", func() bool {
		_, err := w.CheckKey(t.Context(), gone, apptest.Browser(100))
		return err != nil
	})
	w.Program(kept)
}

func TestAStreamEndsWithItsKey(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	w.Owner(ada)
	kept, gone := w.Program(w.Key("kept", app.RoleAdmin)), w.Program(w.Key("gone", app.RoleAdmin))
	goes := must1(w.StreamAll(t.Context(), kept))
	defer goes.Close()
	over := must1(w.StreamAll(t.Context(), gone))
	defer over.Close()
	must(t, w.RevokeKey(t.Context(), app.Shell("root"), gone.ID))
	ends(t, over, app.CodeUnauthenticated)
	nothing(t, goes)
	_, err := w.StreamAll(t.Context(), gone)
	wantCode(t, err, app.CodeUnauthenticated)
}

// BenchmarkCheckKey is the part of a key's request that is the key's.
func BenchmarkCheckKey(b *testing.B) {
	w := apptest.New(b)
	secret := w.Key("shop", app.RoleUser)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.CheckKey(b.Context(), secret, apptest.Browser(100)); err != nil {
				b.Error(err)
			}
		}
	})
}
