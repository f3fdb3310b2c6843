package main

import (
	"runtime"
	"syscall"
)

// niceness is how far hashing steps back behind everything else. Nothing else on these threads is slowed: they hash and end.
const niceness = 10

// hashThreads tells how many passwords are to be hashed at one time, one a core, and how a thread that does so steps back.
// The Go scheduler gets as many places more, so that a thread that waits for its core behind others holds up no goroutine:
// hashing uses every idle cycle, and a session check does not wait for it.
func hashThreads() (cores int, thread func()) {
	cores = runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(2 * cores)
	return cores, func() {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness) // of the calling thread, on Linux; where it may not, it hashes as fast as the rest
	}
}
