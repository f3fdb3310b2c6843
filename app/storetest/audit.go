package storetest

import (
	"errors"
	"time"

	"doorward/app"
)

// entry is a row of the log with every field set.
func (r *room) entry(id int64) app.AuditRow {
	return app.AuditRow{
		ID:           id,
		At:           start.Add(time.Duration(id) * time.Minute),
		Action:       "user.updated",
		ActorKind:    app.ActorUser,
		ActorID:      3,
		TargetID:     4,
		ActorOpen:    []byte(`{"name":"ada"}`),
		ActorSalt:    []byte("salt"),
		ActorDigest:  digest("actor"),
		TargetOpen:   []byte(`{"email":"ada@example.org"}`),
		TargetSalt:   []byte("pepper"),
		TargetDigest: digest("target"),
		MAC:          digest("mac"),
	}
}

func (r *room) log(all ...app.AuditRow) {
	r.Helper()
	r.update(func(tx app.Tx) error {
		for _, row := range all {
			if err := tx.InsertAudit(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// auditIDs are the ids of the rows that read gives.
func (r *room) auditIDs(read func(tx app.Tx) ([]app.AuditRow, error)) []int64 {
	r.Helper()
	ids := []int64{}
	r.view(func(tx app.Tx) error {
		rows, err := read(tx)
		if rows == nil {
			r.Errorf("the list is nil")
		}
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		return err
	})
	return ids
}

func audit() []story {
	return []story{
		{"an empty log has no last row", func(r *room) {
			r.view(func(tx app.Tx) error {
				_, err := tx.LastAudit()
				r.noRow("last", err)
				r.equal("list", try[[]app.AuditRow](r, "list")(tx.ListAudit(app.AuditFilter{Limit: 9})), []app.AuditRow{})
				return nil
			})
		}},
		{"a row is read back as stored, byte for byte, and erased parts as erased", func(r *room) {
			whole, erased := r.entry(1), r.entry(2)
			erased.ActorOpen, erased.ActorSalt, erased.TargetOpen, erased.TargetSalt = nil, nil, nil, nil
			erased.ActorKind, erased.ActorID, erased.TargetID = app.ActorSystem, 0, 0
			r.log(whole)
			r.view(func(tx app.Tx) error {
				r.equal("last", try[app.AuditRow](r, "last")(tx.LastAudit()), whole)
				return nil
			})
			r.log(erased)
			r.view(func(tx app.Tx) error {
				r.equal("last", try[app.AuditRow](r, "last")(tx.LastAudit()), erased)
				r.equal("list", try[[]app.AuditRow](r, "list")(tx.ListAudit(app.AuditFilter{})), []app.AuditRow{erased, whole})
				return nil
			})
		}},
		{"a row gets another value, and nothing else of it changes", func(r *room) {
			want := r.entry(1)
			r.log(want)
			want.MAC = digest("another")
			r.update(func(tx app.Tx) error {
				r.noRow("none there", tx.SetAuditMAC(2, want.MAC))
				return tx.SetAuditMAC(1, want.MAC)
			})
			r.view(func(tx app.Tx) error {
				r.equal("row", try[app.AuditRow](r, "last")(tx.LastAudit()), want)
				return nil
			})
		}},
		{"an id that is in the log is refused", func(r *room) {
			r.log(r.entry(1))
			if err := r.Update(r.Context(), func(tx app.Tx) error { return tx.InsertAudit(r.entry(1)) }); err == nil {
				r.Errorf("a second row was written under the same id")
			}
		}},
		{"the log is listed newest first, by each filter and all together", func(r *room) {
			login, other, last := r.entry(2), r.entry(3), r.entry(4)
			login.Action, other.TargetID = "session.created", 5
			last.At = start // the clock was set back: the order stays that of the ids
			r.log(r.entry(1), login, other, last)
			for _, c := range []struct {
				filter app.AuditFilter
				want   []int64
			}{
				{app.AuditFilter{}, []int64{4, 3, 2, 1}},
				{app.AuditFilter{Limit: 2}, []int64{4, 3}},
				{app.AuditFilter{Before: 3, Limit: 9}, []int64{2, 1}},
				{app.AuditFilter{TargetID: 5}, []int64{3}},
				{app.AuditFilter{TargetID: 4, Limit: 2}, []int64{4, 2}},
				{app.AuditFilter{Action: "session.created"}, []int64{2}},
				{app.AuditFilter{Since: start.Add(2 * time.Minute)}, []int64{3, 2}},
				{app.AuditFilter{Since: start, Limit: 3}, []int64{4, 3, 2}},
				{app.AuditFilter{TargetID: 4, Action: "user.updated", Since: start, Before: 4, Limit: 9}, []int64{1}},
				{app.AuditFilter{Action: "missing"}, []int64{}},
			} {
				r.equal("ids", r.auditIDs(func(tx app.Tx) ([]app.AuditRow, error) { return tx.ListAudit(c.filter) }), c.want)
			}
		}},
		{"what concerns an account is what happened to it and what it did, each row once", func(r *room) {
			own, done, suffered, key, other := r.entry(1), r.entry(2), r.entry(3), r.entry(4), r.entry(5)
			own.TargetID = 3
			done.Action = "user.created"
			suffered.ActorID, suffered.TargetID = 9, 3
			key.ActorKind = app.ActorKey // another row of numbers
			other.ActorID = 9
			r.log(own, done, suffered, key, other)
			for _, c := range []struct {
				filter app.AuditFilter
				want   []int64
			}{
				{app.AuditFilter{UserID: 3}, []int64{3, 2, 1}},
				{app.AuditFilter{UserID: 3, Limit: 2}, []int64{3, 2}},
				{app.AuditFilter{UserID: 3, Before: 3, Limit: 1}, []int64{2}},
				{app.AuditFilter{UserID: 3, Action: "user.updated"}, []int64{3, 1}},
				{app.AuditFilter{UserID: 3, Since: start.Add(2 * time.Minute)}, []int64{3, 2}},
				{app.AuditFilter{UserID: 3, Action: "user.updated", Since: start.Add(2 * time.Minute), Before: 9, Limit: 9}, []int64{3}},
				{app.AuditFilter{UserID: 3, TargetID: 4}, []int64{2}},
				{app.AuditFilter{UserID: 8}, []int64{}},
			} {
				r.equal("ids", r.auditIDs(func(tx app.Tx) ([]app.AuditRow, error) { return tx.ListAudit(c.filter) }), c.want)
			}
		}},
		{"what happened since a time is found whatever the clock did", func(r *room) {
			for i, minute := range []int{10, 30, 20, 40, 15} {
				row := r.entry(int64(i + 1))
				row.At = start.Add(time.Duration(minute) * time.Minute)
				r.log(row)
			}
			for minute, want := range map[int][]int64{9: {5, 4, 3, 2, 1}, 10: {5, 4, 3, 2, 1}, 15: {5, 4, 3, 2}, 18: {4, 3, 2}, 25: {4, 2}, 40: {4}, 41: {}} {
				since := app.AuditFilter{Since: start.Add(time.Duration(minute) * time.Minute)}
				r.equal("ids", r.auditIDs(func(tx app.Tx) ([]app.AuditRow, error) { return tx.ListAudit(since) }), want)
			}
		}},
		{"the log is read oldest first from an entry on", func(r *room) {
			r.log(r.entry(1), r.entry(2), r.entry(4))
			after := func(id int64, limit int) []int64 {
				return r.auditIDs(func(tx app.Tx) ([]app.AuditRow, error) { return tx.AuditAfter(id, limit) })
			}
			r.equal("from the first", after(0, 2), []int64{1, 2})
			r.equal("from the second", after(2, 2), []int64{4})
			r.equal("from the last", after(4, 2), []int64{})
		}},
		{"open parts are erased with their salts, one or both, and again", func(r *room) {
			r.log(r.entry(1), r.entry(2), r.entry(3))
			for range 2 {
				r.update(func(tx app.Tx) error {
					return errors.Join(tx.EraseAudit(1, true, false), tx.EraseAudit(2, false, true), tx.EraseAudit(3, true, true))
				})
			}
			actor, target, both := r.entry(1), r.entry(2), r.entry(3)
			actor.ActorOpen, actor.ActorSalt = nil, nil
			target.TargetOpen, target.TargetSalt = nil, nil
			both.ActorOpen, both.ActorSalt, both.TargetOpen, both.TargetSalt = nil, nil, nil, nil
			r.update(func(tx app.Tx) error {
				r.equal("rows", try[[]app.AuditRow](r, "read")(tx.AuditAfter(0, 9)), []app.AuditRow{actor, target, both})
				r.noRow("missing", tx.EraseAudit(4, true, true))
				return nil
			})
		}},
		{"the oldest rows are deleted up to an entry, a limited number at a time", func(r *room) {
			r.log(r.entry(1), r.entry(2), r.entry(3), r.entry(4))
			remove := func(limit int) (n int) {
				r.update(func(tx app.Tx) (err error) { n, err = tx.DeleteAudit(3, limit); return err })
				return n
			}
			left := func() []int64 {
				return r.auditIDs(func(tx app.Tx) ([]app.AuditRow, error) { return tx.ListAudit(app.AuditFilter{}) })
			}
			r.equal("some", remove(2), 2)
			r.equal("left", left(), []int64{4, 3})
			r.equal("the rest", remove(2), 1)
			r.equal("none", remove(2), 0)
			r.equal("left", left(), []int64{4})
		}},
		{"accounts that are gone are remembered until they are forgotten, longest gone first", func(r *room) {
			note := func(id int64) { r.update(func(tx app.Tx) error { return tx.NoteDeleted(id) }) }
			note(7)
			r.clock.advance(time.Hour)
			note(3)
			note(5)
			gone := func(before time.Time, limit int) (ids []int64) {
				r.view(func(tx app.Tx) (err error) { ids, err = tx.DeletedUsers(before, limit); return err })
				return ids
			}
			r.equal("before", gone(start.Add(-time.Microsecond), 9), []int64{})
			r.equal("just then", gone(start, 9), []int64{7})
			r.equal("later", gone(start.Add(time.Hour), 9), []int64{7, 3, 5})
			r.equal("limited", gone(start.Add(time.Hour), 2), []int64{7, 3})
			r.update(func(tx app.Tx) error { return errors.Join(tx.ForgetDeleted(7), tx.ForgetDeleted(8)) })
			note(3) // again, and as late
			r.equal("left", gone(start.Add(time.Hour), 9), []int64{3, 5})
		}},
	}
}
