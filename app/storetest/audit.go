package storetest

import (
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
				ids := []int64{}
				r.view(func(tx app.Tx) error {
					for _, row := range try[[]app.AuditRow](r, "list")(tx.ListAudit(c.filter)) {
						ids = append(ids, row.ID)
					}
					return nil
				})
				r.equal("ids", ids, c.want)
			}
		}},
	}
}
