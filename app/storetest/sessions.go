package storetest

import (
	"net/netip"
	"slices"
	"time"

	"doorward/app"
)

// session is a session of a user, good for an hour.
func (r *room) session(u app.User, id string) app.Session {
	now := r.clock.Now()
	return app.Session{
		ID:            id,
		UserID:        u.ID,
		CreatedAt:     now,
		LastSeenAt:    now.Add(time.Minute),
		ExpiresAt:     now.Add(time.Hour),
		Remember:      true,
		IP:            netip.MustParseAddr("203.0.113.9"),
		UserAgent:     "Mozilla/5.0",
		UserAgentHash: digest("Mozilla/5.0"),
	}
}

// open stores sessions, each under the digest of its id.
func (r *room) open(all ...app.Session) {
	r.Helper()
	r.update(func(tx app.Tx) error {
		for _, s := range all {
			if err := tx.InsertSession(s, digest(s.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// sessionIDs are the ids of a user's sessions that the list gives.
func (r *room) sessionIDs(userID int64, now, seenSince time.Time) []string {
	r.Helper()
	ids := []string{}
	r.view(func(tx app.Tx) error {
		all, err := tx.ListSessions(userID, now, seenSince)
		if all == nil {
			r.Errorf("the list is nil")
		}
		for _, s := range all {
			ids = append(ids, s.ID)
		}
		return err
	})
	return ids
}

// pages asks for a page of everybody's sessions.
func (r *room) pages(f app.SessionFilter, total app.Total, want ...string) {
	r.Helper()
	ids := []string{}
	r.view(func(tx app.Tx) error {
		page, got, err := tx.PageSessions(f)
		if page == nil {
			r.Errorf("the list is nil")
		}
		for _, s := range page {
			ids = append(ids, s.ID)
		}
		r.equal("total", got, total)
		return err
	})
	r.equal("ids", ids, append([]string{}, want...))
}

func sessions() []story {
	return []story{
		{"a session is read back as stored, by id, by digest and in the list", func(r *room) {
			user := r.someone()
			r.give(user, app.RoleAdmin, app.RoleUser)
			avatar := r.avatar(user, "a")
			r.update(func(tx app.Tx) error { return tx.InsertAvatar(avatar) })
			user.Roles, user.Avatar = []string{app.RoleAdmin, app.RoleUser}, &avatar
			want := r.session(user, "s")
			bare := app.Session{ID: "bare", UserID: user.ID, CreatedAt: start.Add(-time.Minute), ExpiresAt: start.Add(time.Hour)}
			r.open(want, bare)
			r.view(func(tx app.Tx) error {
				r.equal("by id", try[app.Session](r, "by id")(tx.FindSession("s")), want)
				r.equal("list", try[[]app.Session](r, "list")(tx.ListSessions(user.ID, start, time.Time{})), []app.Session{want, bare})
				return nil
			})
			for _, s := range []app.Session{want, bare} {
				gotSession, gotUser, err := r.SessionByDigest(r.Context(), digest(s.ID))
				r.equal("error", err, error(nil))
				r.equal("session by digest", gotSession, s)
				r.equal("its user", gotUser, user)
			}
		}},
		{"a session that is over is still found, but not listed", func(r *room) {
			user := r.someone()
			r.open(r.session(user, "s"))
			over := start.Add(time.Hour) // its last moment is not its own
			r.equal("just before", r.sessionIDs(user.ID, over.Add(-time.Microsecond), time.Time{}), []string{"s"})
			r.equal("over", r.sessionIDs(user.ID, over, time.Time{}), []string{})
			r.clock.advance(2 * time.Hour)
			_, _, err := r.SessionByDigest(r.Context(), digest("s"))
			r.equal("by digest", err, error(nil))
			r.view(func(tx app.Tx) error { _, err := tx.FindSession("s"); return err })
		}},
		{"a session that is not there is no row", func(r *room) {
			_, _, err := r.SessionByDigest(r.Context(), digest("missing"))
			r.noRow("by digest", err)
			r.update(func(tx app.Tx) error {
				_, err := tx.FindSession("missing")
				r.noRow("by id", err)
				r.noRow("delete", tx.DeleteSession(1, "missing"))
				r.noRow("for nobody", tx.InsertSession(r.session(app.User{ID: 999}, "s"), digest("s")))
				_, err = tx.NoteFingerprint("missing", digest("pair"))
				r.noRow("note", err)
				return nil
			})
		}},
		{"sessions are listed newest first, each user's own", func(r *room) {
			user, other := r.someone(), r.someone()
			old := r.session(user, "old")
			old.CreatedAt = start.Add(-time.Hour)
			r.open(r.session(user, "first"), r.session(user, "second"), old, r.session(other, "other"))
			r.equal("ids", r.sessionIDs(user.ID, start, time.Time{}), []string{"second", "first", "old"})
		}},
		{"an idle session is not listed", func(r *room) {
			user := r.someone()
			seen, unseen := r.session(user, "seen"), r.session(user, "unseen")
			unseen.LastSeenAt = time.Time{} // counts from when it was made
			r.open(unseen, seen)
			r.equal("at the limit", r.sessionIDs(user.ID, start, start), []string{"seen", "unseen"})
			r.equal("one idle", r.sessionIDs(user.ID, start, start.Add(time.Microsecond)), []string{"seen"})
			r.equal("both idle", r.sessionIDs(user.ID, start, start.Add(time.Minute+time.Microsecond)), []string{})
		}},
		{"everybody's sessions are paged newest first, valid ones or all", func(r *room) {
			user, other := r.someone(), r.someone()
			expired, idle, fresh := r.session(user, "expired"), r.session(other, "idle"), r.session(user, "fresh")
			expired.CreatedAt, expired.ExpiresAt = start.Add(3*time.Hour), start.Add(4*time.Hour)
			idle.CreatedAt, idle.LastSeenAt, idle.ExpiresAt = start.Add(2*time.Hour), time.Time{}, start.Add(9*time.Hour)
			fresh.LastSeenAt, fresh.ExpiresAt = start.Add(4*time.Hour), start.Add(9*time.Hour)
			fresh2 := fresh
			fresh2.ID, fresh2.UserID = "fresh2", other.ID
			r.open(fresh, expired, fresh2, idle)
			now, since := start.Add(4*time.Hour), start.Add(2*time.Hour)
			for _, c := range []struct {
				filter app.SessionFilter
				total  int
				want   []string
			}{
				{app.SessionFilter{Limit: 9}, 4, []string{"expired", "idle", "fresh2", "fresh"}},
				{app.SessionFilter{Now: now, Limit: 9}, 3, []string{"idle", "fresh2", "fresh"}},
				{app.SessionFilter{Now: now, SeenSince: since, Limit: 9}, 3, []string{"idle", "fresh2", "fresh"}},
				{app.SessionFilter{Now: now, SeenSince: since.Add(time.Microsecond), Limit: 9}, 2, []string{"fresh2", "fresh"}},
				{app.SessionFilter{Now: now, Limit: 2, Offset: 1}, 3, []string{"fresh2", "fresh"}},
				{app.SessionFilter{Now: now, Limit: 2, Offset: 3}, 3, []string{}},
				{app.SessionFilter{UserID: user.ID, Limit: 9}, 2, []string{"expired", "fresh"}},
				{app.SessionFilter{UserID: user.ID, Now: now, SeenSince: since, Limit: 9}, 1, []string{"fresh"}},
				{app.SessionFilter{UserID: 999, Limit: 9}, 0, []string{}},
			} {
				r.pages(c.filter, app.Total{Count: c.total}, c.want...)
			}
		}},
		{"sessions are found by their accounts", func(r *room) {
			user, other := r.someone(), r.someone() // Ada1 and Ada2
			r.open(r.session(user, "a"), r.session(other, "b"), r.session(user, "c"))
			for search, want := range map[string][]string{
				"ada1@EXAMPLE": {"c", "a"}, "ada2": {"b"}, "łOVELACE": {"c", "b", "a"}, "%": {}, "nobody": {}, "ada1\nada1": {},
			} {
				r.pages(app.SessionFilter{Search: search, Now: start, Limit: 9}, app.Total{Count: len(want)}, want...)
			}
			r.pages(app.SessionFilter{Search: "ada", Now: start, Limit: 1, Offset: 1}, app.Total{Count: 3}, "b")
		}},
		{"sessions are counted, and who has them, and the new ones", func(r *room) {
			user, other, third := r.someone(), r.someone(), r.someone()
			old, expired, idle := r.session(user, "old"), r.session(third, "expired"), r.session(other, "idle")
			old.CreatedAt = start.Add(-time.Microsecond)
			expired.ExpiresAt = start
			idle.LastSeenAt = start.Add(-time.Hour)
			r.open(old, expired, idle, r.session(user, "new"))
			counts := func(seenSince time.Time) (stats app.SessionStats) {
				r.view(func(tx app.Tx) (err error) { stats, err = tx.CountSessions(start, seenSince, start); return err })
				return stats
			}
			r.equal("all valid", counts(time.Time{}), app.SessionStats{Active: 3, Users: 2, Today: 2})
			r.equal("not idle", counts(start), app.SessionStats{Active: 2, Users: 1, Today: 1})
		}},
		{"one session is deleted, and only by its user", func(r *room) {
			user, other := r.someone(), r.someone()
			r.open(r.session(user, "a"), r.session(user, "b"))
			r.update(func(tx app.Tx) error {
				r.noRow("by another", tx.DeleteSession(other.ID, "a"))
				r.equal("by its user", tx.DeleteSession(user.ID, "a"), error(nil))
				r.noRow("again", tx.DeleteSession(user.ID, "a"))
				return nil
			})
			r.equal("left", r.sessionIDs(user.ID, start, time.Time{}), []string{"b"})
		}},
		{"all sessions but one are deleted and named", func(r *room) {
			user, other := r.someone(), r.someone()
			r.open(r.session(user, "a"), r.session(user, "b"), r.session(user, "c"), r.session(other, "other"))
			deleted := func(except string) (ids []string) {
				r.update(func(tx app.Tx) (err error) { ids, err = tx.DeleteSessions(user.ID, except); return err })
				slices.Sort(ids)
				return ids
			}
			r.equal("but b", deleted("b"), []string{"a", "c"})
			r.equal("left", r.sessionIDs(user.ID, start, time.Time{}), []string{"b"})
			r.equal("all", deleted(""), []string{"b"})
			r.equal("none left", deleted(""), []string{})
			r.equal("another's", r.sessionIDs(other.ID, start, time.Time{}), []string{"other"})
		}},
		{"being seen moves forward only", func(r *room) {
			user := r.someone()
			unseen := r.session(user, "unseen")
			unseen.LastSeenAt = time.Time{}
			want := r.session(user, "s")
			r.open(want, unseen)
			seen := func(id string) (at time.Time) {
				r.view(func(tx app.Tx) error { at = try[app.Session](r, id)(tx.FindSession(id)).LastSeenAt; return nil })
				return at
			}
			touch := func(at time.Time) {
				r.update(func(tx app.Tx) error {
					return tx.TouchSessions(map[string]time.Time{"s": at, "unseen": at, "missing": at})
				})
			}
			touch(start.Add(time.Hour))
			r.equal("forward", seen("s"), start.Add(time.Hour))
			r.equal("first", seen("unseen"), start.Add(time.Hour))
			touch(start)
			r.equal("back", seen("s"), start.Add(time.Hour))
		}},
		{"expired sessions are removed, a limited number at a time, with their users named", func(r *room) {
			user := r.someone()
			good := r.session(user, "good")
			good.ExpiresAt = start.Add(time.Hour + time.Microsecond)
			r.open(good, r.session(user, "a"), r.session(user, "b"), r.session(user, "c"))
			remove := func(limit int) (ids []string) {
				r.update(func(tx app.Tx) error {
					for _, s := range try[[]app.Session](r, "delete")(tx.DeleteExpiredSessions(start.Add(time.Hour), time.Time{}, limit)) {
						r.equal("user", s.UserID, user.ID)
						ids = append(ids, s.ID)
					}
					return nil
				})
				return ids
			}
			removed := append(remove(2), remove(2)...)
			slices.Sort(removed)
			r.equal("removed", removed, []string{"a", "b", "c"})
			r.equal("nothing more", len(remove(2)), 0)
			r.equal("left", r.sessionIDs(user.ID, start, time.Time{}), []string{"good"})
		}},
		{"idle sessions are removed where there is an idle limit", func(r *room) {
			user := r.someone()
			fresh, unseen, idle, expired := r.session(user, "fresh"), r.session(user, "unseen"), r.session(user, "idle"), r.session(user, "expired")
			unseen.LastSeenAt = time.Time{}
			unseen.CreatedAt = start.Add(-time.Hour)
			idle.LastSeenAt = start.Add(-time.Microsecond)
			expired.ExpiresAt = start
			fresh.LastSeenAt = start
			r.open(fresh, unseen, idle, expired)
			var count int
			remove := func(idleSince time.Time, limit int) {
				r.update(func(tx app.Tx) error {
					removed := try[[]app.Session](r, "delete")(tx.DeleteExpiredSessions(start, idleSince, limit))
					if removed == nil {
						r.Errorf("the list is nil")
					}
					count = len(removed)
					return nil
				})
			}
			remove(start, 2)
			r.equal("limited", count, 2)
			remove(start, 2)
			r.equal("the rest", count, 1)
			remove(time.Time{}, 2)
			r.equal("none", count, 0)
			r.equal("left", r.sessionIDs(user.ID, start, time.Time{}), []string{"fresh"})
		}},
		{"a differing pair is noted once a session", func(r *room) {
			user := r.someone()
			r.open(r.session(user, "a"), r.session(user, "b"))
			note := func(id, pair string) (first bool) {
				r.update(func(tx app.Tx) (err error) { first, err = tx.NoteFingerprint(id, digest(pair)); return err })
				return first
			}
			r.equal("first", note("a", "x"), true)
			r.equal("again", note("a", "x"), false)
			r.equal("another pair", note("a", "y"), true)
			r.equal("another session", note("b", "x"), true)
			r.update(func(tx app.Tx) error { return tx.DeleteSession(user.ID, "a") })
			r.open(r.session(user, "a"))
			r.equal("forgotten with its session", note("a", "x"), true)
		}},
	}
}
