package storetest

import "doorward/app"

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
		{"nobody has no password", func(r *room) {
			r.update(func(tx app.Tx) error {
				_, err := tx.PasswordHash(999)
				r.noRow("read", err)
				r.noRow("set", tx.SetPasswordHash(999, "x"))
				return nil
			})
		}},
		{"a retired username stays its first owner's, also after deletion", func(r *room) {
			user, other := r.someone(), r.someone()
			r.update(func(tx app.Tx) error {
				r.equal("before", try[int64](r, "before")(tx.RetiredUsername(digest("ada"))), int64(0))
				r.equal("retire", tx.RetireUsername(digest("ada"), user.ID), error(nil))
				r.equal("again", tx.RetireUsername(digest("ada"), user.ID), error(nil))
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
					r.equal("count", try[int](r, "add")(tx.AddLoginFailure(digest("ada"))), want)
				}
				r.equal("another", try[int](r, "add")(tx.AddLoginFailure(digest("grace"))), 1)
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
