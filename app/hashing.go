package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashWait is how much work may wait for a hashing slot; beyond it somebody is told to come back. It is also how long the
// last of them waits, and how long after a storm the next comes at once.
const hashWait = time.Second

// hashPool bounds how many passwords are hashed at one time and how much hashing may wait, so that a storm of logins takes
// neither the machine nor the session checks with it. Sources (clients' addresses) take turns: who sends a thousand logins
// waits behind their own, and where there is no more room it is their newest that is sent away.
type hashPool struct {
	cost   int
	slots  int
	thread func() (done func()) // called once on each thread that hashes and nothing else; nil: any thread hashes
	once   sync.Once
	fake   Secret

	hashed atomic.Int64 // pieces of hashing begun since the start
	rounds atomic.Int64 // of bcrypt, for passwords that were compared: what a comparison costs, whatever the machine
	each   atomic.Int64 // nanoseconds that one took lately

	mu      sync.Mutex
	running int
	waiting int
	sources map[string]*hashSource
	turns   []*hashSource // those with waiting work, in the order in which they come next
}

// hashSource is who waits, and with what, oldest first.
type hashSource struct {
	key   string
	tasks []*hashTask
}

// hashTask is one piece of work; done gets its answer once.
type hashTask struct {
	fn   func() error
	done chan error
}

// newHashPool makes a pool of slots (0: one a core) that hashes at a bcrypt cost.
func newHashPool(cost, slots int, thread func() (done func())) *hashPool {
	if slots <= 0 {
		slots = runtime.GOMAXPROCS(0)
	}
	return &hashPool{cost: cost, slots: slots, thread: thread, sources: map[string]*hashSource{}}
}

// run does one piece of hashing for a source in its turn, or answers `overloaded`. What fn returns is returned. Once begun
// it goes on to its end, whatever becomes of ctx.
func (p *hashPool) run(ctx context.Context, source string, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	task := &hashTask{fn: fn, done: make(chan error, 1)}
	if !p.enter(source, task) {
		return errOverloaded
	}
	select {
	case err := <-task.done:
		return err
	case <-ctx.Done():
		if p.leave(source, task) {
			return ctx.Err()
		}
		return <-task.done
	}
}

// enter starts a task or puts it behind those of its source; not ok where there is no room and nobody holds more of it.
func (p *hashPool) enter(source string, task *hashTask) (ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running < p.slots {
		p.running++
		go p.work(task)
		return true
	}
	from := p.sources[source]
	if p.waiting >= p.room() {
		longest := p.givingWay(from)
		if longest == nil {
			return false
		}
		last := len(longest.tasks) - 1
		longest.tasks[last].done <- errOverloaded
		longest.tasks = longest.tasks[:last]
		p.waiting--
	}
	if from == nil {
		from = &hashSource{key: source}
		p.sources[source] = from
		p.turns = append(p.turns, from)
	}
	from.tasks = append(from.tasks, task)
	p.waiting++
	return true
}

// isFull tells, without a place being taken, that a source would be sent away now: what comes before hashing can be spared
// then.
func (p *hashPool) isFull(source string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running >= p.slots && p.waiting >= p.room() && p.givingWay(p.sources[source]) == nil
}

// givingWay is the source whose newest task makes room for one more of another (nil: which has none waiting); nil when nobody
// has more waiting than that.
func (p *hashPool) givingWay(to *hashSource) *hashSource {
	longest := p.longest()
	if longest == nil || to != nil && len(longest.tasks) <= len(to.tasks) || len(longest.tasks) < 2 {
		return nil
	}
	return longest
}

// room is how many tasks may wait.
func (p *hashPool) room() int {
	each := max(p.each.Load(), int64(time.Microsecond))
	return int(int64(hashWait) * int64(p.slots) / each)
}

func (p *hashPool) longest() (longest *hashSource) {
	for _, s := range p.turns {
		if longest == nil || len(s.tasks) > len(longest.tasks) {
			longest = s
		}
	}
	return longest
}

// leave takes a task back that has not begun.
func (p *hashPool) leave(source string, task *hashTask) (ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := p.sources[source]
	if from == nil {
		return false
	}
	for i, one := range from.tasks {
		if one == task {
			from.tasks = append(from.tasks[:i], from.tasks[i+1:]...)
			p.waiting--
			if len(from.tasks) == 0 {
				p.forget(from)
			}
			return true
		}
	}
	return false
}

// forget takes a source out that waits for nothing.
func (p *hashPool) forget(s *hashSource) {
	delete(p.sources, s.key)
	for i, one := range p.turns {
		if one == s {
			p.turns = append(p.turns[:i], p.turns[i+1:]...)
			return
		}
	}
}

// next is the oldest task of the source whose turn it is; nil, and one worker less, when nothing waits.
func (p *hashPool) next() *hashTask {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.turns) == 0 {
		p.running--
		return nil
	}
	s := p.turns[0]
	task := s.tasks[0]
	s.tasks = s.tasks[1:]
	p.waiting--
	p.turns = p.turns[1:]
	if len(s.tasks) > 0 {
		p.turns = append(p.turns, s)
	} else {
		delete(p.sources, s.key)
	}
	return task
}

// work does tasks until nothing waits. A thread that was changed for it ends with it.
func (p *hashPool) work(task *hashTask) {
	if p.thread != nil {
		runtime.LockOSThread()
		defer p.thread()()
	}
	for ; task != nil; task = p.next() {
		p.hashed.Add(1)
		began := time.Now() // how long a core works: no rule depends on it
		err := task.do()
		took := int64(time.Since(began))
		p.each.Store((p.each.Load()*7 + took) / 8)
		task.done <- err
	}
}

func (t *hashTask) do() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("hash: %v", r)
		}
	}()
	return t.fn()
}

// inWork counts the tasks that wait or run.
func (p *hashPool) inWork() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting + p.running
}

// compare compares a password with a bcrypt hash. A hash of a lower cost than today's takes as long as one of today's when
// nothing fits: an account whose password is older than the cost would be told from an unknown address by its haste. Each
// step of the cost doubles the work, so that one hash at each cost from the stored one on makes up for what is missing.
func (p *hashPool) compare(hash, password Secret) error {
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return err
	}
	p.rounds.Add(1 << cost)
	err = bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	if !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return err
	}
	for ; cost < p.cost; cost++ {
		p.rounds.Add(1 << cost)
		if _, err := bcrypt.GenerateFromPassword([]byte("nobody's"), cost); err != nil {
			return err
		}
	}
	return err
}

// decoy is a hash at today's cost that no password fits, made when it is first needed. It is what an unknown address is
// compared with, so that it takes as long as a known one.
func (p *hashPool) decoy() Secret {
	p.once.Do(func() {
		hash, err := bcrypt.GenerateFromPassword([]byte(newSecret().Reveal()), p.cost)
		if err != nil {
			panic(err) // the cost was checked by New and the secret has 43 bytes
		}
		p.fake = Secret(hash)
	})
	return p.fake
}
