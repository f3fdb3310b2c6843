package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"doorward/app"
)

// model is what the directory should be: users in memory, sorted and filtered by looking at each.
type model struct {
	random *rand.Rand
	steady bool // the clock was never put back
	users  map[int64]app.User
}

// letters make few names, so that many are alike.
var letters = []string{"an", "na", "li", "Zo", "é", "_", "%"}

func (m *model) name() string {
	return letters[m.random.IntN(len(letters))] + letters[m.random.IntN(len(letters))] + letters[m.random.IntN(len(letters))]
}

// draw gives a user random values, from few, in all that the directory looks at.
func (m *model) draw(r *room, u app.User) app.User {
	r.made++
	u.Email = fmt.Sprintf("%s%d@example.org", m.name(), r.made)
	u.EmailKey = strings.ToLower(u.Email)
	u.Username, u.UsernameKey = "", ""
	if m.random.IntN(4) > 0 {
		u.Username = fmt.Sprintf("%s%d", m.name(), r.made)
		u.UsernameKey = strings.ToLower(u.Username)
	}
	u.FirstName, u.LastName = "", ""
	if m.random.IntN(3) > 0 {
		u.FirstName, u.LastName = m.name(), m.name()
	}
	u.IsActive = m.random.IntN(3) > 0
	u.ConfirmedAt = time.Time{}
	if m.random.IntN(2) > 0 {
		u.ConfirmedAt = start
	}
	return u
}

func (m *model) instant() time.Time { return start.Add(time.Duration(m.random.IntN(20)) * time.Hour) }

func (m *model) insert(r *room, tx app.Tx) {
	u := m.draw(r, r.person())
	u.CreatedAt, u.LastSeenAt = m.instant(), time.Time{}
	if m.steady {
		u.CreatedAt = start.Add(time.Duration(r.made/3) * time.Second)
	}
	if m.random.IntN(3) > 0 {
		u.LastSeenAt = m.instant()
	}
	u.ID = try[int64](r, "insert")(tx.InsertUser(u))
	m.users[u.ID] = u
	for range m.random.IntN(3) {
		m.assign(r, tx, u.ID)
	}
}

var modelRoles = []string{app.RoleOwner, app.RoleUser, app.RoleUser, app.RoleUser, "Rare"}

func (m *model) assign(r *room, tx app.Tx, id int64) {
	name := modelRoles[m.random.IntN(len(modelRoles))]
	u := m.users[id]
	if try[bool](r, "assign")(tx.AssignRole(id, r.role(tx, name).ID)) {
		u.Roles = append(slices.Clone(u.Roles), name)
		m.users[id] = u
	}
}

func (m *model) remove(r *room, tx app.Tx, id int64) {
	u := m.users[id]
	if len(u.Roles) > 0 && try[bool](r, "remove")(tx.RemoveRole(id, r.role(tx, u.Roles[0]).ID)) {
		u.Roles = u.Roles[1:]
		m.users[id] = u
	}
}

// change does one thing to somebody.
func (m *model) change(r *room, tx app.Tx) {
	if len(m.users) < 40 || m.random.IntN(3) == 0 {
		m.insert(r, tx)
		return
	}
	ids := m.ids()
	id := ids[m.random.IntN(len(ids))]
	u := m.users[id]
	switch m.random.IntN(6) {
	case 0:
		r.equal("delete", tx.DeleteUser(id), error(nil))
		delete(m.users, id)
	case 1:
		m.assign(r, tx, id)
	case 2:
		m.remove(r, tx, id)
	case 3:
		if at := m.instant(); at.After(u.LastSeenAt) {
			u.LastSeenAt = at
		}
		r.equal("touch", tx.TouchUsers(map[int64]time.Time{id: u.LastSeenAt}), error(nil))
		m.users[id] = u
	default:
		u = m.draw(r, u)
		r.equal("update", tx.UpdateUser(u), error(nil))
		m.users[id] = u
	}
}

