package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

// niceness is how far hashing steps back behind everything else. Nothing else on these threads is slowed: they hash and end.
const niceness = 10

// hashThreads tells how many passwords are to be hashed at one time, one a core, and how a thread that does so steps back.
// While anything is hashed, the Go scheduler has as many places more, so that a thread that waits for its core behind others
// holds up no goroutine: hashing uses every idle cycle, and a session check does not wait for it.
func hashThreads() (cores int, thread func() (done func())) {
	cores = runtime.GOMAXPROCS(0)
	room := &hashRoom{places: func(wide bool) {
		if wide {
			runtime.GOMAXPROCS(2 * cores)
		} else {
			runtime.GOMAXPROCS(cores)
		}
	}}
	return cores, func() func() {
		// Places first: to make them stops all goroutines, which a thread must not do that others may keep waiting.
		room.enter()
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness) // of the calling thread, on Linux; where it may not, it hashes as fast as the rest
		return room.leave
	}
}

// hashQuiet is how long nothing has been hashed before the places are taken back: to change them stops everything for a
// moment, and with more of them than cores, goroutines that have nothing to do look for work more often. That costs a session
// check a fifth.
const hashQuiet = time.Second

// hashRoom makes places for hashing threads while there are any, and for hashQuiet after.
type hashRoom struct {
	places func(wide bool)

	mu     sync.Mutex
	inside int
	wide   bool
	narrow *time.Timer // pending or gone off; nil at first
}

func (h *hashRoom) enter() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inside++
	if !h.wide {
		h.wide = true
		h.places(true)
	}
}

func (h *hashRoom) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inside--
	switch {
	case h.inside > 0:
	case h.narrow == nil:
		h.narrow = time.AfterFunc(hashQuiet, h.close)
	default:
		h.narrow.Reset(hashQuiet)
	}
}

// close takes the places back, unless hashing has begun again.
func (h *hashRoom) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.inside == 0 && h.wide {
		h.wide = false
		h.places(false)
	}
}
