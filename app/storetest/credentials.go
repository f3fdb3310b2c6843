package storetest

import (
	"time"

	"doorward/app"
)

// digest is a digest that differs with its name.
func digest(name string) app.Digest { return app.DigestOf(name) }

func credentials() []story {
	return []story{
		{"a password hash is set, replaced and taken away", func(r *room) {
			user := r.someone()
			for _, hash := range []app.Secret{"", "$2a$04$first", "$argon2id$second", ""} {
				r.update(func(tx app.Tx) error { return tx.SetPasswordHash(user.ID, hash) })
				r.view(func(tx app.Tx) error {
					got := try[app.Secret](r, "hash")(tx.PasswordHash(user.ID))
					r.equal("hash", got.Reveal(), hash.Reveal())
					return nil
				})
			}
			r.equal("nothing else", r.find(user.ID), user)
		}},
		{"a password keeps its mark when it is hashed anew, and loses it to another password", func(r *room) {
			user := r.someone()
			mark := func(want string) {
				r.view(func(tx app.Tx) error {
					r.equal("mark", try[string](r, "mark")(tx.PasswordMark(user.ID)), want)
					return nil
				})
			}
			mark("")
			r.update(func(tx app.Tx) error { return tx.SetPasswordHash(user.ID, "$2a$04$first") })
			mark("")
			r.update(func(tx app.Tx) error { return tx.RehashPassword(user.ID, "$2a$05$first", "one") })
			mark("one")
			r.view(func(tx app.Tx) error {
				r.equal("hash", try[app.Secret](r, "hash")(tx.PasswordHash(user.ID)).Reveal(), "$2a$05$first")
				return nil
			})
			r.update(func(tx app.Tx) error { return tx.SetPasswordHash(user.ID, "$2a$05$second") })
			mark("")
			r.equal("nothing else", r.find(user.ID), user)
		}},
		{"nobody has no password", func(r *room) {
			r.update(func(tx app.Tx) error {
				_, err := tx.PasswordHash(999)
				r.noRow("read", err)
				_, err = tx.PasswordMark(999)
				r.noRow("read the mark", err)
				r.noRow("set", tx.SetPasswordHash(999, "x"))
				r.noRow("hash anew", tx.RehashPassword(999, "x", "y"))
				return nil
			})
		}},
		{"a retired username stays its first owner's, also after deletion", func(r *room) {
			user, other := r.someone(), r.someone()
			r.update(func(tx app.Tx) error {
				r.equal("before", try[int64](r, "before")(tx.RetiredUsername(digest("ada"))), int64(0))
				r.equal("retire", tx.RetireUsername(digest("ada"), user.ID), error(nil))
				r.equal("again", tx.RetireUsername(digest("ada"), user.ID), error(nil))
				r.equal("left", try[int](r, "left")(tx.UsernamesLeft(user.ID)), 1)
				r.equal("left by another", try[int](r, "left by another")(tx.UsernamesLeft(other.ID)), 0)
				return tx.RetireUsername(digest("ada"), other.ID)
			})
			r.update(func(tx app.Tx) error { return tx.DeleteUser(user.ID) })
			r.view(func(tx app.Tx) error {
				r.equal("owner", try[int64](r, "after")(tx.RetiredUsername(digest("ada"))), user.ID)
				r.equal("another", try[int64](r, "other")(tx.RetiredUsername(digest("grace"))), int64(0))
				return nil
			})
		}},
		{"login failures are counted for each digest until they are cleared", func(r *room) {
			r.update(func(tx app.Tx) error {
				for want := 1; want <= 3; want++ {
					r.equal("count", try[int](r, "add")(tx.AddLoginFailure(digest("ada"), false)), want)
				}
				r.equal("another", try[int](r, "add")(tx.AddLoginFailure(digest("grace"), false)), 1)
				return nil
			})
			r.view(func(tx app.Tx) error {
				r.equal("ada", try[int](r, "read")(tx.LoginFailures(digest("ada"))), 3)
				r.equal("nobody", try[int](r, "read")(tx.LoginFailures(digest("nobody"))), 0)
				return nil
			})
			r.update(func(tx app.Tx) error {
				r.equal("clear", tx.ClearLoginFailures(digest("ada")), error(nil))
				r.equal("clear again", tx.ClearLoginFailures(digest("ada")), error(nil))
				r.equal("ada", try[int](r, "read")(tx.LoginFailures(digest("ada"))), 0)
				r.equal("grace", try[int](r, "read")(tx.LoginFailures(digest("grace"))), 1)
				return nil
			})
		}},
		{"only login failures without an account are forgotten, the oldest first", func(r *room) {
			for _, name := range []string{"first", "second", "third"} {
				r.update(func(tx app.Tx) error { _, err := tx.AddLoginFailure(digest(name), true); return err })
				r.clock.advance(time.Hour)
			}
			r.update(func(tx app.Tx) error {
				try[int](r, "an account's")(tx.AddLoginFailure(digest("ada"), false))
				try[int](r, "an account's, which seemed to be gone")(tx.AddLoginFailure(digest("ada"), true))
				try[int](r, "nobody's, who has an account now")(tx.AddLoginFailure(digest("grace"), true))
				try[int](r, "an account's")(tx.AddLoginFailure(digest("grace"), false))
				return nil
			})
			r.update(func(tx app.Tx) error {
				r.equal("before the second", try[int](r, "delete")(tx.DeleteOwnerlessFailures(start.Add(time.Hour), 10)), 1)
				r.equal("one of the rest", try[int](r, "delete")(tx.DeleteOwnerlessFailures(start.Add(time.Hour*24), 1)), 1)
				r.equal("second", try[int](r, "read")(tx.LoginFailures(digest("second"))), 0)
				r.equal("third", try[int](r, "read")(tx.LoginFailures(digest("third"))), 1)
				r.equal("the rest", try[int](r, "delete")(tx.DeleteOwnerlessFailures(start.Add(time.Hour*24), 10)), 1)
				r.equal("ada", try[int](r, "read")(tx.LoginFailures(digest("ada"))), 2)
				r.equal("grace", try[int](r, "read")(tx.LoginFailures(digest("grace"))), 2)
				return nil
			})
		}},
	}
}

func facts() []story {
	return []story{
		{"a fact is missing until it is set, and the last value counts", func(r *room) {
			r.update(func(tx app.Tx) error {
				_, err := tx.Fact("owner")
				r.noRow("before", err)
				r.equal("set", tx.SetFact("owner", "once"), error(nil))
				r.equal("set again", tx.SetFact("owner", ""), error(nil))
				r.equal("set another", tx.SetFact("other", "x"), error(nil))
				return nil
			})
			r.equal("fact", r.fact("owner"), "")
			r.equal("other", r.fact("other"), "x")
		}},
	}
}
