package main

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// freeOn is how many bytes this user may still write on the disk that a folder lies on.
func freeOn(folder string) (bytes uint64, err error) {
	path, err := windows.UTF16PtrFromString(folder)
	if err == nil {
		err = windows.GetDiskFreeSpaceEx(path, &bytes, nil, nil)
	}
	if err != nil {
		return 0, fmt.Errorf("ask how much room is left: %w", err)
	}
	return bytes, nil
}
