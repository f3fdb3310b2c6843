package storetest

import (
	"time"

	"doorward/app"
)

// key stores a key under the digest of its name.
func (r *room) key(k app.Key) app.Key {
	r.Helper()
	r.update(func(tx app.Tx) (err error) { k.ID, err = tx.InsertKey(k, digest(k.Name)); return err })
	return k
}

// keyNames are the names of the keys that the list gives.
func (r *room) keyNames() []string {
	r.Helper()
	names := []string{}
	r.view(func(tx app.Tx) error {
		all := try[[]app.Key](r, "list")(tx.ListKeys())
		if all == nil {
			r.Errorf("the list is nil")
		}
		for _, k := range all {
			names = append(names, k.Name)
		}
		return nil
	})
	return names
}

func keys() []story {
	return []story{
		{"a key is read back as stored, by id, name and digest and in the list", func(r *room) {
			want := r.key(app.Key{Name: "Shop 1", Role: app.RoleAdmin, CreatedAt: start, LastUsedAt: start.Add(time.Minute)})
			bare := r.key(app.Key{Name: "bare", Role: app.RoleUser, CreatedAt: start.Add(-time.Hour)})
			r.view(func(tx app.Tx) error {
				r.equal("by id", try[app.Key](r, "by id")(tx.FindKey(want.ID)), want)
				r.equal("by name", try[app.Key](r, "by name")(tx.FindKeyByName("sHOP 1")), want)
				r.equal("by digest", try[app.Key](r, "by digest")(tx.KeyByDigest(digest("Shop 1"))), want)
				r.equal("list, newest first", try[[]app.Key](r, "list")(tx.ListKeys()), []app.Key{bare, want})
				_, err := tx.FindKey(bare.ID + 1)
				r.noRow("by another id", err)
				_, err = tx.FindKeyByName("shop")
				r.noRow("by another name", err)
				_, err = tx.KeyByDigest(digest("shop"))
				r.noRow("by another digest", err)
				return nil
			})
		}},
		{"there are no keys at first", func(r *room) {
			r.equal("names", r.keyNames(), []string{})
		}},
		{"a key acts with a role that is there", func(r *room) {
			r.update(func(tx app.Tx) error {
				for _, role := range []string{"", "admin", "Missing"} {
					_, err := tx.InsertKey(app.Key{Name: "k", Role: role, CreatedAt: start}, digest("k"))
					r.noRow("insert for "+role, err)
				}
				_, err := tx.InsertRole(app.Role{Name: "Editor", CreatedAt: start})
				return err
			})
			k := r.key(app.Key{Name: "k", Role: "Editor", CreatedAt: start})
			r.view(func(tx app.Tx) error {
				r.equal("role", try[app.Key](r, "find")(tx.FindKey(k.ID)).Role, "Editor")
				return nil
			})
		}},
		{"a name names one key that works, without regard to case", func(r *room) {
			first := r.key(app.Key{Name: "Shop", Role: app.RoleUser, CreatedAt: start})
			again := app.Key{Name: "sHOP", Role: app.RoleUser, CreatedAt: start}
			r.update(func(tx app.Tx) error {
				_, err := tx.InsertKey(again, digest("again"))
				r.taken("insert", err, "key")
				return nil
			})
			r.update(func(tx app.Tx) error { return tx.RevokeKey(first.ID) })
			r.update(func(tx app.Tx) (err error) { again.ID, err = tx.InsertKey(again, digest("again")); return err })
			if again.ID <= first.ID {
				r.Errorf("id %d follows %d", again.ID, first.ID)
			}
			r.view(func(tx app.Tx) error {
				r.equal("by name", try[app.Key](r, "by name")(tx.FindKeyByName("shop")), again)
				return nil
			})
		}},
		{"a revoked key is not found any more", func(r *room) {
			k := r.key(app.Key{Name: "a", Role: app.RoleOwner, CreatedAt: start})
			r.key(app.Key{Name: "b", Role: app.RoleOwner, CreatedAt: start})
			r.update(func(tx app.Tx) error {
				r.equal("revoke", tx.RevokeKey(k.ID), error(nil))
				r.noRow("again", tx.RevokeKey(k.ID))
				r.noRow("one that never was", tx.RevokeKey(999))
				_, err := tx.FindKey(k.ID)
				r.noRow("by id", err)
				_, err = tx.FindKeyByName("a")
				r.noRow("by name", err)
				_, err = tx.KeyByDigest(digest("a"))
				r.noRow("by digest", err)
				return nil
			})
			r.equal("left", r.keyNames(), []string{"b"})
		}},
		{"being used moves forward only", func(r *room) {
			k := r.key(app.Key{Name: "k", Role: app.RoleUser, CreatedAt: start})
			touch := func(at time.Time) {
				r.update(func(tx app.Tx) error { return tx.TouchKeys(map[int64]time.Time{k.ID: at, 999: at}) })
			}
			used := func() (at time.Time) {
				r.view(func(tx app.Tx) error { at = try[app.Key](r, "find")(tx.FindKey(k.ID)).LastUsedAt; return nil })
				return at
			}
			r.equal("never", used(), time.Time{})
			touch(start)
			r.equal("first", used(), start)
			touch(start.Add(time.Hour))
			r.equal("forward", used(), start.Add(time.Hour))
			touch(start)
			r.equal("back", used(), start.Add(time.Hour))
		}},
	}
}
