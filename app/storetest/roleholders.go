package storetest

import (
	"fmt"
	"slices"

	"doorward/app"
)

func roleHolders() []story {
	return []story{
		{"counts follow every way in which users and assignments come and go", func(r *room) {
			r.counted(0, 0, 0)
			first, second := r.someone(), r.someone()
			r.counted(2, 0, 0)
			r.give(first, app.RoleAdmin, app.RoleUser)
			r.give(second, app.RoleUser)
			r.give(second, app.RoleUser) // changes nothing
			r.counted(2, 1, 2)
			r.update(func(tx app.Tx) error {
				try[bool](r, "take")(tx.RemoveRole(second.ID, r.role(tx, app.RoleUser).ID))
				return nil
			})
			r.counted(2, 1, 1)
			r.update(func(tx app.Tx) error { return tx.DeleteUser(first.ID) })
			r.counted(1, 0, 0)
			_ = r.Update(r.Context(), func(tx app.Tx) error {
				try[bool](r, "give")(tx.AssignRole(second.ID, r.role(tx, app.RoleAdmin).ID))
				try[int64](r, "add")(tx.InsertUser(r.person()))
				r.equal("inside", try[int](r, "count")(tx.CountUsers()), 2)
				return errUndo
			})
			r.counted(1, 0, 0)
		}},
		{"users without a role are the active ones, by id", func(r *room) {
			first, inactive, holder, last := r.someone(), r.person(), r.someone(), r.someone()
			inactive.IsActive = false
			inactive = r.add(inactive)
			r.give(holder, "Editor", app.RoleUser)
			r.roleless([]int64{first.ID, last.ID}, 0, 10)
			r.roleless([]int64{first.ID}, 0, 1)
			r.roleless([]int64{last.ID}, first.ID, 10)
			r.roleless([]int64{}, last.ID, 10)
			inactive.IsActive = true
			r.update(func(tx app.Tx) error {
				try[bool](r, "take one of two")(tx.RemoveRole(holder.ID, r.role(tx, "Editor").ID))
				return tx.UpdateUser(inactive)
			})
			r.roleless([]int64{first.ID, last.ID, inactive.ID}, 0, 10)
			r.update(func(tx app.Tx) error {
				try[bool](r, "take the last")(tx.RemoveRole(holder.ID, r.role(tx, app.RoleUser).ID))
				return tx.DeleteUser(first.ID)
			})
			r.roleless([]int64{holder.ID, last.ID, inactive.ID}, 0, 10)
		}},
		{"the users with a role are read by e-mail, whether few hold it or all", func(r *room) {
			var all, few []string
			for n := range 30 {
				user := r.person()
				user.EmailKey = fmt.Sprintf("%02d@example.org", (n*17)%30) // in an order of its own
				user.IsActive = n%2 == 0
				user = r.add(user)
				all = append(all, user.EmailKey)
				r.give(user, app.RoleUser)
				if n%10 == 0 {
					few = append(few, user.EmailKey)
					r.give(user, "Editor")
				}
			}
			slices.Sort(all)
			slices.Sort(few)
			r.withRole("all", app.RoleUser, 100, 0, all)
			r.withRole("a page", app.RoleUser, 7, 7, all[7:14])
			r.withRole("the last page", app.RoleUser, 7, 28, all[28:])
			r.withRole("past the last page", app.RoleUser, 7, 35, []string{})
			r.withRole("far past", app.RoleUser, 100, 100_000_000_000, []string{})
			r.withRole("few", "Editor", 100, 0, few)
			r.withRole("a page of few", "Editor", 1, 1, few[1:2])
			r.withRole("past the few", "Editor", 100, 100, []string{})
			r.withRole("none", app.RoleOwner, 100, 0, []string{})
			r.view(func(tx app.Tx) error {
				r.equal("of no role", try[[]app.User](r, "list")(tx.ListUsersWithRole(999, 10, 0)), []app.User{})
				return nil
			})
		}},
	}
}

// counted checks the kept counts: of all users, and of those with the roles Admin and User.
func (r *room) counted(all, admins, users int) {
	r.Helper()
	r.view(func(tx app.Tx) error {
		got := []int{
			try[int](r, "count")(tx.CountUsers()), r.role(tx, app.RoleAdmin).UserCount, r.role(tx, app.RoleUser).UserCount,
		}
		r.equal("all, admins, users", got, []int{all, admins, users})
		return nil
	})
}

func (r *room) roleless(want []int64, after int64, limit int) {
	r.Helper()
	r.view(func(tx app.Tx) error {
		r.equal("without a role", try[[]int64](r, "list")(tx.UsersWithoutRole(after, limit)), want)
		return nil
	})
}

func (r *room) withRole(what, role string, limit, offset int, want []string) {
	r.Helper()
	r.view(func(tx app.Tx) error {
		got := []string{}
		for _, u := range try[[]app.User](r, what)(tx.ListUsersWithRole(r.role(tx, role).ID, limit, offset)) {
			got = append(got, u.EmailKey)
			r.equal("roles of each", slices.Contains(u.Roles, role), true)
		}
		r.equal(what, got, want)
		return nil
	})
}
