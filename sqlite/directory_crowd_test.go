package sqlite

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"doorward/app"
)

// TestTheDirectoryHoldsWhileEverybodyMoves lets twenty at once add, see, confirm, promote and delete accounts while others
// read: each list is of one moment, and what blocks count is right in the end.
func TestTheDirectoryHoldsWhileEverybodyMoves(t *testing.T) {
	t.Parallel()
	sizes := smallBlocks()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{blocks: sizes, effort: smallEffort()})
	crowd(t, s, 0, 200)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 9))
			for n := range 8 {
				if err := s.Update(t.Context(), func(tx app.Tx) error { return moveSomebody(tx, random, 1000*(i+1)+n) }); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 10))
			for range 2 {
				walkAtOnce(t, s, random)
			}
		})
	}
	all.Wait()
	checkBlocks(t, s, sizes, false)
	isWhole(t, s)
}

// TestTheDirectoryHoldsWhileTheShellMovesPeopleToo lets two processes take turns, each of which remembers something of the
// search's index.
func TestTheDirectoryHoldsWhileTheShellMovesPeopleToo(t *testing.T) {
	t.Parallel()
	sizes := smallBlocks()
	path := filepath.Join(t.TempDir(), "doorward.db")
	server := openAt(t, path, Options{blocks: sizes, effort: smallEffort()})
	crowd(t, server, 0, 200)
	shell := openAt(t, path, Options{blocks: sizes, effort: smallEffort(), AsItIs: true})
	random := rand.New(rand.NewPCG(1, 11))
	for n := range 60 {
		by := []*Store{server, shell}[random.IntN(2)]
		if err := by.Update(t.Context(), func(tx app.Tx) error { return moveSomebody(tx, random, 1000+n) }); err != nil {
			t.Error(err)
		}
		walkAtOnce(t, server, random)
		walkAtOnce(t, shell, random)
	}
	checkBlocks(t, server, sizes, false)
	isWhole(t, server)
}

// moveSomebody does one thing to the directory.
func moveSomebody(tx app.Tx, random *rand.Rand, n int) error {
	id := 1 + random.Int64N(200)
	u, err := tx.FindUser(id)
	switch what := random.IntN(5); {
	case err == app.ErrNoRow || what == 0:
		return seeds{random}.add(tx, n)
	case err != nil:
		return err
	case what == 1:
		return tx.DeleteUser(id)
	case what == 2:
		return tx.TouchUsers(map[int64]time.Time{id: noon.AddDate(1, 0, n)})
	case what == 3:
		_, err := tx.AssignRole(id, 1+random.Int64N(3))
		return err
	}
	u.IsActive, u.LastName = !u.IsActive, u.LastName+"x"
	return tx.UpdateUser(u)
}

// walkAtOnce reads one list by pages and by cursor in one View, where both must be the same.
func walkAtOnce(t *testing.T, s *Store, random *rand.Rand) {
	active := random.IntN(2) == 0
	f := app.UserFilter{
		Sort: []app.UserSort{app.ByCreation, app.ByEmail, app.ByUsername, app.ByLastName, app.ByLastSeen}[random.IntN(5)], Ascending: random.IntN(2) == 0,
		Active: []*bool{nil, &active}[random.IntN(2)], Role: []string{"", app.RoleUser}[random.IntN(2)], Search: []string{"", "an", "@example.org"}[random.IntN(3)],
		Limit: 40, Count: 10_000,
	}
	err := s.View(t.Context(), func(tx app.Tx) error {
		var paged, walked []int64
		for page := f; ; page.Offset += page.Limit {
			found, err := tx.ListUsers(page)
			if err != nil {
				return err
			}
			if len(found.Users) == 0 {
				if len(paged) != found.Total {
					t.Errorf("%+v: %d on pages, %d counted", f, len(paged), found.Total)
				}
				break
			}
			for _, u := range found.Users {
				paged = append(paged, u.ID)
			}
		}
		for after := f; ; {
			found, err := tx.ListUsers(after)
			if err != nil {
				return err
			}
			for _, u := range found.Users {
				walked = append(walked, u.ID)
			}
			if after.After = found.Next; after.After == nil {
				break
			}
		}
		if !slices.Equal(paged, walked) {
			t.Errorf("%+v: pages %v, cursor %v", f, paged, walked)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
