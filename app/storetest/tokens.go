package storetest

import (
	"time"

	"doorward/app"
)

// token is a confirmation token of a user, good for an hour.
func (r *room) token(u app.User) app.Token {
	now := r.clock.Now()
	return app.Token{
		Purpose:   app.TokenConfirmation,
		UserID:    u.ID,
		Email:     u.Email,
		EmailKey:  u.EmailKey,
		CreatedAt: now,
		ExpiresAt: now.Add(time.Hour),
	}
}

// mail stores a token under the digest of a name.
func (r *room) mail(t app.Token, name string) app.Token {
	r.Helper()
	r.update(func(tx app.Tx) (err error) { t.ID, err = tx.InsertToken(t, digest(name)); return err })
	return t
}

func tokens() []story {
	return []story{
		{"a token is read back as stored, by digest and by id, expired or not", func(r *room) {
			want := r.mail(r.token(r.someone()), "t")
			r.clock.advance(2 * time.Hour)
			r.view(func(tx app.Tx) error {
				r.equal("by digest", try[app.Token](r, "by digest")(tx.FindToken(app.TokenConfirmation, digest("t"))), want)
				r.equal("by id", try[app.Token](r, "by id")(tx.TokenByID(want.ID)), want)
				_, err := tx.FindToken(app.TokenPasswordReset, digest("t"))
				r.noRow("for another purpose", err)
				_, err = tx.FindToken(app.TokenConfirmation, digest("x"))
				r.noRow("by another digest", err)
				_, err = tx.TokenByID(want.ID + 1)
				r.noRow("by another id", err)
				return nil
			})
		}},
		{"a user's tokens that are still good are listed newest first", func(r *room) {
			user, other := r.someone(), r.someone()
			early := r.token(user)
			early.ExpiresAt = start.Add(time.Minute)
			change := r.token(user)
			change.Purpose, change.Email = app.TokenEmailChange, "new@example.org"
			early, change = r.mail(early, "early"), r.mail(change, "change")
			r.mail(r.token(other), "other")
			of := func(id int64, now time.Time) (list []app.Token) {
				r.view(func(tx app.Tx) (err error) { list, err = tx.TokensOf(id, now); return err })
				return list
			}
			r.equal("both", of(user.ID, start), []app.Token{change, early})
			r.equal("one is over", of(user.ID, start.Add(time.Minute)), []app.Token{change})
			r.equal("nobody's", of(999, start), []app.Token{})
		}},
		{"a token is for somebody who is there", func(r *room) {
			r.update(func(tx app.Tx) error {
				_, err := tx.InsertToken(r.token(app.User{ID: 999}), digest("t"))
				r.noRow("insert", err)
				return nil
			})
		}},
		{"a token is used once, for its purpose", func(r *room) {
			want := r.mail(r.token(r.someone()), "t")
			r.update(func(tx app.Tx) error {
				_, err := tx.UseToken(app.TokenEmailChange, digest("t"), start)
				r.noRow("for another purpose", err)
				r.equal("used", try[app.Token](r, "use")(tx.UseToken(app.TokenConfirmation, digest("t"), start)), want)
				_, err = tx.UseToken(app.TokenConfirmation, digest("t"), start)
				r.noRow("again", err)
				return nil
			})
		}},
		{"a use that is undone leaves the token good", func(r *room) {
			r.mail(r.token(r.someone()), "t")
			use := func(tx app.Tx) error { _, err := tx.UseToken(app.TokenConfirmation, digest("t"), start); return err }
			err := r.Update(r.Context(), func(tx app.Tx) error {
				r.equal("use", use(tx), error(nil))
				return errUndo
			})
			r.equal("error", err, errUndo)
			r.update(use)
		}},
		{"a token that expired can't be used, and stays", func(r *room) {
			want := r.mail(r.token(r.someone()), "t")
			r.update(func(tx app.Tx) error {
				_, err := tx.UseToken(app.TokenConfirmation, digest("t"), want.ExpiresAt)
				r.noRow("at its end", err)
				_, err = tx.TokenByID(want.ID)
				r.equal("still there", err, error(nil))
				_, err = tx.UseToken(app.TokenConfirmation, digest("t"), want.ExpiresAt.Add(-time.Microsecond))
				return err
			})
		}},
		{"a token that gets another value opens by that alone", func(r *room) {
			token := r.token(r.someone())
			r.mail(token, "old")
			r.update(func(tx app.Tx) error {
				found := try[app.Token](r, "find")(tx.FindToken(token.Purpose, digest("old")))
				r.noRow("none there", tx.SetTokenDigest(found.ID+1, digest("else")))
				return tx.SetTokenDigest(found.ID, digest("new"))
			})
			r.view(func(tx app.Tx) error {
				_, err := tx.FindToken(token.Purpose, digest("old"))
				r.noRow("by the old value", err)
				r.equal("user", try[app.Token](r, "find")(tx.FindToken(token.Purpose, digest("new"))).UserID, token.UserID)
				return nil
			})
		}},
		{"a user's tokens are deleted by purpose, or all", func(r *room) {
			user, other := r.someone(), r.someone()
			purposes := []app.TokenPurpose{app.TokenConfirmation, app.TokenEmailChange, app.TokenPasswordReset}
			for _, p := range purposes {
				token := r.token(user)
				token.Purpose = p
				r.mail(token, "user "+string(p))
			}
			r.mail(r.token(other), "other "+string(app.TokenConfirmation))
			left := func(who string) (found []app.TokenPurpose) {
				r.view(func(tx app.Tx) error {
					for _, p := range purposes {
						if _, err := tx.FindToken(p, digest(who+" "+string(p))); err == nil {
							found = append(found, p)
						}
					}
					return nil
				})
				return found
			}
			r.update(func(tx app.Tx) error {
				return tx.DeleteTokens(user.ID, app.TokenConfirmation, app.TokenPasswordReset)
			})
			r.equal("after some", left("user"), []app.TokenPurpose{app.TokenEmailChange})
			r.update(func(tx app.Tx) error { return tx.DeleteTokens(user.ID) })
			r.equal("after all", left("user"), []app.TokenPurpose(nil))
			r.equal("another's", left("other"), []app.TokenPurpose{app.TokenConfirmation})
			r.update(func(tx app.Tx) error { return tx.DeleteTokens(999) })
		}},
		{"expired tokens are removed, a limited number at a time", func(r *room) {
			user := r.someone()
			for _, name := range []string{"a", "b", "c"} {
				r.mail(r.token(user), name)
			}
			good := r.token(user)
			good.ExpiresAt = start.Add(time.Hour + time.Microsecond)
			good = r.mail(good, "good")
			for _, want := range []int{2, 1, 0} {
				r.update(func(tx app.Tx) error {
					r.equal("removed", try[int](r, "remove")(tx.DeleteExpiredTokens(start.Add(time.Hour), 2)), want)
					return nil
				})
			}
			r.view(func(tx app.Tx) error { _, err := tx.TokenByID(good.ID); return err })
		}},
		{"an id is never given again", func(r *room) {
			user := r.someone()
			first := r.mail(r.token(user), "a")
			r.update(func(tx app.Tx) error { return tx.DeleteTokens(user.ID) })
			if second := r.mail(r.token(user), "b"); second.ID <= first.ID {
				r.Errorf("id %d after %d", second.ID, first.ID)
			}
		}},
	}
}
