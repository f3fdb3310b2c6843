package storetest

import (
	"fmt"
	"time"

	"doorward/app"
)

func directory() []story {
	return []story{
		{"the directory is read newest first, by time and then by id", func(r *room) {
			old, same, twin := r.person(), r.person(), r.person()
			old.CreatedAt = start.Add(-time.Hour)
			same, twin, old = r.add(same), r.add(twin), r.add(old)
			got, total := r.directory(app.UserFilter{Limit: 10})
			r.equal("users", got, []app.User{twin, same, old})
			r.equal("total", total, 3)
		}},
		{"pages join without gaps, and past the last is empty", func(r *room) {
			var want []int64
			for range 7 {
				want = append([]int64{r.someone().ID}, want...)
			}
			var got []int64
			for offset := 0; offset < 9; offset += 3 {
				page, total := r.directory(app.UserFilter{Limit: 3, Offset: offset})
				r.equal("total", total, 7)
				for _, u := range page {
					got = append(got, u.ID)
				}
			}
			r.equal("ids", got, want)
			beyond, total := r.directory(app.UserFilter{Limit: 3, Offset: 9})
			r.equal("beyond", beyond, []app.User{})
			r.equal("total", total, 7)
		}},
		{"roles and avatar are listed with each user", func(r *room) {
			user := r.someone()
			avatar := r.avatar(user, "a")
			r.update(func(tx app.Tx) error {
				try[bool](r, "role")(tx.AssignRole(user.ID, r.role(tx, app.RoleUser).ID))
				return tx.InsertAvatar(avatar)
			})
			user.Roles, user.Avatar = []string{app.RoleUser}, &avatar
			got, _ := r.directory(app.UserFilter{Limit: 10})
			r.equal("users", got, []app.User{user})
		}},
		{"a search looks into address, username and names, without regard to case", func(r *room) {
			r.searchable("zed.alpha@example.org", "ZedBeta", "Élodie", "GAMMA-Straße")
			for search, found := range map[string]bool{
				"ed.alp": true, "ALPHA@EXAMPLE": true, "dbet": true, "élo": true, "ÉLODIE": true, "gamma": true, "strasse": true,
				"delta": false, "orgzed": false, "elodie gamma": false, "org\nzed": false,
			} {
				got, total := r.directory(app.UserFilter{Search: search, Limit: 10})
				if (len(got) == 1) != found || total != len(got) {
					r.Errorf("search %q: found %d of %d, want found: %v", search, len(got), total, found)
				}
			}
		}},
		{"percent sign, underscore and backslash are looked for as they are", func(r *room) {
			r.searchable("a1@example.org", "under_score", "100%", "back\\slash")
			r.searchable("a2@example.org", "underscore", "100", "backslash")
			for search, want := range map[string]int{
				"_": 1, "r_s": 1, "%": 1, "0%": 1, `\`: 1, `k\s`: 1, `'`: 0, `"`: 0, "under%": 0, "un_er": 0, "a_@": 0, "100": 2,
			} {
				got, total := r.directory(app.UserFilter{Search: search, Limit: 10})
				r.equal(fmt.Sprintf("search %q", search), []int{len(got), total}, []int{want, want})
			}
		}},
		{"a search counts all and shows a page, newest first", func(r *room) {
			var want []int64
			for n := range 5 {
				want = append([]int64{r.searchable(fmt.Sprintf("hit%d@example.org", n), fmt.Sprintf("hit%d", n), "", "").ID}, want...)
				r.searchable(fmt.Sprintf("other%d@example.org", n), fmt.Sprintf("other%d", n), "", "")
			}
			page, total := r.directory(app.UserFilter{Search: "HIT", Limit: 2, Offset: 1})
			r.equal("total", total, 5)
			r.equal("ids", []int64{page[0].ID, page[1].ID}, want[1:3])
			none, total := r.directory(app.UserFilter{Search: "missing", Limit: 2})
			r.equal("none", none, []app.User{})
			r.equal("total", total, 0)
		}},
		{"a search finds what an update wrote and not what it replaced", func(r *room) {
			user := r.searchable("before@example.org", "before", "Before", "")
			user.Email, user.EmailKey, user.Username, user.UsernameKey, user.FirstName = "after@x", "after@x", "after", "after", ""
			r.update(func(tx app.Tx) error { return tx.UpdateUser(user) })
			_, before := r.directory(app.UserFilter{Search: "before", Limit: 1})
			_, after := r.directory(app.UserFilter{Search: "after", Limit: 1})
			r.equal("before, after", []int{before, after}, []int{0, 1})
		}},
		{"what a search finds is in the order of creation, though the clock was put back", func(r *room) {
			var want []int64
			for n := range 20 {
				user := r.person()
				user.CreatedAt = start.Add(time.Duration(n*7%20) * time.Hour)
				r.add(user)
			}
			all, _ := r.directory(app.UserFilter{Limit: 20})
			for _, u := range all {
				want = append(want, u.ID)
			}
			found, _ := r.directory(app.UserFilter{Search: "@example.org", Limit: 20})
			r.equal("found", idsOf(found), want)
			page, _ := r.directory(app.UserFilter{Search: "@example.org", Limit: 5, Offset: 10})
			r.equal("page", idsOf(page), want[10:15])
			r.view(func(tx app.Tx) error {
				first := try[app.UserList](r, "first page")(tx.ListUsers(app.UserFilter{Search: "@example.org", Limit: 10}))
				rest := try[app.UserList](r, "rest")(tx.ListUsers(app.UserFilter{Search: "@example.org", Limit: 20, After: first.Next}))
				r.equal("rest", idsOf(rest.Users), want[10:])
				return nil
			})
		}},
		{"whatever happens, every list is as if all were looked at", directoryModel(1, true)},
		{"also where the clock was put back again and again", directoryModel(2, false)},
	}
}

func (r *room) directory(f app.UserFilter) (found []app.User, total int) {
	r.Helper()
	r.view(func(tx app.Tx) (err error) {
		f.Count = 1000
		list, err := tx.ListUsers(f)
		found, total = list.Users, list.Total
		return err
	})
	return found, total
}

func (r *room) searchable(email, username, first, last string) app.User {
	r.Helper()
	user := r.person()
	user.Email, user.EmailKey, user.Username, user.UsernameKey = email, email, username, username
	user.FirstName, user.LastName = first, last
	return r.add(user)
}
