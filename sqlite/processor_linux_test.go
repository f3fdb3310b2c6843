package sqlite

import (
	"syscall"
	"time"
)

// processorTime is what this process has used, which other programs on the machine don't add to.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
