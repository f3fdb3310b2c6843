package storetest

import (
	"context"
	"errors"
	"time"

	"doorward/app"
)

func transactions() []story {
	return []story{
		{"what an update did is there afterwards", func(r *room) {
			r.update(func(tx app.Tx) error { return tx.SetFact("a", "1") })
			r.equal("fact", r.fact("a"), "1")
		}},
		{"an update reads what it wrote", func(r *room) {
			r.update(func(tx app.Tx) error {
				r.equal("set", tx.SetFact("a", "1"), error(nil))
				r.equal("fact", try[string](r, "read")(tx.Fact("a")), "1")
				return nil
			})
		}},
		{"an error undoes everything and is returned as it is", func(r *room) {
			user := r.person()
			err := r.Update(r.Context(), func(tx app.Tx) error {
				try[int64](r, "insert")(tx.InsertUser(user))
				r.equal("set", tx.SetFact("a", "1"), error(nil))
				return errUndo
			})
			r.equal("error", err, errUndo)
			r.view(func(tx app.Tx) error {
				_, err := tx.FindUserByEmail(user.EmailKey)
				r.noRow("user", err)
				_, err = tx.Fact("a")
				r.noRow("fact", err)
				return nil
			})
		}},
		{"a panic undoes everything and the store goes on", func(r *room) {
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				defer func() { recover() }()
				r.Update(r.background(), func(tx app.Tx) error {
					r.equal("set", tx.SetFact("a", "1"), error(nil))
					panic("in the middle")
				})
			}()
			<-ended
			r.view(func(tx app.Tx) error {
				_, err := tx.Fact("a")
				r.noRow("fact", err)
				return nil
			})
			r.update(func(tx app.Tx) error { return tx.SetFact("a", "2") })
			r.equal("fact", r.fact("a"), "2")
		}},
		{"a panic in a view harms no later one", func(r *room) {
			for range 20 { // more than any pool has connections
				func() {
					defer func() { recover() }()
					r.View(r.Context(), func(tx app.Tx) error { panic("in the middle") })
				}()
			}
			r.view(func(tx app.Tx) error { _, err := tx.ListRoles(); return err })
		}},
		{"a refused value undoes only its own statement", func(r *room) {
			user := r.someone()
			user.Username, user.UsernameKey = "", ""
			r.update(func(tx app.Tx) error {
				r.equal("set", tx.SetFact("before", "1"), error(nil))
				_, err := tx.InsertUser(user)
				r.taken("insert", err, "email")
				return tx.SetFact("after", "1")
			})
			r.equal("before", r.fact("before"), "1")
			r.equal("after", r.fact("after"), "1")
		}},
		{"a view's error is returned as it is", func(r *room) {
			r.equal("error", r.View(r.Context(), func(app.Tx) error { return errUndo }), errUndo)
		}},
		{"a view sees one state whatever is written meanwhile", func(r *room) {
			r.update(func(tx app.Tx) error { return tx.SetFact("a", "old") })
			r.view(func(tx app.Tx) error {
				r.equal("first", try[string](r, "read")(tx.Fact("a")), "old")
				r.update(func(tx app.Tx) error { return tx.SetFact("a", "new") })
				r.equal("second", try[string](r, "read")(tx.Fact("a")), "old")
				return nil
			})
			r.equal("afterwards", r.fact("a"), "new")
		}},
		{"a view begun after an update sees it", func(r *room) {
			for _, value := range []string{"1", "2", "3", "4", "5"} {
				r.update(func(tx app.Tx) error { return tx.SetFact("a", value) })
				r.equal("fact", r.fact("a"), value)
			}
		}},
		{"a view can't write", func(r *room) {
			err := r.View(r.Context(), func(tx app.Tx) error { return tx.SetFact("a", "1") })
			if err == nil {
				r.Errorf("a view wrote")
			}
			r.view(func(tx app.Tx) error {
				_, err := tx.Fact("a")
				r.noRow("fact", err)
				return nil
			})
		}},
		{"a context that ended runs nothing", func(r *room) {
			ctx, cancel := context.WithCancel(r.Context())
			cancel()
			never := func(app.Tx) error { r.Errorf("ran"); return nil }
			for what, err := range map[string]error{"update": r.Update(ctx, never), "view": r.View(ctx, never)} {
				if !errors.Is(err, context.Canceled) {
					r.Errorf("%s: got error %v, want %v", what, err, context.Canceled)
				}
			}
		}},
		{"an update whose context ends while it waits does not run", func(r *room) {
			ctx, cancel := context.WithCancel(r.Context())
			inside, leave, left := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				left <- r.Update(r.background(), func(app.Tx) error {
					close(inside)
					<-leave
					return nil
				})
			}()
			<-inside
			waited := make(chan error, 1)
			go func() {
				waited <- r.Update(ctx, func(app.Tx) error { r.Errorf("ran"); return nil })
			}()
			cancel()
			if err := <-waited; !errors.Is(err, context.Canceled) {
				r.Errorf("got error %v, want %v", err, context.Canceled)
			}
			close(leave)
			r.equal("the one before", <-left, error(nil))
		}},
		{"an update that began goes on to its end when its context ends", func(r *room) {
			ctx, cancel := context.WithCancel(r.Context())
			err := r.Update(ctx, func(tx app.Tx) error {
				cancel()
				return tx.SetFact("a", "1")
			})
			r.equal("error", err, error(nil))
			r.equal("fact", r.fact("a"), "1")
		}},
		{"the clock is read once a transaction, in UTC, to the microsecond", func(r *room) {
			r.clock.mu.Lock()
			r.clock.now = start.Add(999).In(time.FixedZone("east", 3600))
			r.clock.mu.Unlock()
			reads := func(tx app.Tx) error {
				r.equal("now", tx.Now(), start)
				r.clock.advance(time.Hour)
				r.equal("later", tx.Now(), start)
				r.clock.advance(-time.Hour)
				return nil
			}
			r.update(reads)
			r.view(reads)
			r.clock.advance(time.Minute)
			r.update(func(tx app.Tx) error { r.equal("next", tx.Now(), start.Add(time.Minute)); return nil })
		}},
		{"a transaction is of no use when it is over", func(r *room) {
			var kept app.Tx
			r.update(func(tx app.Tx) error { kept = tx; return nil })
			if err := kept.SetFact("a", "1"); err == nil {
				r.Errorf("wrote after the update")
			}
			r.view(func(tx app.Tx) error { kept = tx; return nil })
			if _, err := kept.ListRoles(); err == nil {
				r.Errorf("read after the view")
			}
		}},
		{"a store that was just made is ready", func(r *room) {
			r.equal("ready", r.Ready(r.Context()), error(nil))
		}},
	}
}

func (r *room) fact(name string) (value string) {
	r.Helper()
	r.view(func(tx app.Tx) (err error) {
		value, err = tx.Fact(name)
		return err
	})
	return value
}
