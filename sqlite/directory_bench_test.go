package sqlite

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorward/app"
)

var (
	benchUsers = flag.Int("users", 2000, "accounts that BenchmarkDirectory seeds")
	benchKeep  = flag.String("keep", "", "a file that keeps BenchmarkDirectory's accounts for the next run; none: they go with the run")
)

// BenchmarkDirectory measures the directory beside its own first page, in one run, so that a busy machine weighs on both
// sides alike. What it prints is explained in docs/performance.md; with -users 1000000 -keep FILE it is worth a cup of tea.
func BenchmarkDirectory(b *testing.B) {
	s := seeded(b)
	rounds := 200
	b.Run("pages", func(b *testing.B) { benchPages(b, s, rounds) })
	b.Run("filters", func(b *testing.B) { benchFilters(b, s, rounds/4) })
	b.Run("search", func(b *testing.B) { benchSearch(b, s, rounds) })
	b.Run("worst", func(b *testing.B) { benchWorst(b, s) })
	b.Run("size", func(b *testing.B) { benchSize(b, s) })
}

// seedBatch is how many accounts share an Update: its savepoint keeps a copy of each page that they touch.
var seedBatch = 50

// seeds makes accounts as a site of some size has them: few first names, many last names, most at a few providers.
type seeds struct{ random *rand.Rand }

var (
	seedFirst   = strings.Fields("ada grace alan linus maria anna peter paul zoe john mary james robert michael william david richard joseph thomas charles patricia jennifer linda elizabeth barbara susan jessica sarah karen Élodie Łukasz Søren")
	seedParts   = strings.Fields("ba be bi bo bu da de di do du fa fe ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to va ve vi vo wa we")
	seedDomains = strings.Fields("gmail.com gmail.com gmail.com outlook.com yahoo.com example.org university.example mail.example proton.example web.example")
)

func (r seeds) pick(from []string) string { return from[r.random.IntN(len(from))] }

func (r seeds) user(n int) app.User {
	first, last := r.pick(seedFirst), r.pick(seedParts)+r.pick(seedParts)+r.pick(seedParts)
	domain := r.pick(seedDomains)
	if n < *benchUsers/20 {
		domain = "early.example" // whoever was there first, far from the newest
	}
	at := noon.Add(time.Duration(n) * time.Second)
	u := app.User{
		Email: fmt.Sprintf("%s.%s%d@%s", first, last, n, domain), Username: fmt.Sprintf("%s_%d", last, n), FirstName: first, LastName: last,
		IsActive: r.random.IntN(50) > 0, Timezone: "Europe/Paris", Locale: "en-GB", SelfRegistered: true,
		Registration: app.Origin{
			IP: netip.AddrFrom4([4]byte{203, 0, 113, byte(n)}), Country: "France",
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		},
		CreatedAt: at, UpdatedAt: at,
	}
	u.EmailKey, u.UsernameKey = app.EmailKey(u.Email), u.Username
	if r.random.IntN(10) > 0 {
		u.ConfirmedAt, u.LoggedInAt = at.Add(time.Hour), at.Add(time.Hour)
		u.LastSeenAt = at.Add(time.Duration(r.random.IntN(1e6)) * time.Second)
	}
	return u
}

// add stores one account with its password and role, as a registration does.
func (r seeds) add(tx app.Tx, n int) error {
	id, err := tx.InsertUser(r.user(n))
	if err != nil {
		return err
	}
	if err := tx.SetPasswordHash(id, app.Secret("$2a$12$"+strings.Repeat("x", 53))); err != nil {
		return err
	}
	roles := []int64{3}
	switch {
	case n == 0:
		roles = []int64{1}
	case n%1000 == 1:
		roles = []int64{2, 3}
	}
	for _, role := range roles {
		if _, err := tx.AssignRole(id, role); err != nil {
			return err
		}
	}
	return nil
}

