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
		{"a role's name and description are written, its name still unique", func(r *room) {
			role := app.Role{Name: "Editor", Description: "Edits", CreatedAt: start}
			r.update(func(tx app.Tx) (err error) { role.ID, err = tx.InsertRole(role); return err })
			user := r.someone()
			r.give(user, "Editor")
			role.Name, role.Description, role.UserCount = "EDITOR", "", 1
			r.update(func(tx app.Tx) error {
				r.taken("to another's name", tx.UpdateRole(app.Role{ID: role.ID, Name: "admin"}), "role")
				r.noRow("of no role", tx.UpdateRole(app.Role{ID: 999, Name: "Nothing"}))
				return tx.UpdateRole(role)
			})
			r.view(func(tx app.Tx) error {
				r.equal("role", r.role(tx, "EDITOR"), role)
				_, err := tx.FindRole("Editor")
				r.noRow("by the old name", err)
				return nil
			})
			r.equal("roles of who holds it", r.find(user.ID).Roles, []string{"EDITOR"})
		}},
		{"a role is deleted, and in use while somebody holds it", func(r *room) {
			user := r.someone()
			r.give(user, "Editor")
			r.update(func(tx app.Tx) error {
				role := r.role(tx, "Editor")
				r.equal("in use", try[bool](r, "in use")(tx.RoleInUse(role.ID)), true)
				try[bool](r, "take")(tx.RemoveRole(user.ID, role.ID))
				r.equal("in use", try[bool](r, "in use")(tx.RoleInUse(role.ID)), false)
				r.equal("no role is", try[bool](r, "in use")(tx.RoleInUse(999)), false)
				r.noRow("delete no role", tx.DeleteRole(999))
				if err := tx.DeleteRole(role.ID); err != nil {
					return err
				}
				_, err := tx.FindRole("Editor")
				r.noRow("find", err)
				id := try[int64](r, "make it anew")(tx.InsertRole(role))
				if id == role.ID {
					r.Errorf("the id %d was given again", id)
				}
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
