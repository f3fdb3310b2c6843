package sqlite

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"doorward/app"
	"doorward/app/storetest"
)

// smallBlocks make a directory of a few hundred accounts as deep as a million usually do.
func smallBlocks() blockSizes { return blockSizes{levelAccounts: 4, levelBlocks: 20} }

// smallEffort makes a search among them go every way that one among a million goes.
func smallEffort() searchEffort {
	return searchEffort{gather: 6, follow: 3, many: 30, walk: 12, probe: 10}
}

// tidied is a store whose blocks are cut and joined after every Update, not only when the writer comes to it.
type tidied struct {
	*Store
	mu sync.Mutex
	d  tidying
}

func (s *tidied) Update(ctx context.Context, fn func(app.Tx) error) error {
	if err := s.Store.Update(ctx, fn); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.Update(context.WithoutCancel(ctx), func(t app.Tx) error {
		for range 20 {
			if err := s.d.step(asTx(t)); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestStoreKeepsTheContractWithBlocksOfAnySize(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) app.Store {
		s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{Now: now, blocks: smallBlocks(), effort: smallEffort()})
		return &tidied{Store: s, d: newTidying(smallBlocks())}
	})
}

// blockKey names what one block counts: for everybody or a role, in one state.
type blockKey struct {
	sort, level int
	role        int64
	begins      string
	state       int
}

// checkBlocks recounts every block from the accounts themselves, and answers how many blocks of level 1 each order has.
func checkBlocks(t *testing.T, s *Store, sizes blockSizes, tidy bool) (blocks int) {
	t.Helper()
	counted, recounted := map[blockKey]int{}, map[blockKey]int{}
	err := s.View(t.Context(), func(tx app.Tx) error {
		for _, o := range orders {
			bounds := map[int][]place{}
			for _, level := range []int{levelAccounts, levelBlocks} {
				rows, err := list(asTx(tx), "blocks", func(row scanner) (struct{}, error) {
					var c counts
					var begins place
					err := row.Scan(&begins.key, &begins.id, &c.role, &c.n[0], &c.n[1], &c.n[2], &c.n[3])
					if c.role == 0 {
						bounds[level] = append(bounds[level], begins)
						if n := c.n[0] + c.n[1] + c.n[2] + c.n[3]; tidy && n > 2*sizes[level] {
							t.Errorf("a block of order %d, level %d holds %d", o.number, level, n)
						}
					}
					for state, n := range c.n {
						if n != 0 {
							counted[blockKey{o.number, level, c.role, fmt.Sprint(begins), state}] = n
						}
					}
					return struct{}{}, err
				}, `SELECT key, id, role, n0, n1, n2, n3 FROM directory_blocks WHERE sort = $1 AND level = $2 ORDER BY key, id`, o.number, level)
				if err != nil || len(rows) == 0 {
					return fmt.Errorf("no blocks of order %d: %w", o.number, err)
				}
			}
			for _, b := range bounds[levelBlocks] {
				if !slices.ContainsFunc(bounds[levelAccounts], func(p place) bool { return fmt.Sprint(p) == fmt.Sprint(b) }) {
					t.Errorf("order %d: a block of level 2 begins at %v, where none of level 1 does", o.number, b)
				}
			}
			blocks += len(bounds[levelAccounts]) - 1 // the end is none
			_, err := list(asTx(tx), "places", func(row scanner) (struct{}, error) {
				var p place
				var role int64
				var state int
				err := row.Scan(&p.key, &p.id, &state, &role)
				for level, all := range bounds {
					i, _ := slices.BinarySearchFunc(all, p, func(b, p place) int {
						if p.before(b) {
							return 1
						}
						return -1
					})
					recounted[blockKey{o.number, level, role, fmt.Sprint(all[i-1]), state}]++
				}
				return struct{}{}, err
			}, `SELECT p.key, p.id, p.state, r.role FROM directory_places p
				JOIN (SELECT id AS user_id, 0 AS role FROM users UNION ALL SELECT user_id, role_id FROM role_assignments) r ON r.user_id = p.id
				WHERE p.sort = $1`, o.number)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(counted, recounted) {
		t.Errorf("blocks count\n%v, which are\n%v", counted, recounted)
	}
	return blocks
}

// crowd adds accounts, half of them nameless and never seen, so that many keys are alike.
func crowd(t *testing.T, s app.Store, from, to int) {
	t.Helper()
	random := rand.New(rand.NewPCG(uint64(from), 1))
	err := s.Update(t.Context(), func(tx app.Tx) error {
		for n := from; n < to; n++ {
			u := seeds{random}.user(n)
			u.CreatedAt = noon
			if n%2 == 0 {
				u.LastName, u.LastSeenAt = "", time.Time{}
			}
			id, err := tx.InsertUser(u)
			if err != nil {
				return err
			}
			if _, err := tx.AssignRole(id, int64(1+n%3)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tidyFully cuts and joins until there is nothing to do.
func tidyFully(t *testing.T, s *Store, sizes blockSizes) {
	t.Helper()
	d := newTidying(sizes)
	for range 1000 {
		if d.rests(0) {
			return
		}
		if err := s.Update(t.Context(), func(tx app.Tx) error { return d.step(asTx(tx)) }); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("tidying does not come to rest")
}

func TestBlocksAreCutAsAccountsComeAndJoinedAsTheyGo(t *testing.T) {
	t.Parallel()
	sizes := smallBlocks()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{blocks: sizes})
	crowd(t, s, 0, 400)
	checkBlocks(t, s, sizes, false)
	tidyFully(t, s, sizes)
	full := checkBlocks(t, s, sizes, true)
	if full < 5*400/8 {
		t.Errorf("400 accounts lie in %d blocks of all orders", full)
	}
	err := s.Update(t.Context(), func(tx app.Tx) error {
		for id := int64(1); id <= 400; id++ {
			if id%20 == 0 {
				continue
			}
			if err := tx.DeleteUser(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkBlocks(t, s, sizes, false)
	tidyFully(t, s, sizes)
	if left := checkBlocks(t, s, sizes, true); left > full/4 {
		t.Errorf("20 accounts of 400 lie in %d blocks, of %d before", left, full)
	}
}

func TestPeopleWhoAreSeenLeaveNoTrailOfEmptyBlocks(t *testing.T) {
	t.Parallel()
	sizes := smallBlocks()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{blocks: sizes})
	crowd(t, s, 0, 60)
	tidyFully(t, s, sizes)
	before := checkBlocks(t, s, sizes, true)
	for day := range 20 {
		err := s.Update(t.Context(), func(tx app.Tx) error {
			seen := map[int64]time.Time{}
			for id := int64(1); id <= 60; id++ {
				if (int(id)+day)%3 > 0 {
					seen[id] = noon.AddDate(1, 0, day).Add(time.Duration(id) * time.Minute)
				}
			}
			return tx.TouchUsers(seen)
		})
		if err != nil {
			t.Fatal(err)
		}
		tidyFully(t, s, sizes)
	}
	if after := checkBlocks(t, s, sizes, true); after > before+20 {
		t.Errorf("there were %d blocks and are %d", before, after)
	}
}

func TestTheWriterTidiesBetweenBatches(t *testing.T) {
	t.Parallel()
	sizes := smallBlocks()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{blocks: sizes})
	crowd(t, s, 0, 300)
	largest := func() (n int) {
		err := s.View(t.Context(), func(tx app.Tx) (err error) {
			n, err = one(asTx(tx), "largest", value[int], `SELECT max(n0 + n1 + n2 + n3) FROM directory_blocks WHERE level = 1 AND role = 0`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(30 * time.Second)
	for largest() > 2*sizes[levelAccounts] {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("the largest block still holds %d", largest())
		}
	}
	checkBlocks(t, s, sizes, false)
}

func TestARoleTakesItsBlocksAlong(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "doorward.db"), Options{})
	var role int64
	blocks := func() (n int) {
		err := s.View(t.Context(), func(tx app.Tx) (err error) {
			n, err = one(asTx(tx), "blocks", value[int], `SELECT count(*) FROM directory_blocks WHERE role = $1`, role)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	crowd(t, s, 0, 2)
	err := s.Update(t.Context(), func(tx app.Tx) (err error) {
		if role, err = tx.InsertRole(app.Role{Name: "Editor"}); err == nil {
			_, err = tx.AssignRole(1, role)
		}
		return err
	})
	if err != nil || blocks() != 10 {
		t.Fatalf("%d blocks of a role, %v", blocks(), err)
	}
	err = s.Update(t.Context(), func(tx app.Tx) error {
		if _, err := tx.RemoveRole(1, role); err != nil {
			return err
		}
		return tx.DeleteRole(role)
	})
	if err != nil || blocks() != 0 {
		t.Errorf("%d blocks of a deleted role, %v", blocks(), err)
	}
}