func (m *model) ids() []int64 {
	ids := []int64{}
	for id := range m.users {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// compare is an order of users, ascending.
func compare(by app.UserSort, a, b app.User) int {
	never := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.UnixMicro()
	}
	fold := func(s string) string { return strings.ToLower(s) } // as good as folding, for these letters
	order := map[app.UserSort]int{
		app.ByCreation: a.CreatedAt.Compare(b.CreatedAt),
		app.ByEmail:    strings.Compare(a.EmailKey, b.EmailKey),
		app.ByUsername: strings.Compare(a.UsernameKey, b.UsernameKey),
		app.ByLastName: strings.Compare(fold(a.LastName), fold(b.LastName)),
		app.ByLastSeen: cmp.Compare(never(a.LastSeenAt), never(b.LastSeenAt)),
	}[by]
	return cmp.Or(order, cmp.Compare(a.ID, b.ID))
}

// list is who fits a filter, in its order, all of them.
func (m *model) list(f app.UserFilter) []int64 {
	var fit []app.User
	for _, u := range m.users {
		found := f.Search == ""
		for _, field := range []string{u.Email, u.Username, u.FirstName, u.LastName} {
			found = found || strings.Contains(strings.ToLower(field), strings.ToLower(f.Search))
		}
		if found && (f.Role == "" || u.HasRole(f.Role)) && (f.Active == nil || *f.Active == u.IsActive) && (f.Confirmed == nil || *f.Confirmed == u.IsConfirmed()) {
			fit = append(fit, u)
		}
	}
	slices.SortFunc(fit, func(a, b app.User) int {
		if f.Ascending {
			return compare(f.Sort, a, b)
		}
		return compare(f.Sort, b, a)
	})
	ids := []int64{}
	for _, u := range fit {
		ids = append(ids, u.ID)
	}
	return ids
}

// filter draws one of all the filters and orders there are.
func (m *model) filter() app.UserFilter {
	yes, no := true, false
	choice := []*bool{nil, nil, nil, &yes, &no}
	return app.UserFilter{
		Search:    []string{"", "", "", "a", "é", "_", "an", "zo", "ana", "1@", "@example.org", "example", "an1", "missing"}[m.random.IntN(14)],
		Role:      []string{"", "", "", "", app.RoleOwner, app.RoleUser, "Rare", "Unknown"}[m.random.IntN(8)],
		Active:    choice[m.random.IntN(5)],
		Confirmed: choice[m.random.IntN(5)],
		Sort:      []app.UserSort{app.ByCreation, app.ByEmail, app.ByUsername, app.ByLastName, app.ByLastSeen}[m.random.IntN(5)],
		Ascending: m.random.IntN(2) == 0,
	}
}

// agrees holds one filter's list against the model: its pages by number, and by walking from place to place.
func (m *model) agrees(r *room, tx app.Tx, f app.UserFilter) {
	want := m.list(f)
	what := fmt.Sprintf("%+v", f)
	f.Limit = 1 + m.random.IntN(20)
	for _, offset := range []int{0, m.random.IntN(len(want) + 1), len(want) / f.Limit * f.Limit, len(want), len(want) + 1, 1 << 40} {
		page := f
		page.Offset, page.Count = offset, 10_000
		got := try[app.UserList](r, what)(tx.ListUsers(page))
		from := min(offset, len(want))
		r.equal(fmt.Sprintf("%s from %d", what, offset), idsOf(got.Users), want[from:min(from+f.Limit, len(want))])
		r.equal(what+" total", got.Total, len(want))
		r.equal(what+" more", got.Next != nil, from+f.Limit < len(want))
	}
	walked := []int64{}
	for {
		got := try[app.UserList](r, what)(tx.ListUsers(f))
		walked = append(walked, idsOf(got.Users)...)
		if f.After = got.Next; f.After == nil || len(walked) > len(want) {
			break
		}
	}
	r.equal(what+" walked", walked, want)
}

func idsOf(users []app.User) []int64 {
	ids := []int64{}
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

// directoryModel tells one long story of chance, the same at each run.
func directoryModel(seed uint64, steady bool) func(*room) {
	return func(r *room) {
		m := &model{random: rand.New(rand.NewPCG(seed, 0)), steady: steady, users: map[int64]app.User{}}
		r.update(func(tx app.Tx) error {
			_, err := tx.InsertRole(app.Role{Name: "Rare", CreatedAt: tx.Now()})
			return err
		})
		for range 6 {
			r.update(func(tx app.Tx) error {
				for range 100 {
					m.change(r, tx)
				}
				return nil
			})
			r.view(func(tx app.Tx) error {
				for range 30 {
					if m.agrees(r, tx, m.filter()); r.Failed() {
						break
					}
				}
				return nil
			})
			if r.Failed() {
				r.Fatalf("with seed %d", seed)
			}
		}
	}
}
