package sqlite

import (
	"fmt"
	"math"

	"doorward/app"
)

// Blocks grow where accounts come and shrink where they go, or move away as those do that are seen again. What they count
// is right at any size; keeping them near one size keeps adding them up quick. The writer does a little of it between
// batches (writer.tidy).

// blockSizes are how many accounts the blocks of each level hold: those above twice that are cut, those below a quarter of
// it are joined with the one before.
type blockSizes map[int]int

// usualSizes let a page be found among a million accounts by adding up a hundred numbers twice.
func usualSizes() blockSizes { return blockSizes{levelAccounts: 100, levelBlocks: 10_000} }

const (
	// tidyLook is how many blocks are looked at in one go, and tidyMost how many are cut or joined: some 10 ms of work.
	tidyLook = 1000
	tidyMost = 32
)

// tidying goes round all blocks, a stretch at a time.
type tidying struct {
	sizes       blockSizes
	sort, level int
	behind      place // of the blocks that were looked at; without a key at the beginning of a level
	more        bool  // the last stretch was not done with
	quiet       int   // levels gone through since anything changed
	seen        int   // what the store had committed by then
}

func newTidying(sizes blockSizes) tidying {
	return tidying{sizes: sizes, sort: 1, level: levelAccounts}
}

// giveUp rests until something is committed.
func (d *tidying) giveUp() { d.quiet = math.MaxInt }

// rests tells that a whole round found nothing to do and that nothing was committed since it began.
func (d *tidying) rests(committed int) bool {
	if d.seen != committed {
		d.seen, d.quiet = committed, 0
	}
	return d.quiet > len(d.sizes)*len(orders)
}

// step cuts and joins blocks of the next stretch.
func (d *tidying) step(t *tx) error {
	k := keeper{t: t, order: orderOf(d.sort), level: d.level, size: d.sizes[d.level]}
	if d.behind.key == nil {
		d.behind = k.order.start()
	}
	blocks, err := list(t, "look at blocks", scanBlock, lookQuery, d.sort, d.level, d.behind.key, d.behind.id, tidyLook)
	if err != nil {
		return err
	}
	for i := 0; i < len(blocks) && k.changes < tidyMost; i++ {
		d.behind = blocks[i].begins
		if err := k.tidy(blocks, i); err != nil {
			return err
		}
	}
	d.more = k.changes >= tidyMost
	if k.changes > 0 {
		d.quiet = 0
	}
	if len(blocks) < tidyLook && !d.more {
		d.nextLevel()
	}
	return nil
}

func (d *tidying) nextLevel() {
	d.behind = place{}
	d.quiet++
	if d.level++; d.level > levelBlocks {
		d.level = levelAccounts
		d.sort = d.sort%len(orders) + 1
	}
}

func orderOf(number int) order {
	for _, o := range orders {
		if o.number == number {
			return o
		}
	}
	panic("sqlite: no order of that number")
}

const (
	lookQuery = `
		SELECT key, id, n0 + n1 + n2 + n3
		FROM directory_blocks
		WHERE sort = $1 + 0 AND level = $2 + 0 AND role = 0 AND (key, id) > ($3, $4) AND key <> x'ff'
		ORDER BY key, id
		LIMIT $5 + 0`

	// everyList are the lists that blocks are kept for: everybody and each role.
	everyList = `role IN (SELECT 0 UNION ALL SELECT id FROM roles)`

	// thisBlock is one block, with what it counts for every list.
	thisBlock  = `sort = $1 + 0 AND level = $2 + 0 AND ` + everyList + ` AND key = $3 AND id = $4 + 0`
	countsOf   = `SELECT role, n0, n1, n2, n3 FROM directory_blocks WHERE ` + thisBlock
	dropQuery  = `DELETE FROM directory_blocks WHERE ` + thisBlock
	boundQuery = `SELECT EXISTS (SELECT 1 FROM directory_blocks WHERE sort = $1 + 0 AND level = $2 + 0 AND role = 0 AND key = $3 AND id = $4 + 0)`
	addQuery   = `
		INSERT INTO directory_blocks (sort, level, role, key, id, n0, n1, n2, n3)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (sort, level, role, key, id) DO UPDATE SET
			n0 = n0 + excluded.n0, n1 = n1 + excluded.n1, n2 = n2 + excluded.n2, n3 = n3 + excluded.n3`

	// groupQuery gives the blocks of level 1 in a block of level 2.
	groupQuery = `
		SELECT key, id, n0 + n1 + n2 + n3
		FROM directory_blocks
		WHERE sort = $1 + 0 AND level = 1 AND role = 0 AND (key, id) >= ($2, $3) AND (key, id) < ($4, $5)
		ORDER BY key, id`
	groupCounts = `
		SELECT role, sum(n0), sum(n1), sum(n2), sum(n3)
		FROM directory_blocks
		WHERE sort = $1 + 0 AND level = 1 AND ` + everyList + ` AND (key, id) >= ($2, $3) AND (key, id) < ($4, $5)
		GROUP BY role`
)

const stateCounts = `count(*) FILTER (WHERE u.state = 0), count(*) FILTER (WHERE u.state = 1), count(*) FILTER (WHERE u.state = 2), count(*) FILTER (WHERE u.state = 3)`

// accountCounts counts the accounts in a span, for every list.
func (o order) accountCounts() string {
	users := `users u INDEXED BY ` + o.index
	return `SELECT 0, ` + stateCounts + ` FROM ` + users + ` WHERE ` + o.within() + `
		UNION ALL
		SELECT ra.role_id, ` + stateCounts + ` FROM ` + users + ` CROSS JOIN role_assignments ra
		WHERE ` + o.within() + ` AND ra.user_id = u.id
		GROUP BY ra.role_id`
}