// fill adds accounts, some in each Update, and answers how many a second it took of processor time.
func (r seeds) fill(b *testing.B, s *Store, from, to int) float64 {
	b.Helper()
	used := processorTime()
	for n := from; n < to; n += seedBatch {
		err := s.Update(b.Context(), func(tx app.Tx) error {
			for i := n; i < min(n+seedBatch, to); i++ {
				if err := r.add(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return float64(to-from) / (processorTime() - used).Seconds()
}

// seeded opens a store with the accounts in it and its blocks tidied.
func seeded(b *testing.B) *Store {
	b.Helper()
	path := *benchKeep
	if path == "" {
		path = filepath.Join(b.TempDir(), "doorward.db")
	}
	_, err := os.Stat(path)
	s := openAt(b, path, Options{})
	if err != nil {
		seeds{rand.New(rand.NewPCG(1, 2))}.fill(b, s, 0, *benchUsers)
	}
	awaitTidy(b, s)
	return s
}

// awaitTidy finishes what the writer does little by little.
func awaitTidy(t testing.TB, s *Store) {
	t.Helper()
	d := newTidying(usualSizes())
	for !d.rests(0) {
		if err := s.Update(t.Context(), func(tx app.Tx) error { return d.step(asTx(tx)) }); err != nil {
			t.Fatal(err)
		}
	}
}

func asTx(t app.Tx) *tx { return t.(*tx) }

// asked is a way to ask the directory, with a name.
type asked struct {
	name string
	app.UserFilter
}

// took is what an answer took: of time, which a busy machine stretches, and of the processor's, which it hardly does.
type took struct{ wall, processor time.Duration }

func (t took) String() string {
	return fmt.Sprintf("%9s (%9s)", t.processor.Round(time.Microsecond), t.wall.Round(time.Microsecond))
}

// compared runs each of several questions in turn, many times over, and gives the median of each.
func compared(b *testing.B, s *Store, rounds int, questions []asked) []took {
	b.Helper()
	all := make([][]took, len(questions))
	for round := range rounds + 5 {
		for i, q := range questions {
			t := timed(b, s, q.UserFilter)
			if round >= 5 { // connections have prepared their statements by then
				all[i] = append(all[i], t)
			}
		}
	}
	medians := make([]took, len(questions))
	for i := range all {
		medians[i] = quantile(all[i], 2)
	}
	return medians
}

// quantile is the median of each time for 2, the one that a tenth is above for 10, the longest for 0.
func quantile(all []took, part int) took {
	at := len(all) - 1
	if part > 0 {
		at -= len(all) / part
	}
	walls, processors := []time.Duration{}, []time.Duration{}
	for _, t := range all {
		walls, processors = append(walls, t.wall), append(processors, t.processor)
	}
	slices.Sort(walls)
	slices.Sort(processors)
	return took{walls[at], processors[at]}
}

func timed(b *testing.B, s *Store, f app.UserFilter) took {
	b.Helper()
	began, used := time.Now(), processorTime()
	found(b, s, f)
	return took{time.Since(began), processorTime() - used}
}

func found(b *testing.B, s *Store, f app.UserFilter) (list app.UserList) {
	b.Helper()
	err := s.View(b.Context(), func(tx app.Tx) (err error) {
		list, err = tx.ListUsers(f)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// report prints medians beside the first.
func report(questions []asked, medians []took) {
	for i, q := range questions {
		fmt.Printf("    %-44s %s  %5.2f of the first\n", q.name, medians[i], float64(medians[i].processor)/float64(medians[0].processor))
	}
}

// benchPages asks for pages by number and by cursor, in each order, near and far.
func benchPages(b *testing.B, s *Store, rounds int) {
	total := found(b, s, app.UserFilter{Count: 1}).Total
	for _, sort := range []app.UserSort{app.ByCreation, app.ByEmail, app.ByUsername, app.ByLastName, app.ByLastSeen} {
		f := app.UserFilter{Sort: sort, Limit: 10, Count: 1000}
		questions := []asked{{string(sort) + ", first page", f}}
		for _, part := range []int{1, 4, 5, 9} {
			deep := f
			deep.Offset = total / 10 * part
			questions = append(questions, asked{fmt.Sprintf("%s, page %d", sort, deep.Offset/10+1), deep})
		}
		far := f
		far.Offset, far.Limit = total/2, 1
		after := f
		after.After = found(b, s, far).Next
		questions = append(questions, asked{string(sort) + ", by a cursor in the middle", after})
		report(questions, compared(b, s, rounds, questions))
	}
}

// benchFilters does so with filters.
func benchFilters(b *testing.B, s *Store, rounds int) {
	yes, no := true, false
	for name, f := range map[string]app.UserFilter{
		"role User":                {Role: app.RoleUser},
		"role Admin (0.1 %)":       {Role: app.RoleAdmin},
		"inactive (2 %)":           {Active: &no},
		"active, confirmed, User":  {Active: &yes, Confirmed: &yes, Role: app.RoleUser, Sort: app.ByEmail},
		"inactive and unconfirmed": {Active: &no, Confirmed: &no, Sort: app.ByLastName},
	} {
		f.Limit, f.Count = 10, 1000
		deep := f
		deep.Offset = found(b, s, f).Total / 2
		questions := []asked{{name + ", first page", f}, {fmt.Sprintf("%s, page %d", name, deep.Offset/10+1), deep}}
		report(questions, compared(b, s, rounds, questions))
	}
}

// benchSearch looks for parts of what random accounts hold, and gives the median and the worst.
func benchSearch(b *testing.B, s *Store, rounds int) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, letters := range []int{1, 2, 3, 4, 6, 10} {
		for name, f := range map[string]app.UserFilter{
			"newest first": {Limit: 10, Count: 1001}, "by e-mail": {Sort: app.ByEmail, Ascending: true, Limit: 10},
		} {
			var all []took
			var slowest string
			for range rounds {
				u := seeds{random}.user(random.IntN(*benchUsers))
				text := []rune(folded(u.Email + " " + u.FirstName))
				at := random.IntN(len(text) - letters + 1)
				f.Search = string(text[at : at+letters])
				if all = append(all, timed(b, s, f)); quantile(all, 0).processor == all[len(all)-1].processor {
					slowest = f.Search
				}
			}
			fmt.Printf("    %2d letters, %-14s median %s, a tenth above %s, worst %s %q\n",
				letters, name, quantile(all, 2), quantile(all, 10), quantile(all, 0), slowest)
		}
	}
}

// benchWorst looks for what is hard to look for.
func benchWorst(b *testing.B, s *Store) {
	no := false
	for _, q := range []asked{
		{"fits everybody", app.UserFilter{Search: "e"}},
		{"fits everybody", app.UserFilter{Search: "@"}},
		{"fits a third", app.UserFilter{Search: "@gmail.com"}},
		{"fits nobody", app.UserFilter{Search: "aaa"}},
		{"fits nobody", app.UserFilter{Search: "xq"}},
		{"fits nobody", app.UserFilter{Search: "ň"}},
		{"fits nobody, of common parts", app.UserFilter{Search: "gmail.comaria"}},
		{"fits nobody, of common parts", app.UserFilter{Search: "com@gmail"}},
		{"fits the oldest", app.UserFilter{Search: "@early.example"}},
		{"fits the oldest and inactive", app.UserFilter{Search: "@early.example", Active: &no}},
		{"fits the end of the order", app.UserFilter{Search: "zoe", Sort: app.ByEmail, Ascending: true}},
		{"fits the end of the order", app.UserFilter{Search: "zo", Sort: app.ByEmail, Ascending: true}},
		{"fits the end of the order", app.UserFilter{Search: "early", Sort: app.ByLastSeen}},
		{"Admins at a common address", app.UserFilter{Search: "@gmail.com", Role: app.RoleAdmin}},
		{"inactive at a common address", app.UserFilter{Search: "@gmail.com", Active: &no, Sort: app.ByLastName}},
		{"page 100", app.UserFilter{Search: "gmail", Offset: 990}},
	} {
		q.Limit, q.Count = 10, 1001
		took := compared(b, s, 10, []asked{q})[0]
		list := found(b, s, q.UserFilter)
		fmt.Printf("    %-32s %-18q %s  %d of %d\n", q.name, q.Search, took, len(list.Users), list.Total)
	}
}

// benchSize compares what the search takes with the table, and inserting with and without all that this directory keeps.
func benchSize(b *testing.B, s *Store) {
	sizes := map[string]float64{}
	err := s.View(b.Context(), func(t app.Tx) error {
		for _, part := range []string{"users", "users_search%", "directory_blocks", "users_by_%"} {
			n, err := one(asTx(t), "size", value[float64], `SELECT total(pgsize) FROM dbstat WHERE name LIKE $1`, part)
			if err != nil {
				return err
			}
			sizes[part] = n
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, part := range []string{"users", "users_search%", "directory_blocks", "users_by_%"} {
		fmt.Printf("    %-20s %8.1f MB  %5.3f of the table\n", part, sizes[part]/1e6, sizes[part]/sizes["users"])
	}
	n := min(*benchUsers, 20_000)
	random := seeds{rand.New(rand.NewPCG(5, 6))}
	with := random.fill(b, openAt(b, filepath.Join(b.TempDir(), "with.db"), Options{}), 0, n)
	plain := openAt(b, filepath.Join(b.TempDir(), "without.db"), Options{})
	withoutDirectory(b, plain)
	without := random.fill(b, plain, 0, n)
	next := *benchUsers + found(b, s, app.UserFilter{Count: 1}).Total // kept ones may be from earlier runs
	large := random.fill(b, s, next, next+n)
	fmt.Printf("    inserts a second of processor time: %.0f with the directory, %.0f without; %.0f with it into this many\n", with, without, large)
}

// withoutDirectory drops what the directory's migration keeps up to date.
func withoutDirectory(b *testing.B, s *Store) {
	b.Helper()
	err := s.Update(b.Context(), func(t app.Tx) error {
		for _, kind := range []string{"trigger", "index"} {
			names, err := list(asTx(t), "list schema", value[string], `
				SELECT name FROM sqlite_schema
				WHERE type = $1 AND (name LIKE '%directory%' OR name LIKE '%_search' OR name = 'users_created_out_of_order'
					OR name IN ('users_by_username', 'users_by_last_name', 'users_by_last_seen', 'users_by_state'))`, kind)
			if err != nil {
				return err
			}
			for _, name := range names {
				if _, err := asTx(t).exec("drop", `DROP `+kind+` `+name); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
