//go:build !linux && !darwin && !windows

package main

import "errors"

// freeOn can't tell here.
func freeOn(string) (bytes uint64, err error) { return 0, errors.ErrUnsupported }
