package storetest

import (
	"time"

	"doorward/app"
)

func (r *room) role(tx app.Tx, name string) app.Role {
	r.Helper()
	return try[app.Role](r, "find role "+name)(tx.FindRole(name))
}

// give assigns roles by name, made when they are not there.
func (r *room) give(user app.User, names ...string) {
	r.Helper()
	r.update(func(tx app.Tx) error {
		for _, name := range names {
			role, err := tx.FindRole(name)
			if err != nil {
				role.ID, err = tx.InsertRole(app.Role{Name: name, CreatedAt: tx.Now()})
			}
			if err != nil {
				return err
			}
			if _, err := tx.AssignRole(user.ID, role.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func roles() []story {
	return []story{
		{"a new store has the three system roles, in their order", func(r *room) {
			r.view(func(tx app.Tx) error {
				var names []string
				for _, role := range try[[]app.Role](r, "list")(tx.ListRoles()) {
					names = append(names, role.Name)
					r.equal("is system", role.IsSystem, true)
					r.equal("count", role.UserCount, 0)
				}
				r.equal("names", names, []string{app.RoleOwner, app.RoleAdmin, app.RoleUser})
				return nil
			})
		}},
		{"a role is read back as stored, with the count of those who hold it", func(r *room) {
			want := app.Role{Name: "Editor's-choice 1", Description: "Edits", CreatedAt: start.Add(time.Microsecond)}
			r.update(func(tx app.Tx) (err error) { want.ID, err = tx.InsertRole(want); return err })
			user, inactive := r.someone(), r.person()
			inactive.IsActive = false
			inactive = r.add(inactive)
			r.give(user, want.Name)
			r.give(inactive, want.Name)
			want.UserCount = 2
			r.view(func(tx app.Tx) error {
				r.equal("role", r.role(tx, want.Name), want)
				r.equal("last in the list", try[[]app.Role](r, "list")(tx.ListRoles())[3], want)
				return nil
			})
		}},
		{"custom roles follow the system's, by name", func(r *room) {
			user := r.someone()
			r.give(user, "Zebra", "Apple", app.RoleUser, "Mango", app.RoleOwner, app.RoleAdmin)
			want := []string{app.RoleOwner, app.RoleAdmin, app.RoleUser, "Apple", "Mango", "Zebra"}
			r.equal("user's", r.find(user.ID).Roles, want)
			r.view(func(tx app.Tx) error {
				var names []string
				for _, role := range try[[]app.Role](r, "list")(tx.ListRoles()) {
					names = append(names, role.Name)
				}
				r.equal("all", names, want)
				return nil
			})
		}},
		{"a role is looked up exactly and unique without regard to case", func(r *room) {
			r.update(func(tx app.Tx) error {
				for _, name := range []string{"owner", "OWNER", "Own", "", "Missing"} {
					_, err := tx.FindRole(name)
					r.noRow("find "+name, err)
				}
				_, err := tx.InsertRole(app.Role{Name: "oWNER"})
				r.taken("insert", err, "role")
				return nil
			})
		}},
		{"giving and taking a role tell whether anything changed", func(r *room) {
			user := r.someone()
			r.update(func(tx app.Tx) error {
				admin := r.role(tx, app.RoleAdmin).ID
				r.equal("give", try[bool](r, "give")(tx.AssignRole(user.ID, admin)), true)
				r.equal("give again", try[bool](r, "again")(tx.AssignRole(user.ID, admin)), false)
				r.equal("take", try[bool](r, "take")(tx.RemoveRole(user.ID, admin)), true)
				r.equal("take again", try[bool](r, "again")(tx.RemoveRole(user.ID, admin)), false)
				_, err := tx.AssignRole(999, admin)
				r.noRow("to nobody", err)
				_, err = tx.AssignRole(user.ID, 999)
				r.noRow("of no role", err)
				return nil
			})
			r.equal("roles", r.find(user.ID).Roles, []string{})
		}},
		{"the first with a role is the oldest, active or not", func(r *room) {
			r.someone()
			first, second := r.person(), r.someone()
			first.IsActive = false
			first = r.add(first) // a higher id than second's
			r.give(first, app.RoleOwner)
			r.give(second, app.RoleOwner)
			first = r.find(first.ID)
			r.view(func(tx app.Tx) error {
				r.equal("first", try[app.User](r, "first")(tx.FirstUserWithRole(app.RoleOwner)).ID, second.ID)
				_, err := tx.FirstUserWithRole("owner")
				r.noRow("by another case", err)
				return nil
			})
			r.update(func(tx app.Tx) error { return tx.DeleteUser(second.ID) })
			r.view(func(tx app.Tx) error {
				r.equal("next", try[app.User](r, "next")(tx.FirstUserWithRole(app.RoleOwner)), first)
				return nil
			})
		}},
		{"only the active count as active", func(r *room) {
			user, inactive := r.someone(), r.person()
			inactive.IsActive = false
			inactive = r.add(inactive)
			r.give(user, app.RoleOwner, app.RoleUser)
			r.give(inactive, app.RoleOwner)
			r.view(func(tx app.Tx) error {
				for name, want := range map[string]int{app.RoleOwner: 1, app.RoleUser: 1, app.RoleAdmin: 0, "owner": 0, "Missing": 0} {
					r.equal(name, try[int](r, name)(tx.CountActive(name)), want)
				}
				return nil
			})
		}},
	}
}
