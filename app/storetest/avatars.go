package storetest

import (
	"encoding/hex"
	"time"

	"doorward/app"
)

// avatar is a ready picture of a user, unlike any of another id.
func (r *room) avatar(u app.User, id string) app.Avatar {
	sum := digest(id)
	return app.Avatar{
		ID:        id,
		UserID:    u.ID,
		Status:    app.AvatarReady,
		SHA256:    hex.EncodeToString(sum[:]),
		Format:    "png",
		Width:     1200,
		Height:    800,
		CreatedAt: r.clock.Now(),
	}
}

// upload stores pictures.
func (r *room) upload(all ...app.Avatar) {
	r.Helper()
	r.update(func(tx app.Tx) error {
		for _, a := range all {
			if err := tx.InsertAvatar(a); err != nil {
				return err
			}
		}
		return nil
	})
}

// shown is the id of the avatar that a user shows, "" for none.
func (r *room) shown(userID int64) string {
	r.Helper()
	if a := r.find(userID).Avatar; a != nil {
		return a.ID
	}
	return ""
}

func avatars() []story {
	return []story{
		{"an avatar is read back as stored, with its user too", func(r *room) {
			user := r.someone()
			want := r.avatar(user, "a")
			r.upload(want)
			r.view(func(tx app.Tx) error {
				r.equal("avatar", try[app.Avatar](r, "find")(tx.FindAvatar("a")), want)
				r.equal("user's", try[app.User](r, "user")(tx.FindUser(user.ID)).Avatar, &want)
				return nil
			})
		}},
		{"an avatar that is not there is no row", func(r *room) {
			user, other := r.someone(), r.someone()
			r.upload(r.avatar(other, "hers"))
			r.update(func(tx app.Tx) error {
				_, err := tx.FindAvatar("missing")
				r.noRow("find", err)
				r.noRow("update", tx.UpdateAvatar(r.avatar(user, "missing")))
				r.noRow("delete", tx.DeleteAvatar("missing"))
				r.noRow("choose", tx.SetAvatar(user.ID, "missing"))
				r.noRow("choose another's", tx.SetAvatar(user.ID, "hers"))
				r.noRow("for nobody", tx.SetAvatar(999, ""))
				r.noRow("of nobody", tx.InsertAvatar(r.avatar(app.User{ID: 999}, "x")))
				r.equal("list", try[[]app.Avatar](r, "list")(tx.AvatarsOf(user.ID)), []app.Avatar{})
				return nil
			})
		}},
		{"a user's avatars are listed newest first", func(r *room) {
			user, other := r.someone(), r.someone()
			old := r.avatar(user, "old")
			old.CreatedAt = start.Add(-time.Hour)
			first, second := r.avatar(user, "first"), r.avatar(user, "second")
			r.upload(first, second, old, r.avatar(other, "hers"))
			r.view(func(tx app.Tx) error {
				r.equal("list", try[[]app.Avatar](r, "list")(tx.AvatarsOf(user.ID)), []app.Avatar{second, first, old})
				return nil
			})
		}},
		{"the chosen avatar is shown, else the newest", func(r *room) {
			user := r.someone()
			r.equal("none", r.shown(user.ID), "")
			r.upload(r.avatar(user, "first"), r.avatar(user, "second"))
			r.equal("newest", r.shown(user.ID), "second")
			r.update(func(tx app.Tx) error { return tx.SetAvatar(user.ID, "first") })
			r.equal("chosen", r.shown(user.ID), "first")
			r.equal("its id", r.find(user.ID).AvatarID, "first")
			r.update(func(tx app.Tx) error { return tx.SetAvatar(user.ID, "") })
			r.equal("none chosen", r.shown(user.ID), "second")
			r.update(func(tx app.Tx) error {
				u := try[app.User](r, "find")(tx.FindUser(user.ID))
				u.AvatarID = "first"
				return tx.UpdateUser(u)
			})
			r.equal("chosen by an update", r.shown(user.ID), "first")
			r.update(func(tx app.Tx) error { return tx.DeleteAvatar("first") })
			r.equal("chosen one gone", r.shown(user.ID), "second")
			r.equal("none chosen", r.find(user.ID).AvatarID, "")
		}},
		{"an update writes how far a picture has come", func(r *room) {
			user := r.someone()
			want := r.avatar(user, "a")
			want.Status, want.Format, want.Width, want.Height = app.AvatarProcessing, "", 0, 0
			r.upload(want)
			written := r.avatar(app.User{ID: 999}, "a")
			written.SHA256, written.CreatedAt = "ignored", start.Add(time.Hour)
			written.Status, written.Format, written.Width, written.Height, written.Error = app.AvatarFailed, "jpeg", 3, 4, "broken"
			r.update(func(tx app.Tx) error { return tx.UpdateAvatar(written) })
			want.Status, want.Format, want.Width, want.Height, want.Error = app.AvatarFailed, "jpeg", 3, 4, "broken"
			r.view(func(tx app.Tx) error {
				r.equal("avatar", try[app.Avatar](r, "find")(tx.FindAvatar("a")), want)
				return nil
			})
		}},
		{"the same picture is one avatar a user, unless it failed", func(r *room) {
			user, other := r.someone(), r.someone()
			first := r.avatar(user, "first")
			first.Status = app.AvatarProcessing
			r.upload(first)
			again, theirs := r.avatar(user, "again"), r.avatar(other, "theirs")
			again.SHA256, theirs.SHA256 = first.SHA256, first.SHA256
			r.upload(theirs)
			r.update(func(tx app.Tx) error {
				r.taken("again", tx.InsertAvatar(again), "avatar")
				sameID := r.avatar(other, "first")
				sameID.SHA256 = r.avatar(other, "else").SHA256
				r.taken("same id", tx.InsertAvatar(sameID), "avatar")
				first.Status = app.AvatarFailed
				r.equal("fail", tx.UpdateAvatar(first), error(nil))
				return tx.InsertAvatar(again)
			})
		}},
		{"avatars are read by id in pieces", func(r *room) {
			user, other := r.someone(), r.someone()
			r.upload(r.avatar(user, "b"), r.avatar(other, "c"), r.avatar(user, "a"))
			r.view(func(tx app.Tx) error {
				ids := func(after string, limit int) (ids []string) {
					for _, a := range try[[]app.Avatar](r, "avatars from")(tx.AvatarsFrom(after, limit)) {
						ids = append(ids, a.ID)
					}
					return ids
				}
				r.equal("the first two", ids("", 2), []string{"a", "b"})
				r.equal("the rest", ids("b", 2), []string{"c"})
				r.equal("behind the last", len(ids("c", 2)), 0)
				return nil
			})
		}},
		{"known avatars are told from others", func(r *room) {
			user := r.someone()
			r.upload(r.avatar(user, "a"), r.avatar(user, "b"))
			r.view(func(tx app.Tx) error {
				known := try[map[string]bool](r, "known")(tx.KnownAvatars([]string{"a", "x", "b", ""}))
				r.equal("a, b, x", []bool{known["a"], known["b"], known["x"], known[""]}, []bool{true, true, false, false})
				r.equal("of none", len(try[map[string]bool](r, "none")(tx.KnownAvatars(nil))), 0)
				return nil
			})
		}},
	}
}
