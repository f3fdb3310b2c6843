package storetest

import (
	"encoding/json"
	"net/netip"
	"time"

	"doorward/app"
)

// fields reads custom fields from an object as it stands.
func fields(object string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(object), &m); err != nil {
		panic(err) // a mistake in this suite
	}
	return m
}

func users() []story {
	return []story{
		{"a user is read back as stored, by id, address and username", func(r *room) {
			want := r.someone()
			r.view(func(tx app.Tx) error {
				r.equal("by id", try[app.User](r, "by id")(tx.FindUser(want.ID)), want)
				r.equal("by e-mail", try[app.User](r, "by e-mail")(tx.FindUserByEmail(want.EmailKey)), want)
				r.equal("by username", try[app.User](r, "by username")(tx.FindUserByUsername(want.UsernameKey)), want)
				return nil
			})
		}},
		{"a user is read inside the update that made it", func(r *room) {
			want := r.person()
			r.update(func(tx app.Tx) (err error) {
				want.ID, err = tx.InsertUser(want)
				r.equal("user", try[app.User](r, "find")(tx.FindUser(want.ID)), want)
				return err
			})
		}},
		{"users are read by id in pieces, each once", func(r *room) {
			var want []int64
			for range 5 {
				want = append(want, r.someone().ID)
			}
			r.view(func(tx app.Tx) error {
				var got []int64
				for after := int64(0); ; {
					piece := try[[]app.User](r, "users from")(tx.UsersFrom(after, 2))
					if len(piece) == 0 {
						break
					}
					for _, user := range piece {
						got, after = append(got, user.ID), user.ID
					}
				}
				r.equal("ids", got, want)
				return nil
			})
		}},
		{"what a user lacks is read back as lacking", func(r *room) {
			want := r.add(app.User{Email: "a@b", EmailKey: "a@b", CreatedAt: start, UpdatedAt: start})
			want.Roles, want.CustomFields = []string{}, fields(`{}`)
			got := r.find(want.ID)
			r.equal("user", got, want)
			if !got.ConfirmedAt.IsZero() || got.Registration.IP.IsValid() || got.Avatar != nil {
				r.Errorf("something came from nothing: %+v", got)
			}
		}},
		{"id, roles and avatar of a new user are the store's", func(r *room) {
			user := r.person()
			user.ID, user.Roles, user.Avatar = 999, []string{"Owner"}, &app.Avatar{ID: "x"}
			id := r.add(user).ID
			if id == 999 {
				r.Errorf("the id was taken from the user")
			}
			got := r.find(id)
			r.equal("roles", got.Roles, []string{})
			r.equal("avatar", got.Avatar, (*app.Avatar)(nil))
		}},
		{"who is not there is no row", func(r *room) {
			nameless := r.person()
			nameless.Username, nameless.UsernameKey = "", ""
			r.add(nameless)
			r.view(func(tx app.Tx) error {
				_, err := tx.FindUser(999)
				r.noRow("by id", err)
				_, err = tx.FindUserByEmail("nobody@example.org")
				r.noRow("by e-mail", err)
				_, err = tx.FindUserByUsername("nobody")
				r.noRow("by username", err)
				_, err = tx.FindUserByUsername("")
				r.noRow("by no username", err)
				_, err = tx.FirstUserWithRole(app.RoleOwner)
				r.noRow("by role", err)
				return nil
			})
			r.update(func(tx app.Tx) error {
				r.noRow("update", tx.UpdateUser(app.User{ID: 999, Email: "x", EmailKey: "x"}))
				r.noRow("delete", tx.DeleteUser(999))
				return nil
			})
		}},
		{"an address and a username belong to one user", func(r *room) {
			first, second := r.someone(), r.someone()
			r.update(func(tx app.Tx) error {
				user := r.person()
				user.EmailKey = first.EmailKey
				_, err := tx.InsertUser(user)
				r.taken("insert with her address", err, "email")
				user = r.person()
				user.UsernameKey = first.UsernameKey
				_, err = tx.InsertUser(user)
				r.taken("insert with her username", err, "username")
				user = second
				user.EmailKey = first.EmailKey
				r.taken("update to her address", tx.UpdateUser(user), "email")
				user = second
				user.UsernameKey = first.UsernameKey
				r.taken("update to her username", tx.UpdateUser(user), "username")
				return tx.UpdateUser(first) // one's own is fine
			})
			r.equal("second", r.find(second.ID), second)
		}},
		{"the first user is the one of the lowest id that is there", func(r *room) {
			r.view(func(tx app.Tx) error {
				_, err := tx.FirstUser()
				r.noRow("in an empty store", err)
				return nil
			})
			gone, second := r.someone(), r.person()
			second.CreatedAt, second.IsActive = start.Add(time.Hour), false
			second = r.add(second)
			r.someone()
			r.update(func(tx app.Tx) error {
				r.equal("first", try[app.User](r, "first")(tx.FirstUser()), gone)
				return tx.DeleteUser(gone.ID)
			})
			r.view(func(tx app.Tx) error {
				r.equal("next", try[app.User](r, "next")(tx.FirstUser()), second)
				return nil
			})
		}},
		{"any number of users may be without a username", func(r *room) {
			for range 3 {
				user := r.person()
				user.Username, user.UsernameKey = "", ""
				r.add(user)
			}
		}},
		{"an update writes all but id, creation, password and last seen", func(r *room) {
			before := r.someone()
			r.update(func(tx app.Tx) error { return tx.SetPasswordHash(before.ID, "hash") })
			want := r.person()
			want.ID = before.ID
			want.FirstName, want.LastName, want.IsActive, want.ConfirmedAt = "Grace", "", false, time.Time{}
			want.Timezone, want.Locale, want.CustomFields = "+2", "", fields(`{"other":[]}`)
			want.Registration = app.Origin{IP: netip.MustParseAddr("203.0.113.9"), City: "Nantes"}
			want.SelfRegistered, want.LoggedInAt, want.UpdatedAt = false, start.Add(time.Hour), start.Add(2*time.Hour)
			written := want
			written.CreatedAt, written.LastSeenAt = start.Add(3*time.Hour), start.Add(3*time.Hour)
			r.update(func(tx app.Tx) error { return tx.UpdateUser(written) })
			want.CreatedAt, want.LastSeenAt = before.CreatedAt, before.LastSeenAt
			r.equal("user", r.find(before.ID), want)
			r.view(func(tx app.Tx) error {
				r.equal("hash", try[app.Secret](r, "hash")(tx.PasswordHash(before.ID)), app.Secret("hash"))
				_, err := tx.FindUserByEmail(before.EmailKey)
				r.noRow("by the old address", err)
				return nil
			})
		}},
		{"an id is never given again", func(r *room) {
			first, second := r.someone(), r.someone()
			r.update(func(tx app.Tx) error { return tx.DeleteUser(second.ID) })
			r.update(func(tx app.Tx) error { return tx.DeleteUser(first.ID) })
			if third := r.someone(); third.ID <= second.ID {
				r.Errorf("id %d after %d", third.ID, second.ID)
			}
		}},
		{"all that is a user's goes with them, but not what is done", func(r *room) {
			user, other := r.someone(), r.someone()
			done := r.job()
			done.State, done.FinishedAt, done.UserID = app.JobDone, start, user.ID
			failed := done
			failed.State = app.JobFailed
			waiting := r.job()
			waiting.UserID = user.ID
			theirs := r.job()
			theirs.UserID = other.ID
			var doneID, failedID, waitingID, theirsID, tokenID int64
			r.update(func(tx app.Tx) (err error) {
				r.equal("session", tx.InsertSession(r.session(user, "s"), digest("s")), error(nil))
				r.equal("her session", tx.InsertSession(r.session(other, "o"), digest("o")), error(nil))
				try[bool](r, "note")(tx.NoteFingerprint("s", digest("pair")))
				tokenID = try[int64](r, "token")(tx.InsertToken(r.token(user), digest("t")))
				r.equal("avatar", tx.InsertAvatar(r.avatar(user, "a")), error(nil))
				r.equal("chosen", tx.SetAvatar(user.ID, "a"), error(nil))
				try[bool](r, "role")(tx.AssignRole(user.ID, r.role(tx, app.RoleAdmin).ID))
				doneID = try[int64](r, "done")(tx.InsertJob(done))
				failedID = try[int64](r, "failed")(tx.InsertJob(failed))
				waitingID = try[int64](r, "waiting")(tx.InsertJob(waiting))
				theirsID = try[int64](r, "theirs")(tx.InsertJob(theirs))
				return nil
			})
			r.update(func(tx app.Tx) error { return tx.DeleteUser(user.ID) })
			_, _, err := r.SessionByDigest(r.Context(), digest("s"))
			r.noRow("session by digest", err)
			r.view(func(tx app.Tx) error {
				_, err := tx.FindUser(user.ID)
				r.noRow("user", err)
				_, err = tx.FindSession("s")
				r.noRow("session", err)
				_, err = tx.TokenByID(tokenID)
				r.noRow("token", err)
				_, err = tx.FindAvatar("a")
				r.noRow("avatar", err)
				r.equal("holders", r.role(tx, app.RoleAdmin).UserCount, 0)
				_, err = tx.FindJob(waitingID)
				r.noRow("waiting job", err)
				_, err = tx.FindJob(failedID)
				r.noRow("failed job", err)
				r.equal("done job's user", try[app.Job](r, "done")(tx.FindJob(doneID)).UserID, int64(0))
				r.equal("another's job", try[app.Job](r, "theirs")(tx.FindJob(theirsID)).UserID, other.ID)
				try[app.Session](r, "another's session")(tx.FindSession("o"))
				return nil
			})
			r.equal("other", r.find(other.ID), other)
		}},
		{"being seen moves forward only", func(r *room) {
			seen, unseen := r.someone(), r.person()
			unseen.LastSeenAt = time.Time{}
			unseen = r.add(unseen)
			touch := func(at time.Time) {
				r.update(func(tx app.Tx) error {
					return tx.TouchUsers(map[int64]time.Time{seen.ID: at, unseen.ID: at, 999: at})
				})
			}
			touch(start.Add(time.Hour))
			r.equal("forward", r.find(seen.ID).LastSeenAt, start.Add(time.Hour))
			r.equal("first", r.find(unseen.ID).LastSeenAt, start.Add(time.Hour))
			touch(start)
			r.equal("back", r.find(seen.ID).LastSeenAt, start.Add(time.Hour))
			seen.LastSeenAt = start.Add(time.Hour)
			r.equal("nothing else", r.find(seen.ID), seen)
			r.update(func(tx app.Tx) error { return tx.TouchUsers(nil) })
		}},
		{"abandoned are those who registered, never confirmed and never came back", func(r *room) {
			abandoned := func() app.User {
				u := r.person()
				u.ConfirmedAt, u.LoggedInAt = time.Time{}, time.Time{}
				return u
			}
			confirmed, cameBack, added, recent := abandoned(), abandoned(), abandoned(), abandoned()
			confirmed.ConfirmedAt, cameBack.LoggedInAt, added.SelfRegistered = start, start, false
			recent.CreatedAt = start.Add(time.Hour)
			first, second := r.add(abandoned()), r.add(abandoned())
			for _, u := range []app.User{confirmed, cameBack, added, recent} {
				r.add(u)
			}
			r.view(func(tx app.Tx) error {
				r.equal("before", try[[]int64](r, "all")(tx.AbandonedUsers(start.Add(time.Minute), 10)), []int64{first.ID, second.ID})
				r.equal("limited", len(try[[]int64](r, "limited")(tx.AbandonedUsers(start.Add(time.Minute), 1))), 1)
				r.equal("at that time", try[[]int64](r, "none")(tx.AbandonedUsers(start, 10)), []int64{})
				return nil
			})
		}},
	}
}
