//go:build linux || darwin

package main

import (
	"fmt"
	"syscall"
)

// freeOn is how many bytes whoever is not root may still write on the disk that a folder lies on.
func freeOn(folder string) (bytes uint64, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return 0, fmt.Errorf("ask how much room is left: %w", err)
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}