// counts are what a block counts for one list: everybody (role 0) or a role.
type counts struct {
	role int64
	n    [4]int
}

func scanCounts(row scanner) (c counts, err error) {
	err = row.Scan(&c.role, &c.n[0], &c.n[1], &c.n[2], &c.n[3])
	return c, err
}

// block is one block, with how many accounts it holds.
type block struct {
	begins place
	n      int
}

func scanBlock(row scanner) (b block, err error) {
	err = row.Scan(&b.begins.key, &b.begins.id, &b.n)
	return b, err
}

// keeper changes blocks of one order and level.
type keeper struct {
	t       *tx
	order   order
	level   int
	size    int
	changes int
}

// tidy brings one of a row of blocks nearer to its size.
func (k *keeper) tidy(blocks []block, i int) error {
	b := &blocks[i]
	for b.n > 2*k.size && k.changes < tidyMost {
		rest, err := k.cut(*b)
		if err != nil || rest.n == b.n {
			return err
		}
		*b = rest
		k.changes++
	}
	if i == 0 || b.n >= k.size/4 || b.n+blocks[i-1].n > k.size*3/2 {
		return nil
	}
	joined, err := k.join(blocks[i-1], *b)
	if err == nil && joined {
		blocks[i] = block{blocks[i-1].begins, blocks[i-1].n + b.n}
		k.changes++
	}
	return err
}

// cut leaves a block as many accounts as its size from its beginning and makes a new one of the rest, which it answers.
// A block that can't be cut, since the one below it is to be cut first, is answered as it is.
func (k *keeper) cut(b block) (block, error) {
	ends, err := one(k.t, "find the next block", scanPlace, followingQuery, k.order.number, k.level, b.begins.key, b.begins.id)
	if err != nil {
		return b, err
	}
	at, possible, err := k.cutAt(b.begins, ends)
	if err != nil || !possible {
		return b, err
	}
	kept, err := k.countsBetween(b.begins, at)
	if err != nil {
		return b, err
	}
	all, err := list(k.t, "read a block", scanCounts, countsOf, k.order.number, k.level, b.begins.key, b.begins.id)
	if err != nil {
		return b, err
	}
	if _, err := k.t.exec("cut a block", dropQuery, k.order.number, k.level, b.begins.key, b.begins.id); err != nil {
		return b, err
	}
	rest := block{begins: at}
	for _, c := range all {
		left := kept[c.role]
		for state, n := range left {
			c.n[state] -= n
		}
		if c.role == 0 {
			rest.n = c.n[0] + c.n[1] + c.n[2] + c.n[3]
		}
		if err := k.add(b.begins, counts{c.role, left}); err != nil {
			return b, err
		}
		if err := k.add(at, c); err != nil {
			return b, err
		}
	}
	return rest, nil
}

// add counts into a block, which is made where it is not there. Blocks of a role that would hold nobody are not made.
func (k *keeper) add(begins place, c counts) error {
	if c.role != 0 && c.n == [4]int{} {
		return nil
	}
	_, err := k.t.exec("count into a block", addQuery,
		k.order.number, k.level, c.role, begins.key, begins.id, c.n[0], c.n[1], c.n[2], c.n[3])
	return err
}

// cutAt is where the rest begins: as many accounts behind the beginning as the size says, and for a block of level 2 where
// one of level 1 begins.
func (k *keeper) cutAt(begins, ends place) (at place, possible bool, err error) {
	if k.level == levelAccounts {
		b := justBefore(begins)
		at, err = one(k.t, "find where to cut a block", scanPlace, k.order.farQuery("ASC"), b.key, b.id, ends.key, ends.id, k.size)
		if err == app.ErrNoRow {
			return at, false, nil
		}
		return at, err == nil, err
	}
	blocks, err := list(k.t, "look into a block", scanBlock, groupQuery, k.order.number, begins.key, begins.id, ends.key, ends.id)
	n := 0
	for _, b := range blocks {
		if n >= k.size {
			return b.begins, true, nil
		}
		n += b.n
	}
	return at, false, err
}

// countsBetween counts what lies between two places, for every list.
func (k *keeper) countsBetween(from, to place) (map[int64][4]int, error) {
	query, args := groupCounts, []any{k.order.number, from.key, from.id, to.key, to.id}
	if k.level == levelAccounts {
		b := justBefore(from)
		query, args = k.order.accountCounts(), []any{b.key, b.id, to.key, to.id}
	}
	found, err := list(k.t, "count into a block", scanCounts, query, args...)
	if err != nil {
		return nil, fmt.Errorf("count what a block keeps: %w", err)
	}
	byRole := map[int64][4]int{}
	for _, c := range found {
		byRole[c.role] = c.n
	}
	return byRole, nil
}

// join moves what a block counts into the one before it. Where a block of level 2 begins with it, it stays.
func (k *keeper) join(into, b block) (bool, error) {
	if k.level == levelAccounts {
		bound, err := one(k.t, "look for a bound", value[bool], boundQuery, k.order.number, levelBlocks, b.begins.key, b.begins.id)
		if err != nil || bound {
			return false, err
		}
	}
	all, err := list(k.t, "read a block", scanCounts, countsOf, k.order.number, k.level, b.begins.key, b.begins.id)
	if err != nil {
		return false, err
	}
	if _, err := k.t.exec("join blocks", dropQuery, k.order.number, k.level, b.begins.key, b.begins.id); err != nil {
		return false, err
	}
	for _, c := range all {
		if err := k.add(into.begins, c); err != nil {
			return false, err
		}
	}
	return true, nil
}
