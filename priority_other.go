//go:build !linux

package main

import "runtime"

// hashThreads tells how many passwords are to be hashed at one time, one a core. Here no single thread can step back.
func hashThreads() (cores int, thread func() (done func())) { return runtime.GOMAXPROCS(0), nil }
